"""What `python -m bench --beside` makes of the figures of two releases."""

import json
import sys
from pathlib import Path

import pytest
from bench.beside.alternation import Sample, alternate, choices, parse_parts
from bench.beside.figures import better, flatten, matters
from bench.beside.process import RunFailed, run
from bench.beside.ratios import Ratio, compare
from bench.beside.sides import NotComparable, Side, commit_of, own_environment
from bench.beside.table import number, render

ROOT = Path(__file__).parents[3]

PARTS = """\
Python 3.11.7; 50 items; medians of 12,000 actions

| part | us |
|---|---|
| who asks | 0.7 |
| net changes, stats, record | 14.2 |
| all parts | 1,042.9 |
| the whole route, with a Redis that answers at once | 69.5 |
"""

HELP = """\
usage: python -m bench [-h] [--plan {full,quick,smoke}]
                       [--only {throughput,baselines,growth,flush,opening,starting} [{throughput,baselines,growth,flush,opening,starting} ...]]
                       [--out OUT] [--docs]
"""  # noqa: E501 - as the oldest bench prints it


def _newest_results() -> dict[str, object]:
    found: dict[str, object] = json.loads(max((ROOT / "bench" / "results").glob("*.json")).read_text())
    return {name: part for name, part in found.items() if name != "about"}


def _side(name: str) -> Side:
    return Side(name=name, commit="0" * 40, root=ROOT, python=sys.executable, environment={})


def test_flatten_names_every_number_by_its_path() -> None:
    found = {"flush": {"limit": {"rows_s": 30.5}, "curve": [{"us": 1}, {"us": 2}]}, "whole": 3}

    assert flatten(found) == {"flush.limit.rows_s": 30.5, "flush.curve.0.us": 1, "flush.curve.1.us": 2, "whole": 3}


def test_flatten_leaves_out_what_is_not_a_finite_number() -> None:
    found: dict[str, object] = {
        "text": "9",
        "none": None,
        "yes": True,
        "nan": float("nan"),
        "much": float("inf"),
        "empty": {},
        "zero": 0,
    }

    assert flatten(found) == {"zero": 0}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("throughput.http.everysec.32.satchel.ops_s", "higher"),
        ("throughput.http.everysec.32.satchel.ratio_to_first.ops_s", "higher"),
        ("flush.limit.upsert_rows_s", "higher"),
        ("flush.backlog.meanwhile_to_normal", "higher"),
        ("throughput.http.everysec.32.satchel.cpu_us.server", "lower"),
        ("throughput.http.everysec.32.satchel.latency_ms.p999", "lower"),
        ("throughput.http.everysec.32.satchel.redis_calls.zadd", "lower"),
        ("flush.limit.cpu_us_per_row.worker", "lower"),
        ("flush.steady.lag_p99_s", "lower"),
        ("flush.backlog.seconds", "lower"),
        ("starting.up_new_cold_s", "lower"),
        ("growth.sessions.1000.memory_bytes_per_session", "lower"),
        ("throughput.http.everysec.32.satchel.ops", None),
        ("throughput.http.everysec.32.satchel.elapsed_s", None),
        ("growth.sessions.1000.packed_bytes", None),
        ("flush.limit.sessions", None),
        ("flush.steady.rate", None),
    ],
)
def test_unit_of_a_figure_tells_which_way_is_better(name: str, expected: str | None) -> None:
    assert better(name) == expected


def test_every_figure_of_the_table_says_which_way_is_better() -> None:
    shown = [name for name in flatten(_newest_results()) if matters(name)]

    assert len(shown) > 100
    assert [name for name in shown if better(name) is None] == []


def test_table_has_the_rates_the_costs_and_the_waits_of_every_scenario() -> None:
    shown = {name for name in flatten(_newest_results()) if matters(name)}

    assert {
        "throughput.http.everysec.32.satchel.ops_s",
        "throughput.http.everysec.32.satchel.cpu_us.server",
        "throughput.http.everysec.32.satchel.latency_ms.p50",
        "throughput.http.everysec.32.floor.ops_s",
        "throughput.in_process.ops_s",
        "flush.limit.rows_s",
        "flush.steady.lag_p99_s",
        "flush.backlog.meanwhile_ops_s",
        "opening.storm.latency_ms.p99",
        "starting.help_warm_s",
    } <= shown
    assert {name.split(".")[0] for name in shown} == set(_newest_results())


def test_ratio_is_of_medians_and_its_spread_is_of_rounds() -> None:
    found = compare([{"ops_s": 100.0}, {"ops_s": 200.0}, {"ops_s": 50.0}], [{"ops_s": n} for n in (110.0, 180.0, 60.0)])

    assert found == {"ops_s": Ratio(theirs=100.0, ours=110.0, ratio=1.1, lowest=0.9, highest=1.2, rounds=3)}


def test_one_round_has_its_own_ratio_as_spread() -> None:
    assert compare([{"us": 4.0}], [{"us": 3.0}]) == {
        "us": Ratio(theirs=4.0, ours=3.0, ratio=0.75, lowest=0.75, highest=0.75, rounds=1)
    }


@pytest.mark.parametrize("theirs", [0.0, -18_057.7])
def test_nothing_is_divided_by_zero_or_less(theirs: float) -> None:
    assert compare([{"us": theirs}], [{"us": 3.0}]) == {
        "us": Ratio(theirs=theirs, ours=3.0, ratio=None, lowest=None, highest=None, rounds=1)
    }


def test_round_with_a_zero_does_not_count_for_the_spread() -> None:
    found = compare([{"us": 0.0}, {"us": 2.0}, {"us": 4.0}], [{"us": 1.0}, {"us": 1.0}, {"us": 1.0}])["us"]

    assert (found.ratio, found.lowest, found.highest, found.rounds) == (0.5, 0.25, 0.5, 3)


def test_figure_that_a_round_lacks_is_taken_from_the_others() -> None:
    found = compare([{"hdel": 1.0}, {"hdel": 9.0}], [{"hdel": 2.0}, {}])["hdel"]

    assert found == Ratio(theirs=1.0, ours=2.0, ratio=2.0, lowest=2.0, highest=2.0, rounds=1)


def test_figure_of_one_side_has_no_ratio_and_theirs_alone_come_last() -> None:
    found = compare([{"old": 1.0, "both": 2.0}], [{"both": 2.0, "new": 3.0}])

    assert list(found) == ["both", "new", "old"]
    assert found["new"] == Ratio(theirs=None, ours=3.0, ratio=None, lowest=None, highest=None, rounds=0)
    assert found["old"] == Ratio(theirs=1.0, ours=None, ratio=None, lowest=None, highest=None, rounds=0)


def test_figure_that_the_sides_never_have_in_one_round_has_no_ratio() -> None:
    assert compare([{"hdel": 1.0}, {}], [{}, {"hdel": 2.0}])["hdel"].ratio is None


def test_parts_are_read_from_the_table_that_is_printed() -> None:
    assert parse_parts(PARTS) == {
        "who asks": 0.7,
        "net changes, stats, record": 14.2,
        "all parts": 1042.9,
        "the whole route, with a Redis that answers at once": 69.5,
    }


@pytest.mark.parametrize("text", ["", "Traceback (most recent call last):\n", "| part | us |\n|---|---|\n"])
def test_output_without_a_table_has_no_parts(text: str) -> None:
    assert parse_parts(text) == {}


def test_table_has_a_dash_for_what_is_missing() -> None:
    ratios = compare([{"old": 1.5, "both": 2.0, "none": 0.0}], [{"both": 1.9, "none": 0.0, "new": 1234.5}])

    assert render(ratios, {"both": "lower", "old": "lower", "new": None}, "part").splitlines() == [
        "| part | better | theirs | ours | ours/theirs | spread |",
        "|---|---|---:|---:|---:|---:|",
        "| both | lower | 2.00 | 1.90 | 0.95 | 0.95..0.95 |",
        "| none | - | 0.000 | 0.000 | - | - |",
        "| new | - | - | 1,234 | - | - |",
        "| old | lower | 1.50 | - | - | - |",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "0.000"),
        (0.0704, "0.070"),
        (4.161, "4.16"),
        (116.36, "116.4"),
        (7454.01, "7,454"),
        (-5.5, "-5.50"),
    ],
)
def test_number_is_as_short_as_it_can_be_read(value: float | None, text: str) -> None:
    assert number(value) == text


def test_choices_are_read_from_the_help_even_where_it_wraps() -> None:
    assert choices(HELP, "--plan") == ["full", "quick", "smoke"]
    assert choices(HELP, "--only") == ["throughput", "baselines", "growth", "flush", "opening", "starting"]
    assert choices("[--only {throughput,\n        flush}]", "--only") == ["throughput", "flush"]
    assert choices(HELP, "--rounds") == []


def test_order_turns_round_with_every_round() -> None:
    gone: list[str] = []

    def measure(side: Side) -> Sample:
        gone.append(side.name)
        return Sample({}, {"turn": float(len(gone))})

    samples = alternate(3, [_side("theirs"), _side("ours")], measure)

    assert gone == ["theirs", "ours", "ours", "theirs", "theirs", "ours"]
    assert [sample.figures["turn"] for sample in samples["theirs"]] == [1, 4, 5]
    assert [sample.figures["turn"] for sample in samples["ours"]] == [2, 3, 6]


def test_nothing_of_ours_reaches_their_environment() -> None:
    ours = {"PATH": "/bin", "PYTHONPATH": "src", "VIRTUAL_ENV": ".venv", "MAKEFLAGS": "-- REF=before-11"}

    assert own_environment(ours) == {"PATH": "/bin"}


def test_commit_is_found_by_a_name_that_git_knows() -> None:
    assert len(commit_of(ROOT, "HEAD", "bench/__main__.py")) == 40


@pytest.mark.parametrize(
    ("ref", "module", "message"),
    [
        ("no-such-tag", "bench/__main__.py", "'no-such-tag' names no commit here"),
        ("--all", "bench/__main__.py", "'--all' names no commit here"),
        ("HEAD", "bench/no_such_file.py", "'HEAD' has no bench/no_such_file.py, so there is nothing to compare with"),
    ],
)
def test_ref_that_cannot_be_compared_with_is_told_in_one_line(ref: str, module: str, message: str) -> None:
    with pytest.raises(NotComparable) as raised:
        commit_of(ROOT, ref, module)

    assert str(raised.value) == message


def test_command_that_fails_is_named_with_its_last_words() -> None:
    with pytest.raises(RunFailed) as raised:
        run("their bench", [sys.executable, "-c", "raise SystemExit('no engines')"], cwd=ROOT, timeout_s=60)

    assert str(raised.value) == "their bench: ended with 1\nno engines"


def test_command_that_is_not_there_is_named() -> None:
    with pytest.raises(RunFailed, match=r"their bench: .*No such file"):
        run("their bench", [str(ROOT / "no-such-program")], cwd=ROOT, timeout_s=60)


def test_command_that_never_ends_is_stopped_at_its_limit(capfd: pytest.CaptureFixture[str]) -> None:
    endless = [sys.executable, "-c", "import threading; threading.Event().wait()"]

    with pytest.raises(RunFailed, match="their bench: took longer than 0 s, and was stopped"):
        run("their bench", endless, cwd=ROOT, timeout_s=0.2)
    assert "stopping process" in capfd.readouterr().err
