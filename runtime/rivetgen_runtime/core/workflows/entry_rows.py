"""How entries are stored: the BARE rows of official servers, byte for byte.

Each row begins with the version of its layout, a ``u16``. Tags of unions and numbers of
enums are one byte.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, TypeVar

from rivetgen_client.wire.bare import Reader, Writer
from rivetgen_client.wire.errors import MalformedMessageError
from rivetgen_runtime.core.workflows.entries import (
    Branch,
    BranchStatus,
    CheckpointEntry,
    Entry,
    EntryMetadata,
    EntryStatus,
    JoinEntry,
    LoopEntry,
    MessageEntry,
    RaceEntry,
    RemovedEntry,
    SleepEntry,
    SleepState,
    StepEntry,
    VersionEntry,
)
from rivetgen_runtime.core.workflows.locations import LoopIteration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rivetgen_runtime.core.workflows.entries import EntryKind
    from rivetgen_runtime.core.workflows.locations import Location, Segment

__all__ = [
    "decode_entry",
    "decode_metadata",
    "encode_entry",
    "encode_metadata",
    "write_entry",
    "write_metadata",
]

EnumT = TypeVar("EnumT", bound=IntEnum)

_VERSION: Final = 1
_NAME_INDEX: Final = 0
_LOOP_ITERATION: Final = 1


def encode_entry(entry: Entry) -> bytes:
    """The row of an entry."""
    return write_entry(Writer().u16(_VERSION), entry).getvalue()


def decode_entry(row: bytes) -> Entry:
    """Read the row of an entry.

    Raises:
        MalformedMessageError: It is none, or of a newer version.
    """
    reader = _opened(row)
    entry_id = reader.string()
    location = tuple(_segment(reader) for _ in range(reader.uint()))
    return Entry(entry_id, location, _kind(reader))


def encode_metadata(metadata: EntryMetadata) -> bytes:
    """The row of what changes about an entry."""
    return write_metadata(Writer().u16(_VERSION), metadata).getvalue()


def decode_metadata(row: bytes) -> EntryMetadata:
    """Read the row of what changes about an entry.

    Raises:
        MalformedMessageError: It is none, or of a newer version.
    """
    reader = _opened(row)
    return EntryMetadata(
        status=_enum(EntryStatus, reader),
        error=reader.optional(reader.string),
        attempts=reader.u32(),
        last_attempt_at_ms=reader.u64(),
        created_at_ms=reader.u64(),
        completed_at_ms=reader.optional(reader.u64),
        rollback_completed_at_ms=reader.optional(reader.u64),
        rollback_error=reader.optional(reader.string),
    )


def write_entry(writer: Writer, entry: Entry) -> Writer:
    """Append an entry without the version, as the inspector's protocol has it."""
    writer.string(entry.id)
    _write_location(writer, entry.location)
    _write_kind(writer.uint(_TAGS[type(entry.kind)]), entry.kind)
    return writer


def write_metadata(writer: Writer, metadata: EntryMetadata) -> Writer:
    """Append what changes about an entry without the version."""
    writer.uint(metadata.status)
    writer.optional(metadata.error, writer.string)
    writer.u32(metadata.attempts)
    writer.u64(metadata.last_attempt_at_ms).u64(metadata.created_at_ms)
    writer.optional(metadata.completed_at_ms, writer.u64)
    writer.optional(metadata.rollback_completed_at_ms, writer.u64)
    return writer.optional(metadata.rollback_error, writer.string)


def _opened(row: bytes) -> Reader:
    reader = Reader(row)
    version = reader.u16()
    if version != _VERSION:
        reason = f"a row of a journal has the unknown version {version}"
        raise MalformedMessageError(reason)
    return reader


# Locations


def _write_location(writer: Writer, location: Location) -> None:
    writer.uint(len(location))
    for segment in location:
        if isinstance(segment, LoopIteration):
            writer.uint(_LOOP_ITERATION).u32(segment.loop).u32(segment.iteration)
        else:
            writer.uint(_NAME_INDEX).u32(segment)


def _segment(reader: Reader) -> Segment:
    tag = reader.uint()
    if tag == _NAME_INDEX:
        return reader.u32()
    if tag == _LOOP_ITERATION:
        return LoopIteration(reader.u32(), reader.u32())
    reason = f"unknown segment of a location: {tag}"
    raise MalformedMessageError(reason)


# Kinds


def _write_kind(writer: Writer, kind: EntryKind) -> None:
    match kind:
        case StepEntry():
            writer.optional(kind.output, writer.data)
            writer.optional(kind.error, writer.string)
        case LoopEntry():
            writer.data(kind.state).u32(kind.iteration)
            writer.optional(kind.output, writer.data)
        case SleepEntry():
            writer.u64(kind.deadline_ms).uint(kind.state)
        case MessageEntry():
            writer.string(kind.name).data(kind.data)
        case CheckpointEntry():
            writer.string(kind.name)
        case JoinEntry():
            _write_branches(writer, kind.branches)
        case RaceEntry():
            writer.optional(kind.winner, writer.string)
            _write_branches(writer, kind.branches)
        case RemovedEntry():
            writer.string(kind.original_type)
            writer.optional(kind.original_name, writer.string)
        case VersionEntry():
            writer.u32(kind.resolved).u32(kind.latest)


def _read_step(reader: Reader) -> StepEntry:
    output = reader.optional(reader.data)
    return StepEntry(output=output, error=reader.optional(reader.string))


def _read_loop(reader: Reader) -> LoopEntry:
    state, iteration = reader.data(), reader.u32()
    output = reader.optional(reader.data)
    return LoopEntry(state=state, iteration=iteration, output=output)


def _read_sleep(reader: Reader) -> SleepEntry:
    deadline_ms = reader.u64()
    return SleepEntry(deadline_ms=deadline_ms, state=_enum(SleepState, reader))


def _read_message(reader: Reader) -> MessageEntry:
    name = reader.string()
    return MessageEntry(name=name, data=reader.data())


def _read_checkpoint(reader: Reader) -> CheckpointEntry:
    return CheckpointEntry(name=reader.string())


def _read_join(reader: Reader) -> JoinEntry:
    return JoinEntry(branches=_branches(reader))


def _read_race(reader: Reader) -> RaceEntry:
    winner = reader.optional(reader.string)
    return RaceEntry(winner=winner, branches=_branches(reader))


def _read_removed(reader: Reader) -> RemovedEntry:
    original_type = reader.string()
    original_name = reader.optional(reader.string)
    return RemovedEntry(original_type=original_type, original_name=original_name)


def _read_version(reader: Reader) -> VersionEntry:
    resolved = reader.u32()
    return VersionEntry(resolved=resolved, latest=reader.u32())


_READERS: Final[tuple[tuple[type[EntryKind], Callable[[Reader], EntryKind]], ...]] = (
    (StepEntry, _read_step),
    (LoopEntry, _read_loop),
    (SleepEntry, _read_sleep),
    (MessageEntry, _read_message),
    (CheckpointEntry, _read_checkpoint),
    (JoinEntry, _read_join),
    (RaceEntry, _read_race),
    (RemovedEntry, _read_removed),
    (VersionEntry, _read_version),
)
"""Kinds in the order of their tags."""

_TAGS: Final = {kind: tag for tag, (kind, _) in enumerate(_READERS)}


def _kind(reader: Reader) -> EntryKind:
    tag = reader.uint()
    if tag >= len(_READERS):
        reason = f"unknown kind of an entry: {tag}"
        raise MalformedMessageError(reason)
    return _READERS[tag][1](reader)


def _write_branches(writer: Writer, branches: Mapping[str, Branch]) -> Writer:
    writer.uint(len(branches))
    for name, branch in branches.items():
        writer.string(name).uint(branch.status)
        writer.optional(branch.output, writer.data)
        writer.optional(branch.error, writer.string)
    return writer


def _branches(reader: Reader) -> dict[str, Branch]:
    return dict(_branch(reader) for _ in range(reader.uint()))


def _branch(reader: Reader) -> tuple[str, Branch]:
    name, status = reader.string(), _enum(BranchStatus, reader)
    output = reader.optional(reader.data)
    error = reader.optional(reader.string)
    return name, Branch(status=status, output=output, error=error)


def _enum(kind: type[EnumT], reader: Reader) -> EnumT:
    number = reader.uint()
    try:
        return kind(number)
    except ValueError as error:
        reason = f"{number} is no {kind.__name__}"
        raise MalformedMessageError(reason) from error
