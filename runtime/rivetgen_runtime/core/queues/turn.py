"""What queues change in a turn, and how it is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_runtime.core.ports import Area, DeleteValue, PutValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rivetgen_runtime.core.ports import Write

__all__ = ["QueueTurn"]


class QueueTurn:
    """Rows to write, with the steps back and what happens when there is no way back.

    Args:
        actor_id: Whose queues they are.
    """

    __slots__ = ("_actor_id", "_rows", "_then", "_undo")

    def __init__(self, actor_id: str) -> None:
        self._actor_id = actor_id
        self._rows: dict[bytes, bytes | None] = {}
        self._undo: list[Callable[[], object]] = []
        self._then: list[Callable[[], object]] = []

    def __bool__(self) -> bool:
        return bool(self._rows or self._undo)

    def put(self, key: bytes, row: bytes | None) -> None:
        """Write a row; None removes it."""
        self._rows[key] = row

    def undo(self, step: Callable[[], object]) -> None:
        """Take a step when the turn is undone; the last one comes first."""
        self._undo.append(step)

    def then(self, step: Callable[[], object]) -> None:
        """Take a step when the turn has become a part of a batch."""
        self._then.append(step)

    def writes(self) -> Iterator[Write]:
        """The writes of the turn."""
        for key, row in self._rows.items():
            if row is None:
                yield DeleteValue(self._actor_id, Area.QUEUE, key)
            else:
                yield PutValue(self._actor_id, Area.QUEUE, key, row)

    def settle(self) -> None:
        """The writes are part of a batch: let others see what they mean."""
        steps, self._then = self._then, []
        self._rows.clear()
        self._undo.clear()
        for step in steps:
            step()

    def discard(self) -> None:
        """Take all steps back."""
        steps, self._undo = self._undo, []
        self._rows.clear()
        self._then.clear()
        for step in reversed(steps):
            step()
