"""A memory of limited size: it forgets its oldest entries."""

from collections import OrderedDict
from typing import Generic, TypeVar

__all__ = ["Recent"]

ENTRIES_MAX = 10_000

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The values that were kept last, by key."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def keep(self, key: Key, value: Value) -> None:
        """Keep a value in place of the key's last one; above the limit forget the oldest."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > ENTRIES_MAX:
            self._kept.popitem(last=False)

    def find(self, key: Key) -> Value | None:
        """The value of a key; None if it was forgotten."""
        return self._kept.get(key)

    def take(self, key: Key) -> Value | None:
        """The same, and forget it."""
        return self._kept.pop(key, None)
