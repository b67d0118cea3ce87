"""Where operations happen: each ``w`` has a scope."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from rivetgen_runtime.core.workflows.errors import (
    EntryInProgressError,
    HistoryDivergedError,
    WorkflowNameError,
)
from rivetgen_runtime.core.workflows.locations import LoopIteration

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from rivetgen_runtime.core.workflows.entries import Entry, EntryKind
    from rivetgen_runtime.core.workflows.execution import Execution
    from rivetgen_runtime.core.workflows.locations import Location, Segment
    from rivetgen_runtime.core.workflows.threads import Thread

__all__ = ["Scope", "check_name"]

KindT = TypeVar("KindT", bound="EntryKind")

_NAME_CHARACTERS: Final = 128
_FIRST_SURROGATE: Final = "\ud800"
_LAST_SURROGATE: Final = "\udfff"


def check_name(name: str) -> None:
    """Let an operation or a branch have a name.

    Raises:
        WorkflowNameError: It is empty, too long, or has half of a surrogate pair.
    """
    has_surrogates = any(_FIRST_SURROGATE <= each <= _LAST_SURROGATE for each in name)
    if not 0 < len(name) <= _NAME_CHARACTERS or has_surrogates:
        raise WorkflowNameError(name, _NAME_CHARACTERS)


class Scope:
    """A part of a workflow in which names are unique.

    Args:
        execution: What runs the workflow.
        location: Where the scope is.
        thread: What runs in it.
        has_checkpoint: Whether steps may have a rollback from the beginning.

    Attributes:
        has_checkpoint: Whether steps may have a rollback.
    """

    __slots__ = (
        "_busy_with",
        "_names",
        "_visited",
        "execution",
        "has_checkpoint",
        "location",
        "thread",
    )

    def __init__(
        self,
        execution: Execution,
        location: Location,
        *,
        thread: Thread,
        has_checkpoint: bool,
    ) -> None:
        self.execution = execution
        self.location = location
        self.thread = thread
        self.has_checkpoint = has_checkpoint
        self._names: set[str] = set()
        self._visited: set[int] = set()
        self._busy_with: str | None = None

    def below(self, *segments: Segment, thread: Thread | None = None) -> Scope:
        """A scope inside this one."""
        return Scope(
            self.execution,
            (*self.location, *segments),
            thread=thread or self.thread,
            has_checkpoint=self.has_checkpoint,
        )

    # Operations

    @contextmanager
    def operation(self, name: str) -> Generator[None]:
        """Let an operation be in progress.

        Raises:
            EntryInProgressError: Another one is.
            WorkflowNameError: No operation can have such a name.
        """
        if self._busy_with is not None:
            raise EntryInProgressError(self._busy_with)
        check_name(name)
        self._busy_with = name
        try:
            yield
        finally:
            self._busy_with = None

    def claim(self, name: str) -> Location:
        """Give an operation its location.

        Raises:
            HistoryDivergedError: Another operation of this scope has the name.
        """
        self.require_free((name,))
        self._names.add(name)
        index = self.execution.journal.index_of(name)
        self._visited.add(index)
        return (*self.location, index)

    def require_free(self, names: Iterable[str]) -> None:
        """Make sure that operations can get their names.

        Raises:
            HistoryDivergedError: Another operation of this scope has one of them.
        """
        for name in names:
            if name in self._names:
                message = f'Duplicate entry name "{name}" in {self._path}'
                raise HistoryDivergedError(message)

    def forget(self, names: Iterable[str]) -> None:
        """Operations have not happened after all."""
        self._names.difference_update(names)

    def find(self, location: Location, kind: type[KindT]) -> tuple[Entry, KindT] | None:
        """What is recorded about an operation.

        Raises:
            HistoryDivergedError: It was another kind of operation.
        """
        entry = self.execution.journal.get(location)
        if entry is None:
            return None
        if not isinstance(entry.kind, kind):
            path = self.execution.journal.path_of(location)
            found, expected = type(entry.kind).__name__, kind.__name__
            message = f'"{path}" is recorded as {found}, but is {expected} now'
            raise HistoryDivergedError(message)
        return entry, entry.kind

    def visit(self, name: str) -> None:
        """Let what is recorded under a name be there, whatever it is."""
        index = self.execution.journal.known_index_of(name)
        if index is not None:
            self._visited.add(index)

    @property
    def unvisited(self) -> list[str]:
        """Names under which something is recorded, but nothing has happened so far."""
        journal = self.execution.journal
        return [
            journal.name_of(segment)
            for segment in journal.children(self.location)
            if _index(segment) not in self._visited
        ]

    def finish(self) -> None:
        """Everything in this scope has happened.

        Raises:
            EntryInProgressError: An operation is in progress: nobody awaited it.
            HistoryDivergedError: More is recorded than has happened.
        """
        if self._busy_with is not None:
            raise EntryInProgressError(self._busy_with)
        leftover = self.unvisited
        if leftover:
            found = ", ".join(f'"{name}"' for name in leftover)
            message = f"{self._path} is over, but {found} is recorded in it"
            raise HistoryDivergedError(message)

    @property
    def _path(self) -> str:
        path = self.execution.journal.path_of(self.location)
        return f'"{path}"' if path else "the workflow"


def _index(segment: Segment) -> int:
    return segment.loop if isinstance(segment, LoopIteration) else segment
