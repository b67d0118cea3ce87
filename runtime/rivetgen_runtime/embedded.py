"""The embedded host: actors, their store and their front in one process.

This is where the parts meet. Everything else gets what it needs handed in.
"""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from rivetgen_runtime.core.host import Host
from rivetgen_runtime.errors import StorageError
from rivetgen_runtime.front.app import Front
from rivetgen_runtime.front.options import DEFAULT_FRONT_OPTIONS
from rivetgen_runtime.loop_watch import LoopWatch
from rivetgen_runtime.options import DEFAULT_HOST_OPTIONS
from rivetgen_runtime.storage.errors import DataDirectoryError
from rivetgen_runtime.storage.sql_files import (
    DEFAULT_SQL_FILE_OPTIONS,
    SqlFileOptions,
    SqlFiles,
)
from rivetgen_runtime.storage.sqlite import DEFAULT_SQLITE_OPTIONS, SqliteStore
from rivetgen_runtime.system import SystemClock, SystemRandomness

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.front.options import FrontOptions
    from rivetgen_runtime.options import HostOptions
    from rivetgen_runtime.storage.sqlite import SqliteOptions

__all__ = ["DEFAULT_EMBEDDED_OPTIONS", "Embedded", "EmbeddedOptions"]

logger = logging.getLogger(__name__)

_GOING_AWAY: Final = (1001, "ws.going_away")
"""Official clients connect again when they read this reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedOptions:
    """Limits of the parts of an embedded host."""

    host: HostOptions = DEFAULT_HOST_OPTIONS
    front: FrontOptions = DEFAULT_FRONT_OPTIONS
    store: SqliteOptions = DEFAULT_SQLITE_OPTIONS
    databases: SqlFileOptions = DEFAULT_SQL_FILE_OPTIONS


DEFAULT_EMBEDDED_OPTIONS: Final = EmbeddedOptions()


class Embedded:
    """Actors with everything they need, in one data directory.

    Made by ``open``. To end it: stop accepting requests, ``finish``, then ``close``.
    """

    def __init__(
        self,
        actors: Iterable[type[AnyActor]],
        store: SqliteStore,
        databases: SqlFiles,
        options: EmbeddedOptions,
    ) -> None:
        self._store = store
        self._databases = databases
        self._sweeping: asyncio.Task[None] | None = None
        self._loop_watch = LoopWatch()
        self.host = Host(
            actors,
            store=store,
            clock=SystemClock(),
            randomness=SystemRandomness(),
            options=options.host,
            databases=databases,
        )
        self.front = Front(
            self.host,
            options.front,
            is_healthy=lambda: self.failure is None,
            statistics=lambda: store.statistics,
            paused_s=lambda: self._loop_watch.paused_s,
        )

    @classmethod
    async def open(
        cls,
        actors: Iterable[type[AnyActor]],
        directory: Path,
        options: EmbeddedOptions = DEFAULT_EMBEDDED_OPTIONS,
    ) -> Self:
        """Open a data directory and be ready to serve its actors.

        Actors are loaded when they are first used, or when something that they have
        scheduled is due.

        Raises:
            DataDirectoryError: The directory cannot be used.
            DefinitionError: A class does not fit its schema.
        """
        store = await SqliteStore.open(directory, options.store)
        databases = SqlFiles(directory, options.host.sql, options.databases)
        try:
            embedded = cls(actors, store, databases, options)
            embedded._sweep_soon(await databases.actor_ids())
            embedded.host.start()
            embedded._loop_watch.start()
            return embedded
        except BaseException:
            await databases.close()
            await store.close()
            raise

    @property
    def failure(self) -> Exception | None:
        """Why nothing is saved any more; None while all is well."""
        return self._store.failure or self._databases.failure

    async def finish(self, *, grace_s: float) -> None:
        """Let running actions end, put actors to sleep, say goodbye to connections.

        Args:
            grace_s: After this long, what still runs is abandoned. Whatever was
                answered is durable in any case.
        """
        try:
            async with asyncio.timeout(grace_s):
                await self.host.stop()
        except TimeoutError:
            logger.warning("some actions did not end within %g s", grace_s)
        self.front.close_connections(*_GOING_AWAY)

    async def backup(self, directory: Path) -> None:
        """Copy everything that is durable into a new data directory, while serving.

        The main store is copied first and the databases of actors after it, each as of
        one moment: as after a crash, a database may be ahead of the state of its actor,
        never behind it.

        Args:
            directory: It does not exist, or is empty.

        Raises:
            DataDirectoryError: It cannot be used.
            StorageError: Something could not be copied.
        """
        await asyncio.to_thread(_make_empty, directory)
        with self._databases.keeping_removed():
            await self._store.backup(directory)
            await self._databases.backup(directory)
        await asyncio.to_thread(_flush, directory)

    async def close(self) -> None:
        """Write what was handed to the store, and close it.

        Raises:
            StorageFailedError: The store could not be closed properly.
        """
        self._loop_watch.stop()
        if self._sweeping is not None:
            self._sweeping.cancel()
        await self._databases.close()
        await self._store.close()

    def _sweep_soon(self, actor_ids: Iterable[str]) -> None:
        """Delete databases whose actors are gone, while requests are served.

        A process that ends between the end of an actor and that of its database
        leaves the latter behind. Actors made from now on are not among them.
        """
        self._sweeping = asyncio.create_task(self._sweep(actor_ids))

    async def _sweep(self, actor_ids: Iterable[str]) -> None:
        try:
            for actor_id in actor_ids:
                record = await self._store.record(actor_id)
                if record is None or record.destroyed_at_ms is not None:
                    self._databases.remove(actor_id)
        except StorageError as error:
            logger.warning("databases could not be looked through", exc_info=error)


def _make_empty(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        has_files = any(directory.iterdir())
    except OSError as error:
        reason = f"{directory} cannot hold a backup: {error.strerror}."
        raise DataDirectoryError(directory, reason) from error
    if has_files:
        reason = f"{directory} is not empty: choose another directory for the backup."
        raise DataDirectoryError(directory, reason)


def _flush(directory: Path) -> None:
    """Make a backup durable, names and contents, where the system knows how to."""
    if os.name != "posix":
        return
    for path in (*directory.rglob("*"), directory):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
