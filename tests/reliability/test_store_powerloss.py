"""The SQLite store confirms nothing that a loss of power can take away.

``POWERLOSS_SEEDS`` runs more seeds than usual, ``POWERLOSS_FIRST_SEED`` others. A seed
fixes what is written, the operation at which the power fails and which sectors survive;
how batches are grouped is up to the threads.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from rivetgen_runtime.storage.errors import DataDirectoryError

from .powerloss import Disk, restore
from .simulated_sqlite import expecting_power_loss
from .written_turns import Ledger, check, open_store, use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SEEDS = int(os.environ.get("POWERLOSS_SEEDS", "120"))
FIRST_SEED = int(os.environ.get("POWERLOSS_FIRST_SEED", "0"))
SEEDS_PER_TEST = 20

OPERATIONS_OF_FIRST_OPENING = 2_600
OPERATIONS_OF_OPENING = 20
OPERATIONS_OF_ONE_RUN = 500


@pytest.fixture(autouse=True)
def loss_of_power() -> Iterator[None]:
    """Power fails in every test here."""
    with expecting_power_loss():
        yield


@pytest.fixture(autouse=True)
def short_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the log into the database every few commits instead of every 16 MiB."""
    limit = "rivetgen_runtime.storage.writer._LONGEST_LOG_BYTES"
    monkeypatch.setattr(limit, 200_000)


async def crash(
    files: Mapping[str, bytes], ledger: Ledger, random: Random
) -> dict[str, bytes]:
    """Use a store until the power fails, anywhere from its opening to its closing.

    Returns:
        The files that survived.
    """
    opening = OPERATIONS_OF_OPENING if files else OPERATIONS_OF_FIRST_OPENING
    fails_at = random.randint(1, opening) if random.random() < 0.4 else None
    with TemporaryDirectory() as name:
        disk = Disk(random, files=files, fails_at=fails_at, folder=Path(name))
        try:
            store = await open_store(disk, Path(name))
        except DataDirectoryError:
            assert not disk.has_power
        else:
            disk.fail_in(random.randint(1, OPERATIONS_OF_ONE_RUN))
            await use(store, ledger, random)
        return disk.wreck()


async def run_seed(seed: int, image: dict[str, bytes]) -> int:
    """Crash twice in a row; every tenth seed begins with an empty disk.

    Returns:
        How many turns were confirmed.
    """
    random = Random(seed)
    ledger = Ledger()
    files = {} if seed % 10 == 0 else image
    for _ in range(2):
        files = await crash(files, ledger, random)
    with TemporaryDirectory() as name:
        restore(files, Path(name))
        await check(Path(name), ledger)
    return sum(ledger.confirmed.values())


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a store that was opened once."""

    async def open_once() -> dict[str, bytes]:
        folder = tmp_path_factory.mktemp("image")
        disk = Disk(Random(0), folder=folder)
        store = await open_store(disk, folder)
        files = disk.survivors()
        await store.close()
        return files

    return asyncio.run(open_once())


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + SEEDS, SEEDS_PER_TEST))
async def test_a_confirmed_turn_survives_whole(
    first: int, image: dict[str, bytes]
) -> None:
    last = min(first + SEEDS_PER_TEST, FIRST_SEED + SEEDS)
    confirmed = 0
    for seed in range(first, last):
        try:
            confirmed += await run_seed(seed, image)
        except Exception as error:
            error.add_note(
                f"POWERLOSS_FIRST_SEED={seed} POWERLOSS_SEEDS=1 "
                "pytest tests/reliability/test_store_powerloss.py"
            )
            raise
    assert confirmed > 0
