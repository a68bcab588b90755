"""What `satchel up` says when it is ready: where it serves, the token, and three requests to paste."""

from urllib.parse import quote_plus

import msgspec

from satchel.inventory.character import Character, missing_requirements
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.definitions.items import ItemDefinition

__all__ = ["welcome"]

ANN = Character("you", "Ann", 5)


def welcome(url: str, token: str, catalogue: Catalogue) -> str:
    """Greet somebody who has just started Satchel.

    Args:
        url: Where the API is.
        token: The service token.
        catalogue: The world that is played in: the requests have to work in any.
    """
    head = f"-H 'Authorization: Bearer {token}'"
    lines = [f"""curl -s -X PUT {head} {url}/characters/1 -d '{msgspec.json.encode(ANN).decode()}'"""]
    thing = _to_begin_with(catalogue)
    if thing is not None:
        grant = f'{{"char_id":1,"action":"grant","definition":"{thing.id}"}}'
        look = f"curl -s {head} '{url}/inventory/1/bag?search={quote_plus(thing.name.en)}&limit=1'"
        equip = f"""{{"char_id":1,"action":"equip","item_id":"'$({look} | sed 's/.*"id":"\\([^"]*\\)".*/\\1/')'"}}"""
        lines += [f"curl -s {head} {url}/inventory/action -d '{body}'" for body in (grant, equip)]
    requests = "\n".join(f"  {line}" for line in lines)
    return f"""
Satchel serves on {url}   (API: {url}/docs)
token: {token}

Make a character, give it {thing.name.en if thing is not None else "a name"}, wear it:

{requests}

Ctrl-C stops all of it.
"""


def _to_begin_with(catalogue: Catalogue) -> ItemDefinition | None:
    """The simplest weapon, or whatever else comes first that she can wear."""
    wearable = [thing for thing in catalogue.definitions.values() if catalogue.slots_of.get(thing.id)]
    allowed = [thing for thing in wearable if not missing_requirements(ANN, thing.requires)]
    first_slot = catalogue.rules.slots[0].id if catalogue.rules.slots else ""
    return next((thing for thing in allowed if first_slot in catalogue.slots_of[thing.id]), next(iter(allowed), None))
