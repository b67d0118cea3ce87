"""Lines of execution: a workflow itself, and the branches of its joins and races."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_runtime.core.abort import AbortSignal

if TYPE_CHECKING:
    from rivetgen_runtime.core.queues.rows import QueuedMessage

__all__ = ["Thread"]


class Thread:
    """One line of execution.

    Args:
        above: The signal that sets that of this thread, too.
        parent: The thread that it is a branch of; None for the workflow itself.

    Attributes:
        signal: Set when it shall stop.
        outstanding: Ids of messages that it has received and has to complete.
    """

    __slots__ = (
        "_above",
        "_branches",
        "_has_lost",
        "_parent",
        "_unused",
        "outstanding",
        "signal",
    )

    def __init__(self, above: AbortSignal, parent: Thread | None = None) -> None:
        self.signal = AbortSignal()
        self._above = above
        self._parent = parent
        self._has_lost = False
        self._branches: dict[Thread, None] = {}
        self._unused: dict[int, QueuedMessage] = {}
        self.outstanding: dict[int, None] = {}
        above.add_listener(self.signal.abort)

    @property
    def is_over(self) -> bool:
        """Whether it has lost a race, or what it is a branch of: it records nothing."""
        return self._has_lost or (self._parent is not None and self._parent.is_over)

    def end(self) -> None:
        """It is of no further concern to the signal above it."""
        self._above.remove_listener(self.signal.abort)

    # Branches

    def branch(self) -> Thread:
        """Begin a branch."""
        branch = Thread(self.signal, self)
        self._branches[branch] = None
        return branch

    def absorb(self, branch: Thread) -> None:
        """A branch has come to its end: what it received is that of this thread."""
        self._branches.pop(branch, None)
        for message in branch.unused:
            self.receive(message)

    def drop(self, branch: Thread) -> list[QueuedMessage]:
        """A branch has lost.

        Returns:
            Messages that it, and what it has begun inside, have received for nothing.
        """
        self._branches.pop(branch, None)
        return branch.lose()

    def lose(self) -> list[QueuedMessage]:
        """It has lost; see ``drop``."""
        self._has_lost = True
        self.signal.abort()
        unused = self.unused
        for branch in tuple(self._branches):
            unused.extend(self.drop(branch))
        return unused

    # Messages with which nothing was done

    def receive(self, message: QueuedMessage) -> None:
        """It has taken a message from its queue."""
        if self._parent is not None:  # the workflow itself does not lose
            self._unused[message.id] = message

    @property
    def unused(self) -> list[QueuedMessage]:
        """Messages with which no step can have done anything."""
        return [*self._unused.values()]

    def use_messages(self) -> None:
        """A step begins, which may depend on what was received, also above."""
        self._unused.clear()
        if self._parent is not None:
            self._parent.use_messages()
