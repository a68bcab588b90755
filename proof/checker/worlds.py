"""What has to hold across characters."""

from collections.abc import Iterable

from proof.checker.history import Problem, Wrong
from proof.checker.track import Track
from satchel.inventory.item import ItemId

__all__ = ["doubled_items"]


def doubled_items(tracks: Iterable[Track]) -> list[Problem]:
    """Find items that two characters have."""
    owners: dict[ItemId, int] = {}
    problems = []
    for track in tracks:
        for item_id in track.replay.items:
            other = owners.setdefault(item_id, track.char_id)
            if other != track.char_id:
                text = f"item {item_id} is with character {other} too"
                problems.append(Problem(Wrong.TWO_PLACES, track.char_id, text, track.replay.version))
    return problems
