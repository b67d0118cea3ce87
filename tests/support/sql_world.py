"""An actor that runs what a test gives it, to use its SQL database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from core_actors import LabBase, LabContext, LabCreateContext
from core_world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import rivetgen_runtime as _runtime

Script: TypeAlias = "Callable[[SqlContext], Awaitable[Any]]"

TABLE = "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"


class SqlContext(LabContext):
    """The context of an actor that has a database."""

    @property
    def db(self) -> _runtime.Db:
        """The SQL database of the actor."""
        return self._database


class SqlCreateContext(LabCreateContext):
    """The same before there is a state."""

    @property
    def db(self) -> _runtime.Db:
        """The SQL database of the actor."""
        return self._database


class SqlLabBase(LabBase):
    """As generated for an actor with ``db: true``."""

    definition: ClassVar[_runtime.ActorDefinition] = replace(
        LabBase.definition,
        has_database=True,
        context=SqlContext,
        create_context=SqlCreateContext,
    )


class SqlWorld(World):
    """A world whose actor runs what each test gives it.

    Attributes:
        scripts: What its calls run, by number.
        failures: What they raised.
    """

    def __init__(self, **options: Any) -> None:
        self.scripts: dict[int, Script] = {}
        self.failures: dict[int, Exception] = {}
        self.results: dict[int, object] = {}
        world = self

        class SqlLab(SqlLabBase):
            async def work(self, c: Any, argument: Any) -> Any:
                await world.play(c, argument)

            async def look(self, c: Any, argument: Any) -> Any:
                await world.play(c, argument)

        super().__init__(SqlLab, **options)

    async def play(self, c: SqlContext, number: int) -> None:
        """Run a script and keep its outcome."""
        try:
            self.results[number] = await self.scripts[number](c)
        except Exception as error:
            self.failures[number] = error
            raise

    async def run(self, script: Script, *, action: str = "work", key: str = "a") -> Any:
        """Run a script as one call; what it returns or raises is its own."""
        number = len(self.scripts)
        self.scripts[number] = script
        try:
            await self.call(action, number, key=key)
        except Exception as error:
            raise self.failures.get(number, error) from error
        return self.results[number]


async def notes(c: SqlContext) -> list[str]:
    """Texts of all notes, in order."""
    rows = await c.db.execute("SELECT text FROM notes ORDER BY id")
    return [row["text"] for row in rows]


async def make_notes(c: SqlContext) -> None:
    """Make the table."""
    await c.db.execute(TABLE)


async def write(db: Any, text: str) -> None:
    """Write a note through ``c.db`` or a transaction."""
    await db.execute("INSERT INTO notes (text) VALUES (?)", text)


def started(world: SqlWorld, script: Script) -> asyncio.Task[Any]:
    """Run a script as a call of its own, at the same time."""

    async def run() -> Any:
        return await world.run(script)

    return asyncio.create_task(run())
