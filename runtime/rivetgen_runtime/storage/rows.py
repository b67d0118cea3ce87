"""Records and values as rows, each with a checksum.

A checksum covers what a row holds and where it belongs, so that a flipped bit, a torn
page and a row in the wrong place are all noticed when it is read.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Final, TypeAlias

from rivetgen_client.wire.keys import parse_key, serialize_key
from rivetgen_runtime.core.ports import ActorRecord, Area
from rivetgen_runtime.errors import StorageCorruptError

__all__ = [
    "RECORD_COLUMNS",
    "VALUE_COLUMNS",
    "RecordRow",
    "ValueRow",
    "record_from_row",
    "record_to_row",
    "value_from_row",
    "value_to_row",
]

RecordRow: TypeAlias = tuple[
    str,  # actor_id
    str,  # namespace
    str,  # name
    str | None,  # key
    str,  # pool
    str,  # crash_policy
    int,  # generation
    int,  # created_at_ms
    int | None,  # started_at_ms
    int | None,  # slept_at_ms
    int | None,  # destroyed_at_ms
    int | None,  # alarm_at_ms
    bytes | None,  # input
    bytes,  # checksum
]
ValueRow: TypeAlias = tuple[str, int, bytes, bytes, bytes]

RECORD_COLUMNS: Final = (
    *("actor_id", "namespace", "name", "key", "pool", "crash_policy", "generation"),
    *("created_at_ms", "started_at_ms", "slept_at_ms", "destroyed_at_ms"),
    *("alarm_at_ms", "input", "checksum"),
)
VALUE_COLUMNS: Final = ("actor_id", "area", "key", "value", "checksum")

_CHECKSUM_BYTES: Final = 8


def value_to_row(actor_id: str, area: Area, key: bytes, value: bytes) -> ValueRow:
    """The row of one value."""
    checksum = _value_checksum(actor_id, area, key, value)
    return actor_id, int(area), key, value, checksum


def value_from_row(row: ValueRow) -> tuple[tuple[Area, bytes], bytes]:
    """Where a value belongs, and the value.

    Raises:
        StorageCorruptError: The row is not what was written.
    """
    actor_id, area, key, value, checksum = row
    if checksum != _value_checksum(actor_id, area, key, value):
        message = f"A value of actor {actor_id} in area {area} is damaged."
        raise StorageCorruptError(message)
    return (Area(area), key), value


def _value_checksum(actor_id: str, area: int, key: bytes, value: bytes) -> bytes:
    # The lengths keep ("ab", "c") and ("a", "bc") apart.
    place = f"{actor_id}\0{area}\0{len(key)}\0".encode()
    digest = blake2b(place, digest_size=_CHECKSUM_BYTES)
    digest.update(key)
    digest.update(value)
    return digest.digest()


def record_to_row(record: ActorRecord) -> RecordRow:
    """The row of one record; keys are serialized, which is lossless."""
    row = (
        record.actor_id,
        record.namespace,
        record.name,
        None if record.key is None else serialize_key(record.key),
        record.pool,
        record.crash_policy,
        record.generation,
        record.created_at_ms,
        record.started_at_ms,
        record.slept_at_ms,
        record.destroyed_at_ms,
        record.alarm_at_ms,
        record.input,
    )
    return (*row, _record_checksum(row))


def record_from_row(row: RecordRow) -> ActorRecord:
    """The record of one row.

    Raises:
        StorageCorruptError: The row is not what was written.
    """
    if row[-1] != _record_checksum(row[:-1]):
        message = f"The record of actor {row[0]} is damaged."
        raise StorageCorruptError(message)
    return ActorRecord(
        actor_id=row[0],
        namespace=row[1],
        name=row[2],
        key=None if row[3] is None else parse_key(row[3]),
        pool=row[4],
        crash_policy=row[5],
        generation=row[6],
        created_at_ms=row[7],
        started_at_ms=row[8],
        slept_at_ms=row[9],
        destroyed_at_ms=row[10],
        alarm_at_ms=row[11],
        input=row[12],
    )


def _record_checksum(row: tuple[str | int | bytes | None, ...]) -> bytes:
    *plain, creation_input = row
    if plain[-1] is None:  # as in rows from before there were alarms
        plain.pop()
    digest = blake2b(json.dumps(plain).encode(), digest_size=_CHECKSUM_BYTES)
    if isinstance(creation_input, bytes):
        digest.update(b"\0" + creation_input)
    return digest.digest()
