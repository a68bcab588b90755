import json
from pathlib import Path

from bench.__main__ import run
from bench.engines import open_ground
from bench.plan import SMOKE
from bench.report import promises, table

RESULTS = Path(__file__).parents[2] / "bench" / "results"


async def test_bench_measures_floor_and_satchel_side_by_side() -> None:
    with open_ground() as ground:
        result = await run(ground, SMOKE, ["throughput"])

    pair = result["throughput"]["http"]["everysec"]["2"]
    assert pair["floor"]["ops_s"] > 0
    assert pair["satchel"]["ops_s"] > 0
    assert result["throughput"]["statements"]["postgres_per_action"] == 0
    assert "operations/s to floor" in table(result)


def test_newest_results_have_a_figure_for_every_promise() -> None:
    newest = max(RESULTS.glob("*.json"))
    rows = promises(json.loads(newest.read_text()))

    reported = {what[0] for what, _, _, met in rows if met is not None}
    assert reported >= set("1234567")
