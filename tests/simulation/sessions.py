"""Scripted sessions of a client in which every commit may go wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core_world import FakeClient
from rivetgen_client.errors import ActorError, UnknownOutcomeError
from rivetgen_client.transport import ActionCall, KeyTarget, QueueMessage
from rivetgen_client.wire.gateway import GetMethod, QueryTarget
from rivetgen_client.wire.messages import ActionRequest, ActionResponse, Error
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.testing import START_MS, VirtualTime, World
from rivetgen_runtime.testing.process import ProcessDiedError
from rivetgen_runtime.testing.virtual_time import run

from .diary import Diary, NewerDiary
from .failpoints import FailpointStore, Fate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core_actors import LabBase
    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.core.ports import ConnectionPort
    from rivetgen_runtime.testing.process import SimulatedProcess

__all__ = ["SESSIONS", "Story", "commits_of", "tell"]

TARGET: Final = KeyTarget(name="lab", key=("a",), create=True)
WAIT_S: Final = 10.0


@dataclass
class Story:
    """What a session led to.

    Attributes:
        acknowledged: Entries that the client was told are kept, in order.
        refused: Entries of which it was told that they are not.
        unknown: Entries of which it was told neither.
        gone: Entries from before the actor was destroyed.
        maybe_gone: The same, when nobody was told whether it was.
        clients: Sockets that were used.
        notes: What the actor has noted in its state in the end.
        entries: The same from its KV.
        connections: How many connections it has in the end.
        open_sockets: How many of them are sockets that a client holds.
        commits: How many batches the session made.
    """

    acknowledged: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])
    unknown: list[str] = field(default_factory=list[str])
    gone: set[str] = field(default_factory=set[str])
    maybe_gone: set[str] = field(default_factory=set[str])
    clients: list[FakeClient] = field(default_factory=list[FakeClient])
    notes: list[str] = field(default_factory=list[str])
    entries: list[str] = field(default_factory=list[str])
    connections: int = 0
    open_sockets: int = 0
    commits: int = 0

    def check(self) -> None:
        """Compare with the promises of docs/runtime.md."""
        assert self.entries == self.notes, "P2: state and KV agree"
        assert not self.gone & {*self.notes}, "P1: destroyed is destroyed"
        gone = set(self.gone)
        if not self.maybe_gone & {*self.notes}:
            gone |= self.maybe_gone
        kept = [entry for entry in self.acknowledged if entry not in gone]
        assert [each for each in self.notes if each in kept] == kept, "P1"
        assert not {*self.refused} & {*self.notes}, "P2: refused is nowhere"
        twice = [each for each, n in Counter(self.notes).items() if n > 1]
        assert not [each for each in twice if not each.startswith("fired")], "P5"
        assert not [each for each in self.notes if each.startswith("early")], "P6"
        due = {f"fired {each}" for each in self.notes if each.startswith("later")}
        fired = {each for each in self.notes if each.startswith("fired")}
        assert due == fired, "P6: every kept schedule fires, and no other"
        # The last one is that of the call that asked.
        assert self.connections == self.open_sockets + 1, "P1: dead sockets are gone"
        for client in self.clients:
            answered = Counter(
                each.id if isinstance(each, ActionResponse) else each.action_id
                for each in client.received
                if isinstance(each, ActionResponse | Error)
            )
            assert all(n == 1 for n in answered.values()), "no answer comes twice"


class Session:
    """A client that goes on after everything that goes wrong."""

    def __init__(self, world: World, story: Story) -> None:
        self._world = world
        self._story = story
        self._sockets: list[tuple[SimulatedProcess, FakeClient]] = []

    @property
    def open_sockets(self) -> int:
        """How many sockets lead to the process of the moment."""
        return sum(
            process is self._world.process and client.close_frame is None
            for process, client in self._sockets
        )

    async def work(self, entry: str, what: str = "") -> None:
        """Add an entry over HTTP and note how that ended."""
        call = ActionCall(name="work", args=[[entry, what]])
        await self._note(entry, lambda: self._world.transport.action(TARGET, call))

    async def send(self, entry: str) -> None:
        """Send a message and note how that ended."""
        message = QueueMessage(name="kept", body=entry)
        await self._note(entry, lambda: self._world.transport.send(TARGET, message))

    async def take(self) -> bool:
        """Let the actor handle a message; return whether there was one, or may be."""
        try:
            call = ActionCall(name="other", args=[])
            return bool(await self._world.transport.action(TARGET, call))
        except (UnknownOutcomeError, ActorError):
            return True

    async def request(self, client: FakeClient, number: int, entry: str) -> None:
        """Add an entry over a socket and note how that ended."""
        port = client.port
        if port is None or not self.open_sockets:
            return
        message = ActionRequest(number, "work", [[entry, ""]])
        self._world.process.run(lambda: port.receive(message))
        await self._world.skip(seconds=WAIT_S)
        if number in client.outputs:
            self._story.acknowledged.append(entry)
        elif number in {error.action_id for error in client.errors}:
            self._story.refused.append(entry)
        else:
            self._story.unknown.append(entry)

    async def skip(self, seconds: float) -> None:
        """Let time pass."""
        await self._world.skip(seconds=seconds)

    async def connect(self) -> FakeClient:
        """Open a socket that stays open while the actor sleeps."""
        client = FakeClient()
        self._story.clients.append(client)
        process = self._world.process
        with suppress(ProcessDiedError, RequestError):
            client.port = await process.call(lambda: self._open(client))
            self._sockets.append((process, client))
        return client

    async def sleep(self) -> None:
        """Send the actor to sleep; without it, if that fails, the session goes on."""
        with suppress(ProcessDiedError, RequestError):
            await self._world.process.call(lambda: self._manage(self._host.sleep))

    async def destroy(self) -> None:
        """Destroy the actor and note what is gone with it."""
        before = {*self._story.acknowledged, *self._story.unknown}
        try:
            await self._world.process.call(lambda: self._manage(self._host.destroy))
        except ProcessDiedError:
            self._story.maybe_gone = before
        except RequestError:
            pass  # it was said not to be
        else:
            self._story.gone = before

    @property
    def _host(self) -> Host:
        return self._world.host

    async def _open(self, client: FakeClient) -> ConnectionPort:
        record = await self._host.locate(_query())
        return await self._host.open_connection(
            record, client, params=UNDEFINED, ray_id="ray"
        )

    async def _manage(self, act: Callable[[str], Awaitable[object]]) -> None:
        record = await self._host.locate(_query())
        await act(record.actor_id)

    async def _note(self, entry: str, call: Callable[[], Awaitable[object]]) -> None:
        try:
            await call()
        except UnknownOutcomeError:
            self._story.unknown.append(entry)
        except ActorError:
            self._story.refused.append(entry)
        else:
            self._story.acknowledged.append(entry)


def _query() -> QueryTarget:
    return QueryTarget(
        name="lab",
        namespace="default",
        method=GetMethod.GET_OR_CREATE,
        key=TARGET.key,
        input=UNDEFINED,
    )


# --- Sessions -------------------------------------------------------------------------


async def _plain(session: Session) -> None:
    for number in range(4):
        await session.work(f"entry {number}")


async def _scheduling(session: Session) -> None:
    for number in range(3):
        await session.work(f"later {number}", "schedule")
        await session.skip(1.5)


async def _queueing(session: Session) -> None:
    await session.send("first")
    await session.send("second")
    await session.take()
    await session.send("third")
    await session.skip(WAIT_S)
    while await session.take():
        await session.skip(WAIT_S)  # until a failed delivery is tried again


async def _sleeping(session: Session) -> None:
    await session.work("first", "sleep")
    await session.skip(1)
    await session.work("second")
    await session.sleep()
    await session.work("third")


async def _destroying(session: Session) -> None:
    await session.work("first")
    await session.destroy()
    await session.work("second")
    await session.work("third")


async def _hibernating(session: Session) -> None:
    client = await session.connect()
    await session.request(client, 1, "first")
    await session.sleep()
    await session.request(client, 2, "second")
    await session.sleep()
    await session.work("third")


async def _migrating(session: Session) -> None:
    await session.work("second")
    await session.sleep()
    await session.work("third")


@dataclass(frozen=True)
class Script:
    """A session, and the release that serves it.

    Attributes:
        play: What the client does.
        actor: What serves it; an earlier release has stored an entry before when this
            is a newer one.
    """

    play: Callable[[Session], Awaitable[None]]
    actor: type[LabBase] = Diary


SESSIONS: Final = {
    "plain": Script(_plain),
    "scheduling": Script(_scheduling),
    "queueing": Script(_queueing),
    "sleeping": Script(_sleeping),
    "destroying": Script(_destroying),
    "hibernating": Script(_hibernating),
    "migrating": Script(_migrating, NewerDiary),
}


def commits_of(name: str) -> int:
    """How many commits a session makes when nothing goes wrong."""
    return tell(name, at=0, fate=Fate.LATE).commits


def tell(name: str, *, at: int, fate: Fate) -> Story:
    """Run a session whose chosen commit meets its fate."""

    async def main(time: VirtualTime) -> Story:
        return await _tell(SESSIONS[name], time, at=at, fate=fate)

    return run(main, seed=0, start_ms=START_MS)


async def _tell(script: Script, time: VirtualTime, *, at: int, fate: Fate) -> Story:
    story, store = Story(), FailpointStore()
    if script.actor is not Diary:
        async with World([Diary], time, store=store) as earlier:
            await Session(earlier, story).work("first")
    world = World([script.actor], time, store=store)
    store.arm(at=at, fate=fate, kill=world.crash)
    world.process.run(world.host.start)
    supervisor = asyncio.create_task(_supervise(world))
    session = Session(world, story)
    await script.play(session)
    await world.skip(seconds=WAIT_S)
    story.commits, story.open_sockets = store.counted, session.open_sockets
    call = ActionCall(name="look", args=[], retryable=True)
    await world.transport.action(TARGET, call)  # wakes it for what is due
    await world.skip(seconds=WAIT_S)
    look: Any = await world.transport.action(TARGET, call)
    story.notes, story.entries, story.connections = look
    supervisor.cancel()
    await world.stop()
    return story


async def _supervise(world: World) -> None:
    """Replace the process when its store has failed."""
    store = world.store
    while isinstance(store, FailpointStore) and not store.has_failed:
        await world.skip(seconds=0.05)
    world.crash()
