"""Whatever is asked for, in whatever order: nothing is lost, nothing is doubled, and a refusal changes nothing."""

from collections import Counter

import hypothesis.strategies as st
from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from satchel.errors import SatchelError
from satchel.inventory.actions import Consume, Drop, Grant, Operation, TakeBack, Use
from satchel.inventory.book import ActionBook
from satchel.inventory.changes import Change
from satchel.inventory.decision import Intent, propose, record_of
from satchel.inventory.invariants import broken_invariants
from satchel.inventory.item import ItemId
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.proposal import Proposal
from satchel.inventory.reads.bag import BagQuery, bag_page
from satchel.inventory.record import open_record, seal
from tests.builders import Bench, changed_world, intent, state
from tests.property.random_requests import aim, numbers

WORLD = changed_world(slots={"bag": 6, "quest": 2, "stash": 8}, weight_limit_g=25_000)
"""A small one: its limits are reached within a few steps."""

QUERIES = (
    BagQuery(sort=(("wearable", True), ("quantity", False), ("newest", True))),
    BagQuery(container="bag", limit=3, offset=2),
    BagQuery(fits="main_hand", lang="ru", sort=(("score", True), ("name", True))),
)


class Inventory(RuleBasedStateMachine):
    """An inventory that is asked for anything."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(WORLD)
        self.session = self.bench.session
        self.actions = self.salt = 0
        self.seen: set[ItemId] = set()

    @initialize(
        salt=st.integers(0, 2**32 - 1),
        belt=st.sampled_from(("rope_belt", "leather_belt", "warlord_belt")),
        relic=st.booleans(),
    )
    def begin(self, salt: int, belt: str, relic: bool) -> None:
        """Half of the characters carry something that the catalogue has forgotten."""
        self.salt = salt
        self.bench.has(belt, slot="belt")
        self.bench.has("healing_potion", 7)
        if relic:
            self.bench.has("forgotten_relic", 2)
        self.seen = set(self.session.items)

    @rule(numbers=numbers())
    def act(self, numbers: list[int]) -> None:
        asked = tuple(aim(self.salt, number).at(self.session) for number in numbers)
        note(f"{asked}")
        self.actions += 1
        self.bench.now_ms += 7_000
        wanted = intent(asked, f"a{self.actions}", self.bench.now_ms)
        twin = _copy(self.session)
        before = state(self.session)
        reasons = self._preview(asked, before)
        expected = Counter(_totals(self.session))

        proposal, refusal = _try(self.session, wanted, Counting(self.bench.book, expected))

        if proposal is None:
            assert state(self.session) == before
            assert reasons is None or reasons[0] == refusal
            return
        assert reasons == []
        assert +_totals(self.session) == +expected
        self._check_record(twin, proposal, wanted)

    def _preview(
        self, asked: tuple[Operation, ...], before: dict[str, object]
    ) -> list[tuple[str, dict[str, object]]] | None:
        try:
            return self.bench.explain(*asked)
        except SatchelError:
            return None
        finally:
            assert state(self.session) == before

    def _check_record(self, twin: InventorySessionDTO, proposal: Proposal, wanted: Intent) -> None:
        record = record_of(self.session, proposal, wanted)
        sealed = seal(self.session.h, record)
        made = [change.item for change in record.changes if change.op == "add" and change.item not in twin.shelf]
        assert self.seen.isdisjoint(made)
        self.seen.update(made, self.session.shelf)

        replayed, again = _copy(twin), _copy(twin, backwards=True)
        opened = open_record(sealed.json)
        assert opened == record
        changes: list[Change] = [*opened.changes, *opened.wallet_changes, *opened.dropped]
        replayed.apply(*changes, *([opened.character] if opened.character else []))
        assert state(replayed) == state(self.session)

        second = record_of(again, propose(again, wanted, self.bench.book), wanted)
        assert seal(again.h, second) == sealed

    @invariant()
    def sound(self) -> None:
        assert broken_invariants(self.session) == []
        assert self.session.weight_g <= self.session.gear.weight_limit_g

    @invariant()
    def listed(self) -> None:
        """The kept listings show what sorting again would."""
        for query in QUERIES:
            assert bag_page(self.session, query) == bag_page(_copy(self.session), query)


def _try(session: InventorySessionDTO, wanted: Intent, book: ActionBook) -> tuple[Proposal | None, object]:
    """The proposal, or code and data of the refusal."""
    try:
        return propose(session, wanted, book), None
    except SatchelError as error:
        return None, (error.code, {name: value for name, value in error.data.items() if name != "operation"})


def _copy(session: InventorySessionDTO, *, backwards: bool = False) -> InventorySessionDTO:
    items = sorted(session.items.values(), key=lambda item: item.id, reverse=backwards)
    wallet = dict(sorted(session.wallet.items(), reverse=backwards))
    return InventorySessionDTO(
        session.catalogue,
        session.char_id,
        session.character,
        items,
        wallet,
        h=session.h,
        shelf=sorted(session.shelf.values(), key=lambda shelved: shelved.item.id, reverse=backwards),
    )


def _totals(session: InventorySessionDTO) -> Counter[str]:
    totals: Counter[str] = Counter()
    for item in session.items.values():
        totals[item.definition] += item.quantity
    return totals


class Counting(ActionBook):
    """The actions, noting what each operation may add or take, by what was asked and no more."""

    def __init__(self, book: ActionBook, expected: Counter[str]) -> None:
        super().__init__(book)
        self._expected = expected

    def decide(self, proposal: Proposal, operation: Operation) -> None:
        """Decide, and note."""
        session, effects, expected = proposal.session, len(proposal.effects), self._expected
        item_id = ItemId(getattr(operation, "item_id", None) or "")
        item, shelved = session.items.get(item_id), session.shelf.get(item_id)
        super().decide(proposal, operation)
        match operation:
            case Grant():
                overflow = sum(effect.values["quantity"] for effect in proposal.effects[effects:])
                expected[operation.definition] += operation.quantity - overflow
            case Consume(item_id=None):
                expected[operation.definition or ""] -= operation.quantity
            case Consume() if item is not None:
                expected[item.definition] -= operation.quantity
            case Drop() if item is not None:
                expected[item.definition] -= operation.quantity or item.quantity
            case TakeBack() if shelved is not None:
                expected[shelved.item.definition] += shelved.item.quantity
            case Use() if item is not None:
                effect = session.definition_of(item).use
                expected[item.definition] -= effect.consumes if effect else 0
            case _:
                pass
