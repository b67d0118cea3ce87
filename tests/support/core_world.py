"""A host in memory that tests drive by hand: its clock, its commits, its clients."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rivetgen_client.wire.gateway import GetMethod, QueryTarget
from rivetgen_client.wire.messages import (
    ActionRequest,
    ActionResponse,
    Error,
    Event,
    SubscriptionRequest,
)
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.host import Host
from rivetgen_runtime.options import HostOptions
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.storage.sql_memory import MemorySqlDatabases
from rivetgen_runtime.testing.manual import ManualClock, ManualRandomness, settle

if TYPE_CHECKING:
    from rivetgen_client.wire.messages import ToClient
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.core.ports import ActorRecord, Batch, ConnectionPort
    from rivetgen_runtime.errors import StorageError


class CommitControl:
    """Lets commits pass, holds them open, or makes them fail.

    Attributes:
        batches: Every batch that reached the store.
    """

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self._open = asyncio.Event()
        self._open.set()
        self._error: StorageError | None = None

    async def __call__(self, batch: Batch) -> None:
        """Decide about one batch."""
        self.batches.append(batch)
        await self._open.wait()
        if self._error is not None:
            raise self._error

    def hold(self) -> None:
        """Keep commits open from now on."""
        self._open.clear()

    async def let_go(self) -> None:
        """Let them finish, and what waits for them."""
        self._open.set()
        await settle()

    def fail(self, error: StorageError | None) -> None:
        """Make commits fail from now on; None lets them pass again."""
        self._error = error


@dataclass
class FakeClient:
    """A client's socket: what it was sent, and what it sends.

    Attributes:
        received: Messages, and the code and reason of the close, in order.
    """

    received: list[ToClient | tuple[int, str]] = field(
        default_factory=list["ToClient | tuple[int, str]"]
    )
    port: ConnectionPort | None = None

    def send(self, message: ToClient) -> None:
        """Take a message from the actor."""
        self.received.append(message)

    def close(self, code: int, reason: str) -> None:
        """Be closed by the actor."""
        self.received.append((code, reason))

    async def request(self, action_id: int, name: str, *args: Value) -> None:
        """Call an action and let everything run that is ready."""
        self._open_port.receive(ActionRequest(action_id, name, list(args)))
        await settle()

    async def subscribe(self, event: str, *, subscribe: bool = True) -> None:
        """Subscribe to an event, or stop that."""
        self._open_port.receive(SubscriptionRequest(event, subscribe=subscribe))
        await settle()

    async def leave(self) -> None:
        """Lose the socket."""
        self._open_port.detach()
        await settle()

    @property
    def events(self) -> list[list[Value]]:
        """Arguments of the events, in order."""
        return [each.args for each in self.received if isinstance(each, Event)]

    @property
    def outputs(self) -> dict[int, Value]:
        """Results by the id of their request."""
        return {
            each.id: each.output
            for each in self.received
            if isinstance(each, ActionResponse)
        }

    @property
    def errors(self) -> list[Error]:
        """Error messages, in order."""
        return [each for each in self.received if isinstance(each, Error)]

    @property
    def close_frame(self) -> tuple[int, str] | None:
        """Code and reason of the close; None while it is open."""
        closes = [each for each in self.received if isinstance(each, tuple)]
        return closes[0] if closes else None

    @property
    def _open_port(self) -> ConnectionPort:
        assert self.port is not None
        return self.port


class World:
    """A host with one store behind it.

    Args:
        actors: The classes that it serves.
    """

    def __init__(self, *actors: type[AnyActor], **options: Any) -> None:
        self.actors = actors
        self.options = HostOptions(**options)
        self.clock = ManualClock()
        self.randomness = ManualRandomness()
        self.commits = CommitControl()
        self.store = MemoryStore(commit_gate=self.commits)
        self.databases = MemorySqlDatabases(self.options.sql)
        self.host = self._new_host()

    def _new_host(self) -> Host:
        return Host(
            self.actors,
            store=self.store,
            clock=self.clock,
            randomness=self.randomness,
            options=self.options,
            databases=self.databases,
        )

    def crash(self) -> None:
        """Lose everything in memory; the store stays."""
        self.clock.forget_timers()
        self.host = self._new_host()

    def kill(self) -> None:
        """Lose everything in memory and everything that is not durable."""
        self.commits = CommitControl()
        self.store = self.store.fork(commit_gate=self.commits)
        self.databases = self.databases.fork()
        self.crash()

    async def locate(self, name: str = "lab", key: str = "a") -> ActorRecord:
        """Get or create an actor."""
        return await self.host.locate(self.target(name, key))

    def target(
        self,
        name: str = "lab",
        key: str = "a",
        *,
        create: bool = True,
        input: Value = UNDEFINED,  # noqa: A002 - the word of the schema language
    ) -> QueryTarget:
        """The gateway's target of an actor."""
        return QueryTarget(
            name=name,
            namespace="default",
            method=GetMethod.GET_OR_CREATE if create else GetMethod.GET,
            key=(key,),
            input=input,
        )

    async def call(
        self,
        action: str,
        *args: Value,
        name: str = "lab",
        key: str = "a",
        params: Value = UNDEFINED,
    ) -> Value:
        """Call an action as an HTTP client does."""
        record = await self.locate(name, key)
        return await self.host.call_action(
            record, action, list(args), params=params, ray_id="ray"
        )

    async def connect(
        self, name: str = "lab", key: str = "a", *, params: Value = UNDEFINED
    ) -> FakeClient:
        """Open a connection as a WebSocket client does."""
        record = await self.locate(name, key)
        client = FakeClient()
        client.port = await self.host.open_connection(
            record, client, params=params, ray_id="ray"
        )
        await settle()
        return client
