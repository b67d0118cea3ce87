"""How keys and values of ``c.kv`` are stored, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from rivetgen_runtime.core.ports import KeyRange
from rivetgen_runtime.errors import (
    KvBatchTooLargeError,
    KvKeyTooLargeError,
    KvNotTextError,
    KvValueTooLargeError,
    StorageCorruptError,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from rivetgen_runtime.options import KvLimits

__all__ = [
    "WIRE_PREFIX",
    "KvData",
    "StoredValue",
    "check_batch",
    "encode_key",
    "encode_value",
    "prefix_range",
    "single_key",
    "to_bytes",
    "to_text",
]

KvData: TypeAlias = str | bytes | bytearray | memoryview
"""A key or a value as user code gives it; text stands for its UTF-8."""

WIRE_PREFIX: Final = b"\x04"
"""What the management API puts before the keys of user code; it counts as a byte of
the key, as on official servers."""

_LAYOUT: Final = b"\x01"
_TIME_BYTES: Final = 8
_HEADER_BYTES: Final = len(_LAYOUT) + _TIME_BYTES


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A value and when it was written, in Unix milliseconds."""

    value: bytes
    updated_at_ms: int

    def to_blob(self) -> bytes:
        """Lay it out: layout byte, time as eight bytes (big end first), value."""
        return _LAYOUT + self.updated_at_ms.to_bytes(_TIME_BYTES, "big") + self.value

    @classmethod
    def from_blob(cls, blob: bytes) -> StoredValue:
        """Read it.

        Raises:
            StorageCorruptError: The bytes are nothing that ``to_blob`` made.
        """
        if blob[:1] != _LAYOUT or len(blob) < _HEADER_BYTES:
            message = "A stored KV value cannot be read."
            raise StorageCorruptError(message)
        time = int.from_bytes(blob[len(_LAYOUT) : _HEADER_BYTES], "big")
        return cls(blob[_HEADER_BYTES:], time)


def to_bytes(data: KvData) -> bytes:
    """The bytes of a key or value.

    Raises:
        TypeError: It is neither text nor bytes.
    """
    return data.encode() if isinstance(data, str) else bytes(memoryview(data))


def to_text(stored: bytes, what: str) -> str:
    """The text of a stored key or value.

    Raises:
        KvNotTextError: It is not UTF-8.
    """
    try:
        return stored.decode()
    except UnicodeDecodeError as error:
        raise KvNotTextError(what) from error


def encode_key(key: KvData, limits: KvLimits) -> bytes:
    """The bytes of a key.

    Raises:
        KvKeyTooLargeError: There are too many.
    """
    encoded = to_bytes(key)
    size = len(WIRE_PREFIX) + len(encoded)
    if size > limits.key_bytes:
        raise KvKeyTooLargeError(size, limits.key_bytes)
    return encoded


def encode_value(value: KvData, limits: KvLimits) -> bytes:
    """The bytes of a value.

    Raises:
        KvValueTooLargeError: There are too many.
    """
    encoded = to_bytes(value)
    if len(encoded) > limits.value_bytes:
        raise KvValueTooLargeError(len(encoded), limits.value_bytes)
    return encoded


def check_batch(entries: Collection[tuple[bytes, bytes]], limits: KvLimits) -> None:
    """Refuse a batch with too many entries, or too large in all.

    Raises:
        KvBatchTooLargeError: It is.
    """
    if len(entries) > limits.batch_keys:
        raise KvBatchTooLargeError("keys", len(entries), limits.batch_keys)
    size = sum(len(key) + len(value) for key, value in entries)
    if size > limits.batch_bytes:
        raise KvBatchTooLargeError("bytes", size, limits.batch_bytes)


def single_key(key: bytes) -> KeyRange:
    """The range that holds one key."""
    return KeyRange(key, key + b"\0")


def prefix_range(prefix: bytes) -> KeyRange:
    """The range of all keys that begin with a prefix."""
    stem = prefix.rstrip(b"\xff")
    if not stem:
        return KeyRange(prefix, None)
    return KeyRange(prefix, stem[:-1] + bytes((stem[-1] + 1,)))
