"""The journal as tools see it, and what of it a replay leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rivetgen_client.wire import cbor
from rivetgen_client.wire.bare import Writer
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.workflows.entries import (
    CheckpointEntry,
    JoinEntry,
    LoopEntry,
    MessageEntry,
    RaceEntry,
    RemovedEntry,
    SleepEntry,
    StepEntry,
    VersionEntry,
)
from rivetgen_runtime.core.workflows.entry_rows import write_entry, write_metadata
from rivetgen_runtime.core.workflows.errors import ReplayTargetError
from rivetgen_runtime.core.workflows.locations import LoopIteration, entry_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.workflows.entries import (
        Branch,
        Entry,
        EntryKind,
        EntryMetadata,
    )
    from rivetgen_runtime.core.workflows.journal import Journal
    from rivetgen_runtime.core.workflows.locations import Location, Segment

__all__ = ["entries_from", "history_bytes", "history_value"]


def history_value(journal: Journal) -> dict[str, Value]:
    """The history as official inspectors show it in JSON."""
    entries = _sorted(journal)
    return {
        "nameRegistry": list(journal.names),
        "entries": [_entry_value(entry) for entry in entries],
        "entryMetadata": {
            entry.id: _metadata_value(metadata)
            for entry in entries
            if (metadata := journal.metadata(entry)) is not None
        },
    }


def history_bytes(journal: Journal) -> bytes:
    """The history as it travels over the sockets of inspectors, in BARE."""
    entries = _sorted(journal)
    writer = Writer().uint(len(journal.names))
    for name in journal.names:
        writer.string(name)
    writer.uint(len(entries))
    for entry in entries:
        write_entry(writer, entry)
    found = [(entry, journal.metadata(entry)) for entry in entries]
    described = [(entry, each) for entry, each in found if each is not None]
    writer.uint(len(described))
    for entry, metadata in described:
        write_metadata(writer.string(entry.id), metadata)
    return writer.getvalue()


def entries_from(journal: Journal, entry_id: str) -> list[Entry]:
    """Everything that a replay from a step does again.

    That is the step, or the outermost loop around it, what it is a branch of, and what
    is recorded after that. Joins and races are as old as the first step in them, and
    with one that had ended everything in it stays. When a message came or a sleep began
    is not recorded: all others count as new.

    Raises:
        ReplayTargetError: There is no such step.
    """
    target = next((entry for entry in journal if entry.id == entry_id), None)
    if target is None:
        raise ReplayTargetError(entry_id, "there is no such entry")
    if not isinstance(target.kind, StepEntry):
        raise ReplayTargetError(entry_id, "it is no step")
    return _Ages(journal).since(_outermost_loop(journal, target) or target)


def _outermost_loop(journal: Journal, entry: Entry) -> Entry | None:
    for depth, segment in enumerate(entry.location):
        if isinstance(segment, LoopIteration):
            return journal.get((*entry.location[:depth], segment.loop))
    return None


class _Ages:
    """When the entries of a journal began, as far as that is recorded."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._began_ms: dict[Location, int] = {}
        for entry in journal:
            metadata = journal.metadata(entry)
            if metadata is not None:
                self._note(entry.location, metadata.created_at_ms)

    def _note(self, location: Location, began_ms: int) -> None:
        for depth in range(1, len(location) + 1):
            known_ms = self._began_ms.get(location[:depth], began_ms)
            self._began_ms[location[:depth]] = min(known_ms, began_ms)

    def since(self, first: Entry) -> list[Entry]:
        """An entry, what is inside and around it, and what is not older than it."""
        began = self._order(first)
        around = set(_locations_above(first))
        kept = {
            entry.location
            for entry in self._journal
            if self._order(entry) < began
            and entry.location not in around
            and _has_ended(entry.kind)
        }

        def is_affected(entry: Entry) -> bool:
            if entry.location in around or _is_inside(entry, first):
                return True
            is_older = self._order(entry) < began
            return not is_older and kept.isdisjoint(_locations_above(entry))

        return [entry for entry in self._journal if is_affected(entry)]

    def _order(self, entry: Entry) -> tuple[float, bytes]:
        began_ms = self._began_ms.get(entry.location, float("inf"))
        return began_ms, entry_key(entry.location)


def _has_ended(kind: EntryKind) -> bool:
    """Whether it is a join or a race with an outcome."""
    match kind:
        case RaceEntry(winner=str()):
            return True
        case JoinEntry() | RaceEntry():
            return all(branch.is_settled for branch in kind.branches.values())
        case _:
            return False


def _locations_above(entry: Entry) -> Iterator[Location]:
    return (entry.location[:depth] for depth in range(1, len(entry.location)))


def _is_inside(entry: Entry, loop: Entry) -> bool:
    *scope, name = loop.location
    depth = len(scope)
    if len(entry.location) <= depth or entry.location[:depth] != tuple(scope):
        return False
    segment = entry.location[depth]
    return isinstance(segment, LoopIteration) and segment.loop == name


def _sorted(journal: Journal) -> list[Entry]:
    return sorted(journal, key=lambda entry: journal.path_of(entry.location))


# Values


def _entry_value(entry: Entry) -> dict[str, Value]:
    return {
        "id": entry.id,
        "location": [_segment_value(segment) for segment in entry.location],
        "kind": {"tag": _tag(entry), "val": _kind_value(entry.kind)},
    }


def _tag(entry: Entry) -> str:
    words = entry.type.value.split("_")
    return f"Workflow{''.join(word.title() for word in words)}Entry"


def _segment_value(segment: Segment) -> dict[str, Value]:
    if isinstance(segment, LoopIteration):
        marker: Value = {"loop": segment.loop, "iteration": segment.iteration}
        return {"tag": "WorkflowLoopIterationMarker", "val": marker}
    return {"tag": "WorkflowNameIndex", "val": segment}


def _kind_value(kind: EntryKind) -> dict[str, Value]:
    fields: dict[str, Any]
    match kind:
        case StepEntry():
            fields = {"output": _decoded(kind.output), "error": kind.error}
        case LoopEntry():
            fields = {
                "state": _decoded(kind.state),
                "iteration": kind.iteration,
                "output": _decoded(kind.output),
            }
        case SleepEntry():
            fields = {"deadline": kind.deadline_ms, "state": kind.state.name}
        case MessageEntry():
            fields = {"name": kind.name, "messageData": _decoded(kind.data)}
        case CheckpointEntry():
            fields = {"name": kind.name}
        case JoinEntry():
            fields = {"branches": _branches_value(kind.branches)}
        case RaceEntry():
            branches = _branches_value(kind.branches)
            fields = {"winner": kind.winner, "branches": branches}
        case RemovedEntry():
            fields = {
                "originalType": kind.original_type,
                "originalName": kind.original_name,
            }
        case VersionEntry():
            fields = {"resolved": kind.resolved, "latest": kind.latest}
    return _without_undefined(fields)


def _branches_value(branches: Mapping[str, Branch]) -> dict[str, Value]:
    return {
        name: _without_undefined(
            {
                "status": branch.status.name,
                "output": _decoded(branch.output),
                "error": branch.error,
            }
        )
        for name, branch in branches.items()
    }


def _metadata_value(metadata: EntryMetadata) -> dict[str, Value]:
    return {
        "status": metadata.status.name,
        "error": metadata.error,
        "attempts": metadata.attempts,
        "lastAttemptAt": metadata.last_attempt_at_ms,
        "createdAt": metadata.created_at_ms,
        "completedAt": metadata.completed_at_ms,
        "rollbackCompletedAt": metadata.rollback_completed_at_ms,
        "rollbackError": metadata.rollback_error,
    }


def _decoded(row: bytes | None) -> Value:
    return None if row is None else cbor.decode(row)


def _without_undefined(fields: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in fields.items() if value is not UNDEFINED}
