"""The database of one actor in memory: who may use it, and how transactions end.

What a statement changes is durable when its result is there; a transaction is when its
block ends. That is before the answer of the call leaves, and before the actor's state
is saved: after a crash a database may be ahead of the state, never behind it.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from rivetgen_runtime.core.sql_admission import SqlAdmission
from rivetgen_runtime.core.sql_ports import Interruption, SqlStatement
from rivetgen_runtime.core.sql_values import bind
from rivetgen_runtime.sql_errors import (
    SqlClosedError,
    SqlNestedTransactionError,
    SqlTransactionEndedError,
    SqlTransactionExpiredError,
    SqlTransactionQueueFullError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from logging import LoggerAdapter
    from types import TracebackType
    from typing import Any

    from rivetgen_runtime.core.ports import Cancellable, Clock
    from rivetgen_runtime.core.sql_ports import SqlDatabase, SqlRow
    from rivetgen_runtime.options import SqlLimits

__all__ = ["ActorDatabase", "SqlTransaction"]

_BEGIN: Final = SqlStatement("BEGIN")
_COMMIT: Final = SqlStatement("COMMIT")
_ROLLBACK: Final = SqlStatement("ROLLBACK")

_innermost: ContextVar[SqlTransaction | None] = ContextVar(
    "rivetgen_sql_transaction", default=None
)
"""The transaction in whose block code runs; tasks started there inherit it."""


class ActorDatabase:
    """What one activation does with its database.

    Args:
        database: Runs statements.
        clock: Measures timeouts.
        limits: ``HostOptions.sql``.
        log: Where mistakes go that nobody would see.
    """

    def __init__(
        self,
        database: SqlDatabase,
        *,
        clock: Clock,
        limits: SqlLimits,
        log: LoggerAdapter[Any],
    ) -> None:
        self._database = database
        self._limits = limits
        self._is_closed = False
        self.log = log
        self.clock = clock
        self.admission = SqlAdmission()
        self._by_hand: _TransactionByHand | None = None

    # Statements

    async def execute(self, owner: object, statement: SqlStatement) -> list[SqlRow]:
        """Run a statement on behalf of a call.

        When it begins a transaction, that belongs to the call: statements of others
        wait until the call ends it.

        Raises:
            SqlError: It cannot be run, or SQLite refuses it.
            StorageError: The disk is full or broken.
        """
        enclosing = self._enclosing()
        while True:
            self.check_open()
            by_hand = self._by_hand
            if by_hand is not None and by_hand.owner is owner:
                return await self._continue_by_hand(by_hand, statement)
            if await self.admission.enter(owner, enclosing=enclosing):
                on_end = partial(self._statement_ended, owner)
                return await self.perform(statement, on_end=on_end)

    async def perform(
        self, statement: SqlStatement, *, on_end: Callable[[], None]
    ) -> list[SqlRow]:
        """Run a statement now; it is stopped when the caller is cancelled.

        Args:
            statement: The statement.
            on_end: Called when it has ended, even if nobody waits any more.
        """
        interruption = Interruption()
        running = self.begin(statement, interruption)
        running.add_done_callback(lambda _: on_end())
        return await self.finish(running, interruption)

    def begin(
        self, statement: SqlStatement, interruption: Interruption
    ) -> asyncio.Future[list[SqlRow]]:
        """Start a statement; its failure may go unnoticed."""
        running = self._database.run(statement, interruption)
        running.add_done_callback(_look_at)
        return running

    async def finish(
        self, running: asyncio.Future[list[SqlRow]], interruption: Interruption
    ) -> list[SqlRow]:
        """Wait for a statement, and stop it when the caller is cancelled."""
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError:
            interruption.request()
            raise
        if running.exception() is not None:
            self.check_open()
        return running.result()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was open after the last result."""
        return self._database.in_transaction

    # Transactions

    def transaction(
        self, owner: object, *, timeout_s: float | None, name: str, is_read_only: bool
    ) -> SqlTransaction:
        """Make a transaction; it begins when its block is entered."""
        limit_s = self._limits.transaction_timeout_s if timeout_s is None else timeout_s
        return SqlTransaction(
            self, owner, timeout_s=limit_s, name=name, is_read_only=is_read_only
        )

    async def enter_transaction(self, transaction: SqlTransaction) -> None:
        """Wait until a transaction may begin.

        Raises:
            SqlNestedTransactionError: It is inside another one of this actor.
            SqlTransactionQueueFullError: Too many wait.
        """
        enclosing = self._enclosing()
        limit = self._limits.waiting_transactions
        if self.admission.waiting_transactions >= limit:
            raise SqlTransactionQueueFullError(limit)
        entered = False
        while not entered:
            self.check_open()
            by_hand = self._by_hand
            if by_hand is not None and by_hand.owner is transaction.owner:
                raise SqlNestedTransactionError(transaction.timeout_s, transaction.name)
            entered = await self.admission.enter(
                transaction.owner, enclosing=enclosing, is_transaction=True
            )

    # The end

    def end_call(self, owner: object) -> None:
        """A call ends: a transaction that it began by hand and left open is undone."""
        by_hand = self._by_hand
        if by_hand is not None and by_hand.owner is owner:
            self.log.error("a transaction that a call left open is rolled back")
            self._undo_by_hand(by_hand)

    def rest(self) -> None:
        """The actor has become less busy: the file may be closed."""
        self._database.rest()

    def close(self, *, removes: bool) -> None:
        """Refuse everything from now on, roll back what is open and let go.

        Args:
            removes: Whether the database is deleted, too.
        """
        if self._is_closed:
            return
        self._is_closed = True
        if self._by_hand is not None:
            self._by_hand.timer.cancel()
        self.admission.reject(SqlClosedError())
        self._database.close(removes=removes)

    def check_open(self) -> None:
        """Refuse what comes after the end.

        Raises:
            SqlClosedError: The activation has ended.
        """
        if self._is_closed:
            raise SqlClosedError

    # How it works

    def _enclosing(self) -> SqlTransaction | None:
        """The open transaction of this database around the calling code.

        Raises:
            SqlNestedTransactionError: It is held by this very task, which would wait
                for itself.
        """
        for transaction in _chain(_innermost.get()):
            if transaction.database is self and transaction.is_open:
                if transaction.task is asyncio.current_task():
                    raise SqlNestedTransactionError(
                        transaction.timeout_s, transaction.name
                    )
                return transaction
        return None

    def _statement_ended(self, owner: object) -> None:
        if self._is_closed or not self.in_transaction:
            self.admission.leave()
            return
        by_hand = _TransactionByHand(owner)
        by_hand.timer = self.clock.call_later(
            self._limits.transaction_timeout_s, partial(self._expire_by_hand, by_hand)
        )
        self._by_hand = by_hand
        self.admission.look_again(owner)

    async def _continue_by_hand(
        self, by_hand: _TransactionByHand, statement: SqlStatement
    ) -> list[SqlRow]:
        by_hand.running += 1
        return await self.perform(
            statement, on_end=partial(self._by_hand_ended, by_hand)
        )

    def _by_hand_ended(self, by_hand: _TransactionByHand) -> None:
        by_hand.running -= 1
        if self.in_transaction or by_hand.running or self._by_hand is not by_hand:
            return
        by_hand.timer.cancel()
        self._by_hand = None
        self.admission.leave()

    def _expire_by_hand(self, by_hand: _TransactionByHand) -> None:
        if self._by_hand is by_hand:
            self.log.error("a transaction begun by hand took too long: rolled back")
            self._undo_by_hand(by_hand)

    def _undo_by_hand(self, by_hand: _TransactionByHand) -> None:
        """Roll back; it waits behind statements of the call that still run."""
        by_hand.running += 1
        by_hand.owner = None
        undoing = self.begin(_ROLLBACK, Interruption())
        undoing.add_done_callback(lambda _: self._by_hand_ended(by_hand))


class _TransactionByHand:
    """A transaction that a call began with a statement.

    Attributes:
        owner: The call; None once it may not use the transaction any more.
        running: Its statements that have not ended.
        timer: Its timeout.
    """

    __slots__ = ("owner", "running", "timer")

    timer: Cancellable

    def __init__(self, owner: object) -> None:
        self.owner: object | None = owner
        self.running = 0


class _Phase(Enum):
    WAITING = "not begun"
    OPEN = "open"
    COMMITTED = "committed"
    ROLLED_BACK = "rolled back"
    EXPIRED = "expired"
    ENDED_BY_STATEMENT = "ended by a statement of its own"


class SqlTransaction:
    """An exclusive transaction: ``async with c.db.transaction() as tx``.

    It is committed when its block ends, and rolled back when the block raises. Other
    uses of ``c.db`` wait meanwhile. Made by ``Db.transaction``.

    Attributes:
        name: For messages.
        timeout_s: After this long it is rolled back.
        owner: The call that it belongs to.
        task: The task that runs its block.
    """

    def __init__(
        self,
        database: ActorDatabase,
        owner: object,
        *,
        timeout_s: float,
        name: str,
        is_read_only: bool,
    ) -> None:
        self.database = database
        self.owner = owner
        self.timeout_s = timeout_s
        self.name = name
        self.task: asyncio.Task[object] | None = None
        self.parent: SqlTransaction | None = None
        self._is_read_only = is_read_only
        self._phase = _Phase.WAITING
        self._running: dict[asyncio.Future[list[SqlRow]], Interruption] = {}
        self._timer: Cancellable | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether statements can be run in it."""
        return self._phase is _Phase.OPEN

    async def execute(self, sql: str, *parameters: object) -> list[SqlRow]:
        """Run SQL inside the transaction; as ``Db.execute``.

        Raises:
            SqlTransactionEndedError: The transaction is over.
            SqlTransactionExpiredError: It has taken too long.
            SqlError: The statement cannot be run, or SQLite refuses it.
        """
        self._check()
        statement = SqlStatement(sql, bind(parameters), self._is_read_only)
        try:
            rows = await self._perform(statement)
        except Exception as error:
            if self._phase is _Phase.EXPIRED:
                raise self._expired() from error
            raise
        if self._phase is _Phase.ROLLED_BACK:
            # Nothing failed, so that it was no rollback of SQLite's own accord.
            self._phase = _Phase.ENDED_BY_STATEMENT
        return rows

    def transaction(
        self, *, timeout: float | None = None, name: str = ""
    ) -> SqlTransaction:
        """Refuse: SQLite has no transactions inside transactions.

        Raises:
            SqlNestedTransactionError: Always.
        """
        del timeout, name
        raise SqlNestedTransactionError(self.timeout_s, self.name)

    async def __aenter__(self) -> Self:
        if self._phase is not _Phase.WAITING:
            raise SqlTransactionEndedError(self._phase.value, self.name)
        await self.database.enter_transaction(self)
        try:
            await self._perform(_BEGIN)
        except BaseException:
            await self._roll_back()
            raise
        self._phase = _Phase.OPEN
        self._timer = self.database.clock.call_later(self.timeout_s, self._expire)
        self.task = asyncio.current_task()
        self.parent = _innermost.get()
        _innermost.set(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _innermost.set(self.parent)
        if self._timer is not None:
            self._timer.cancel()
        phase = self._phase
        if self.is_open:
            if error is None:
                self._phase = _Phase.COMMITTED
                await self._end(_COMMIT)
                return
            self._phase = _Phase.ROLLED_BACK
        await self._roll_back()
        if error is None:
            raise (
                self._expired()
                if phase is _Phase.EXPIRED
                else SqlTransactionEndedError(phase.value, self.name)
            )

    def _check(self) -> None:
        self.database.check_open()
        if self._phase is _Phase.EXPIRED:
            raise self._expired()
        if self._phase is not _Phase.OPEN:
            raise SqlTransactionEndedError(self._phase.value, self.name)

    def _expired(self) -> SqlTransactionExpiredError:
        return SqlTransactionExpiredError(self.timeout_s, self.name)

    async def _perform(self, statement: SqlStatement) -> list[SqlRow]:
        interruption = Interruption()
        running = self.database.begin(statement, interruption)
        self._running[running] = interruption
        running.add_done_callback(self._statement_ended)
        return await self.database.finish(running, interruption)

    def _statement_ended(self, done: asyncio.Future[list[SqlRow]]) -> None:
        """Notice what a statement has done to the transaction itself."""
        del self._running[done]
        if self._phase is _Phase.OPEN and not self.database.in_transaction:
            self._phase = _Phase.ROLLED_BACK

    def _expire(self) -> None:
        if self.is_open:
            self._phase = _Phase.EXPIRED
            self.database.admission.reject(self._expired(), enclosing=self)
            self._begin_end(_ROLLBACK)

    async def _roll_back(self) -> None:
        """Roll back for a reason that matters more than a failure to do so."""
        try:
            await self._end(_ROLLBACK)
        except SqlClosedError:
            return  # whoever closed the database has rolled back
        except Exception as error:
            self.database.log.error("a rollback failed", exc_info=error)

    async def _end(self, command: SqlStatement) -> None:
        """End the transaction, even if the caller is cancelled meanwhile."""
        ending = self._ending or self._begin_end(command)
        await asyncio.wait([ending])
        ending.result()

    def _begin_end(self, command: SqlStatement) -> asyncio.Task[None]:
        self._ending = asyncio.create_task(self._run_end(command))
        self._ending.add_done_callback(_look_at)
        return self._ending

    async def _run_end(self, command: SqlStatement) -> None:
        try:
            await self._wait_for_statements(stops=command is _ROLLBACK)
            if self.database.in_transaction:
                await self.database.perform(command, on_end=_nothing)
        finally:
            try:
                if self.database.in_transaction:  # a commit failed
                    self._phase = _Phase.ROLLED_BACK
                    await self.database.perform(_ROLLBACK, on_end=_nothing)
            finally:
                self.database.admission.leave()

    async def _wait_for_statements(self, *, stops: bool) -> None:
        """What still runs belongs to the transaction."""
        while self._running:
            if stops:
                for interruption in self._running.values():
                    interruption.request()
            await asyncio.wait(list(self._running))


def _chain(innermost: SqlTransaction | None) -> Iterator[SqlTransaction]:
    while innermost is not None:
        yield innermost
        innermost = innermost.parent


def _look_at(done: asyncio.Future[Any]) -> None:
    """Have a failure count as noticed; whoever waits learns of it anyway."""
    if not done.cancelled():
        done.exception()


def _nothing() -> None:
    """Do nothing."""
