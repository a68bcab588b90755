"""The naive session baseline: the whole inventory as one document in Redis, read, decoded, changed, encoded, written.

FastAPI, pydantic and redis-py (with hiredis), as everyone writes it. No lock, no version, no journal: it is given every
advantage that leaving those out brings.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from redis.asyncio import Redis

from bench.bench_world import Cast, bench_catalogue, character_items
from bench.servers.crud_bodies import ActionBody
from satchel.inventory.definitions.catalogue import Catalogue


class ItemDocument(BaseModel):
    """An item."""

    id: str
    definition: str
    quantity: int
    container: str | None = None
    position: int | None = None
    slot: str | None = None
    quick_slot: int | None = None
    durability: int | None = None
    properties: dict[str, int] = {}


class InventoryDocument(BaseModel):
    """The whole inventory."""

    char_id: int
    items: dict[str, ItemDocument]
    equipment: dict[str, str]
    wallet: dict[str, int]


class CapacityView(BaseModel):
    """How full the bag is."""

    used: int
    limit: int
    weight_g: int


app = FastAPI()
redis: Redis
catalogue: Catalogue


async def _read(char_id: int) -> InventoryDocument:
    found = await redis.get(f"naive:{char_id}")
    if found is None:
        raise HTTPException(404)
    return InventoryDocument.model_validate_json(found)


def _capacity(document: InventoryDocument) -> CapacityView:
    items = document.items.values()
    weight_g = sum(catalogue.definition(item.definition).weight_g * item.quantity for item in items)
    return CapacityView(used=sum(item.slot is None for item in items), limit=20_000, weight_g=weight_g)


@app.get("/inventory/{char_id}/capacity")
async def capacity(char_id: int) -> CapacityView:
    """Read and decode."""
    return _capacity(await _read(char_id))


@app.get("/inventory/{char_id}/doll")
async def doll(char_id: int) -> dict[str, Any]:
    """Read and decode."""
    document = await _read(char_id)
    worn = {slot: document.items[item_id].model_dump() for slot, item_id in document.equipment.items()}
    return {"char_id": char_id, "slots": worn, "capacity": _capacity(document).model_dump()}


@app.post("/inventory/action")
async def action(body: ActionBody) -> dict[str, Any]:
    """Read, decode, change one item, encode, write."""
    document = await _read(body.char_id)
    item = document.items.get(body.item_id)
    if item is None:
        raise HTTPException(404)
    definition = catalogue.definition(item.definition)
    match body.action:
        case "equip":
            slot = body.slot or definition.fits[0]
            item.slot, item.container, item.position = slot, None, None
            document.equipment[slot] = item.id
        case "unequip":
            document.equipment.pop(item.slot or "", None)
            item.slot, item.container, item.position = None, body.container or "bag", body.position
        case "move":
            item.container, item.position = body.container, body.position
        case "use" | "drop":
            item.quantity -= body.quantity
    await redis.set(f"naive:{body.char_id}", document.model_dump_json())
    return {"success": True, "item": item.model_dump(), "capacity": _capacity(document).model_dump()}


async def fill(socket: str, world: str, cast: Cast) -> None:
    """Write the documents of a cast."""
    client = Redis(unix_socket_path=socket)
    known = bench_catalogue(Path(world))
    for char_id in cast.ids:
        items = {
            str(item.id): ItemDocument(**{name: getattr(item, name) for name in ItemDocument.model_fields})
            for item in character_items(known, char_id, cast.items)
        }
        equipment = {item.slot: item.id for item in items.values() if item.slot is not None}
        document = InventoryDocument(char_id=char_id, items=items, equipment=equipment, wallet={"gold": 100})
        await client.set(f"naive:{char_id}", document.model_dump_json())
    await client.aclose()


async def main(socket: str, world: str, port: int) -> None:
    """Serve."""
    global redis, catalogue
    redis, catalogue = Redis(unix_socket_path=socket), bench_catalogue(Path(world))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    print("naive is ready", flush=True)
    await serving


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
