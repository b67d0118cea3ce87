"""The messages that an actor holds, and which of them is next."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from rivetgen_runtime.core.queues.rows import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rivetgen_runtime.core.queues.rows import QueuedMessage

__all__ = ["Backlog"]


class Backlog:
    """Messages in the order of their ids, over all queues that are asked for.

    Each queue has a heap of the ids that are ready. Entries of messages that are not
    any more are dropped when they come up.
    """

    __slots__ = ("_by_id", "_delayed", "_ready")

    def __init__(self) -> None:
        self._by_id: dict[int, QueuedMessage] = {}
        self._ready: dict[str, list[int]] = {}
        self._delayed: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[QueuedMessage]:
        return iter(tuple(self._by_id.values()))

    def get(self, message_id: int) -> QueuedMessage | None:
        """The message with an id, whatever its phase."""
        return self._by_id.get(message_id)

    def put(self, message: QueuedMessage) -> None:
        """Hold a message, or note that its phase has changed."""
        self._by_id[message.id] = message
        if message.phase is Phase.READY:
            heappush(self._ready.setdefault(message.name, []), message.id)
        elif message.phase is Phase.DELAYED:
            heappush(self._delayed, (message.available_at_ms, message.id))

    def remove(self, message: QueuedMessage) -> None:
        """Hold a message no longer."""
        del self._by_id[message.id]

    def first_ready(self, names: Iterable[str]) -> QueuedMessage | None:
        """The ready message that was sent first to any of some queues."""
        heads = [head for name in names if (head := self._head(name)) is not None]
        return self._by_id[min(heads)] if heads else None

    def release_due(self, now_ms: int) -> list[QueuedMessage]:
        """Make ready what has waited long enough, and return it."""
        released: list[QueuedMessage] = []
        while (message := self._next_delayed()) and message.available_at_ms <= now_ms:
            message.phase = Phase.READY
            self.put(message)
            released.append(message)
        return released

    @property
    def next_due_ms(self) -> int | None:
        """When the next delayed message is due; None when there is none."""
        message = self._next_delayed()
        return None if message is None else message.available_at_ms

    def _head(self, name: str) -> int | None:
        heap = self._ready.get(name)
        while heap:
            message = self._by_id.get(heap[0])
            if message is not None and message.phase is Phase.READY:
                return message.id
            heappop(heap)
        self._ready.pop(name, None)
        return None

    def _next_delayed(self) -> QueuedMessage | None:
        while self._delayed:
            due_ms, message_id = self._delayed[0]
            message = self._by_id.get(message_id)
            if (
                message is not None
                and message.phase is Phase.DELAYED
                and message.available_at_ms == due_ms
            ):
                return message
            heappop(self._delayed)
        return None
