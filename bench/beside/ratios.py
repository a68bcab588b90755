"""The figures of both sides put together: medians, and the ratio of ours to theirs."""

from collections.abc import Mapping, Sequence

import msgspec

from bench.measure import median

__all__ = ["Ratio", "compare"]


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of both sides.

    Attributes:
        theirs: The median of their rounds; None if they do not have it.
        ours: The median of ours; None if we do not have it.
        ratio: Ours to theirs, of the medians; None where one is missing, or where theirs is not above zero.
        lowest: The lowest ratio within a round; None if no round has one.
        highest: The highest.
        rounds: How many rounds have it on both sides.
    """

    theirs: float | None
    ours: float | None
    ratio: float | None
    lowest: float | None
    highest: float | None
    rounds: int


def compare(theirs: Sequence[Mapping[str, float]], ours: Sequence[Mapping[str, float]]) -> dict[str, Ratio]:
    """Put the rounds of both sides together.

    A figure that some rounds lack, such as a call that is seldom made, is taken from the rounds where both have it.

    Args:
        theirs: Name to number, by round.
        ours: The same of the same rounds.

    Returns:
        Every figure that either side has, in our order; theirs alone come last.
    """
    names = dict.fromkeys(name for sample in (*ours, *theirs) for name in sample)
    return {name: _ratio([each.get(name) for each in theirs], [each.get(name) for each in ours]) for name in names}


def _ratio(theirs: Sequence[float | None], ours: Sequence[float | None]) -> Ratio:
    pairs = [(a, b) for a, b in zip(theirs, ours, strict=True) if a is not None and b is not None]
    middle_of_theirs = _median([a for a, _ in pairs] or theirs)
    middle_of_ours = _median([b for _, b in pairs] or ours)
    by_round = [value for a, b in pairs if (value := _divide(b, a)) is not None]
    return Ratio(
        theirs=middle_of_theirs,
        ours=middle_of_ours,
        ratio=_divide(middle_of_ours, middle_of_theirs) if pairs else None,
        lowest=min(by_round, default=None),
        highest=max(by_round, default=None),
        rounds=len(pairs),
    )


def _median(values: Sequence[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return median(found) if found else None


def _divide(ours: float | None, theirs: float | None) -> float | None:
    return ours / theirs if ours is not None and theirs is not None and theirs > 0 else None
