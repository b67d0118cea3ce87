"""A disk that cannot read one block gives an error and never a wrong value (A8).

``READ_ERRORS`` tries more reads than usual, ``READ_ERRORS_FIRST`` others.
"""

from __future__ import annotations

import gc
import os
from random import Random
from typing import TYPE_CHECKING

import apsw
import pytest

from rivetgen_runtime.errors import StorageError, StorageFailedError
from rivetgen_runtime.storage.errors import DataDirectoryError
from rivetgen_runtime.storage.sqlite import SqliteStore

from .powerloss import Disk, restore
from .simulated_sqlite import connect, expecting_power_loss
from .written_turns import ACTORS, Ledger, check, open_store, surviving_turn, turn, use

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

READS = int(os.environ.get("READ_ERRORS", "60"))
FIRST = int(os.environ.get("READ_ERRORS_FIRST", "0"))
TURN = 10**6 + 1
READS_OF_AN_OPENING = 200
SPREAD = 37
"""A prime, so that few errors are spread over all reads."""


class UnreadableDisk(Disk):
    """One read fails; all others work, also afterwards.

    Attributes:
        reads: Reads so far.
        has_erred: Whether one failed.
    """

    reads = 0
    has_erred = False
    _errs_at: int | None = None

    def err_in(self, reads: int) -> None:
        """Fail the read that is so many from here."""
        self._errs_at = self.reads + reads

    def read(self, name: str, amount: int, offset: int) -> bytes:
        self.reads += 1
        if self.reads == self._errs_at:
            self.has_erred = True
            raise apsw.exception_for(apsw.SQLITE_IOERR_READ)
        return super().read(name, amount, offset)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What SQLite swallows is no failure of the test."""
    with expecting_power_loss():
        yield
        gc.collect()


async def written(folder: Path, ledger: Ledger) -> dict[str, bytes]:
    """Files of a store that was killed in the middle of its work."""
    disk = Disk(Random(0), folder=folder)
    store = await open_store(disk, folder)
    for seed in range(3):
        await use(store, ledger, Random(seed), close=False)
    files = disk.survivors()
    await store.close()
    return files


async def read_once(
    number: int, folder: Path, image: dict[str, bytes], ledger: Ledger
) -> str:
    """Let one read fail, and look at what the store says and what is left.

    Returns:
        Where it failed: ``opening``, ``use`` or nowhere.
    """
    (folder / "used").mkdir()
    disk = UnreadableDisk(Random(number), files=image, folder=folder / "used")
    while_opening = bool(number % 2)
    if while_opening:
        disk.err_in(1 + number * SPREAD % READS_OF_AN_OPENING)
    failed = ""
    try:
        store = await open_forgetful_store(disk, folder / "used")
    except DataDirectoryError:
        failed = "opening"
    else:
        if not while_opening:
            disk.err_in(1 + number // 2)
        failed = await use_all(store, ledger)
    assert bool(failed) <= disk.has_erred
    disk.fail()
    (folder / "left").mkdir()
    restore(disk.survivors(), folder / "left")
    await check(folder / "left", ledger)
    return failed


async def open_forgetful_store(disk: Disk, folder: Path) -> SqliteStore:
    """Open a store that keeps next to nothing in memory, so that it has to read."""

    def connect_forgetful(path: Path) -> sqlite3.Connection:
        connection = connect(disk, path.name)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA cache_size = 1")
        return connection

    return await SqliteStore.open(folder, connect=connect_forgetful)


async def use_all(store: SqliteStore, ledger: Ledger) -> str:
    """Read every actor, then write: each answer is right, or an error."""
    failed = ""
    for actor in ACTORS:
        try:
            number = await surviving_turn(store, actor)
        except StorageError:
            failed = "use"
            continue
        assert number >= ledger.confirmed.get(actor, 0), "a wrong value was read"
    if failed:
        # Whoever cannot read any more confirms nothing any more, either (P8).
        with pytest.raises(StorageFailedError):
            await store.commit(turn(ACTORS[0], TURN, Random(0)))
    try:
        await store.close()
    except StorageFailedError:
        failed = failed or "use"
    return failed


@pytest.mark.timeout(30 + READS)
async def test_a_read_that_fails_gives_an_error_and_no_wrong_value(
    tmp_path: Path,
) -> None:
    (tmp_path / "image").mkdir()
    ledger = Ledger()
    image = await written(tmp_path / "image", ledger)
    failures = list[str]()
    for number in range(FIRST, FIRST + READS):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            failures.append(await read_once(number, folder, image, ledger))
        except Exception as error:
            repeat = f"READ_ERRORS_FIRST={number} READ_ERRORS=1 pytest {__file__}"
            error.add_note(repeat)
            raise
    opening, using = failures.count("opening"), failures.count("use")
    print(f"{READS} reads: {opening} failed at opening, {using} in use, none was wrong")
    assert opening + using > READS / 3
