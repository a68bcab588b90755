"""A comparison as a Markdown table."""

from collections.abc import Mapping

from bench.beside.figures import Better
from bench.beside.ratios import Ratio

__all__ = ["number", "render"]

MISSING = "-"


def render(ratios: Mapping[str, Ratio], direction: Mapping[str, Better | None], what: str = "figure") -> str:
    """Draw the table: a row per figure, with a dash for what is missing.

    Args:
        ratios: The figures, in the order of the rows.
        direction: Figure to what is better; a figure that is not in it is neither.
        what: The title of the first column.
    """
    lines = [f"| {what} | better | theirs | ours | ours/theirs | spread |", "|---|---|---:|---:|---:|---:|"]
    for name, found in ratios.items():
        cells = (
            name,
            direction.get(name) or MISSING,
            number(found.theirs),
            number(found.ours),
            _times(found.ratio),
            _spread(found),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def number(value: float | None) -> str:
    """A figure as short as it can be read: no decimals from a thousand on, three digits below ten."""
    if value is None:
        return MISSING
    size = abs(value)
    return f"{value:,.{0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 1 else 3}f}"


def _times(ratio: float | None) -> str:
    return MISSING if ratio is None else f"{ratio:.2f}"


def _spread(found: Ratio) -> str:
    return MISSING if found.lowest is None else f"{_times(found.lowest)}..{_times(found.highest)}"
