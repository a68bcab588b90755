"""How much of everything is measured: a minute's worth, ten minutes' worth, or just enough to see that it runs."""

import msgspec

__all__ = ["FULL", "QUICK", "SMOKE", "Plan"]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes of a run. Windows in seconds; every scenario is measured in `rounds` interleaved rounds."""

    name: str
    rounds: int
    warm_s: float
    window_s: float
    connections: tuple[int, ...]
    characters: int
    bag_sizes: tuple[int, ...]
    session_counts: tuple[int, ...]
    session_items: int
    vault_counts: tuple[int, ...]
    baseline_items: tuple[int, ...]
    flush_sessions: int
    backlog_sessions: int
    steady_s: float
    cold_opens: int
    storm_s: float
    start_repeats: int


FULL = Plan(
    name="full",
    rounds=5,
    warm_s=0.3,
    window_s=1.0,
    connections=(1, 32, 128),
    characters=2_000,
    bag_sizes=(20, 200, 2_000, 10_000),
    session_counts=(1_000, 10_000, 100_000, 1_000_000),
    session_items=50,
    vault_counts=(1_000, 10_000, 50_000),
    baseline_items=(50, 1_000),
    flush_sessions=5_000,
    backlog_sessions=100_000,
    steady_s=10.0,
    cold_opens=2_000,
    storm_s=15.0,
    start_repeats=5,
)

QUICK = msgspec.structs.replace(
    FULL,
    name="quick",
    rounds=3,
    warm_s=0.15,
    window_s=0.3,
    connections=(32,),
    characters=500,
    bag_sizes=(20, 2_000),
    session_counts=(1_000, 20_000),
    vault_counts=(1_000, 5_000),
    flush_sessions=1_000,
    backlog_sessions=3_000,
    steady_s=2.0,
    cold_opens=300,
    storm_s=2.0,
    start_repeats=2,
)

SMOKE = msgspec.structs.replace(
    FULL,
    name="smoke",
    rounds=1,
    warm_s=0.02,
    window_s=0.05,
    connections=(2,),
    characters=8,
    bag_sizes=(10, 30),
    session_counts=(10, 40),
    session_items=10,
    vault_counts=(10, 20),
    baseline_items=(10,),
    flush_sessions=8,
    backlog_sessions=16,
    steady_s=0.3,
    cold_opens=16,
    storm_s=0.1,
    start_repeats=1,
)
