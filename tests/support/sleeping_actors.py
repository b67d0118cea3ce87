"""Data directories full of actors that sleep."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rivetgen_runtime.core.ports import ActorRecord, Area, Batch, PutRecord, PutValue
from rivetgen_runtime.core.snapshots import encode_stored
from rivetgen_runtime.storage.sqlite import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

AT_A_TIME = 1_000


def counter_key(number: int) -> str:
    """The key of a stored counter."""
    return f"counter-{number}"


def sleeping_counter(number: int, alarm_at_ms: int | None = None) -> Batch:
    """What a counter has stored that counted to the end of its number."""
    actor_id = f"{number:028}00"
    record = ActorRecord(
        actor_id=actor_id,
        name="counter",
        key=(counter_key(number),),
        generation=1,
        created_at_ms=1_700_000_000_000 + number,
        alarm_at_ms=alarm_at_ms,
    )
    state = encode_stored({"count": number % 1_000}, 1)
    return Batch((PutRecord(record), PutValue(actor_id, Area.STATE, b"", state)))


async def store_counters(
    directory: Path, count: int, *, alarm_at_ms: int | None = None
) -> None:
    """Make a data directory in which so many counters sleep, until then or for ever."""
    store = await SqliteStore.open(directory)
    for first in range(0, count, AT_A_TIME):
        numbers = range(first, min(first + AT_A_TIME, count))
        await asyncio.gather(
            *(store.commit(sleeping_counter(each, alarm_at_ms)) for each in numbers)
        )
    await store.close()
