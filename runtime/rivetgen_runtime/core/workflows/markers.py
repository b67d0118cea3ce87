"""Operations that mark a place: checkpoints, removed operations and versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.core.workflows.entries import (
    CheckpointEntry,
    EntryType,
    RemovedEntry,
    VersionEntry,
)
from rivetgen_runtime.core.workflows.errors import HistoryDivergedError

if TYPE_CHECKING:
    from rivetgen_runtime.core.workflows.scopes import Scope

__all__ = ["mark_checkpoint", "mark_removed", "resolve_version"]

_LATEST_VERSION: Final = 2**32 - 1
"""It is stored in 32 bits."""

_PART_OF_WAIT: Final = re.compile(r":(count|deadline|[0-9]+)\Z")
"""What follows the name of a wait for messages in the names of its entries."""


async def mark_checkpoint(scope: Scope, name: str) -> None:
    """Let the steps that follow in this scope, and inside it, have a rollback.

    Raises:
        WorkflowMisuseError: Something is wrong with the workflow.
    """
    execution = scope.execution
    with scope.operation(name):
        location = scope.claim(name)
        await execution.admit(scope.thread)
        if scope.find(location, CheckpointEntry) is None:
            execution.require_forward()
            execution.journal.create(location, CheckpointEntry(name=name))
        scope.has_checkpoint = True


async def mark_removed(scope: Scope, name: str, kind: EntryType) -> None:
    """Let an operation be recorded that is not in the code any more.

    That includes everything inside it: iterations of a loop, branches, and the messages
    of a wait.

    Raises:
        HistoryDivergedError: Another kind of operation is recorded.
    """
    execution, journal = scope.execution, scope.execution.journal
    with scope.operation(name):
        location = scope.claim(name)
        await execution.admit(scope.thread)
        if kind is EntryType.MESSAGE:
            for each in scope.unvisited:
                match = _PART_OF_WAIT.search(each)
                if match is not None and each[: match.start()] == name:
                    scope.visit(each)
        entry = journal.get(location)
        if entry is None:
            execution.require_forward()
            removed = RemovedEntry(original_type=kind.value, original_name=name)
            journal.create(location, removed)
            return
        found = entry.type
        if found not in {kind, EntryType.REMOVED}:
            message = f'"{name}" is recorded as {found.value}, not {kind.value}'
            raise HistoryDivergedError(message)


async def resolve_version(scope: Scope, name: str, latest: int) -> int:
    """Tell with which version of the code this place began.

    Args:
        scope: Where it is asked.
        name: Unique in the scope.
        latest: The newest version, from one.

    Returns:
        ``latest`` for what begins now; one for what was on its way when it was asked
        for the first time; what was returned before ever after.

    Raises:
        ValueError: ``latest`` is less than one, or has more than 32 bits.
        WorkflowMisuseError: Something is wrong with the workflow.
    """
    if not 1 <= latest <= _LATEST_VERSION:
        message = f"versions are 1 to {_LATEST_VERSION}: {latest}"
        raise ValueError(message)
    execution = scope.execution
    with scope.operation(name):
        location = scope.claim(name)
        await execution.admit(scope.thread)
        found = scope.find(location, VersionEntry)
        if found is not None:
            return found[1].resolved
        execution.require_forward()
        resolved = 1 if scope.unvisited else latest
        kind = VersionEntry(resolved=resolved, latest=latest)
        execution.journal.create(location, kind)
        return resolved
