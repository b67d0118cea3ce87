"""Who wants to know that something about an actor has changed."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Topic", "Watchers"]


class Topic(Enum):
    """What may change."""

    STATE = "state"
    CONNECTIONS = "connections"
    QUEUE = "queue"
    SCHEDULES = "schedules"
    WORKFLOW = "workflow"


class Watchers:
    """Calls back, without details: whoever watches looks for itself.

    Nearly always nobody does, and then a change costs one look at an empty dictionary.
    """

    __slots__ = ("_callbacks",)

    def __init__(self) -> None:
        self._callbacks: dict[Callable[[Topic], None], None] = {}

    def add(self, callback: Callable[[Topic], None]) -> None:
        """Call back from now on; it must neither raise nor change the actor."""
        self._callbacks[callback] = None

    def remove(self, callback: Callable[[Topic], None]) -> None:
        """Do not call back any more."""
        self._callbacks.pop(callback, None)

    def notify(self, topic: Topic) -> None:
        """Something has changed."""
        if self._callbacks:
            for callback in tuple(self._callbacks):
                callback(topic)
