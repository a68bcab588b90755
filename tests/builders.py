"""Short ways to say what a test is about."""

from collections.abc import Callable
from itertools import count
from uuid import UUID

from satchel.app import Satchel
from satchel.catalogue import load_catalogue
from satchel.dispatcher import SCOPES, ActionRequest, Caller, Dispatcher
from satchel.inventory.actions import Action, Grant
from satchel.inventory.definitions import Catalogue
from satchel.inventory.model import Character, InventorySessionDTO, Item, ItemId
from satchel.inventory.proposal import Proposal
from satchel.inventory.service import InventoryService
from satchel.inventory.view import ActionReply

__all__ = ["HERO", "SERVICE", "Bench", "Play", "item_id"]

HERO = Character("tg:1", "Ann", 20, {"strength": 30, "agility": 30, "wisdom": 30, "class": "mage"})
SERVICE = Caller("service", SCOPES)


def item_id(number: int) -> ItemId:
    """A readable item id."""
    return ItemId(str(UUID(int=0x0199_0000_0000_7000_8000_0000_0000_0000 + number)))


class Bench:
    """An inventory without any server: items are laid out, actions are decided and carried out at once."""

    def __init__(self, catalogue: Catalogue | None = None, character: Character = HERO) -> None:
        self.catalogue = catalogue or load_catalogue()
        self.session = InventorySessionDTO(self.catalogue, 1, character)
        self.last: Proposal | None = None
        self.now_ms = 1_790_000_000_000
        self._ids = count(1)
        self._actions = count(1)
        self._decide = Dispatcher.decide
        self._service = InventoryService()

    def has(self, definition: str, quantity: int = 1, *, container: str = "bag", **fields: object) -> ItemId:
        """Lay an item on the first free position; returns its id. `slot=...` puts it on."""
        new = Item(item_id(next(self._ids)), definition, quantity)
        if "slot" in fields:
            new = new.but(**fields)
        else:
            position = self.session.cells[container].first_free()
            new = new.but(**{"container": container, "position": position, **fields})
        proposal = Proposal(self.session, at_ms=0, action_id="setup")
        proposal.put(new)
        return new.id

    def act(self, *operations: Action) -> Proposal:
        """Decide and carry out; a refusal is raised, and leaves the inventory as it was."""
        proposal = Proposal(self.session, at_ms=self.now_ms, action_id=f"a{next(self._actions)}")
        try:
            for number, operation in enumerate(operations):
                proposal.operation = number
                self._rule(proposal, operation)
        except BaseException:
            proposal.undo()
            raise
        self.last = proposal
        return proposal

    def item(self, item_id: ItemId) -> Item:
        """An item as it is now."""
        return self.session.items[item_id]

    def worn(self, slot: str) -> str | None:
        """The definition worn in a slot."""
        found = self.session.worn.get(slot)
        return None if found is None else self.session.items[found].definition

    def _rule(self, proposal: Proposal, operation: Action) -> None:
        method = getattr(self._service, str(type(operation).__struct_config__.tag))
        method(proposal, operation)


class Play:
    """One character on real engines."""

    def __init__(self, satchel: Satchel, clock: Callable[[], int], char_id: int) -> None:
        self.satchel = satchel
        self.char_id = char_id
        self._clock = clock

    @classmethod
    async def begin(
        cls, satchel: Satchel, clock: Callable[[], int], char_id: int = 1, character: Character = HERO
    ) -> "Play":
        """Make the character."""
        await satchel.vault.create_character(char_id, character)
        return cls(satchel, clock, char_id)

    async def act(
        self, *operations: Action, key: str | None = None, caller: Caller = SERVICE, **options: object
    ) -> ActionReply:
        """Perform operations."""
        request = ActionRequest(char_id=self.char_id, operations=operations, **options)  # type: ignore[arg-type]
        return await self.satchel.dispatcher.dispatch(request, caller, key)

    async def grant(self, definition: str, quantity: int = 1) -> ItemId:
        """Give an item; returns the id of the first stack it went to."""
        reply = await self.act(Grant(definition=definition, quantity=quantity))
        return reply.changes[0].item

    async def session(self) -> InventorySessionDTO:
        """The present session."""
        return await self.satchel.sessions.load_session(self.char_id)
