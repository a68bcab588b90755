"""The page of a campaign adds up what was written down, and says plainly what was not reached."""

from pathlib import Path

import msgspec
from proof.chaos.campaign import Audited, Begun, Ended
from proof.chaos.page import add_up, read_simulations, renew, report
from proof.chaos.rounds import Plan, Round, Struck
from proof.chaos.summary import Summary, read_results
from proof.setting import Setting, command_of
from proof.simulation.schedules import Simulated, Total

SETTING = Setting(cpu="Abacus", cores=2, python="3.11.7", satchel="0.1.0", commit="abc1234")
BEGUN = Begun("2026-01-01T10:00:00", 7, "python -m proof.chaos --seed 7", SETTING, "8.1.0", "18.0")
AUDITED = Audited("2026-01-01T10:30:00", 7, 2, characters=60, records=500, seconds=1.0, findings=())


def fought(*faults: str, recovery_s: float = 0.5, **others: object) -> Round:
    """A round of an hour and a bit, in which much was done."""
    calm = Round(
        at="2026-01-01T11:00:00",
        seed=7,
        number=1,
        plan=Plan(faults=faults),
        struck=tuple(Struck(fault, 1.0, recovery_s) for fault in faults),
        kills={},
        missed={},
        seconds=4_000.0,
        drain_s=1.0,
        requests=4_000_000,
        actions=2_000_000,
        operations=3_000_000,
        answers=2_100_000,
        reads=1_000,
        refusals=10,
        unknown=5,
        lost=0,
        codes={},
        problems=(),
    )
    return msgspec.structs.replace(calm, **others)


def simulated(schedules: int, *failed: int, first: int = 0) -> Simulated:
    total = Total(schedules=schedules, operations=4 * schedules, failed=list(failed))
    return Simulated("2026-01-01T12:00:00", "python -m proof.simulation", first, 60.0, SETTING, total)


def row(page: str, beginning: str) -> str:
    return next(line for line in page.splitlines() if line.startswith(f"| {beginning}"))


def test_rounds_of_several_files_add_up_and_are_held_against_the_targets(tmp_path: Path) -> None:
    lines = [
        BEGUN,
        fought("promotion", *["api-kill"] * 999, lost=12),
        fought(kills={"commit.before_send": 1_000}),
        AUDITED,
        Ended("2026-01-01T12:00:00", 7, "time is over"),
    ]
    for number, part in enumerate((lines[:2], lines[2:])):
        (tmp_path / f"{number}.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, part)))

    page = report(Summary.of(read_results(sorted(tmp_path.iterdir()))), [simulated(1_000_000)])

    assert "1,000 (at 1 of" in row(page, "kills at failpoints")
    assert row(page, "faults of real processes").endswith("1,000 (process 999, failover 1) | reached |")
    assert row(page, "hours of campaign") == "| hours of campaign | >= 2 | 2.22 | reached |"
    assert row(page, "simulated schedules |").endswith("1,000,000 | reached |")
    assert "10,000,000 (6,000,000 in campaigns, 4,000,000 simulated) | reached" in row(page, "operations checked")
    assert "0 of 2,100,000 acknowledgements in 1 rounds | reached" in row(page, "acknowledged actions lost")
    assert "Abacus, 2 cores; Python 3.11.7, Satchel 0.1.0; Valkey 8.1.0, PostgreSQL 18.0." in page
    assert "commit abc1234; time is over" in page


def test_target_that_is_not_reached_says_so() -> None:
    page = report(Summary.of([fought("promotion")]), [])

    assert row(page, "promotions").endswith("| >= 100 | 1 | **not reached** |")
    assert row(page, "simulated schedules |").endswith("0 | **not reached** |")


def test_nothing_found_counts_for_nothing_where_nothing_was_tried() -> None:
    page = report(Summary.of([]), [])

    assert [line for line in page.splitlines() if line.endswith("| reached |")] == []


def test_violations_are_counted_by_the_promise_that_they_break() -> None:
    problems = ("lost_action: character 1: gone", "item_in_two_places: character 2: twice", "dirty_left: some")
    audited = msgspec.structs.replace(AUDITED, findings=("audit: gap: character 3: version 4 is missing",))
    page = report(Summary.of([fought(problems=problems), audited]), [simulated(20, 11)])

    for promise in ("acknowledged actions lost", "items doubled", "newer data overwritten", "other violations"):
        assert "| 0 | 1 " in row(page, promise)
        assert row(page, promise).endswith("**not reached** |")
    assert "| 0 | 1 of 20 schedules | **not reached** |" in row(page, "simulated schedules that broke")
    assert "* `audit: gap: character 3: version 4 is missing`" in page
    assert "* `python -m proof.simulation --seed 11`" in page


def test_losses_are_told_by_the_faults_of_the_round_that_may_lose() -> None:
    rounds = [
        fought("promotion", "api-kill", lost=10),
        fought("promotion", lost=20),
        fought("promotion-beside-the-old", "valkey-empty", lost=7, stale_reads=3),
        fought("valkey-kill"),
    ]
    page = report(Summary.of(rounds), [])

    assert "| promotion | 2 | 2 | 30 of 4,200,000 | 15.0 | 0 |" in page
    assert "| promotion-beside-the-old + valkey-empty | 1 | 2 | 7 of 2,100,000 | 3.5 | 3 |" in page


def test_recovery_is_told_by_fault() -> None:
    rounds = [fought("api-kill", recovery_s=number / 100) for number in range(1, 101)]

    assert row(report(Summary.of(rounds), []), "`api-kill`").endswith("| 100 | 0.51 | 1.0 | 1.0 |")


def test_failpoints_that_were_tried_and_never_killed_at_are_named() -> None:
    page = report(Summary.of([fought(kills={"push.after_begin": 2}, missed={"push.after_begin": 1})]), [])

    assert "| push | after_begin 2 (1) |" in page
    assert "`push.after_fence`" in page.partition("Never killed here")[2]


def test_a_campaign_that_an_error_ended_is_a_violation() -> None:
    ended = [Ended(BEGUN.at, 7, how) for how in ("time is over", "interrupted", "NotReady: api0 took too long")]

    assert Summary.of(ended).problems == ("ended_early: seed 7: NotReady: api0 took too long",)


def test_a_run_that_wrote_no_beginning_is_told_as_such() -> None:
    page = report(Summary.of([fought("api-kill")]), [])

    assert "* seed 7, the rest was not noted: 1 rounds" in page


def test_of_a_simulation_the_last_sum_counts(tmp_path: Path) -> None:
    lines = [simulated(20), simulated(40), simulated(10, first=1_000)]
    (tmp_path / "results").write_bytes(b"\n".join(map(msgspec.json.encode, lines)))

    assert add_up(read_simulations([tmp_path / "results"])).schedules == 50


def test_only_the_measured_part_of_the_page_is_renewed() -> None:
    page = "Head\n<!-- campaign: begin -->\nold\n<!-- campaign: end -->\nTail\n"

    assert renew(page, "new") == "Head\n<!-- campaign: begin -->\nnew\n<!-- campaign: end -->\nTail\n"


def test_command_of_a_run_tells_no_places() -> None:
    arguments = ["--minutes", "5", "--results", "/somewhere/x", "--below=/there", "--seed=3", "--kill-share", ".2"]

    assert command_of("chaos", arguments, seed=4) == "chaos --minutes 5 --kill-share .2 --seed 4"
