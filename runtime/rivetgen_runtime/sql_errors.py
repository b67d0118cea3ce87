"""What ``c.db`` refuses, and how a statement fails.

::

    CodedError
    └── SqlError                        ``c.db`` could not do what it was told
        ├── SqlStatementError           SQLite refused a statement
        │   ├── SqlConstraintError      a constraint of the schema
        │   ├── SqlReadOnlyError        a readOnly action tried to write
        │   └── SqlInterruptedError     it was stopped before it ended
        ├── SqlRefusedError             a statement that actors may not run
        ├── SqlBindingError             a parameter that SQLite cannot hold
        ├── SqlTooLargeError            a result beyond its limit
        ├── SqlUnavailableError         too many databases are in use
        ├── SqlClosedError              the activation has ended
        ├── SqlMigrationError           the list of migrations makes no sense
        └── SqlTransactionError
            ├── SqlTransactionExpiredError    it took longer than its timeout
            ├── SqlTransactionEndedError      its handle is used after its end
            ├── SqlNestedTransactionError     it would wait for itself
            └── SqlTransactionQueueFullError  too many of them wait

A full or broken disk raises the ``StorageError`` that the main store raises. User code
reads all of it; callers learn group and code, and not the text of a statement.
"""

from __future__ import annotations

from rivetgen_runtime.errors import CodedError

__all__ = [
    "SqlBindingError",
    "SqlClosedError",
    "SqlConstraintError",
    "SqlError",
    "SqlInterruptedError",
    "SqlMigrationError",
    "SqlNestedTransactionError",
    "SqlReadOnlyError",
    "SqlRefusedError",
    "SqlStatementError",
    "SqlTooLargeError",
    "SqlTransactionEndedError",
    "SqlTransactionError",
    "SqlTransactionExpiredError",
    "SqlTransactionQueueFullError",
    "SqlUnavailableError",
]


class SqlError(CodedError):
    """``c.db`` could not do what it was told."""

    group = "sqlite"


class SqlStatementError(SqlError):
    """SQLite refused a statement; the message is SQLite's.

    Attributes:
        sqlite_code: SQLite's name of the reason, such as ``SQLITE_ERROR``.
    """

    # Callers see what they see of every other bug of an actor, as on official servers.
    group = "rivetkit"
    default_code = "internal_error"

    def __init__(self, message: str, sqlite_code: str = "SQLITE_ERROR") -> None:
        super().__init__(message)
        self.sqlite_code = sqlite_code


class SqlConstraintError(SqlStatementError):
    """A row does not satisfy a constraint, such as UNIQUE or NOT NULL."""


class SqlReadOnlyError(SqlStatementError):
    """An action that the schema declares ``readOnly`` tried to write."""


class SqlInterruptedError(SqlStatementError):
    """A statement was stopped before it ended; what it had changed is undone."""


class SqlRefusedError(SqlError):
    """A statement that would reach beyond the actor's file, or weaken its promises."""

    default_code = "not_authorized"


class SqlBindingError(SqlError):
    """A parameter that SQLite cannot hold."""

    default_code = "invalid_bind_parameter"


class SqlTooLargeError(SqlError):
    """A result has more rows or bytes than ``SqlLimits`` allows.

    Attributes:
        limit: How many it may have.
    """

    default_code = "result_too_large"

    def __init__(self, unit: str, limit: int) -> None:
        super().__init__(
            f"The result has more than {limit} {unit}: read it in parts.",
            metadata={"limit": limit, "unit": unit},
        )
        self.limit = limit


class SqlUnavailableError(SqlError):
    """Too many databases are in use at the same time.

    Attributes:
        limit: How many files may be open.
    """

    default_code = "unavailable"

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} databases are open and all of them are in use.")
        self.limit = limit


class SqlClosedError(SqlError):
    """The activation that the handle belongs to has ended."""

    default_code = "closed"

    def __init__(self) -> None:
        super().__init__("The database is closed: the actor has stopped.")


class SqlMigrationError(SqlError):
    """The list of migrations does not fit together, or not to the database."""

    default_code = "migration_invalid"


class SqlTransactionError(SqlError):
    """A transaction was used in a way that cannot work, or took too long."""


class SqlTransactionExpiredError(SqlTransactionError):
    """A transaction took longer than its timeout and was rolled back.

    Attributes:
        timeout_s: The timeout.
    """

    default_code = "transaction_expired"

    def __init__(self, timeout_s: float, name: str = "") -> None:
        super().__init__(
            f"The transaction{_named(name)} expired after {_milliseconds(timeout_s)} "
            "ms and was rolled back. Its timeout is a safety backstop: a transaction "
            "that waits for itself would never end. Look for a nested transaction, and "
            "for a use of the outer `db` where the transaction's own handle was meant."
        )
        self.timeout_s = timeout_s


class SqlTransactionEndedError(SqlTransactionError):
    """The handle of a transaction was used after its end.

    Attributes:
        outcome: ``committed``, ``rolled back`` or ``ended by a statement of its own``.
    """

    default_code = "transaction_closed"

    def __init__(self, outcome: str, name: str = "") -> None:
        super().__init__(f"The transaction{_named(name)} was already {outcome}.")
        self.outcome = outcome


class SqlNestedTransactionError(SqlTransactionError):
    """Inside a transaction, something would wait until that transaction ends."""

    default_code = "transaction_nested"

    def __init__(self, timeout_s: float, name: str = "") -> None:
        super().__init__(
            f"A nested transaction, or a use of the outer `db` inside the transaction"
            f"{_named(name)}, would wait for itself until the safety backstop, the "
            f"timeout of {_milliseconds(timeout_s)} ms, ended it. Use the "
            "transaction's own handle."
        )


class SqlTransactionQueueFullError(SqlTransactionError):
    """As many transactions of one actor wait as may.

    Attributes:
        limit: How many may wait.
    """

    default_code = "transaction_queue_full"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"{limit} transactions of this actor are waiting already.",
            metadata={"limit": limit},
        )
        self.limit = limit


def _milliseconds(seconds: float) -> int:
    """Seconds as the whole milliseconds that messages name."""
    return round(seconds * 1000)


def _named(name: str) -> str:
    return f" {name!r}" if name else ""
