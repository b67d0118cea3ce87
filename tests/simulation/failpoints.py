"""A store in which something goes wrong at one chosen commit."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.errors import StorageFailedError, StorageFullError
from rivetgen_runtime.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_runtime.core.ports import Batch

__all__ = ["FailpointStore", "Fate"]

_LATE_S: Final = 3.0


class Fate(Enum):
    """What happens to the chosen commit."""

    DIES_BEFORE = "the process is killed before the commit"
    DIES_AFTER = "the process is killed after the commit, before anybody hears of it"
    REFUSED = "the disk is full"
    FAILED = "the store is out of service"
    LATE = "the commit takes seconds"


class FailpointStore(MemoryStore):
    """Counts its commits from ``arm`` on, and lets one of them meet its fate.

    Attributes:
        counted: How many commits there were.
    """

    def __init__(self) -> None:
        super().__init__(commit_gate=self._gate)
        self.counted = 0
        self._submitted = 0
        self._at: int | None = None
        self._fate = Fate.LATE
        self._kill: Callable[[], object] = lambda: None

    def arm(self, *, at: int, fate: Fate, kill: Callable[[], object]) -> None:
        """Choose a commit, from one; none when ``at`` is zero.

        Args:
            at: Which commit from now on.
            fate: What happens to it.
            kill: Kills the process that uses the store.
        """
        self._at, self._fate, self._kill = at, fate, kill

    @property
    def has_failed(self) -> bool:
        """Whether it is out of service, so that a supervisor starts a new process."""
        return self._fate is Fate.FAILED and 0 < (self._at or 0) <= self.counted

    def commit(self, batch: Batch) -> asyncio.Future[None]:
        """Make a batch durable, or not."""
        done = super().commit(batch)
        if self._at is None:
            return done
        self._submitted += 1
        if (self._submitted, self._fate) != (self._at, Fate.DIES_AFTER):
            return done
        done.add_done_callback(lambda _: self._kill())
        never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        return never

    async def _gate(self, batch: Batch) -> None:
        del batch
        if self._at is None:
            return
        self.counted += 1
        if self.counted != self._at:
            return
        match self._fate:
            case Fate.DIES_BEFORE:
                self._kill()
                await asyncio.Event().wait()  # until the kill reaches this task
            case Fate.REFUSED:
                raise StorageFullError
            case Fate.FAILED:
                raise StorageFailedError
            case Fate.LATE:
                await asyncio.sleep(_LATE_S)
            case Fate.DIES_AFTER:
                pass
