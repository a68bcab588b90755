import asyncio
from collections.abc import Mapping

import msgspec

from satchel.bot.callbacks import Callback, Place, Verb, Where
from satchel.bot.orchestrator import InventoryBotOrchestrator
from satchel.client import InventoryClient
from satchel.client.transport import NO_REFUSALS, Answer
from satchel.inventory.reads.reply import ActionReply
from satchel.inventory.reads.whole import CatalogueView
from satchel.inventory.request import ActionRequest
from satchel.texts import Texts
from tests.builders import Play
from tests.integration.bot.conftest import BotClock
from tests.integration.bot.visitor import Visitor

BAG = Place(Where.BAG)


async def test_a_tap_on_an_old_keyboard_changes_nothing_says_so_and_redraws(ann: Visitor, play: Play) -> None:
    sword = await play.grant("iron_sword")
    await ann.open(BAG)
    old = ann.button("Wear")
    await play.grant("bread", 3)

    outcome = await ann.tap(old)

    assert outcome.toast == "The inventory has changed since. Here is how it is now."
    assert (await play.session()).items[sword].slot is None
    assert "Bread ×3" in ann.screen.text
    await ann.tap("Wear")
    assert (await play.session()).items[sword].slot == "main_hand"


async def test_a_double_tap_happens_once(ann: Visitor, play: Play) -> None:
    potion = await play.grant("healing_potion", 12)
    await ann.open(BAG)
    await ann.tap("Healing")
    use = ann.button("Use")

    outcomes = await asyncio.gather(ann.tap(use), ann.tap(use))

    assert (await play.session()).items[potion].quantity == 11
    assert sorted(outcome.toast[:4] for outcome in outcomes) == ["The ", "Used"]


async def test_a_tap_delivered_twice_happens_once_and_gets_the_same_answer(ann: Visitor, play: Play) -> None:
    potion = await play.grant("healing_potion", 12)
    await ann.open(BAG)
    await ann.tap("Healing")
    use = ann.button("Use")

    first, again = await ann.tap(use, key="query-x"), await ann.tap(use, key="query-x")

    assert (await play.session()).items[potion].quantity == 11
    assert first.toast == again.toast == "Used: Healing Potion — restores 50 health"


async def test_another_users_tap_changes_nothing_and_shows_nothing(ann: Visitor, play: Play) -> None:
    sword = await play.grant("iron_sword")
    await ann.open(BAG)
    stranger = Visitor(ann.bot, 2)

    outcomes = [await stranger.tap(ann.button("Wear")), await stranger.tap(ann.button("Iron Sword"))]

    assert [outcome.screen for outcome in outcomes] == [None, None]
    assert {outcome.toast for outcome in outcomes} == {"This is not your inventory. Yours: /gear"}
    assert (await play.session()).items[sword].slot is None


async def test_data_of_another_release_leads_home(ann: Visitor, play: Play) -> None:
    outcome = await ann.tap_data("item:5:equip")

    assert outcome.toast == "This button is from another time. Here is the present."
    assert "<b>Ann</b>" in ann.screen.text


async def test_a_slot_that_the_world_no_longer_has_is_no_crash(ann: Visitor, play: Play) -> None:
    outcome = await ann.tap_data(Callback(Verb.LIST, play.char_id, place=Place(Where.SLOT, 99)).pack())

    assert outcome.screen is not None


async def test_when_the_game_is_away_a_toast_says_so_and_the_screen_stays() -> None:
    client = InventoryClient.over_http("http://127.0.0.1:9", "token")
    bot = InventoryBotOrchestrator(client, Texts(), BotClock(), patience_s=10)
    ann = Visitor(bot)

    outcome = await ann.tap_data(Callback(Verb.DOLL, 1).pack())
    await ann.open()
    await client.close()

    assert outcome.screen is None
    assert outcome.toast.startswith("The game cannot be reached right now. Nothing is lost")
    assert ann.screen.text == outcome.toast


class _Stuck:
    """Knows the catalogue, and answers nothing else."""

    refusals = NO_REFUSALS

    def __init__(self, play: Play) -> None:
        self._catalogue = play.satchel.catalogue

    async def action(self, request: ActionRequest, key: str, owner: str | None) -> ActionReply:
        await asyncio.Event().wait()
        raise AssertionError

    async def call(self, method: str, path: str, body: bytes, owner: str | None, headers: Mapping[str, str]) -> Answer:
        if path != "/catalogue":
            await asyncio.Event().wait()
        known = self._catalogue
        view = CatalogueView(known.version, known.rules, tuple(known.definitions.values()))
        return Answer(200, msgspec.json.encode(view))

    async def close(self) -> None:
        pass


async def test_when_the_game_is_slow_the_tap_is_answered_in_time(play: Play) -> None:
    bot = InventoryBotOrchestrator(InventoryClient(_Stuck(play)), Texts(), BotClock(), patience_s=0.2)
    ann = Visitor(bot)

    outcomes = [
        await ann.tap_data(Callback(Verb.DOLL, 1).pack()),
        await ann.tap_data(Callback(Verb.SORT, 1, 5, place=BAG).pack()),
    ]

    assert {outcome.toast for outcome in outcomes} == {"The game answers slowly. Nothing is lost: please tap again."}
    assert [outcome.screen for outcome in outcomes] == [None, None]
