"""A host in memory whose time passes when a test says so.

::

    @virtual_time
    async def test_a_reminder_comes_the_next_morning(time: VirtualTime) -> None:
        async with World(registry.actors, time) as world:
            client = AcmeClient(transport=world.transport)
            order = client.order.get_or_create(order_id="1")
            await order.pay()
            await world.skip(days=1)
            assert await order.get_status() == "shipped"

Nothing waits: thirty days of timers take milliseconds. The store has the promises of
the real one, and ``crash`` shows what they are worth.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from datetime import timedelta
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, Self, TypeVar

from rivetgen_runtime.core.host import Host
from rivetgen_runtime.options import DEFAULT_HOST_OPTIONS
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.storage.sql_memory import MemorySqlDatabases
from rivetgen_runtime.testing.process import SimulatedProcess, adopt_tasks
from rivetgen_runtime.testing.transport import WorldTransport
from rivetgen_runtime.testing.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from types import TracebackType

    from rivetgen_client.transport import Transport
    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.options import HostOptions
    from rivetgen_runtime.storage.memory import CommitGate
    from rivetgen_runtime.testing.virtual_time import VirtualTime

__all__ = ["START_MS", "World", "virtual_time"]

ParametersT = ParamSpec("ParametersT")
ResultT = TypeVar("ResultT")

START_MS: Final = 1_767_225_600_000
"""What the clock of a test shows at first: 2026-01-01, midnight UTC, a Thursday."""


class World:
    """Actors, their store and their clock, without a network.

    Args:
        actors: The classes that are served, such as ``registry.actors``.
        time: The only clock and the only chance there is.
        options: Limits and names of the host.
        commit_gate: Runs before each commit: it may hold it open, or make it fail.
        store: What is durable already, such as what actors of an earlier release have
            stored; None for nothing.

    Attributes:
        host: What a front would call; another one after ``crash`` and ``restart``.
        process: What the host runs in.
        store: What is durable.
        databases: The SQL databases of actors, durable too.
    """

    host: Host
    process: SimulatedProcess

    def __init__(
        self,
        actors: Iterable[type[AnyActor]],
        time: VirtualTime,
        *,
        options: HostOptions = DEFAULT_HOST_OPTIONS,
        commit_gate: CommitGate | None = None,
        store: MemoryStore | None = None,
    ) -> None:
        self._actors = tuple(actors)
        self._time = time
        self._options = options
        self._commit_gate = commit_gate
        self._transport = WorldTransport(self)
        adopt_tasks(asyncio.get_running_loop())
        self.store = store or MemoryStore(commit_gate=commit_gate)
        self.databases = MemorySqlDatabases(options.sql)
        self._start()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def transport(self) -> Transport:
        """For a generated client: ``AcmeClient(transport=world.transport)``.

        It leads to the host of the moment. When that crashes, calls on their way fail
        with ``UnknownOutcomeError`` and connections come back, as over a network.
        """
        return self._transport

    async def skip(
        self,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Let time pass, with everything that is due meanwhile."""
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        await asyncio.sleep(span.total_seconds())

    async def sleep(self, actor_id: str) -> None:
        """Send an actor to sleep and wait until it does."""
        await self.process.call(lambda: self.host.sleep(actor_id))

    def crash(self) -> None:
        """Kill the process and start another one: what was not durable is gone."""
        self.process.kill()
        self.store = self.store.fork(commit_gate=self._commit_gate)
        self.databases = self.databases.fork()
        self._start()

    async def restart(self) -> None:
        """Stop in good order and start again."""
        await self.stop()
        self._start()

    async def stop(self) -> None:
        """Send every actor to sleep; nothing is answered any more."""
        await self.process.call(self.host.stop)
        self.process.kill()

    def _start(self) -> None:
        self.process = process = SimulatedProcess(self._time)
        self.host = process.run(
            lambda: Host(
                self._actors,
                store=self.store,
                clock=process,
                randomness=self._time,
                options=self._options,
                databases=self.databases,
            )
        )
        process.run(self.host.start)


def virtual_time(
    test: Callable[
        Concatenate[VirtualTime, ParametersT], Coroutine[object, object, ResultT]
    ],
) -> Callable[ParametersT, ResultT]:
    """Run an asynchronous test in virtual time; its first parameter is that time.

    The other parameters are pytest's, as always. Fixtures that need an event loop
    cannot be among them: theirs is another loop, whose time is real.
    """

    @functools.wraps(test)
    def wrapper(*args: ParametersT.args, **kwargs: ParametersT.kwargs) -> ResultT:
        return run(lambda time: test(time, *args, **kwargs), seed=0, start_ms=START_MS)

    signature = inspect.signature(test)
    others = list(signature.parameters.values())[1:]
    wrapper.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined] # read by pytest
    del wrapper.__wrapped__
    return wrapper
