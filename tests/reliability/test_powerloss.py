"""The simulated loss of power is harsh, and fair to what was synced."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import pytest

from .powerloss import SECTOR_BYTES, Disk, PowerLossError, restore
from .simulated_sqlite import connect, expecting_power_loss

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 150


@pytest.fixture(autouse=True)
def loss_of_power() -> Iterator[None]:
    """Power fails in every test here."""
    with expecting_power_loss():
        yield


# --- The disk -------------------------------------------------------------------------


def test_what_is_synced_survives() -> None:
    disk = Disk(Random(1))
    disk.open("a")
    disk.write("a", b"x" * 2000, 0)
    disk.truncate("a", 1500)
    disk.sync("a")
    disk.fail()
    assert disk.survivors() == {"a": b"x" * 1500}


def test_what_is_not_synced_is_torn_at_sectors() -> None:
    disk = Disk(Random(1), files={"a": b"." * 4096})
    disk.write("a", b"x" * 3000, 100)
    images = [disk.survivors()["a"] for _ in range(50)]
    first, second, *_, last = [
        {image[start : start + SECTOR_BYTES] for image in images}
        for start in range(0, 4096, SECTOR_BYTES)
    ]
    assert first == {b"." * 512, b"." * 100 + b"x" * 412}
    assert second == {b"." * 512, b"x" * 512}
    assert last == {b"." * 512}
    assert len(set(images)) > 10
    assert disk.read("a", 3000, 100) == b"x" * 3000


def test_a_file_that_only_grew_by_later_sectors_has_a_hole() -> None:
    disk = Disk(Random(1), files={"a": b""})
    disk.write("a", b"x" * 1024, 0)
    images = {disk.survivors()["a"] for _ in range(50)}
    assert images == {b"", b"x" * 512, bytes(512) + b"x" * 512, b"x" * 1024}


def test_truncations_creations_and_removals_may_be_undone_until_a_sync() -> None:
    disk = Disk(Random(1), files={"cut": b"x" * 600, "removed": b"y"})
    disk.truncate("cut", 1)
    disk.delete("removed", sync=False)
    disk.open("new")
    images = [disk.survivors() for _ in range(50)]
    assert {image["cut"] for image in images} == {b"x", b"x" * 600}
    assert {image.get("removed") for image in images} == {b"y", None}
    assert {image.get("new") for image in images} == {b"", None}
    disk.sync("cut")
    assert disk.survivors() == {"cut": b"x", "new": b""}


def test_a_removal_can_be_synced_at_once() -> None:
    disk = Disk(Random(1), files={"a": b"x"})
    disk.delete("a", sync=True)
    assert disk.survivors() == {}


def test_the_power_fails_at_the_chosen_operation_and_for_good() -> None:
    disk = Disk(Random(1), fails_at=3)
    disk.open("a")
    disk.write("a", b"x", 0)
    disk.sync("a")
    with pytest.raises(PowerLossError):
        disk.sync("a")
    for operation in (
        lambda: disk.write("a", b"y", 0),
        lambda: disk.read("a", 1, 0),
        lambda: disk.truncate("a", 0),
        lambda: disk.delete("a", sync=True),
        lambda: disk.open("b"),
    ):
        with pytest.raises(PowerLossError):
            operation()
    assert (disk.operations, disk.has_power) == (3, False)
    assert disk.survivors() == {"a": b"x"}


def test_the_power_may_be_told_to_fail_later() -> None:
    disk = Disk(Random(1), files={"a": b""})
    disk.sync("a")
    disk.fail_in(2)
    disk.sync("a")
    with pytest.raises(PowerLossError):
        disk.sync("a")


def test_names_and_sizes_can_be_seen_in_a_folder(tmp_path: Path) -> None:
    disk = Disk(Random(1), files={"a": b"xyz", "b": b""}, folder=tmp_path)
    disk.open("c")
    disk.write("a", b"more", 5)
    disk.delete("b", sync=False)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes == {"a": 9, "c": 0}


# --- SQLite on the disk ---------------------------------------------------------------


@dataclass
class Journal:
    """Numbers 1, 2, 3, … committed one group after the other.

    Attributes:
        confirmed: The last number whose commit returned.
    """

    connection: sqlite3.Connection
    confirmed: int = 0

    def open(self, synchronous: str) -> None:
        self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute(f"PRAGMA synchronous = {synchronous}")
        self.connection.execute(
            "CREATE TABLE journal (number INTEGER PRIMARY KEY, filler BLOB NOT NULL)"
        )

    def write(self, random: Random) -> None:
        last = self.confirmed + random.randint(1, 4)
        self.connection.execute("BEGIN IMMEDIATE")
        for number in range(self.confirmed + 1, last + 1):
            filler = random.randbytes(random.choice((10, 600, 5000)))
            self.connection.execute(
                "INSERT INTO journal VALUES (?, ?)", (number, filler)
            )
        self.connection.execute("COMMIT")
        self.confirmed = last
        if random.random() < 0.15:
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


class Survival(NamedTuple):
    """What one loss of power did to a journal."""

    confirmed: int
    found: list[int]
    is_sound: bool


def crash_a_journal(seed: int, synchronous: str) -> Survival:
    random = Random(seed)
    disk = Disk(random, fails_at=random.randint(1, 300))
    journal = Journal(connect(disk, "journal.db"))
    with suppress(sqlite3.Error):
        journal.open(synchronous)
        for _ in range(25):
            journal.write(random)
    disk.fail()
    journal.connection.close()
    with TemporaryDirectory() as name:
        restore(disk.survivors(), Path(name))
        return survival(journal.confirmed, Path(name) / "journal.db")


def survival(confirmed: int, path: Path) -> Survival:
    connection = sqlite3.connect(path)
    try:
        checked = connection.execute("PRAGMA integrity_check").fetchall()
        tables = connection.execute("SELECT name FROM sqlite_schema").fetchall()
        found = numbers(connection) if tables else []
    except sqlite3.DatabaseError:
        return Survival(confirmed, [], is_sound=False)
    finally:
        connection.close()
    return Survival(confirmed, found, is_sound=checked == [("ok",)])


def numbers(connection: sqlite3.Connection) -> list[int]:
    rows = connection.execute("SELECT * FROM journal ORDER BY number")
    return [number for number, _ in rows]


def survivals(synchronous: str) -> list[Survival]:
    return [crash_a_journal(seed, synchronous) for seed in range(ROUNDS)]


def has_no_hole(found: list[int]) -> bool:
    return found == [*range(1, len(found) + 1)]


def test_full_synchronisation_keeps_what_was_confirmed() -> None:
    rounds = survivals("FULL")
    assert all(round_.is_sound and has_no_hole(round_.found) for round_ in rounds)
    assert all(len(round_.found) >= round_.confirmed for round_ in rounds)
    assert sum(round_.confirmed for round_ in rounds) > 10 * ROUNDS


def test_normal_synchronisation_loses_the_end_but_nothing_else() -> None:
    rounds = survivals("NORMAL")
    assert all(round_.is_sound and has_no_hole(round_.found) for round_ in rounds)
    losing = [round_ for round_ in rounds if len(round_.found) < round_.confirmed]
    assert len(losing) > ROUNDS / 10


def test_no_synchronisation_ends_in_damaged_files() -> None:
    rounds = survivals("OFF")
    assert sum(not round_.is_sound for round_ in rounds) > ROUNDS / 20


def test_a_seed_makes_one_loss_of_power() -> None:
    first, second = (
        [crash_a_journal(seed, "NORMAL") for seed in range(20)] for _ in range(2)
    )
    assert first == second


def test_a_loss_of_power_is_the_error_that_sqlite3_would_raise() -> None:
    disk = Disk(Random(1))
    connection = connect(disk, "a.db")
    disk.fail()
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("CREATE TABLE a (b)")
    assert caught.value.sqlite_errorname.startswith("SQLITE_IOERR")
    connection.close()


def test_other_errors_are_those_of_sqlite3_too() -> None:
    connection = connect(Disk(Random(1)), "a.db")
    with pytest.raises(sqlite3.OperationalError, match="no such table") as caught:
        connection.execute("SELECT * FROM missing")
    assert caught.value.sqlite_errorname == "SQLITE_ERROR"
    connection.close()
