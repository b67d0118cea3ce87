"""What the parts of an actor change in a turn, until the turn ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen_runtime.core.ports import Write

__all__ = ["TurnChanges"]


class TurnChanges(Protocol):
    """What one part of an actor has changed and the store does not know yet.

    At the end of a turn the changes of all parts become one batch, together with the
    state; when the turn is undone, so are they.
    """

    def __bool__(self) -> bool:
        """Whether there is anything to save."""
        ...

    def writes(self) -> Iterator[Write]:
        """The writes that make these changes, in their order."""
        ...

    def settle(self) -> None:
        """The writes have been staged: they are of no further concern."""
        ...

    def discard(self) -> None:
        """Undo all changes: memory is what it was when the last turn ended."""
        ...
