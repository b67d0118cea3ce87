"""BARE primitives (draft-devault-bare): bytes in, Python objects out, and back.

Only what schemas of the protocol use: ``uint``, ``u16``, ``u32``, ``u64``, ``bool``,
``str``, ``data`` and ``optional``.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from .errors import MalformedMessageError, UnsupportedValueError

__all__ = ["Reader", "Writer"]

T = TypeVar("T")

_MAX_U32: Final = 2**32 - 1
_MAX_UINT: Final = 2**64 - 1
_MAX_UINT_BYTES: Final = 10  # 64 bits in groups of 7


class Writer:
    """Appends primitives; every method returns the writer."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts = bytearray()

    def getvalue(self) -> bytes:
        """Everything written so far."""
        return bytes(self._parts)

    def u16(self, value: int) -> "Writer":
        """Two bytes, little endian."""
        self._parts += value.to_bytes(2, "little")
        return self

    def u32(self, value: int) -> "Writer":
        """Four bytes, little endian.

        Raises:
            UnsupportedValueError: Outside 0 to 2**32 - 1.
        """
        if not 0 <= value <= _MAX_U32:
            reason = "the integer has more than 32 bits"
            raise UnsupportedValueError(reason)
        self._parts += value.to_bytes(4, "little")
        return self

    def u64(self, value: int) -> "Writer":
        """Eight bytes, little endian.

        Raises:
            UnsupportedValueError: Outside 0 to 2**64 - 1.
        """
        _require_uint(value)
        self._parts += value.to_bytes(8, "little")
        return self

    def uint(self, value: int) -> "Writer":
        """Unsigned LEB128.

        Raises:
            UnsupportedValueError: Outside 0 to 2**64 - 1.
        """
        _require_uint(value)
        while value > 0x7F:
            self._parts.append(value & 0x7F | 0x80)
            value >>= 7
        self._parts.append(value)
        return self

    def boolean(self, value: bool) -> "Writer":
        """One byte."""
        self._parts.append(1 if value else 0)
        return self

    def data(self, value: bytes) -> "Writer":
        """Length and bytes."""
        self.uint(len(value))
        self._parts += value
        return self

    def string(self, value: str) -> "Writer":
        """Length and UTF-8.

        Raises:
            UnsupportedValueError: For lone surrogates.
        """
        try:
            return self.data(value.encode())
        except UnicodeEncodeError as error:
            reason = "text contains half of a surrogate pair"
            raise UnsupportedValueError(reason) from error

    def optional(self, value: T | None, write: Callable[[T], object]) -> "Writer":
        """A flag and, unless the value is None, the value."""
        self.boolean(value is not None)
        if value is not None:
            write(value)
        return self


def _require_uint(value: int) -> None:
    if not 0 <= value <= _MAX_UINT:
        reason = "unsigned integers have 64 bits"
        raise UnsupportedValueError(reason)


class Reader:
    """Takes primitives off the front of a message.

    Every method raises ``MalformedMessageError`` when the bytes do not hold what it
    reads. Nothing is allocated from a length prefix before the bytes are there.
    """

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def remaining(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._position

    def _take(self, size: int) -> bytes:
        end = self._position + size
        if end > len(self._data):
            reason = f"{size} bytes announced, {self.remaining} left"
            raise MalformedMessageError(reason)
        chunk = self._data[self._position : end]
        self._position = end
        return chunk

    def u16(self) -> int:
        """Two bytes, little endian."""
        return int.from_bytes(self._take(2), "little")

    def u32(self) -> int:
        """Four bytes, little endian."""
        return int.from_bytes(self._take(4), "little")

    def u64(self) -> int:
        """Eight bytes, little endian."""
        return int.from_bytes(self._take(8), "little")

    def uint(self) -> int:
        """Unsigned LEB128 of at most 64 bits."""
        value = 0
        for index in range(_MAX_UINT_BYTES):
            byte = self._take(1)[0]
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                return self._in_range(value)
        reason = "integer is longer than 64 bits"
        raise MalformedMessageError(reason)

    def _in_range(self, value: int) -> int:
        if value > _MAX_UINT:
            reason = "integer is longer than 64 bits"
            raise MalformedMessageError(reason)
        return value

    def boolean(self) -> bool:
        """One byte, 0 or 1."""
        byte = self._take(1)[0]
        if byte > 1:
            reason = f"{byte} is not a boolean"
            raise MalformedMessageError(reason)
        return byte == 1

    def data(self) -> bytes:
        """Length and bytes."""
        return self._take(self.uint())

    def string(self) -> str:
        """Length and UTF-8."""
        try:
            return self.data().decode()
        except UnicodeDecodeError as error:
            reason = "text is not UTF-8"
            raise MalformedMessageError(reason) from error

    def optional(self, read: Callable[[], T]) -> T | None:
        """A flag and perhaps a value."""
        return read() if self.boolean() else None
