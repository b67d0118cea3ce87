"""The writer thread, with databases that fail at chosen moments."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from rivetgen_runtime.errors import StorageFailedError
from rivetgen_runtime.storage.database import Database
from rivetgen_runtime.storage.opening import open_connection
from rivetgen_runtime.storage.writer import Job, Outcome, Writer
from stored_actors import EVERY_AREA, actor_record, put_record, put_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class FailingDatabase(Database):
    """Fails in one method, from the n-th call on."""

    def __init__(self, connection: sqlite3.Connection, *, method: str, at: int) -> None:
        super().__init__(connection)
        self._method = method
        self._remaining = at

    def _tick(self, method: str) -> None:
        if method == self._method:
            self._remaining -= 1
            if self._remaining < 0:
                message = "disk I/O error"
                raise sqlite3.OperationalError(message)

    def begin(self) -> None:
        self._tick("begin")
        super().begin()

    def flush(self) -> None:
        self._tick("flush")
        super().flush()

    def commit(self) -> None:
        self._tick("commit")
        super().commit()

    def checkpoint(self) -> None:
        self._tick("checkpoint")
        super().checkpoint()

    def close(self) -> None:
        super().close()
        self._tick("close")


class Driver:
    """Feeds a writer and collects what it delivers."""

    def __init__(self, open_database: Callable[[], Database]) -> None:
        self._loop = asyncio.get_running_loop()
        self.groups: list[list[Outcome]] = []
        self.writer = Writer(self._loop, open_database, self._deliver)

    def _deliver(self, outcomes: list[Outcome]) -> None:
        self.groups.append(outcomes)
        for job, result, error in outcomes:
            if error is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(error)

    def commit(self, number: int, *, log_bytes: int = 0) -> asyncio.Future[None]:
        future: asyncio.Future[None] = self._loop.create_future()
        batch = put_state(number, b"state")
        self.writer.submit(Job(future=future, batch=batch, log_bytes=log_bytes))
        return future

    def ask(self, question: Callable[[Database], object]) -> asyncio.Future[object]:
        future: asyncio.Future[object] = self._loop.create_future()
        self.writer.submit(Job(future=future, question=question))
        return future


def failing(directory: Path, *, method: str, at: int = 0) -> Callable[[], Database]:
    return lambda: FailingDatabase(open_connection(directory), method=method, at=at)


@pytest.mark.parametrize("method", ["begin", "flush", "commit"])
async def test_a_failure_in_a_transaction_fails_the_whole_group_and_all_after_it(
    tmp_path: Path, method: str
) -> None:
    driver = Driver(failing(tmp_path, method=method))
    commits = [driver.commit(number) for number in range(3)]
    driver.writer.start()
    outcomes = await asyncio.gather(*commits, return_exceptions=True)
    assert all(isinstance(outcome, StorageFailedError) for outcome in outcomes)
    assert isinstance(driver.writer.failure, sqlite3.OperationalError)
    with pytest.raises(StorageFailedError):
        await driver.commit(4)
    with pytest.raises(StorageFailedError):
        await driver.ask(lambda database: database.record("anyone"))
    driver.writer.stop()
    await driver.writer.closed


async def test_nothing_of_a_failed_group_is_stored(tmp_path: Path) -> None:
    driver = Driver(failing(tmp_path, method="commit", at=1))
    driver.writer.start()
    await driver.commit(1)
    with pytest.raises(StorageFailedError):
        await driver.commit(2)
    driver.writer.stop()
    await driver.writer.closed
    database = Database(open_connection(tmp_path))
    assert database.values(actor_record(1).actor_id, EVERY_AREA)
    assert not database.values(actor_record(2).actor_id, EVERY_AREA)
    database.close()


async def test_a_failed_checkpoint_ends_the_service(tmp_path: Path) -> None:
    driver = Driver(failing(tmp_path, method="checkpoint"))
    driver.writer.start()
    await driver.commit(1, log_bytes=1 << 30)
    with pytest.raises(StorageFailedError):
        await driver.commit(2)
    driver.writer.stop()
    await driver.writer.closed


async def test_a_failure_to_close_is_told(tmp_path: Path) -> None:
    driver = Driver(failing(tmp_path, method="close"))
    driver.writer.start()
    driver.writer.stop()
    with pytest.raises(sqlite3.OperationalError):
        await driver.writer.closed


async def test_what_queues_before_the_start_is_one_group(tmp_path: Path) -> None:
    driver = Driver(lambda: Database(open_connection(tmp_path)))
    commits = [driver.commit(number) for number in range(20)]
    driver.writer.start()
    await asyncio.gather(*commits)
    assert [len(group) for group in driver.groups] == [20]
    driver.writer.stop()
    await driver.writer.closed


def traced(directory: Path, statements: list[str]) -> Callable[[], Database]:
    """Open a database that notes the first word of everything it executes."""

    def open_database() -> Database:
        connection = open_connection(directory)
        connection.set_trace_callback(
            lambda statement: statements.append(statement.split()[0])
        )
        return Database(connection)

    return open_database


async def test_the_values_of_a_group_are_one_statement(tmp_path: Path) -> None:
    statements: list[str] = []
    driver = Driver(traced(tmp_path, statements))
    commits = [driver.commit(number) for number in range(20)]
    driver.writer.start()
    await asyncio.gather(*commits)
    assert statements == ["REPLACE"]
    driver.writer.stop()
    await driver.writer.closed


async def test_more_than_one_statement_is_one_transaction(tmp_path: Path) -> None:
    statements: list[str] = []
    driver = Driver(traced(tmp_path, statements))
    commits = [driver.commit(number) for number in range(100)]
    driver.writer.start()
    await asyncio.gather(*commits)
    assert statements == ["BEGIN", "REPLACE", "REPLACE", "COMMIT"]
    driver.writer.stop()
    await driver.writer.closed


async def test_groups_have_limits(tmp_path: Path) -> None:
    driver = Driver(lambda: Database(open_connection(tmp_path)))
    commits = [driver.commit(number % 10) for number in range(1_001)]
    commits += [driver.commit(1, log_bytes=3 << 20) for _ in range(4)]
    driver.writer.start()
    await asyncio.gather(*commits)
    assert [len(group) for group in driver.groups] == [1_000, 3, 2]
    driver.writer.stop()
    await driver.writer.closed


async def test_questions_are_answered_after_the_batches_before_them_are_durable(
    tmp_path: Path,
) -> None:
    driver = Driver(lambda: Database(open_connection(tmp_path)))
    actor_id = actor_record(1).actor_id
    before = driver.ask(lambda database: database.values(actor_id, EVERY_AREA))
    commit = driver.commit(1)
    after = driver.ask(lambda database: database.values(actor_id, EVERY_AREA))
    driver.writer.start()
    assert not await before
    assert await after
    assert commit.done()
    driver.writer.stop()
    await driver.writer.closed


def test_a_loop_that_ends_before_its_store_ends_the_thread(tmp_path: Path) -> None:
    async def leave() -> Driver:
        driver = Driver(lambda: Database(open_connection(tmp_path)))
        driver.writer.start()
        await driver.writer.opened
        return driver

    driver = asyncio.run(leave())
    driver.commit(1)
    for thread in threading.enumerate():
        if thread.name == "rivetgen-writer":
            thread.join(5)
            assert not thread.is_alive()
    database = Database(open_connection(tmp_path))
    assert database.values(actor_record(1).actor_id, EVERY_AREA)
    database.close()


async def test_records_and_values_share_a_transaction(tmp_path: Path) -> None:
    driver = Driver(lambda: Database(open_connection(tmp_path)))
    driver.writer.start()
    loop = asyncio.get_running_loop()
    job = Job(future=loop.create_future(), batch=put_record(5))
    driver.writer.submit(job)
    await job.future
    record = await driver.ask(
        lambda database: database.find("default", "counter", ("room", "5"))
    )
    assert record == actor_record(5)
    driver.writer.stop()
    await driver.writer.closed
