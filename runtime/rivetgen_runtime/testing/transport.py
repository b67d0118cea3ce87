"""The way from a test's clients to the host of a world, across its crashes."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from rivetgen_client.errors import MalformedResponseError, UnknownOutcomeError
from rivetgen_client.transport import ChannelClosedError
from rivetgen_runtime.testing.process import ProcessDiedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Generator

    from rivetgen_client.transport import (
        ActionCall,
        ActorTarget,
        Channel,
        FetchAnswer,
        FetchCall,
        NewActor,
        QueueAnswer,
        QueueMessage,
        RawChannel,
        Transport,
    )
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.testing.process import SimulatedProcess
    from rivetgen_runtime.testing.world import World

__all__ = ["WorldTransport"]

ResultT = TypeVar("ResultT")
SentT_contra = TypeVar("SentT_contra", contravariant=True)
ReceivedT_co = TypeVar("ReceivedT_co", covariant=True)

_ABNORMAL_CLOSE: Final = 1006
"""What a client sees when there was no close frame (RFC 6455, section 7.1.5)."""
_DIED: Final = "the server was killed before it answered"


class WorldTransport:
    """Implements ``rivetgen_client.transport.Transport`` on the host of the moment.

    Args:
        world: Whose actors are called.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    async def action(self, target: ActorTarget, call: ActionCall, /) -> Value:
        """Call an action and return its output; a retryable one again after a crash."""
        while True:
            try:
                return await self._attempt(
                    call.name, lambda host: host.action(target, call)
                )
            except UnknownOutcomeError:
                if not call.retryable:
                    raise

    async def send(self, target: ActorTarget, message: QueueMessage, /) -> QueueAnswer:
        """Send a message to a queue; one with a key again after a crash."""
        while True:
            try:
                return await self._attempt(
                    message.name, lambda host: host.send(target, message)
                )
            except UnknownOutcomeError:
                if message.key is None:
                    raise

    async def resolve(self, target: ActorTarget, /) -> str:
        """Return the id of an actor, creating it when the target says so."""
        return await self._attempt("resolve", lambda host: host.resolve(target))

    async def create(self, actor: NewActor, /) -> str:
        """Create an actor and return its id."""
        return await self._attempt("create", lambda host: host.create(actor))

    async def connect(self, target: ActorTarget, params: Value, /) -> Channel:
        """Open a channel."""
        process, host = self._world.process, self._world.host.transport
        with _breaking():
            channel = await process.call(lambda: host.connect(target, params))
        return _MortalLine(process, channel)

    async def fetch(self, target: ActorTarget, call: FetchCall, /) -> FetchAnswer:
        """Send a raw request."""
        process = self._world.process
        answer = await self._attempt(call.path, lambda host: host.fetch(target, call))
        return _Answer(process, answer)

    async def web_socket(
        self, target: ActorTarget, path: str, params: Value, /
    ) -> RawChannel:
        """Open a raw WebSocket."""
        process, host = self._world.process, self._world.host.transport
        with _breaking():
            channel = await process.call(lambda: host.web_socket(target, path, params))
        return _MortalLine(process, channel)

    async def aclose(self) -> None:
        """Nothing to release: the world outlives its clients."""

    async def _attempt(
        self, name: str, call: Callable[[Transport], Coroutine[Any, Any, ResultT]]
    ) -> ResultT:
        host = self._world.host.transport
        try:
            return await self._world.process.call(lambda: call(host))
        except ProcessDiedError as error:
            raise UnknownOutcomeError(name, _DIED) from error


class _Line(Protocol[SentT_contra, ReceivedT_co]):
    """A ``Channel`` or a ``RawChannel``."""

    async def send(self, message: SentT_contra, /) -> None: ...

    async def receive(self) -> ReceivedT_co: ...

    async def aclose(self, code: int, reason: str) -> None: ...


class _MortalLine(Generic[SentT_contra, ReceivedT_co]):
    """A line that breaks when the process of its host is killed."""

    def __init__(
        self, process: SimulatedProcess, line: _Line[SentT_contra, ReceivedT_co]
    ) -> None:
        self._process = process
        self._line = line

    async def send(self, message: SentT_contra, /) -> None:
        """Send one message."""
        with _breaking():
            await self._process.call(lambda: self._line.send(message))

    async def receive(self) -> ReceivedT_co:
        """Wait for one message."""
        with _breaking():
            return await self._process.call(self._line.receive)

    async def aclose(self, code: int, reason: str) -> None:
        """Close from this side."""
        with suppress(ProcessDiedError):
            await self._process.call(lambda: self._line.aclose(code, reason))


@contextmanager
def _breaking() -> Generator[None]:
    """The end of a process is the end of the line."""
    try:
        yield
    except ProcessDiedError as error:
        raise ChannelClosedError(_ABNORMAL_CLOSE, "") from error


class _Answer:
    """A response that breaks off when the process of its host is killed."""

    def __init__(self, process: SimulatedProcess, answer: FetchAnswer) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self._process = process
        self._answer = answer

    async def chunks(self) -> AsyncIterator[bytes]:
        """The pieces of the body."""
        pieces = self._answer.chunks()

        async def next_piece() -> bytes | None:
            return await anext(pieces, None)

        try:
            while (piece := await self._process.call(next_piece)) is not None:
                yield piece
        except ProcessDiedError as error:
            raise MalformedResponseError(_DIED, status=self.status) from error

    async def aclose(self) -> None:
        """Read no more."""
        with suppress(ProcessDiedError):
            await self._process.call(self._answer.aclose)
