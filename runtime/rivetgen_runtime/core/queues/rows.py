"""How messages are stored: rows of ``Area.QUEUE``, one kind per first byte of the key.

A message is written once and removed once. What changes while it is delivered is a
small row of its own, so that counting an attempt does not write the message again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from rivetgen_client.wire.bare import Reader, Writer
from rivetgen_runtime.errors import StorageCorruptError

__all__ = [
    "NEXT_ID_KEY",
    "Phase",
    "QueuedMessage",
    "RowKind",
    "decode_delivery",
    "decode_id",
    "decode_message",
    "delivery_key",
    "delivery_row",
    "id_row",
    "message_key",
    "message_row",
    "row_reader",
    "row_writer",
    "stored_size",
]


class RowKind(bytes, Enum):
    """First byte of a row's key."""

    MESSAGE = b"m"
    DELIVERY = b"d"
    NEXT_ID = b"n"
    SEND_KEY = b"k"


NEXT_ID_KEY: Final = RowKind.NEXT_ID.value
"""Key of the row that keeps ids from being used again."""

_ROW_VERSION: Final = 1
_ID_BYTES: Final = 8
_TIME_BYTES: Final = 8
_COUNTER_BYTES: Final = 4
_VERSION_BYTES: Final = 2
_VARINT_BITS: Final = 7


class Phase(Enum):
    """Where a message is on its way."""

    READY = "ready"
    """The next receiver gets it."""
    DELAYED = "delayed"
    """It waits until it is delivered again."""
    TAKEN = "taken"
    """It is being handled."""
    HELD = "held"
    """A workflow has received it, and holds it until it completes it."""

    @property
    def is_out(self) -> bool:
        """Whether somebody has it."""
        return self in {Phase.TAKEN, Phase.HELD}


@dataclass(slots=True, kw_only=True, eq=False)
class QueuedMessage:
    """One message. Times are Unix milliseconds.

    Attributes:
        id: Greater than that of every message before it in any queue of the actor.
        name: Its queue.
        body: As CBOR.
        created_at_ms: When it was sent.
        send_key: Row key of what its sender may send again; None for none.
        attempts: Deliveries begun so far.
        available_at_ms: When it may be delivered again; while it is being handled,
            when that began.
        phase: Where it is on its way.
    """

    id: int
    name: str
    body: bytes
    created_at_ms: int
    send_key: bytes | None = None
    attempts: int = 0
    available_at_ms: int = 0
    phase: Phase = Phase.READY


def stored_size(name: str, body: bytes) -> int:
    """Bytes that official servers count for a message, whose limits are the same."""
    counted = 0
    for part in (name.encode(), body):
        counted += _varint_size(len(part)) + len(part)
    return _VERSION_BYTES + counted + _TIME_BYTES + _COUNTER_BYTES


def _varint_size(number: int) -> int:
    return max(1, -(-number.bit_length() // _VARINT_BITS))


def message_key(message_id: int) -> bytes:
    """Key of the row of a message; rows are in the order of ids."""
    return RowKind.MESSAGE.value + message_id.to_bytes(_ID_BYTES)


def delivery_key(message_id: int) -> bytes:
    """Key of the row that tells how often a message was delivered."""
    return RowKind.DELIVERY.value + message_id.to_bytes(_ID_BYTES)


def message_row(message: QueuedMessage) -> bytes:
    """What never changes of a message."""
    writer = row_writer().string(message.name)
    writer.u64(message.created_at_ms).data(message.body)
    return writer.optional(message.send_key, writer.data).getvalue()


def decode_message(key: bytes, row: bytes) -> QueuedMessage:
    """Read the row of a message."""
    reader = row_reader(row)
    return QueuedMessage(
        id=int.from_bytes(key[1:]),
        name=reader.string(),
        created_at_ms=reader.u64(),
        body=reader.data(),
        send_key=reader.optional(reader.data),
    )


def delivery_row(message: QueuedMessage) -> bytes | None:
    """What changes of a message; None while it was never delivered."""
    if not message.attempts and message.phase is Phase.READY:
        return None
    writer = row_writer().uint(message.attempts)
    writer.u64(message.available_at_ms)
    return writer.boolean(message.phase.is_out).getvalue()


def decode_delivery(message: QueuedMessage, row: bytes) -> None:
    """Read what has changed of a message; one that was taken is so still."""
    reader = row_reader(row)
    message.attempts = reader.uint()
    message.available_at_ms = reader.u64()
    message.phase = Phase.TAKEN if reader.boolean() else Phase.DELAYED


def row_writer() -> Writer:
    """Begin a row."""
    return Writer().uint(_ROW_VERSION)


def row_reader(row: bytes) -> Reader:
    """Begin to read a row.

    Raises:
        StorageCorruptError: It was written by a newer version.
    """
    reader = Reader(row)
    version = reader.uint()
    if version != _ROW_VERSION:
        message = f"A row of a queue has the unknown version {version}."
        raise StorageCorruptError(message)
    return reader


def id_row(next_id: int) -> bytes:
    """The next id, as stored."""
    return next_id.to_bytes(_ID_BYTES)


def decode_id(row: bytes) -> int:
    """Read the next id."""
    return int.from_bytes(row)
