"""The journal of one workflow in memory, and what of it the next commit writes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rivetgen_client.wire.errors import MalformedMessageError
from rivetgen_runtime.core.identifiers import uuid4_text
from rivetgen_runtime.core.ports import Area, DeleteRange, DeleteValue, PutValue
from rivetgen_runtime.core.watching import Topic
from rivetgen_runtime.core.workflows.entries import Entry, EntryMetadata, WorkflowState
from rivetgen_runtime.core.workflows.entry_rows import (
    decode_entry,
    decode_metadata,
    encode_entry,
    encode_metadata,
)
from rivetgen_runtime.core.workflows.failure_rows import decode_failure, encode_failure
from rivetgen_runtime.core.workflows.locations import (
    Field,
    KeyKind,
    LoopIteration,
    decode_key,
    entry_key,
    entry_range,
    failure_key,
    field_key,
    iteration_range,
    metadata_key,
    name_key,
)
from rivetgen_runtime.errors import StorageCorruptError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rivetgen_runtime.core.ports import KeyRange, Randomness, Write
    from rivetgen_runtime.core.watching import Watchers
    from rivetgen_runtime.core.workflows.entries import EntryKind
    from rivetgen_runtime.core.workflows.locations import Location, Segment

__all__ = ["Journal"]

_UNKNOWN_NAME: Final = "?"
"""Stands for a name that an official server has lost."""

_MOST_LOST_NAMES: Final = 10_000
"""More are no loss but damage."""

_FIELDS: Final = {field.value: field for field in Field}


class Journal:
    """Every entry of a workflow, and which of them the store does not know yet.

    It is a part of each turn. Unlike state and queues it cannot go back: the workflow
    has moved on. What a turn that is undone should have written the next one writes;
    whoever records together with something that can be undone looks for that itself.

    Args:
        actor_id: Whose workflow it is.
        randomness: Makes the ids of entries.
        watchers: Are told of every change.

    Attributes:
        names: By index.
    """

    __slots__ = (
        "_actor_id",
        "_children",
        "_cleared",
        "_dirty",
        "_dirty_fields",
        "_dirty_metadata",
        "_dirty_names",
        "_entries",
        "_fields",
        "_indexes",
        "_metadata",
        "_randomness",
        "_watchers",
        "names",
    )

    def __init__(
        self, actor_id: str, randomness: Randomness, watchers: Watchers
    ) -> None:
        self._actor_id = actor_id
        self._randomness = randomness
        self._watchers = watchers
        self.names: list[str] = []
        self._indexes: dict[str, int] = {}
        self._entries: dict[Location, Entry] = {}
        self._children: dict[Location, dict[Segment, None]] = {}
        self._metadata: dict[str, EntryMetadata] = {}
        self._fields: dict[Field, bytes] = {}
        self._cleared: list[KeyRange] = []
        self._dirty: dict[Location, None] = {}
        self._dirty_metadata: dict[str, None] = {}
        self._dirty_names: list[int] = []
        self._dirty_fields: dict[Field, None] = {}

    def load(self, rows: Mapping[bytes, bytes]) -> None:
        """Take over what is stored.

        Raises:
            StorageCorruptError: It is no journal.
        """
        # In the order of the keys names come by index, and what is about an entry last.
        for key in sorted(rows):
            try:
                self._load_row(decode_key(key), rows[key])
            except (MalformedMessageError, ValueError) as error:
                message = f"A journal has a row that is none: {key.hex()}."
                raise StorageCorruptError(message) from error

    # The workflow itself

    @property
    def is_empty(self) -> bool:
        """Whether the workflow has never run."""
        return Field.STATE not in self._fields

    @property
    def state(self) -> WorkflowState:
        """Where the workflow is in its life."""
        stored = self._fields.get(Field.STATE)
        if stored is None:
            return WorkflowState.PENDING
        return WorkflowState(stored.decode())

    @state.setter
    def state(self, state: WorkflowState) -> None:
        self.put_field(Field.STATE, state.value.encode())

    def field(self, field: Field) -> bytes | None:
        """What is stored about the workflow itself."""
        return self._fields.get(field)

    def put_field(self, field: Field, row: bytes | None) -> None:
        """Store something about the workflow itself; None removes it."""
        if self._fields.get(field) == row:
            return
        if row is None:
            del self._fields[field]
        else:
            self._fields[field] = row
        self._dirty_fields[field] = None

    # Names

    def index_of(self, name: str) -> int:
        """Index of a name, which is given to it when it is used first."""
        index = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = len(self.names)
            self.names.append(name)
            self._dirty_names.append(index)
        return index

    def known_index_of(self, name: str) -> int | None:
        """Index of a name that was used before; None for any other."""
        return self._indexes.get(name)

    def name_of(self, segment: Segment) -> str:
        """Name of a segment; that of its loop for an iteration."""
        index = segment.loop if isinstance(segment, LoopIteration) else segment
        return self.names[index] if index < len(self.names) else _UNKNOWN_NAME

    def path_of(self, location: Location) -> str:
        """A location as people read it: names, and ``~`` with each iteration."""
        return "/".join(
            f"~{segment.iteration}"
            if isinstance(segment, LoopIteration)
            else self.name_of(segment)
            for segment in location
        )

    # Entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries.values()))

    def get(self, location: Location) -> Entry | None:
        """The entry at a location; None when there is none."""
        return self._entries.get(location)

    def children(self, scope: Location) -> Iterable[Segment]:
        """Segments right below a location that lead to entries."""
        return tuple(self._children.get(scope, ()))

    def create(self, location: Location, kind: EntryKind) -> Entry:
        """Make an entry."""
        return self._put(Entry(uuid4_text(self._randomness), location, kind))

    def change(self, entry: Entry, kind: EntryKind) -> Entry:
        """Note what came of an entry.

        Returns:
            The entry as it is now.
        """
        return self._put(replace(entry, kind=kind))

    def metadata(self, entry: Entry) -> EntryMetadata | None:
        """What changes about an entry; None for kinds that have nothing."""
        return self._metadata.get(entry.id)

    def put_metadata(self, entry: Entry, metadata: EntryMetadata) -> None:
        """Change what changes about an entry."""
        self._metadata[entry.id] = metadata
        self._dirty_metadata[entry.id] = None

    def remove_all(self) -> list[Entry]:
        """Remove every entry.

        Returns:
            What was removed.
        """
        roots: list[Location] = [(segment,) for segment in self.children(())]
        return self._clear(entry_range(()), roots)

    def remove(self, location: Location) -> list[Entry]:
        """Remove an entry and everything below it.

        Returns:
            What was removed.
        """
        removed = [*self._unlink(location)]
        self._unlink_unused(location)
        for entry in removed:
            self._dirty[entry.location] = None
        return removed

    def remove_alone(self, location: Location) -> list[Entry]:
        """Remove an entry, and leave what is below it.

        Returns:
            What was removed.
        """
        entry = self._forget(location)
        if entry is None:
            return []
        self._unlink_unused(location)
        self._dirty[location] = None
        return [entry]

    def remove_iterations(
        self, scope: Location, first: LoopIteration, end: int
    ) -> list[Entry]:
        """Remove everything in some iterations of a loop.

        Args:
            scope: Where the loop is.
            first: Its first iteration to be removed.
            end: The iteration after the last one.
        """
        roots: list[Location] = [
            (*scope, first._replace(iteration=iteration))
            for iteration in range(first.iteration, end)
        ]
        return self._clear(iteration_range(scope, first, end), roots)

    # Part of each turn

    def __bool__(self) -> bool:
        return bool(
            self._dirty
            or self._dirty_metadata
            or self._dirty_fields
            or self._dirty_names
            or self._cleared
        )

    def writes(self) -> Iterator[Write]:
        """The writes that make the store know everything."""
        for keys in self._cleared:
            yield DeleteRange(self._actor_id, Area.JOURNAL, keys)
        for index in self._dirty_names:
            yield self._row(name_key(index), self.names[index].encode())
        for location in self._dirty:
            entry = self._entries.get(location)
            row = None if entry is None else encode_entry(entry)
            yield self._row(entry_key(location), row)
        for entry_id in self._dirty_metadata:
            yield from self._metadata_rows(entry_id)
        for field in self._dirty_fields:
            yield self._row(field_key(field), self._fields.get(field))

    def settle(self) -> None:
        """The store knows everything."""
        self._cleared.clear()
        self._dirty.clear()
        self._dirty_metadata.clear()
        self._dirty_names.clear()
        self._dirty_fields.clear()
        self._watchers.notify(Topic.WORKFLOW)

    def discard(self) -> None:
        """A turn is undone: what it should have written stays for the next one."""

    # How it works

    def _put(self, entry: Entry) -> Entry:
        location = entry.location
        if location not in self._entries:
            self._link(location)
        self._entries[location] = entry
        self._dirty[location] = None
        return entry

    def _link(self, location: Location) -> None:
        for depth in range(len(location), 0, -1):
            siblings = self._children.setdefault(location[: depth - 1], {})
            if location[depth - 1] in siblings:
                return
            siblings[location[depth - 1]] = None

    def _clear(self, keys: KeyRange, roots: list[Location]) -> list[Entry]:
        removed = [entry for root in roots for entry in self._unlink(root)]
        for root in roots:
            self._unlink_unused(root)
        if removed:
            self._cleared.append(keys)
        return removed

    def _unlink(self, location: Location) -> Iterator[Entry]:
        for segment in self._children.pop(location, ()):
            yield from self._unlink((*location, segment))
        entry = self._forget(location)
        if entry is not None:
            yield entry

    def _unlink_unused(self, location: Location) -> None:
        """Unlink a location, and those above it, that lead to no entry any more."""
        while location and location not in self._entries:
            if self._children.get(location):
                return
            self._children.pop(location, None)
            self._children.get(location[:-1], {}).pop(location[-1], None)
            location = location[:-1]

    def _forget(self, location: Location) -> Entry | None:
        entry = self._entries.pop(location, None)
        if entry is not None:
            self._dirty.pop(location, None)
            if self._metadata.pop(entry.id, None) is not None:
                self._dirty_metadata[entry.id] = None
        return entry

    def _metadata_rows(self, entry_id: str) -> Iterator[Write]:
        metadata = self._metadata.get(entry_id)
        row = None if metadata is None else encode_metadata(metadata)
        yield self._row(metadata_key(entry_id), row)
        if metadata is None:
            yield self._row(failure_key(entry_id), None)
        elif metadata.failure is not None:
            yield self._row(failure_key(entry_id), encode_failure(metadata.failure))

    def _row(self, key: bytes, row: bytes | None) -> Write:
        if row is None:
            return DeleteValue(self._actor_id, Area.JOURNAL, key)
        return PutValue(self._actor_id, Area.JOURNAL, key, row)

    def _load_row(self, key: tuple[object, ...], row: bytes) -> None:
        match key:
            case (KeyKind.NAME, int() as index):
                self._load_name(index, row.decode())
            case (KeyKind.ENTRY, *_):
                entry = decode_entry(row)
                self._link(entry.location)
                self._entries[entry.location] = entry
            case (KeyKind.FIELD, int() as number) if number in _FIELDS:
                self._fields[_FIELDS[number]] = row
                _ = self.state  # raises for one that is none
            case (KeyKind.METADATA, str() as entry_id):
                self._metadata[entry_id] = decode_metadata(row)
            case (KeyKind.FAILURE, str() as entry_id) if entry_id in self._metadata:
                failure = decode_failure(row)
                metadata = replace(self._metadata[entry_id], failure=failure)
                self._metadata[entry_id] = metadata
            case _:
                pass  # what other servers keep beside the journal

    def _load_name(self, index: int, name: str) -> None:
        missing = index - len(self.names)
        if missing > _MOST_LOST_NAMES:
            message = f"A journal has no names before the one with index {index}."
            raise StorageCorruptError(message)
        self.names.extend([_UNKNOWN_NAME] * missing)
        self.names.append(name)
        self._indexes[name] = index
