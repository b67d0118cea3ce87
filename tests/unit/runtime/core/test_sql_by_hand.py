"""Transactions of ``c.db`` that are begun and ended by statements."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core_world import World
from rivetgen_runtime.sql_errors import SqlNestedTransactionError, SqlStatementError
from rivetgen_runtime.testing.manual import settle
from sql_world import SqlLabBase, SqlWorld, make_notes, notes, started, write

if TYPE_CHECKING:
    from sql_world import SqlContext


@pytest.fixture
async def world() -> SqlWorld:
    world = SqlWorld()
    await world.run(make_notes)
    return world


async def test_a_transaction_can_be_begun_and_ended_by_statements(
    world: SqlWorld,
) -> None:
    async def script(c: SqlContext) -> None:
        await c.db.execute("BEGIN")
        await write(c.db, "manual")
        await c.db.execute("COMMIT")

    await world.run(script)
    world.kill()
    assert await world.run(notes) == ["manual"]


async def test_other_calls_wait_for_a_transaction_begun_by_hand(
    world: SqlWorld,
) -> None:
    """Acknowledged writes of other calls must not depend on its COMMIT."""
    began = asyncio.Event()

    async def manual(c: SqlContext) -> None:
        await c.db.execute("BEGIN")
        await write(c.db, "manual-1")
        began.set()
        await settle()
        await write(c.db, "manual-2")
        await c.db.execute("ROLLBACK")

    first = started(world, manual)
    await began.wait()
    await world.run(lambda c: write(c.db, "other"))
    await first
    assert await world.run(notes) == ["other"]


async def test_a_transaction_that_a_call_leaves_open_is_rolled_back(
    world: SqlWorld, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(c: SqlContext) -> None:
        await c.db.execute("BEGIN")
        await write(c.db, "lost")

    await world.run(script)
    await world.run(lambda c: write(c.db, "kept"))
    world.kill()
    assert await world.run(notes) == ["kept"]
    assert "left open is rolled back" in caplog.text


async def test_a_transaction_begun_by_hand_expires(
    world: SqlWorld, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(c: SqlContext) -> None:
        await c.db.execute("BEGIN")
        await write(c.db, "lost")
        await world.clock.advance(59.9)
        other = asyncio.ensure_future(write(c.db, "also lost"))
        await world.clock.advance(0.05)
        await other

    # An action of its own limit, so that the transaction expires first.
    manual = started(world, script)
    await manual
    assert await world.run(notes) == []
    assert "rolled back" in caplog.text


async def test_statements_of_one_call_at_once_share_its_transaction(
    world: SqlWorld,
) -> None:
    async def script(c: SqlContext) -> None:
        await asyncio.gather(
            c.db.execute("BEGIN"),
            write(c.db, "a"),
            write(c.db, "b"),
            c.db.execute("COMMIT"),
        )

    await world.run(script)
    assert await world.run(notes) == ["a", "b"]


async def test_a_transaction_does_not_begin_inside_one_begun_by_hand(
    world: SqlWorld,
) -> None:
    async def script(c: SqlContext) -> None:
        await c.db.execute("BEGIN")
        with pytest.raises(SqlNestedTransactionError):
            async with c.db.transaction():
                pytest.fail("it must not begin")
        await c.db.execute("COMMIT")

    await world.run(script)


async def test_a_commit_without_a_transaction_is_sqlites_error(world: SqlWorld) -> None:
    with pytest.raises(SqlStatementError, match="no transaction is active"):
        await world.run(lambda c: c.db.execute("COMMIT"))


async def test_a_scheduled_action_leaves_no_transaction_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Scheduled(SqlLabBase):
        async def work(self, c: Any, argument: Any) -> Any:  # noqa: ARG002
            await make_notes(c)
            await c.schedule.after(timedelta(seconds=1), "other", None)

        async def other(self, c: Any, argument: Any, *_: Any) -> Any:  # noqa: ARG002
            await c.db.execute("BEGIN")
            await write(c.db, "lost")

        async def look(self, c: Any, argument: Any) -> Any:  # noqa: ARG002
            return await notes(c)

    world = World(Scheduled)
    await world.call("work")
    await world.clock.advance(2)
    assert await world.call("look") == []
    assert "left open is rolled back" in caplog.text
