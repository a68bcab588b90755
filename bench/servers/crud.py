"""The CRUD baseline: FastAPI, pydantic and SQLAlchemy, a query per step, as services of this kind are usually written.

Statements per request (BEGIN and COMMIT not counted): doll 11, equip 6, unequip 5, use 5, move 4, drop 4, capacity 3.
The tables are indexed, and hold the same items as Satchel's.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Annotated

import asyncpg
import uvicorn
import uvloop
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bench.servers.crud_bodies import ActionBody, ActionView, CapacityView, DollView, ItemView
from bench.servers.crud_tables import BalanceRow, CharacterRow, DefinitionRow, ItemRow, ModifierRow, SlotRow

BASE_SLOTS = 20_000

app = FastAPI()
sessions: async_sessionmaker[AsyncSession]


async def session() -> AsyncIterator[AsyncSession]:
    """A database session per request."""
    async with sessions() as opened:
        yield opened


Db = Annotated[AsyncSession, Depends(session)]


@app.get("/inventory/{char_id}/capacity")
async def capacity(char_id: int, db: Db) -> CapacityView:
    """Three statements."""
    return await _capacity(db, char_id)


@app.get("/inventory/{char_id}/doll")
async def doll(char_id: int, db: Db) -> DollView:
    """Eleven statements."""
    character = await db.get(CharacterRow, char_id)
    if character is None:
        raise HTTPException(404)
    slots = (await db.scalars(select(SlotRow).order_by(SlotRow.position))).all()
    worn = (await db.scalars(select(ItemRow).where(ItemRow.char_id == char_id, ItemRow.slot.is_not(None)))).all()
    definitions = await _definitions(db, [item.definition_id for item in worn])
    modifiers = await _modifiers(db, [item.definition_id for item in worn])
    kept = (await db.scalars(select(ItemRow).where(ItemRow.char_id == char_id, ItemRow.slot.is_(None)))).all()
    bag_definitions = await _definitions(db, [item.definition_id for item in kept])
    balances = (await db.scalars(select(BalanceRow).where(BalanceRow.char_id == char_id))).all()
    by_slot = {item.slot: item for item in worn}
    return DollView(
        char_id=char_id,
        name=character.name,
        level=character.level,
        slots={s.id: _view(by_slot[s.id], definitions) if s.id in by_slot else None for s in slots},
        bag=[_view(item, bag_definitions) for item in kept],
        quick_slots=[item.uid for item in kept if item.quick_slot is not None],
        modifiers=modifiers,
        wallet={balance.resource: balance.amount for balance in balances},
        capacity=await _capacity(db, char_id),
    )


@app.post("/inventory/action")
async def action(body: ActionBody, db: Db) -> ActionView:
    """Four to six statements, the commit not counted."""
    item = (await db.scalars(select(ItemRow).where(ItemRow.uid == body.item_id))).one_or_none()
    if item is None or item.char_id != body.char_id:
        raise HTTPException(404)
    match body.action:
        case "equip":
            await _equip(db, item, body)
        case "unequip":
            await _unequip(db, item, body)
        case "move":
            await _move(db, item, body)
        case "use":
            await _use(db, item)
        case "drop":
            await _take(db, item, body.quantity)
    used = await _capacity(db, body.char_id)
    await db.commit()
    return ActionView(success=True, item=None, capacity=used)


async def _equip(db: AsyncSession, item: ItemRow, body: ActionBody) -> None:
    definition = await db.get_one(DefinitionRow, item.definition_id)
    slot = body.slot or definition.fits[0]
    if slot not in definition.fits:
        raise HTTPException(422)
    present = (
        await db.scalars(select(ItemRow).where(ItemRow.char_id == body.char_id, ItemRow.slot == slot))
    ).one_or_none()
    if present is not None and present is not item:
        present.slot, present.container, present.position = None, "bag", item.position
    item.slot, item.container, item.position = slot, None, None


async def _unequip(db: AsyncSession, item: ItemRow, body: ActionBody) -> None:
    item.slot, item.container, item.position = None, "bag", body.position


async def _move(db: AsyncSession, item: ItemRow, body: ActionBody) -> None:
    item.container, item.position = body.container, body.position


async def _use(db: AsyncSession, item: ItemRow) -> None:
    definition = await db.get_one(DefinitionRow, item.definition_id)
    if definition.use is None:
        raise HTTPException(422)
    await _take(db, item, 1)


async def _take(db: AsyncSession, item: ItemRow, quantity: int) -> None:
    if quantity > item.quantity:
        raise HTTPException(422)
    if quantity == item.quantity:
        await db.execute(delete(ItemRow).where(ItemRow.uid == item.uid))
    else:
        item.quantity -= quantity


async def _capacity(db: AsyncSession, char_id: int) -> CapacityView:
    used = await db.scalar(
        select(func.count()).select_from(ItemRow).where(ItemRow.char_id == char_id, ItemRow.container == "bag")
    )
    bonus = await db.scalar(
        select(func.coalesce(func.sum(ModifierRow.value), 0))
        .join(ItemRow, ItemRow.definition_id == ModifierRow.definition_id)
        .where(ItemRow.char_id == char_id, ItemRow.slot.is_not(None), ModifierRow.name == "slots.bag")
    )
    weight_g = await db.scalar(
        select(func.coalesce(func.sum(ItemRow.quantity * DefinitionRow.weight_g), 0))
        .join(DefinitionRow, DefinitionRow.id == ItemRow.definition_id)
        .where(ItemRow.char_id == char_id)
    )
    return CapacityView(used=used or 0, limit=BASE_SLOTS + int(bonus or 0), weight_g=int(weight_g or 0))


async def _definitions(db: AsyncSession, ids: list[str]) -> dict[str, DefinitionRow]:
    found = (await db.scalars(select(DefinitionRow).where(DefinitionRow.id.in_(ids)))).all()
    return {definition.id: definition for definition in found}


async def _modifiers(db: AsyncSession, ids: list[str]) -> dict[str, int]:
    found = (await db.scalars(select(ModifierRow).where(ModifierRow.definition_id.in_(ids)))).all()
    total: dict[str, int] = {}
    for modifier in found:
        total[modifier.name] = total.get(modifier.name, 0) + modifier.value
    return total


def _view(item: ItemRow, definitions: dict[str, DefinitionRow]) -> ItemView:
    definition = definitions[item.definition_id]
    return ItemView(
        id=item.uid,
        name=definition.name,
        category=definition.category,
        rarity=definition.rarity,
        quantity=item.quantity,
        slot=item.slot,
        position=item.position,
        durability=item.durability,
        properties=item.properties,
    )


async def main(dsn: str, port: int) -> None:
    """Serve."""
    global sessions
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), pool_size=32, max_overflow=0
    )
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    print("crud is ready", flush=True)
    await serving


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], int(sys.argv[2])))
