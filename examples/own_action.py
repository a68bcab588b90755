"""A game with an action and a veto of its own: `satchel up --game own_action:game` (run in this directory).

Armour can be salvaged for cogwheels. While a character fights, nothing is dropped or salvaged. Whether it fights is a
fact that the game's servers tell along with an action.
"""

from satchel.errors import Refusal
from satchel.game import Game
from satchel.inventory.actions import Drop, ItemIdText, Operation
from satchel.inventory.proposal import Proposal
from satchel.inventory.rules import stacks, wallet

SCRAP_BY_RARITY = {"common": 1, "uncommon": 3, "rare": 8, "epic": 20, "legendary": 50}

game = Game("dragons")


class Salvage(Operation, frozen=True, kw_only=True):
    """Take a piece of armour apart: it is gone, and its cogwheels go to the wallet."""

    item_id: ItemIdText


@game.refusal
class NothingToSalvage(Refusal):
    """Only armour has cogwheels in it. Data: `item_id`, `category`."""

    code = "nothing_to_salvage"
    title = "There is nothing to salvage in this."


@game.refusal
class InCombat(Refusal):
    """The character fights. Data: `item_id`."""

    code = "in_combat"
    title = "Not in the middle of a fight."


@game.action(items="removes", balances="adds")
def salvage(proposal: Proposal, action: Salvage) -> None:
    """Take the item, add the cogwheels. A dry run shows both."""
    session = proposal.session
    item = session.item(action.item_id)
    definition = session.definition_of(item)
    if definition.category != "armour":
        raise NothingToSalvage(item_id=item.id, category=definition.category)
    stacks.check_unlocked(proposal, item)
    stacks.take(proposal, item, 1)
    wallet.adjust(proposal, "cogwheel", SCRAP_BY_RARITY.get(definition.rarity, 1))


@game.before(Drop, Salvage)
def keep_gear_in_combat(_proposal: Proposal, action: Drop | Salvage, in_combat: bool) -> None:
    """Forbid to lose gear in a fight; without the fact `in_combat` it is refused too."""
    if in_combat:
        raise InCombat(item_id=action.item_id)
