"""The one thread that touches the database, and how it groups work.

Everything that queued while the last group was being flushed to disk becomes the next
group: one transaction, one flush, one wake-up of the event loop. There is no artificial
delay; the flush is the window in which work collects.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from rivetgen_runtime.errors import StorageFailedError, StorageFullError
from rivetgen_runtime.storage.refusals import refusal

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from rivetgen_runtime.core.ports import Batch
    from rivetgen_runtime.storage.database import Database

__all__ = ["Job", "LongWork", "Outcome", "Writer"]

LongWork: TypeAlias = "Callable[[Database, Callable[[], None]], object]"
"""Work that calls back now and then, so that other jobs are done meanwhile."""

log: Final = logging.getLogger("rivetgen.runtime.storage")

_MOST_JOBS_PER_GROUP: Final = 1_000
_MOST_BYTES_PER_GROUP: Final = 4 << 20
_LONGEST_LOG_BYTES: Final = 16 << 20
"""A longer log is moved into the database file after the current group."""
_IDLE_S: Final = 1.0
"""After this long without work the log is moved, whatever its length."""


@dataclass(slots=True, eq=False, kw_only=True)
class Job:
    """One batch to make durable, or one question to answer.

    Attributes:
        future: Settled on the event loop.
        batch: What to write; None for a question.
        question: What to read; sees everything that was submitted before.
        log_bytes: About how much of the log it takes.
        long_work: What takes so long that other jobs are done meanwhile.
    """

    future: asyncio.Future[Any]
    batch: Batch | None = None
    question: Callable[[Database], object] | None = None
    log_bytes: int = 0
    long_work: LongWork | None = None


class Outcome(NamedTuple):
    """How a job ended."""

    job: Job
    result: object = None
    error: Exception | None = None


class Writer:
    """Runs jobs in order on its own thread.

    Args:
        loop: Where outcomes are delivered.
        open_database: Called on the thread, before the first job.
        on_outcomes: Called on the event loop, once per group.

    Attributes:
        failure: Why the store is out of service; None while it works.
        opened: Done when the database is open, or failed to.
        closed: Done when the database is closed.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        open_database: Callable[[], Database],
        on_outcomes: Callable[[list[Outcome]], None],
    ) -> None:
        self.failure: Exception | None = None
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._open_database = open_database
        self._on_outcomes = on_outcomes
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._is_stopping = False
        self._log_bytes = 0
        self._long_jobs: deque[tuple[Job, LongWork]] = deque()
        self._thread = threading.Thread(
            target=self._run, name="rivetgen-writer", daemon=True
        )

    def start(self) -> None:
        """Start the thread; ``opened`` tells how that went."""
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Add a job; called on the event loop."""
        self._jobs.put(job)

    def stop(self) -> None:
        """Do what was submitted, then close; ``closed`` tells when."""
        self._jobs.put(None)

    # On the thread

    def _run(self) -> None:
        try:
            database = self._open_database()
        except BaseException as error:  # noqa: BLE001 - handed to whoever opens
            self._tell(_settle, self.opened, error)
            return
        self._tell(_settle, self.opened, None)
        while not self._is_stopping:
            self._run_group(database)
            while self._long_jobs:
                self._run_long_job(database, *self._long_jobs.popleft())
        self._tell(_settle, self.closed, self._close(database))

    def _run_group(self, database: Database, *, waits: bool = True) -> None:
        group = self._next_group(waits=waits)
        if group:
            outcomes = self._outcomes(database, group)
            self._tell(self._on_outcomes, outcomes)
            self._log_bytes += sum(job.log_bytes for job in group)
        if self._log_bytes > (_LONGEST_LOG_BYTES if group else 0):
            self._checkpoint(database)

    def _run_long_job(self, database: Database, job: Job, work: LongWork) -> None:
        if self.failure is not None:
            self._tell(self._on_outcomes, [self._failed(job)])
            return
        try:
            outcome = Outcome(
                job, work(database, lambda: self._run_group(database, waits=False))
            )
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            outcome = Outcome(job, error=error)
        self._tell(self._on_outcomes, [outcome])

    def _next_group(self, *, waits: bool) -> list[Job]:
        """Wait for a job and take all that queue behind it; nothing when idle."""
        group: list[Job] = []
        log_bytes = 0
        try:
            job = self._first_job(waits=waits)
            while job is not None:
                if job.long_work is not None:
                    self._long_jobs.append((job, job.long_work))
                    return group
                group.append(job)
                log_bytes += job.log_bytes
                if (
                    len(group) >= _MOST_JOBS_PER_GROUP
                    or log_bytes > _MOST_BYTES_PER_GROUP
                ):
                    return group
                job = self._jobs.get_nowait()
        except Empty:
            return group
        self._is_stopping = True
        return group

    def _first_job(self, *, waits: bool) -> Job | None:
        if not waits:
            return self._jobs.get_nowait()
        return self._jobs.get(timeout=_IDLE_S if self._log_bytes else None)

    def _outcomes(self, database: Database, group: list[Job]) -> list[Outcome]:
        if self.failure is not None:
            return [self._failed(job) for job in group]
        try:
            return _transact(database, group)
        except Exception as error:  # noqa: BLE001 - the table of refusals decides
            return self._recover(database, group, error)

    def _recover(
        self, database: Database, group: list[Job], error: Exception
    ) -> list[Outcome]:
        """Undo the group; when one job is to blame, find it by running each alone."""
        refused = refusal(error)
        if refused is None or not self._undo(database):
            self._fail(error)
            return [self._failed(job) for job in group]
        if len(group) == 1:
            refused.__cause__ = error
            return [Outcome(group[0], error=refused)]
        return [outcome for job in group for outcome in self._outcomes(database, [job])]

    def _undo(self, database: Database) -> bool:
        try:
            database.rollback()
        except Exception:
            log.exception("a transaction could not be undone")
            return False
        return True

    def _checkpoint(self, database: Database) -> None:
        self._log_bytes = 0
        if self.failure is not None:
            return
        try:
            database.checkpoint()
        except Exception as error:  # noqa: BLE001 - the table of refusals decides
            if isinstance(refusal(error), StorageFullError):
                # The log still holds everything: it is moved when there is space.
                self._log_bytes = 1
            else:
                self._fail(error)

    def _close(self, database: Database) -> Exception | None:
        try:
            database.close()
        except Exception as error:  # noqa: BLE001 - handed to whoever closes
            return error
        return None

    def _fail(self, error: Exception) -> None:
        log.critical(
            "the store is out of service: nothing more is saved", exc_info=error
        )
        self.failure = error

    def _failed(self, job: Job) -> Outcome:
        error = StorageFailedError()
        error.__cause__ = self.failure
        return Outcome(job, error=error)

    def _tell(self, callback: Callable[..., object], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            # The loop is closed: nobody waits any more, and nobody will call ``stop``.
            log.warning("the event loop ended before its store was closed")
            self._is_stopping = True


def _transact(database: Database, group: list[Job]) -> list[Outcome]:
    writes = any(job.batch is not None for job in group)
    if writes:
        database.begin()
    outcomes = [_attempt(database, job) for job in group]
    if writes:
        database.commit()
    return outcomes


def _attempt(database: Database, job: Job) -> Outcome:
    if job.batch is not None:
        database.write(job.batch.writes)
    if job.question is None:
        return Outcome(job)
    database.flush()
    try:
        return Outcome(job, job.question(database))
    except sqlite3.Error:
        raise
    except Exception as error:  # noqa: BLE001 - it tells nothing about the store
        return Outcome(job, error=error)


def _settle(future: asyncio.Future[None], error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
