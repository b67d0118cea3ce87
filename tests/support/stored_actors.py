"""Records and batches for tests of stores."""

from __future__ import annotations

from typing import Any

from rivetgen_runtime.core.ports import (
    ActorRecord,
    Area,
    Batch,
    DeleteActor,
    PutRecord,
    PutValue,
    Write,
)

EVERY_AREA = frozenset(Area)


def actor_record(number: int = 1, **changes: Any) -> ActorRecord:
    """Return the record of a living actor; its key and age follow from the number."""
    fields: dict[str, Any] = {
        "actor_id": f"actor{number:025}",
        "name": "counter",
        "key": ("room", str(number)),
        "created_at_ms": 1_700_000_000_000 + number,
    }
    return ActorRecord(**(fields | changes))


def put_record(number: int = 1, **changes: Any) -> Batch:
    """Return a batch that stores ``actor_record``."""
    return Batch((PutRecord(actor_record(number, **changes)),))


def put_state(number: int, value: bytes) -> Batch:
    """Return a batch that stores the state of an actor."""
    actor_id = actor_record(number).actor_id
    return Batch((PutValue(actor_id, Area.STATE, b"", value),))


def delete_actor(number: int = 1, **changes: Any) -> Batch:
    """Return a batch that destroys an actor."""
    record = actor_record(number, destroyed_at_ms=1_800_000_000_000, **changes)
    return Batch((DeleteActor(record),))


def batch(*writes: Write) -> Batch:
    """Return a batch of these writes."""
    return Batch(writes)
