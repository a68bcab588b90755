"""Another game on the same engine: ships instead of heroes, a hold instead of a bag, pods instead of rings.

The world is the JSON beside this file; `satchel catalogue check examples/own_world` looks for mistakes in it.
Run it with `pip install satchel[testing]` and `python play.py`: no server is needed.
"""

import asyncio
from pathlib import Path

from satchel import Character, actions, load_catalogue, open_in_memory


async def main() -> None:
    """Load more ice than the hold takes, and bolt on a pod."""
    async with open_in_memory(load_catalogue(Path(__file__).parent)) as client:
        await client.put_character(1, Character(owner="captain", name="Slow Boat", level=1))
        pod = (await client.act(1, actions.Grant(definition="cargo_pod"))).changes[0].item
        before = (await client.get_inventory(1)).stats.slots["hold"]
        fitted = await client.act(1, actions.Equip(item_id=pod), actions.Grant(definition="ice", quantity=550))
        after = fitted.stats.slots["hold"]
        sold = await client.act(
            1, actions.Consume(definition="ice", quantity=50), actions.AdjustWallet(resource="credits", amount=400)
        )

        print(f"The hold has {before.limit} places, and {after.limit} with the pod; {after.used} are full.")
        print(f"50 ice sold, {sold.wallet_changes[0].after} credits earned.")


if __name__ == "__main__":
    asyncio.run(main())
