"""Databases of actors confirm nothing that a loss of power can take away.

``POWERLOSS_SEEDS`` runs more seeds than usual, ``POWERLOSS_FIRST_SEED`` others.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from rivetgen_runtime.core.sql_ports import Interruption, SqlStatement
from rivetgen_runtime.errors import StorageError
from rivetgen_runtime.storage.sql_files import (
    DATABASES_FOLDER,
    SqlFileOptions,
    SqlFiles,
)

from .powerloss import Disk, restore
from .simulated_sqlite import connect, expecting_power_loss

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rivetgen_runtime.storage.sql_files import SqlFile

SEEDS = int(os.environ.get("POWERLOSS_SEEDS", "60"))
FIRST_SEED = int(os.environ.get("POWERLOSS_FIRST_SEED", "0"))
SEEDS_PER_TEST = 20

ACTORS = [f"actor{number}" for number in range(4)]
OPERATIONS_OF_ONE_RUN = 300
TABLE = (
    "CREATE TABLE IF NOT EXISTS turns "
    "(number INTEGER NOT NULL, half INTEGER NOT NULL, filler BLOB)"
)
INSERT = "INSERT INTO turns VALUES (?, ?, ?)"


@pytest.fixture(autouse=True)
def loss_of_power() -> Iterator[None]:
    """Power fails in every test here."""
    with expecting_power_loss():
        yield


@dataclass
class Ledger:
    """What was written, kept where no power fails.

    Attributes:
        attempted: The last turn of each actor that was begun.
        confirmed: The turns of each actor that were confirmed.
    """

    attempted: dict[str, int] = field(default_factory=dict[str, int])
    confirmed: dict[str, set[int]] = field(
        default_factory=lambda: {actor: set[int]() for actor in ACTORS}
    )


async def run(file: SqlFile, sql: str, *parameters: int | bytes) -> list[Any]:
    rows = await file.run(SqlStatement(sql, parameters), Interruption())
    return [value for row in rows for value in row.values()]


async def write_turn(file: SqlFile, number: int, random: Random) -> None:
    """Write both halves of a turn: in one transaction, or in one statement."""
    filler = random.randbytes(random.choice((0, 100, 3000, 9000)))
    if number % 2:
        await run(file, "BEGIN")
        await run(file, INSERT, number, 1, filler)
        await run(file, INSERT, number, 2, filler)
        await run(file, "COMMIT")
    else:
        both = f"{INSERT}, (?, ?, ?)"
        await run(file, both, number, 1, filler, number, 2, filler)


async def write_turns(
    file: SqlFile, actor: str, ledger: Ledger, random: Random
) -> None:
    """Write until the power fails, or for long enough."""
    await run(file, TABLE)
    first = ledger.attempted.get(actor, 0) + 1
    for number in range(first, first + random.randint(1, 30)):
        ledger.attempted[actor] = number
        await write_turn(file, number, random)
        ledger.confirmed[actor].add(number)


async def crash(
    files: Mapping[str, bytes], ledger: Ledger, random: Random
) -> dict[str, bytes]:
    """Use databases until the power fails; return the files that survived."""
    with TemporaryDirectory() as name:
        folder = Path(name) / DATABASES_FOLDER
        folder.mkdir()
        disk = Disk(random, files=files, folder=folder)
        disk.fail_in(random.randint(1, OPERATIONS_OF_ONE_RUN))
        databases = SqlFiles(
            Path(name),
            options=SqlFileOptions(open_files=3, threads=1),
            connect=lambda path: connect(disk, path.name),
        )
        await asyncio.gather(
            *(use(databases, actor, ledger, random) for actor in ACTORS)
        )
        await databases.close()
        return disk.wreck()


async def use(databases: SqlFiles, actor: str, ledger: Ledger, random: Random) -> None:
    """Be one actor until it sleeps, or until the power fails."""
    file = databases.database(actor, is_busy=lambda: False)
    with suppress(StorageError):
        await write_turns(file, actor, ledger, random)
    file.close(removes=False)


async def check(folder: Path, ledger: Ledger) -> None:
    """Open what is left in the ordinary way, and compare it with the ledger."""
    databases = SqlFiles(folder)
    for actor in ACTORS:
        file = databases.database(actor, is_busy=lambda: False)
        await run(file, TABLE)
        assert await run(file, "PRAGMA integrity_check") == ["ok"]
        numbers = await run(file, "SELECT number FROM turns ORDER BY number, half")
        assert all(count == 2 for count in Counter(numbers).values()), "a turn was torn"
        assert ledger.confirmed[actor] <= set(numbers), "a confirmed turn is lost"
        assert max(numbers, default=0) <= ledger.attempted.get(actor, 0)
        file.close(removes=False)
    await databases.close()


async def run_seed(seed: int) -> int:
    """Crash three times in a row.

    Returns:
        How many turns were confirmed.
    """
    random = Random(seed)
    ledger = Ledger()
    files: dict[str, bytes] = {}
    for _ in range(3):
        files = await crash(files, ledger, random)
    with TemporaryDirectory() as name:
        folder = Path(name) / DATABASES_FOLDER
        folder.mkdir()
        restore(files, folder)
        await check(Path(name), ledger)
    return sum(len(numbers) for numbers in ledger.confirmed.values())


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + SEEDS, SEEDS_PER_TEST))
async def test_a_confirmed_write_survives_whole(first: int) -> None:
    last = min(first + SEEDS_PER_TEST, FIRST_SEED + SEEDS)
    confirmed = 0
    for seed in range(first, last):
        try:
            confirmed += await run_seed(seed)
        except Exception as error:
            error.add_note(
                f"POWERLOSS_FIRST_SEED={seed} POWERLOSS_SEEDS=1 "
                "pytest tests/reliability/test_sql_powerloss.py"
            )
            raise
    assert confirmed > 0
