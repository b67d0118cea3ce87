"""What ``c.db`` is given instead of files and threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

__all__ = [
    "Interruption",
    "SqlDatabase",
    "SqlDatabases",
    "SqlRow",
    "SqlStatement",
    "SqlValue",
]

SqlValue: TypeAlias = int | float | str | bytes | None
"""INTEGER, REAL, TEXT, BLOB and NULL."""

SqlRow: TypeAlias = dict[str, Any]
"""``SqlValue`` by column name: which of its types a column has, the query decides."""


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """What to run: one statement, or several when there are no parameters.

    Attributes:
        sql: Its text.
        parameters: By position or by name.
        is_read_only: Whether writing is refused.
    """

    sql: str
    parameters: tuple[SqlValue, ...] | Mapping[str, SqlValue] = ()
    is_read_only: bool = False


class Interruption:
    """Asks a statement to stop; read by another thread."""

    __slots__ = ("is_requested",)

    def __init__(self) -> None:
        self.is_requested = False

    def request(self) -> None:
        """Stop the statement soon; harmless when it has ended."""
        self.is_requested = True


class SqlDatabase(Protocol):
    """The database of one actor, for one activation of it.

    Statements run one after the other, in the order of the calls. What a statement
    outside of a transaction changes is durable when its result arrives, and what one
    inside changes when that of its COMMIT does.
    """

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was open after the last result."""
        ...

    def run(
        self, statement: SqlStatement, interruption: Interruption
    ) -> asyncio.Future[list[SqlRow]]:
        """Run a statement; it goes on when the future is cancelled or forgotten.

        Returns:
            The rows of the last statement. It fails with ``SqlError``, and with
            ``StorageError`` when the file or the disk is at fault.
        """
        ...

    def rest(self) -> None:
        """Tell that the actor has become less busy: the file may be closed."""
        ...

    def close(self, *, removes: bool) -> None:
        """Close after what runs, rolling back; later statements fail as closed.

        Args:
            removes: Whether the database is deleted, too.
        """
        ...


class SqlDatabases(Protocol):
    """The databases of all actors of one host."""

    def database(self, actor_id: str, *, is_busy: Callable[[], bool]) -> SqlDatabase:
        """The database of an actor; it is opened, or made, when it is first used.

        Args:
            actor_id: The actor.
            is_busy: Whether a call of the actor is in progress, which may rely on
                what belongs to an open file alone, such as ``last_insert_rowid()``.
        """
        ...

    def remove(self, actor_id: str) -> None:
        """Delete the database of an actor that is not in memory, if there is one."""
        ...
