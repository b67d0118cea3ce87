"""After an input or output error the store confirms nothing any more (promise P8).

``IO_ERRORS`` tries more operations than usual, ``IO_ERRORS_FIRST`` others.
"""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING

import apsw
import pytest

from rivetgen_runtime.errors import StorageFailedError

from .powerloss import Disk, restore
from .simulated_sqlite import expecting_power_loss
from .written_turns import ACTORS, Ledger, check, open_store, turn, use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rivetgen_runtime.storage.sqlite import SqliteStore

ERRORS = int(os.environ.get("IO_ERRORS", "30"))
FIRST = int(os.environ.get("IO_ERRORS_FIRST", "0"))
OPERATIONS_OF_ONE_RUN = 120


class FaultyDisk(Disk):
    """One operation fails; all others work, also afterwards.

    Attributes:
        has_erred: Whether it did.
    """

    has_erred = False
    _errs_at: int | None = None

    def err_in(self, operations: int) -> None:
        """Fail the operation that is so many from here."""
        self._errs_at = self.operations + operations

    def _count(self) -> None:
        super()._count()
        if self.operations == self._errs_at:
            self.has_erred = True
            raise apsw.exception_for(apsw.SQLITE_IOERR_WRITE)

    def sync(self, name: str) -> None:
        if self.operations + 1 == self._errs_at:
            self._count()
        super().sync(name)


@pytest.fixture(autouse=True)
def short_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Move the log into the database often, so that errors meet that, too."""
    limit = "rivetgen_runtime.storage.writer._LONGEST_LOG_BYTES"
    monkeypatch.setattr(limit, 50_000)
    with expecting_power_loss():
        yield


async def opened_once(folder: Path) -> dict[str, bytes]:
    """The files of a store that was opened once, which takes a thousand writes."""
    disk = Disk(Random(0), folder=folder)
    store = await open_store(disk, folder)
    files = disk.survivors()
    await store.close()
    return files


async def run_once(
    number: int, folder: Path, image: dict[str, bytes]
) -> tuple[bool, int]:
    """Let one operation fail, then lose the power, and look what is left.

    Returns:
        Whether it failed while the store was in use, and how many turns were confirmed.
    """
    random, ledger = Random(number), Ledger()
    (folder / "used").mkdir()
    disk = FaultyDisk(random, files=image, folder=folder / "used")
    store = await open_store(disk, folder / "used")
    # A prime, so that few errors are spread over all operations.
    disk.err_in(1 + number * 37 % OPERATIONS_OF_ONE_RUN)
    has_failed = await use_until_closed(store, disk, ledger, random)
    (folder / "left").mkdir()
    restore(disk.wreck(), folder / "left")
    await check(folder / "left", ledger)
    return has_failed, sum(ledger.confirmed.values())


async def use_until_closed(
    store: SqliteStore, disk: FaultyDisk, ledger: Ledger, random: Random
) -> bool:
    """Write; return whether the store has failed before it was closed."""
    await use(store, ledger, random, close=False)
    has_failed = disk.has_erred
    if has_failed:
        with pytest.raises(StorageFailedError):
            await store.commit(turn(ACTORS[0], 10**6 + 1, random))
    try:
        await store.close()
    except StorageFailedError:
        assert disk.has_erred
    return has_failed


@pytest.mark.timeout(30 + ERRORS)
async def test_an_error_at_any_operation_ends_the_service_and_loses_nothing(
    tmp_path: Path,
) -> None:
    failed = confirmed = 0
    (tmp_path / "image").mkdir()
    image = await opened_once(tmp_path / "image")
    for number in range(FIRST, FIRST + ERRORS):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            has_failed, turns = await run_once(number, folder, image)
        except Exception as error:
            error.add_note(f"IO_ERRORS_FIRST={number} IO_ERRORS=1 pytest {__file__}")
            raise
        failed += has_failed
        confirmed += turns
    print(f"{ERRORS} errors, {failed} before the end, {confirmed:,} turns confirmed")
    assert failed > ERRORS / 3
