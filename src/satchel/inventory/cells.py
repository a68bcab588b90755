"""The positions of a container."""

from satchel.inventory.item import ItemId

__all__ = ["Cells"]


class Cells:
    """The positions of one container: who lies where, and a bitmap that finds the first free one at once."""

    __slots__ = ("at", "taken")

    def __init__(self) -> None:
        self.at: dict[int, ItemId] = {}
        self.taken = 0

    def first_free(self) -> int:
        """The lowest position that nothing lies on."""
        free = ~self.taken & (self.taken + 1)
        return free.bit_length() - 1
