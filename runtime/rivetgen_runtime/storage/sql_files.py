"""The databases of actors in files: one each, few of them open, on worker threads."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from rivetgen_runtime.errors import StorageError, StorageFailedError
from rivetgen_runtime.options import SqlLimits
from rivetgen_runtime.sql_errors import (
    SqlClosedError,
    SqlInterruptedError,
    SqlUnavailableError,
)
from rivetgen_runtime.storage.sql_connection import (
    SqlConnection,
    connect_from_any_thread,
)
from rivetgen_runtime.storage.sql_failures import is_fatal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from pathlib import Path
    from typing import Any

    from rivetgen_runtime.core.sql_ports import (
        Interruption,
        SqlRow,
        SqlStatement,
    )
    from rivetgen_runtime.storage.opening import Connect

__all__ = [
    "DATABASES_FOLDER",
    "DEFAULT_SQL_FILE_OPTIONS",
    "SqlFile",
    "SqlFileOptions",
    "SqlFiles",
]

log: Final = logging.getLogger("rivetgen.runtime.storage")

T = TypeVar("T")

DATABASES_FOLDER: Final = "databases"
"""Folder in a data directory that holds one file per actor."""

_WAIT_FOR_COMMIT_S: Final = 0.01
"""How often a backup looks whether a transaction has ended."""
_SUFFIX: Final = ".db"
_COMPANIONS: Final = ("-wal", "-journal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFileOptions:
    """How many files and threads the databases of actors take."""

    open_files: int = 256
    """Databases that are open at a time, each of which holds two files."""
    threads: int = 32
    """Statements of different actors that run at a time."""
    idle_s: float = 60.0
    """A database that is not used for this long is closed."""
    open_wait_s: float = 10.0
    """How long a call waits while all that may be open are in use."""


DEFAULT_SQL_FILE_OPTIONS: Final = SqlFileOptions()


class SqlFiles:
    """``SqlDatabases`` in the data directory of a store, whose lock protects them.

    Args:
        directory: The data directory.
        limits: Of results and statements.
        options: Of files and threads.
        connect: Opens a file; tests put another file system below SQLite.
    """

    def __init__(
        self,
        directory: Path,
        limits: SqlLimits | None = None,
        options: SqlFileOptions = DEFAULT_SQL_FILE_OPTIONS,
        *,
        connect: Connect = connect_from_any_thread,
    ) -> None:
        self.folder = directory / DATABASES_FOLDER
        self.limits = limits or SqlLimits()
        self.options = options
        self.connect = connect
        self.failure: Exception | None = None
        """Why nothing is saved any more; None while the disk works."""
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(options.threads, "rivetgen-sql")
        self._open: OrderedDict[SqlFile, float] = OrderedDict()
        self._opening: dict[str, SqlFile] = {}
        self._backups = 0
        self._kept: set[str] = set()
        self._room = asyncio.Event()
        self._ends: dict[str, asyncio.Task[None]] = {}
        self._idle_timer: asyncio.TimerHandle | None = None

    def database(self, actor_id: str, *, is_busy: Callable[[], bool]) -> SqlFile:
        """The database of an actor; see ``SqlDatabases``."""
        return SqlFile(self, actor_id, is_busy=is_busy)

    def remove(self, actor_id: str) -> None:
        """Delete the database of an actor that is not in memory, if there is one."""
        self.database(actor_id, is_busy=lambda: False).close(removes=True)

    async def actor_ids(self) -> frozenset[str]:
        """The actors that have files, or what is left of them."""
        return await self.on_thread(self._list)

    @property
    def open_count(self) -> int:
        """How many files are open."""
        return len(self._open) + len(self._opening)

    async def backup(self, directory: Path) -> None:
        """Copy every database into another directory while they are used.

        Each copy is what its actor had committed at one moment. Actors that end
        meanwhile are in it.

        Args:
            directory: It exists and has no databases.
        """
        target = directory / DATABASES_FOLDER
        with self.keeping_removed():
            await self.on_thread(partial(target.mkdir, mode=0o700))
            for actor_id in sorted(await self.actor_ids()):
                await self._back_up(actor_id, target / self.path(actor_id).name)

    @contextmanager
    def keeping_removed(self) -> Generator[None]:
        """Delete nothing until the block ends: a backup has still to copy it."""
        self._backups += 1
        try:
            yield
        finally:
            self._backups -= 1
            if not self._backups:
                for actor_id in self._kept:
                    self.remove(actor_id)
                self._kept.clear()

    async def close(self) -> None:
        """Close every file; databases of activations are closed already or fail."""
        for file in tuple(self._open):
            file.close(removes=False)
        while self._ends:
            await asyncio.wait(self._ends.values())
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._threads.shutdown(wait=False)

    # For the databases

    def path(self, actor_id: str) -> Path:
        """The file of an actor."""
        return self.folder / f"{actor_id}{_SUFFIX}"

    async def on_thread(self, work: Callable[[], T]) -> T:
        """Run something that waits for the disk."""
        return await self._loop.run_in_executor(self._threads, work)

    async def open(self, file: SqlFile) -> SqlConnection:
        """Open a file when there is room, after the last activation has let go.

        Raises:
            SqlUnavailableError: Everything that may be open is in use.
            StorageError: The file cannot be used.
        """
        while file.actor_id in self._ends:
            await asyncio.wait([self._ends[file.actor_id]])
        await self._make_room()
        self._opening[file.actor_id] = file
        try:
            connection = await self.on_thread(partial(self._open_file, file))
        finally:
            del self._opening[file.actor_id]
            self._room.set()
        self.touch(file)
        return connection

    def touch(self, file: SqlFile) -> None:
        """A file has been used."""
        self._open[file] = time.monotonic()
        self._open.move_to_end(file)
        self._room.set()
        if self._idle_timer is None:
            self._wait_for_idleness()

    def rest(self) -> None:
        """Some actor is less busy than before."""
        self._room.set()

    def forget(self, file: SqlFile) -> None:
        """A file has been closed."""
        self._open.pop(file, None)
        self._room.set()

    def fail(self, error: Exception) -> None:
        """The disk has failed: nothing is confirmed any more."""
        if self.failure is None:
            log.critical("a database failed: nothing more is saved", exc_info=error)
            self.failure = error
        self._room.set()

    def check(self) -> None:
        """Refuse everything once the disk has failed.

        Raises:
            StorageFailedError: It has.
        """
        if self.failure is not None:
            raise StorageFailedError from self.failure

    def end(self, file: SqlFile, *, removes: bool) -> None:
        """Close a file in the background; the next activation waits for that."""
        actor_id = file.actor_id
        before = self._ends.get(actor_id)
        task = self._loop.create_task(self._end(file, before, removes=removes))
        self._ends[actor_id] = task
        task.add_done_callback(partial(self._ended, actor_id))

    # How it works

    def _open_file(self, file: SqlFile) -> SqlConnection:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        return SqlConnection.open(
            self.path(file.actor_id),
            self.limits,
            connect=self.connect,
            settings=file.settings,
        )

    def _list(self) -> frozenset[str]:
        if not self.folder.exists():
            return frozenset()
        names = (path.name.partition(_SUFFIX) for path in self.folder.iterdir())
        return frozenset(actor_id for actor_id, suffix, _ in names if suffix)

    async def _make_room(self) -> None:
        try:
            async with asyncio.timeout(self.options.open_wait_s):
                while self.open_count >= self.options.open_files:
                    self._room.clear()
                    self.check()
                    if not await self._close_one():
                        await self._room.wait()
        except TimeoutError as error:
            raise SqlUnavailableError(self.options.open_files) from error

    async def _close_one(self) -> bool:
        """Close the file that has not been used for the longest time."""
        for file in self._open:
            if file.may_rest:
                # Whoever waits for room may give up; the file is closed all the same.
                await asyncio.shield(file.put_away_soon())
                return True
        return False

    def _wait_for_idleness(self) -> None:
        self._idle_timer = self._loop.call_later(
            self.options.idle_s / 2, self._close_idle
        )

    def _close_idle(self) -> None:
        self._idle_timer = None
        latest = time.monotonic() - self.options.idle_s
        for file, used_s in tuple(self._open.items()):
            if used_s <= latest and file.may_rest:
                file.put_away_soon()
        if self._open:
            self._wait_for_idleness()

    async def _end(
        self, file: SqlFile, before: asyncio.Task[None] | None, *, removes: bool
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        await file.put_away()
        if removes and self._backups:
            self._kept.add(file.actor_id)
        elif removes:
            await self.on_thread(partial(self._delete, file.actor_id))

    async def _back_up(self, actor_id: str, target: Path) -> None:
        """Copy one database; who wants to open it meanwhile waits."""
        while True:
            ending = self._ends.get(actor_id)
            file = self._in_use(actor_id)
            if ending is not None:
                await asyncio.wait([ending])
            elif file is None:
                copying = self._loop.create_task(self._copy(actor_id, target))
                self._ends[actor_id] = copying
                copying.add_done_callback(partial(self._ended, actor_id))
                return await copying
            elif await file.back_up(target):
                return None

    def _in_use(self, actor_id: str) -> SqlFile | None:
        opened = (file for file in self._open if file.actor_id == actor_id)
        return self._opening.get(actor_id) or next(opened, None)

    async def _copy(self, actor_id: str, target: Path) -> None:
        await self.on_thread(partial(_copy_files, self.path(actor_id), target))

    def _delete(self, actor_id: str) -> None:
        path = self.path(actor_id)
        try:
            for companion in _COMPANIONS:
                path.with_name(path.name + companion).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        except OSError:
            # It is looked for again when the data directory is opened.
            log.exception("the database of a destroyed actor could not be deleted")

    def _ended(self, actor_id: str, task: asyncio.Task[None]) -> None:
        if self._ends.get(actor_id) is task:
            del self._ends[actor_id]


class SqlFile:
    """``SqlDatabase`` in a file, which is open only while it is in use.

    Attributes:
        actor_id: Whose database it is.
        in_transaction: Whether a transaction was open after the last result.
        settings: What a connection is set to when the file is opened again.
    """

    def __init__(
        self, files: SqlFiles, actor_id: str, *, is_busy: Callable[[], bool]
    ) -> None:
        self.actor_id = actor_id
        self.in_transaction = False
        self.settings: dict[str, int] = {}
        self._files = files
        self._is_busy = is_busy
        self._is_closed = False
        self._connection: SqlConnection | None = None
        self._running: Interruption | None = None
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def may_rest(self) -> bool:
        """Whether nobody would notice that the file is closed."""
        return not (self._lock.locked() or self.in_transaction or self._is_busy())

    def run(
        self, statement: SqlStatement, interruption: Interruption
    ) -> asyncio.Task[list[SqlRow]]:
        """Run a statement; see ``SqlDatabase``."""
        return self._spawn(self._run(statement, interruption))

    def rest(self) -> None:
        """Tell that the actor has become less busy: the file may be closed."""
        self._files.rest()

    def close(self, *, removes: bool) -> None:
        """Close after what runs; see ``SqlDatabase``."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._running is not None:
            self._running.request()
        self._files.end(self, removes=removes)

    async def put_away(self) -> None:
        """Close the file, after what runs."""
        async with self._lock:
            connection, self._connection = self._connection, None
            if connection is None:
                return
            try:
                self.settings = await self._files.on_thread(partial(_close, connection))
            finally:
                self.in_transaction = False
                self._files.forget(self)

    async def back_up(self, target: Path) -> bool:
        """Copy what is committed, between two statements of the actor.

        Returns:
            Whether the file was open; otherwise nothing is copied.
        """
        while True:
            async with self._lock:
                connection = self._connection
                if connection is None:
                    return False
                if not self.in_transaction:
                    await self._files.on_thread(partial(connection.backup, target))
                    return True
            await asyncio.sleep(_WAIT_FOR_COMMIT_S)

    def put_away_soon(self) -> asyncio.Task[None]:
        """The same in the background, unless somebody uses it by then."""
        return self._spawn(self._put_away_unused())

    async def _put_away_unused(self) -> None:
        if self.may_rest:
            await self.put_away()

    async def _run(
        self, statement: SqlStatement, interruption: Interruption
    ) -> list[SqlRow]:
        async with self._lock:
            self._check(interruption)
            try:
                return await self._run_on_open(statement, interruption)
            except StorageError as error:
                cause = error.__cause__
                if isinstance(cause, Exception) and is_fatal(cause):
                    self._files.fail(cause)
                raise

    async def _run_on_open(
        self, statement: SqlStatement, interruption: Interruption
    ) -> list[SqlRow]:
        if self._connection is None:
            self._connection = await self._files.open(self)
        self._files.touch(self)
        connection = self._connection
        self._running = interruption
        work = partial(connection.run, statement, interruption)
        try:
            return await self._files.on_thread(work)
        finally:
            self._running = None
            self.in_transaction = connection.in_transaction

    def _check(self, interruption: Interruption) -> None:
        if self._is_closed:
            raise SqlClosedError
        self._files.check()
        if interruption.is_requested:
            message = "interrupted"
            raise SqlInterruptedError(message, "SQLITE_INTERRUPT")

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _copy_files(source: Path, target: Path) -> None:
    """On a thread: copy a database that nobody has open, and its log if it has one."""
    for companion in ("", *_COMPANIONS):
        path = source.with_name(source.name + companion)
        if path.exists():
            shutil.copyfile(path, target.with_name(target.name + companion))


def _close(connection: SqlConnection) -> dict[str, int]:
    """On a thread: close, and tell what to set a later connection to."""
    try:
        return connection.settings()
    finally:
        connection.close()
