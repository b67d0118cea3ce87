"""Times at which something is due, by what they belong to."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["DueTimes"]

_SMALLEST_COMPACTED: Final = 64


class DueTimes:
    """A heap of times, one per source, from which any source can be removed.

    Removing leaves its entry in the heap until it comes up, or until such entries are
    the larger part; so memory follows the number of sources, not that of changes.
    Sources with the same time keep the order in which they were put.
    """

    __slots__ = ("_current", "_heap", "_order")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Hashable]] = []
        self._current: dict[Hashable, tuple[int, int]] = {}
        self._order = 0

    def __len__(self) -> int:
        return len(self._current)

    @property
    def entries(self) -> int:
        """How many entries the heap has, those included that were removed."""
        return len(self._heap)

    def put(self, source: Hashable, due_ms: int) -> None:
        """Set the time of a source, in place of the one that it has."""
        self._order += 1
        self._current[source] = (due_ms, self._order)
        heappush(self._heap, (due_ms, self._order, source))
        self._compact()

    def remove(self, source: Hashable) -> None:
        """Forget a source; harmless when it has no time."""
        self._current.pop(source, None)
        self._compact()

    @property
    def earliest_ms(self) -> int | None:
        """The earliest time of all; None when there is none."""
        self._drop_stale()
        return self._heap[0][0] if self._heap else None

    def take_due(self, now_ms: int) -> Hashable | None:
        """Remove and return the source that has been due for longest; None for none."""
        earliest_ms = self.earliest_ms
        if earliest_ms is None or earliest_ms > now_ms:
            return None
        _, _, source = heappop(self._heap)
        del self._current[source]
        return source

    def _drop_stale(self) -> None:
        while self._heap and self._is_stale(self._heap[0]):
            heappop(self._heap)

    def _compact(self) -> None:
        if len(self._heap) > max(_SMALLEST_COMPACTED, 2 * len(self._current)):
            self._heap = [each for each in self._heap if not self._is_stale(each)]
            heapify(self._heap)

    def _is_stale(self, entry: tuple[int, int, Hashable]) -> bool:
        due_ms, order, source = entry
        return self._current.get(source) != (due_ms, order)
