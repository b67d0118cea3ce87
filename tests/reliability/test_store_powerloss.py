"""The SQLite store confirms nothing that a loss of power can take away.

``POWERLOSS_SEEDS`` runs more seeds than usual, ``POWERLOSS_FIRST_SEED`` others. A seed
fixes what is written, the operation at which the power fails and which sectors survive;
how batches are grouped is up to the threads.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from rivetgen_runtime.core.ports import (
    ActorRecord,
    Area,
    Batch,
    DeleteActor,
    PutRecord,
    PutValue,
)
from rivetgen_runtime.errors import StorageFailedError
from rivetgen_runtime.storage.errors import DataDirectoryError
from rivetgen_runtime.storage.sqlite import SqliteStore

from .powerloss import Disk, restore
from .simulated_sqlite import connect, expecting_power_loss

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SEEDS = int(os.environ.get("POWERLOSS_SEEDS", "120"))
FIRST_SEED = int(os.environ.get("POWERLOSS_FIRST_SEED", "0"))
SEEDS_PER_TEST = 20

ACTORS = [f"actor-{number}" for number in range(6)]
EVERYTHING = frozenset(Area)
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


@dataclass
class Ledger:
    """What was written, kept where no power fails.

    Attributes:
        attempted: The last turn of each actor that was handed to the store.
        confirmed: The last turn of each actor that the store confirmed.
    """

    attempted: dict[str, int] = field(default_factory=dict[str, int])
    confirmed: dict[str, int] = field(default_factory=dict[str, int])


def turn(actor_id: str, number: int, random: Random) -> Batch:
    """What one turn of an actor writes; every fifth turn destroys the actor."""
    record = ActorRecord(
        actor_id=actor_id,
        name="journal",
        key=(actor_id,),
        generation=number,
        created_at_ms=1,
        destroyed_at_ms=number if is_destroyed_by(number) else None,
    )
    if is_destroyed_by(number):
        return Batch((DeleteActor(record),))
    state = number.to_bytes(4, "big")
    filler = random.randbytes(random.choice((0, 100, 3000, 9000)))
    return Batch(
        (
            PutRecord(record),
            PutValue(actor_id, Area.STATE, b"", state),
            PutValue(actor_id, Area.KV, b"key", state + filler),
        )
    )


def is_destroyed_by(number: int) -> bool:
    return number % 5 == 0


async def write_turns(
    store: SqliteStore, actor_id: str, ledger: Ledger, random: Random
) -> None:
    """Write until the store fails, or for long enough."""
    first = ledger.attempted.get(actor_id, 0) + 1
    for number in range(first, first + random.randint(1, 40)):
        for _ in range(random.randint(0, 3)):
            await asyncio.sleep(0)  # so that groups differ
        ledger.attempted[actor_id] = number
        await store.commit(turn(actor_id, number, random))
        ledger.confirmed[actor_id] = number


async def open_store(disk: Disk, folder: Path) -> SqliteStore:
    return await SqliteStore.open(folder, connect=lambda path: connect(disk, path.name))


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
        disk.fail()
        return disk.survivors()


async def use(store: SqliteStore, ledger: Ledger, random: Random) -> None:
    """Write with several actors at a time, then close."""
    writers = [write_turns(store, actor, ledger, random) for actor in ACTORS]
    ends = await asyncio.gather(*writers, return_exceptions=True)
    assert all(isinstance(end, StorageFailedError | None) for end in ends), ends
    with suppress(StorageFailedError):
        await store.close()


async def check(folder: Path, ledger: Ledger) -> None:
    """Start an ordinary store from what is left, and compare it with the ledger."""
    store = await SqliteStore.open(folder)
    for actor_id in ACTORS:
        number = await surviving_turn(store, actor_id)
        assert number >= ledger.confirmed.get(actor_id, 0), "a confirmed turn is lost"
        assert number <= ledger.attempted.get(actor_id, 0), "a turn was invented"
    await store.close()


async def surviving_turn(store: SqliteStore, actor_id: str) -> int:
    """The one turn that everything of an actor comes from."""
    record = await store.record(actor_id)
    values = await store.values(actor_id, EVERYTHING)
    number = record.generation if record is not None else 0
    if number == 0 or is_destroyed_by(number):
        assert values == {}, "a turn survived in part"
        return number
    state = number.to_bytes(4, "big")
    assert values.keys() == {(Area.STATE, b""), (Area.KV, b"key")}
    assert values[Area.STATE, b""] == state, "a turn survived in part"
    assert values[Area.KV, b"key"].startswith(state), "a turn survived in part"
    return number


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
