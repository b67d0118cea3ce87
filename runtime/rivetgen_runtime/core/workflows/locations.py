"""Where an entry is in the journal, and the key under which it is stored.

A location is a path of segments: the index of a name, or one iteration of a loop. It is
looked up as such and never as joined text, so that no name can stand for the path of
another entry. Keys are tuples in the encoding of FoundationDB, as in official servers:
their bytes have the order of the tuples.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rivetgen_runtime.core.ports import KeyRange
from rivetgen_runtime.errors import StorageCorruptError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Field",
    "KeyKind",
    "Location",
    "LoopIteration",
    "Segment",
    "decode_key",
    "entry_key",
    "entry_range",
    "failure_key",
    "field_key",
    "iteration_range",
    "location_of",
    "metadata_key",
    "name_key",
]


class LoopIteration(NamedTuple):
    """One iteration of a loop.

    Attributes:
        loop: Index of the loop's name.
        iteration: From zero.
    """

    loop: int
    iteration: int


Segment: TypeAlias = int | LoopIteration
"""Index of a name, or an iteration of the loop that has it."""

Location: TypeAlias = tuple[Segment, ...]
"""The path of an entry; the empty one is the workflow itself."""

Item: TypeAlias = "int | str | tuple[Item, ...]"


class KeyKind(IntEnum):
    """First item of a key. The last one is ours; official servers do not read it."""

    NAME = 1
    ENTRY = 2
    FIELD = 3
    METADATA = 4
    FAILURE = 64


class Field(IntEnum):
    """Second item of the keys of what is stored about the workflow itself."""

    STATE = 1
    OUTPUT = 2
    ERROR = 3
    INPUT = 4


_PREFIX: Final = b"\x06\x01"
_TEXT: Final = 0x02
_NESTED: Final = 0x05
_ZERO: Final = 0x14
_LARGEST_INT: Final = _ZERO + 8
_END: Final = 0x00
_ESCAPED_END: Final = b"\x00\xff"
_AFTER_ALL_SEGMENTS: Final = b"\xff"


def name_key(index: int) -> bytes:
    """Key of a name."""
    return _key(KeyKind.NAME, index)


def entry_key(location: Location) -> bytes:
    """Key of an entry."""
    return _key(KeyKind.ENTRY, *location)


def field_key(field: Field) -> bytes:
    """Key of something that is stored about the workflow itself."""
    return _key(KeyKind.FIELD, field)


def metadata_key(entry_id: str) -> bytes:
    """Key of what changes about an entry while it is being worked on."""
    return _key(KeyKind.METADATA, entry_id)


def failure_key(entry_id: str) -> bytes:
    """Key of how a step has failed for good."""
    return _key(KeyKind.FAILURE, entry_id)


def entry_range(location: Location) -> KeyRange:
    """Keys of an entry and of everything below it."""
    start = entry_key(location)
    return KeyRange(start, start + _AFTER_ALL_SEGMENTS)


def iteration_range(scope: Location, first: LoopIteration, end: int) -> KeyRange:
    """Keys of everything in some iterations of a loop.

    Args:
        scope: Where the loop is.
        first: Its first iteration.
        end: The iteration after the last one.
    """
    after = first._replace(iteration=end)
    return KeyRange(entry_key((*scope, first)), entry_key((*scope, after)))


def decode_key(key: bytes) -> tuple[Item, ...]:
    """Read a key: its kind, then what it is the key of.

    Raises:
        StorageCorruptError: It is none of a journal.
    """
    try:
        if not key.startswith(_PREFIX):
            raise ValueError(key)
        items, end = _unpacked(key, len(_PREFIX), is_nested=False)
    except (IndexError, ValueError) as error:
        message = f"A journal has a key that is none: {key.hex()}."
        raise StorageCorruptError(message) from error
    if end != len(key) or not items:
        message = f"A journal has a key that is none: {key.hex()}."
        raise StorageCorruptError(message)
    return items


def location_of(items: Iterable[Item]) -> Location:
    """Read the rest of an entry's key as its location.

    Raises:
        StorageCorruptError: It is none.
    """
    return tuple(_segment(item) for item in items)


def _segment(item: Item) -> Segment:
    match item:
        case int():
            return item
        case (int() as loop, int() as iteration):
            return LoopIteration(loop, iteration)
        case _:
            message = f"A journal has a location that is none: {item!r}."
            raise StorageCorruptError(message)


def _key(kind: KeyKind, *items: Item) -> bytes:
    return _PREFIX + b"".join(map(_packed, (kind, *items)))


def _packed(item: Item) -> bytes:
    match item:
        case int():
            size = -(-item.bit_length() // 8)
            return bytes((_ZERO + size,)) + item.to_bytes(size)
        case str():
            text = item.encode().replace(b"\x00", _ESCAPED_END)
            return bytes((_TEXT,)) + text + bytes((_END,))
        case _:
            return bytes((_NESTED,)) + b"".join(map(_packed, item)) + bytes((_END,))


def _unpacked(
    key: bytes, position: int, *, is_nested: bool
) -> tuple[tuple[Item, ...], int]:
    items: list[Item] = []
    while position < len(key):
        code, position = key[position], position + 1
        item: Item
        if code == _END and is_nested:
            return tuple(items), position
        if code == _TEXT:
            item, position = _text(key, position)
        elif code == _NESTED:
            item, position = _unpacked(key, position, is_nested=True)
        elif _ZERO <= code <= _LARGEST_INT:
            end = position + code - _ZERO
            if end > len(key):
                raise IndexError(end)
            item, position = int.from_bytes(key[position:end]), end
        else:
            raise ValueError(code)
        items.append(item)
    if is_nested:
        raise IndexError(position)
    return tuple(items), position


def _text(key: bytes, position: int) -> tuple[str, int]:
    end = key.index(_END, position)
    while key[end : end + 2] == _ESCAPED_END:
        end = key.index(_END, end + 2)
    text = key[position:end].replace(_ESCAPED_END, b"\x00")
    return text.decode(), end + 1
