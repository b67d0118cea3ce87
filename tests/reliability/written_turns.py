"""Turns of several actors, written to a store that may fail, and what is left."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rivetgen_runtime.core.ports import (
    ActorRecord,
    Area,
    Batch,
    DeleteActor,
    PutRecord,
    PutValue,
)
from rivetgen_runtime.errors import StorageFailedError
from rivetgen_runtime.storage.sqlite import SqliteStore

from .simulated_sqlite import connect

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from .powerloss import Disk

ACTORS = [f"actor-{number}" for number in range(6)]
EVERYTHING = frozenset(Area)


@dataclass
class Ledger:
    """What was written, kept where no power fails.

    Attributes:
        attempted: The last turn of each actor that was handed to the store.
        confirmed: The last turn of each actor that the store confirmed.
    """

    attempted: dict[str, int] = field(default_factory=dict[str, int])
    confirmed: dict[str, int] = field(default_factory=dict[str, int])


def turn(actor_id: str, number: int, random: Random) -> Batch:
    """What one turn of an actor writes; every fifth turn destroys the actor."""
    record = ActorRecord(
        actor_id=actor_id,
        name="journal",
        key=(actor_id,),
        generation=number,
        created_at_ms=1,
        destroyed_at_ms=number if is_destroyed_by(number) else None,
    )
    if is_destroyed_by(number):
        return Batch((DeleteActor(record),))
    state = number.to_bytes(4, "big")
    filler = random.randbytes(random.choice((0, 100, 3000, 9000)))
    return Batch(
        (
            PutRecord(record),
            PutValue(actor_id, Area.STATE, b"", state),
            PutValue(actor_id, Area.KV, b"key", state + filler),
        )
    )


def is_destroyed_by(number: int) -> bool:
    return number % 5 == 0


async def write_turns(
    store: SqliteStore, actor_id: str, ledger: Ledger, random: Random
) -> None:
    """Write until the store fails, or for long enough."""
    first = ledger.attempted.get(actor_id, 0) + 1
    for number in range(first, first + random.randint(1, 40)):
        for _ in range(random.randint(0, 3)):
            await asyncio.sleep(0)  # so that groups differ
        ledger.attempted[actor_id] = number
        await store.commit(turn(actor_id, number, random))
        ledger.confirmed[actor_id] = number


async def open_store(disk: Disk, folder: Path) -> SqliteStore:
    return await SqliteStore.open(folder, connect=lambda path: connect(disk, path.name))


async def use(
    store: SqliteStore, ledger: Ledger, random: Random, *, close: bool = True
) -> None:
    """Write with several actors at a time, then close."""
    writers = [write_turns(store, actor, ledger, random) for actor in ACTORS]
    ends = await asyncio.gather(*writers, return_exceptions=True)
    assert all(isinstance(end, StorageFailedError | None) for end in ends), ends
    if close:
        with suppress(StorageFailedError):
            await store.close()


async def check(folder: Path, ledger: Ledger) -> None:
    """Start an ordinary store from what is left, and compare it with the ledger."""
    store = await SqliteStore.open(folder)
    for actor_id in ACTORS:
        number = await surviving_turn(store, actor_id)
        assert number >= ledger.confirmed.get(actor_id, 0), "a confirmed turn is lost"
        assert number <= ledger.attempted.get(actor_id, 0), "a turn was invented"
    await store.close()


async def surviving_turn(store: SqliteStore, actor_id: str) -> int:
    """The one turn that everything of an actor comes from."""
    record = await store.record(actor_id)
    values = await store.values(actor_id, EVERYTHING)
    number = record.generation if record is not None else 0
    if number == 0 or is_destroyed_by(number):
        assert values == {}, "a turn survived in part"
        return number
    state = number.to_bytes(4, "big")
    assert values.keys() == {(Area.STATE, b""), (Area.KV, b"key")}
    assert values[Area.STATE, b""] == state, "a turn survived in part"
    assert values[Area.KV, b"key"].startswith(state), "a turn survived in part"
    return number
