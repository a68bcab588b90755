"""The curves of docs/performance.md."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

__all__ = ["draw"]


def draw(result: dict[str, Any], directory: Path) -> None:
    """Draw what the result has figures for."""
    directory.mkdir(parents=True, exist_ok=True)
    # The same input gives the same file.
    mpl.rcParams["svg.hashsalt"] = "satchel"
    if "throughput" in result:
        _connections(result["throughput"]["http"], directory / "performance-floor.svg")
    if "growth" in result:
        _bags(result["growth"]["bags"], directory / "performance-bags.svg")
        _sessions(result["growth"]["sessions"], directory / "performance-sessions.svg")
    if "baselines" in result:
        _baselines(result["baselines"], directory / "performance-baselines.svg")


def _save(path: Path, title: str, x: str, y: str) -> None:
    axes = plt.gca()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.set_ylim(bottom=0) if axes.get_yscale() == "linear" else None
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    plt.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    plt.close()


def _connections(http: dict[str, Any], path: Path) -> None:
    plt.figure(figsize=(6.4, 3.6))
    for fsync, style in (("everysec", "-"), ("always", "--")):
        counts = list(http[fsync])
        for name in ("floor", "satchel"):
            values = [http[fsync][count][name]["ops_s"] for count in counts]
            plt.plot(counts, values, style, marker="o", label=f"{name}, {fsync}")
    _save(path, "Actions a second", "connections", "operations/s")


def _bags(bags: dict[str, Any], path: Path) -> None:
    plt.figure(figsize=(6.4, 3.6))
    for kind, label in (("actions", "an action"), ("page", "a page of the bag")):
        sizes = list(bags[kind])
        values = [bags[kind][size]["cpu_us"]["server"] for size in sizes]
        plt.plot([int(size) for size in sizes], values, marker="o", label=f"API, {label}")
    sizes = list(bags["actions"])
    plt.plot(
        [int(size) for size in sizes],
        [bags["actions"][size]["cpu_us"]["redis"] for size in sizes],
        marker="o",
        label="Redis, an action",
    )
    plt.xscale("log")
    _save(path, "CPU by size of the bag", "items", "us")


def _sessions(sessions: dict[str, Any], path: Path) -> None:
    plt.figure(figsize=(6.4, 3.6))
    counts = [int(count) for count in sessions]
    for of, label in (("server", "API"), ("redis", "Redis")):
        plt.plot(counts, [sample["cpu_us"][of] for sample in sessions.values()], marker="o", label=label)
    plt.xscale("log")
    _save(path, "CPU of an action by attached sessions", "sessions in Redis", "us")


def _baselines(baselines: dict[str, Any], path: Path) -> None:
    plt.figure(figsize=(6.4, 3.6))
    names = ("crud", "naive", "satchel")
    for offset, (items, found) in enumerate(baselines.items()):
        places = [place + offset * 0.35 for place in range(len(names))]
        plt.bar(places, [found[name]["ops_s"] for name in names], 0.33, label=f"{items} items")
    plt.xticks([place + 0.17 for place in range(len(names))], ["CRUD", "naive session", "Satchel"])
    plt.yscale("log")
    _save(path, "The same mix of actions and reads", "", "operations/s")
