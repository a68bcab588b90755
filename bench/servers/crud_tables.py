"""Tables of the CRUD baseline, and how they are filled with what Satchel holds."""

from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import CreateSchema, DropSchema

from bench.bench_world import bench_catalogue

__all__ = [
    "BalanceRow",
    "Base",
    "CharacterRow",
    "DefinitionRow",
    "ItemRow",
    "ModifierRow",
    "SlotRow",
    "fill",
]


class Base(DeclarativeBase):
    """Tables of the baseline."""

    __table_args__ = {"schema": "crud"}
    type_annotation_map = {int: BigInteger}


class CharacterRow(Base):
    """A character."""

    __tablename__ = "character"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    name: Mapped[str]
    level: Mapped[int]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB)


class DefinitionRow(Base):
    """A kind of item."""

    __tablename__ = "definition"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    category: Mapped[str]
    rarity: Mapped[str]
    weight_g: Mapped[int]
    stack_max: Mapped[int]
    level: Mapped[int]
    fits: Mapped[list[str]] = mapped_column(JSONB)
    use: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class ModifierRow(Base):
    """A modifier of a definition."""

    __tablename__ = "modifier"
    definition_id: Mapped[str] = mapped_column(ForeignKey("crud.definition.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class SlotRow(Base):
    """An equipment slot."""

    __tablename__ = "slot"
    id: Mapped[str] = mapped_column(primary_key=True)
    group: Mapped[str]
    position: Mapped[int]


class ItemRow(Base):
    """An item."""

    __tablename__ = "item"
    uid: Mapped[str] = mapped_column(primary_key=True)
    char_id: Mapped[int] = mapped_column(index=True)
    definition_id: Mapped[str]
    quantity: Mapped[int]
    container: Mapped[str | None]
    position: Mapped[int | None]
    slot: Mapped[str | None]
    quick_slot: Mapped[int | None]
    durability: Mapped[int | None]
    properties: Mapped[dict[str, Any]] = mapped_column(JSONB)


class BalanceRow(Base):
    """A balance."""

    __tablename__ = "balance"
    char_id: Mapped[int] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]


async def fill(dsn: str, world: str, ids: range) -> None:
    """Make the tables, with the definitions of the world and a copy of Satchel's items."""
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn))
    catalogue = bench_catalogue(Path(world))
    async with engine.begin() as connection:
        await connection.execute(DropSchema("crud", cascade=True, if_exists=True))
        await connection.execute(CreateSchema("crud"))
        await connection.run_sync(Base.metadata.create_all)
    async with async_sessionmaker(engine)() as db:
        for position, slot in enumerate(catalogue.rules.slots):
            db.add(SlotRow(id=slot.id, group=slot.group, position=position))
        for d in catalogue.definitions.values():
            use = None if d.use is None else {"effect": d.use.effect, "values": d.use.values}
            db.add(
                DefinitionRow(
                    id=d.id, name=d.name.en, category=d.category, rarity=d.rarity, weight_g=d.weight_g,
                    stack_max=d.stack_max, level=d.requires.level, fits=list(catalogue.slots_of[d.id]), use=use,
                )
            )  # fmt: skip
        await db.flush()
        for d in catalogue.definitions.values():
            db.add_all(ModifierRow(definition_id=d.id, name=name, value=value) for name, value in d.modifiers.items())
        await db.commit()
    await engine.dispose()
    plain = await asyncpg.connect(dsn)
    await plain.execute(
        "INSERT INTO crud.character SELECT char_id, owner, name, level, attributes FROM satchel.inventory "
        "WHERE char_id BETWEEN $1 AND $2",
        ids[0],
        ids[-1],
    )
    await plain.execute(
        "INSERT INTO crud.item SELECT uid::text, char_id, definition, quantity, container, position, slot, quick_slot, "
        "durability, properties FROM satchel.item WHERE char_id BETWEEN $1 AND $2",
        ids[0],
        ids[-1],
    )
    await plain.execute("INSERT INTO crud.balance SELECT id, 'gold', 100 FROM crud.character ON CONFLICT DO NOTHING")
    await plain.execute("ANALYZE crud.item; ANALYZE crud.definition; ANALYZE crud.modifier")
    await plain.close()
