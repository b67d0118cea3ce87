"""A session with a channel under it: opens channels, moves messages, wakes callers."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, TypeVarTuple, Unpack

from ._session import (
    Answered,
    Changed,
    ConnectionStatus,
    Failed,
    Received,
    Reported,
    Session,
)
from .errors import (
    ConnectionClosedError,
    DeadlineExceededError,
    RivetgenError,
    UnknownOutcomeError,
)
from .transport import ChannelClosedError
from .wire.close_reasons import DISPOSED, NORMAL
from .wire.errors import UnsupportedValueError
from .wire.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from ._deadline import Patience
    from ._session import Occurrence
    from .definitions import ActionDefinition
    from .handle import Address
    from .transport import Channel
    from .wire.messages import Init
    from .wire.values import Value

ResultT = TypeVar("ResultT")
T = TypeVar("T")
ArgumentsT = TypeVarTuple("ArgumentsT")

INIT_TIMEOUT_S: Final = DEFAULT_LIMITS.actor_ready_timeout.total_seconds()
"""How long a server may take between accepting a channel and ``Init``."""


class Sink(Protocol):
    """Where the events of one name go."""

    def push(self, args: list[Value], /) -> None:
        """Take the arguments of one event; must not block."""
        ...

    def end(self, error: RivetgenError | None, /) -> None:
        """Note that there will be no more: an error, or None when the user closed."""
        ...


class Link:
    """One logical connection that outlives its channels.

    Nothing happens before ``open``, a call or a listener; all of them need a running
    event loop and must stay on it.

    Args:
        open_channel: Opens a channel; raises what ``Transport.connect`` raises.
        address: The actor, for messages to its queues, which use no channel.
        by_key: Whether each channel may lead to another actor.
        patience: How long opening and each call may take.
        on_closed: Called once when the link is closed for good.
    """

    def __init__(
        self,
        open_channel: Callable[[], Awaitable[Channel]],
        *,
        address: Address,
        by_key: bool,
        patience: Patience,
        on_closed: Callable[[Link], None],
    ) -> None:
        self.address = address
        self._open_channel = open_channel
        self._session = Session(by_key=by_key)
        self._patience = patience
        self._on_closed = on_closed
        self._answers: dict[int, asyncio.Future[Value]] = {}
        self._sinks: dict[str, list[Sink]] = {}
        self._status_observers: list[Callable[[ConnectionStatus], object]] = []
        self._error_observers: list[Callable[[RivetgenError], object]] = []
        self._open_observers: list[Callable[[], object]] = []
        self._close_observers: list[Callable[[], object]] = []
        self._was_established = False
        self._last_error: RivetgenError | None = None
        self._outgoing = asyncio.Event()
        self._opened = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def status(self) -> ConnectionStatus:
        """Where the connection is in its life."""
        return self._session.status

    @property
    def init(self) -> Init | None:
        """What the server said when the current or last channel was established."""
        return self._session.init

    # For the user

    async def open(self, patience: Patience | None = None) -> None:
        """Wait until the connection is established.

        Args:
            patience: How long to wait; None for the connection's.

        Raises:
            DeadlineExceededError: It is not, in time; the last error is its cause.
            RivetgenError: It cannot be established.
        """
        self._require_usable()
        self._start()
        timeout_s = (patience or self._patience).timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                await self._opened.wait()
        except TimeoutError:
            raise DeadlineExceededError(timeout_s) from self._last_error
        self._require_usable()

    async def call(
        self,
        definition: ActionDefinition[ResultT],
        args: tuple[object, ...],
        *,
        patience: Patience | None = None,
    ) -> ResultT:
        """Call an action over the connection, waiting for it if necessary.

        Args:
            definition: The action.
            args: Its arguments.
            patience: How long to wait; None for the connection's.

        Raises:
            RivetgenError: As ``Handle`` does.
        """
        wire_args = definition.dump_arguments(args)
        self._require_usable()
        self._start()
        action_id = self._session.call(
            definition.name, wire_args, retryable=definition.repeatable
        )
        self._outgoing.set()
        with definition.translating_errors():
            output = await self._answer(
                action_id, definition, patience or self._patience
            )
        return definition.load_result(output)

    def listen(self, name: str, sink: Sink) -> Callable[[], None]:
        """Send the events of one name to a sink; return how to stop that."""
        if self._session.is_closed:
            sink.end(self._failure())
            return lambda: None
        self._start()
        self._sinks.setdefault(name, []).append(sink)
        self._session.subscribe(name)
        self._outgoing.set()
        return lambda: self._stop_listening(name, sink)

    def on_status_change(
        self, callback: Callable[[ConnectionStatus], object]
    ) -> Callable[[], None]:
        """Call back at every change of the status; return how to stop that."""
        return _add(self._status_observers, callback)

    def on_open(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call back whenever the connection is established; return how to stop that.

        On a connection that is established already, once soon.
        """
        if self.status is ConnectionStatus.CONNECTED:
            asyncio.get_running_loop().call_soon(callback)
        return _add(self._open_observers, callback)

    def on_close(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call back whenever an established connection ends; return how to stop."""
        return _add(self._close_observers, callback)

    def on_error(
        self, callback: Callable[[RivetgenError], object]
    ) -> Callable[[], None]:
        """Call back at every error of the connection; return how to stop that."""
        return _add(self._error_observers, callback)

    async def aclose(self) -> None:
        """Close the connection; what is pending fails."""
        self._act(self._session.close())
        if self._task is not None:
            await _cancelled(self._task)

    # For callers

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="rivetgen connection")

    def _require_usable(self) -> None:
        if not self._session.is_closed:
            return
        failure = self._failure()
        if failure is None:
            raise ConnectionClosedError(NORMAL, DISPOSED)
        raise failure

    def _failure(self) -> RivetgenError | None:
        """Return why the connection is closed; None when the user closed it."""
        error = self._session.final_error
        by_user = isinstance(error, ConnectionClosedError) and error.reason == DISPOSED
        return None if by_user else error

    async def _answer(
        self,
        action_id: int,
        definition: ActionDefinition[ResultT],
        patience: Patience,
    ) -> Value:
        answer: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._answers[action_id] = answer
        timeout_s = patience.for_action(definition.timeout_s)
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError as error:
            if self._session.abandon(action_id) and not definition.repeatable:
                reason = f"no answer within {timeout_s:g} s"
                raise UnknownOutcomeError(definition.name, reason) from error
            raise DeadlineExceededError(timeout_s) from error
        finally:
            del self._answers[action_id]
            self._session.abandon(action_id)

    def _stop_listening(self, name: str, sink: Sink) -> None:
        sinks = self._sinks.get(name, [])
        if sink in sinks:
            sinks.remove(sink)
            self._session.unsubscribe(name)
            self._outgoing.set()

    # The task

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while not self._session.is_closed:
                self._act(self._session.opening())
                error = await self._use_channel()
                jitter = random.random()  # noqa: S311 - spreads load, keeps no secret
                self._act(self._session.ended(error, now_s=loop.time(), jitter=jitter))
                if not self._session.is_closed:
                    await asyncio.sleep(self._session.delay_s)
        finally:
            # Whatever happens here, nobody waits for an answer for ever.
            self._act(self._session.close())

    async def _use_channel(self) -> Exception:
        """Open a channel and use it until it ends; return why it did."""
        try:
            channel = await self._open_channel()
        except (RivetgenError, ChannelClosedError) as error:
            return error
        reader = asyncio.create_task(self._read(channel), name="rivetgen reader")
        writer = asyncio.create_task(self._write(channel), name="rivetgen writer")
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await _cancelled(reader, writer)
            await channel.aclose(NORMAL, DISPOSED)
        return _exception_of(reader, writer)

    async def _read(self, channel: Channel) -> None:
        try:
            async with asyncio.timeout(INIT_TIMEOUT_S):
                message = await channel.receive()
        except TimeoutError as error:
            raise DeadlineExceededError(INIT_TIMEOUT_S) from error
        loop = asyncio.get_running_loop()
        while True:
            self._act(self._session.received(message, now_s=loop.time()))
            message = await channel.receive()

    async def _write(self, channel: Channel) -> None:
        while True:
            await self._outgoing.wait()
            self._outgoing.clear()
            while (message := self._session.next_message()) is not None:
                try:
                    await channel.send(message)
                except UnsupportedValueError as error:
                    self._act(self._session.unsendable(message, error))
                except ChannelClosedError:
                    return  # the reader learns the same after everything that arrived

    # What the session says

    def _act(self, occurrences: Iterable[Occurrence]) -> None:
        for occurrence in occurrences:
            match occurrence:
                case Answered(action_id, output):
                    if answer := self._unanswered(action_id):
                        answer.set_result(output)
                case Failed(action_id, error):
                    if answer := self._unanswered(action_id):
                        answer.set_exception(error)
                case Received(name, args):
                    for sink in tuple(self._sinks.get(name, ())):
                        sink.push(args)
                case Reported(error):
                    self._last_error = error
                    _notify(self._error_observers, error)
                case Changed(status):
                    self._changed(status)

    def _unanswered(self, action_id: int) -> asyncio.Future[Value] | None:
        answer = self._answers[action_id]
        # It is done already when its caller was cancelled and has not run since.
        return None if answer.done() else answer

    def _changed(self, status: ConnectionStatus) -> None:
        if status is ConnectionStatus.CONNECTED:
            self._opened.set()
            self._outgoing.set()
        elif status is ConnectionStatus.DISCONNECTED:
            self._opened.clear()
        elif status is ConnectionStatus.CLOSED:
            self._opened.set()
            self._end_streams()
            self._on_closed(self)
        _notify(self._status_observers, status)
        self._note_establishment(status is ConnectionStatus.CONNECTED)

    def _note_establishment(self, established: bool) -> None:
        if established:
            _notify(self._open_observers)
        elif self._was_established:
            _notify(self._close_observers)
        self._was_established = established

    def _end_streams(self) -> None:
        failure = self._failure()
        for sinks in self._sinks.values():
            for sink in sinks:
                sink.end(failure)
        self._sinks.clear()


def _add(observers: list[T], callback: T) -> Callable[[], None]:
    observers.append(callback)
    return lambda: observers.remove(callback) if callback in observers else None


def _notify(
    observers: list[Callable[[Unpack[ArgumentsT]], object]],
    *arguments: *ArgumentsT,
) -> None:
    # The loop reports what callbacks raise and goes on.
    loop = asyncio.get_running_loop()
    for observer in observers:
        loop.call_soon(observer, *arguments)


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _exception_of(*tasks: asyncio.Task[None]) -> Exception:
    """Return what ended a channel; the reader's error comes first."""
    for task in tasks:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            return error
    message = "a channel ended without an error"
    raise AssertionError(message)
