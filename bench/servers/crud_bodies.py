"""What the CRUD baseline is asked, and what it answers."""

from typing import Literal

from pydantic import BaseModel, Field

__all__ = [
    "ActionBody",
    "ActionView",
    "CapacityView",
    "DollView",
    "ItemView",
]


class ItemView(BaseModel):
    """An item as it is answered."""

    id: str
    name: str
    category: str
    rarity: str
    quantity: int
    slot: str | None
    position: int | None
    durability: int | None
    properties: dict[str, int]


class CapacityView(BaseModel):
    """How full the bag is."""

    used: int
    limit: int
    weight_g: int


class DollView(BaseModel):
    """The doll, as the old screen shows it: what is worn, and the bag beside it."""

    char_id: int
    name: str
    level: int
    slots: dict[str, ItemView | None]
    bag: list[ItemView]
    quick_slots: list[str]
    modifiers: dict[str, int]
    wallet: dict[str, int]
    capacity: CapacityView


class ActionBody(BaseModel):
    """An action."""

    char_id: int = Field(ge=1)
    action: Literal["equip", "unequip", "use", "move", "drop"]
    item_id: str
    slot: str | None = None
    container: str | None = None
    position: int | None = Field(default=None, ge=0)
    quantity: int = Field(default=1, ge=1)


class ActionView(BaseModel):
    """What an action did."""

    success: bool
    item: ItemView | None
    capacity: CapacityView
