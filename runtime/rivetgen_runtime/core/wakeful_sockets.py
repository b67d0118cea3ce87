"""Sockets that stay open while their actor sleeps, whatever comes in through them."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from rivetgen_runtime.core.admission import FAILURE_CLOSE, release
from rivetgen_runtime.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_client.wire.messages import ToClient
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.hibernation import SleepingSockets

__all__ = ["Bed", "Binding", "WakefulSocket"]

MessageT = TypeVar("MessageT")


class Binding(NamedTuple):
    """Who serves a socket now."""

    activation: Activation
    connection: AnyConnection

    @property
    def accepts(self) -> bool:
        """Whether a message can be handled at once."""
        activation = self.activation
        return activation.accepts_calls and not activation.lifecycle.is_starting


class Bed(NamedTuple):
    """Where sockets of sleeping actors wait, and what ends their wait.

    Attributes:
        sockets: All that wait.
        wake: Wakes the actor with an id; raises ``RequestError``.
    """

    sockets: SleepingSockets
    wake: Callable[[str], Awaitable[object]]


class WakefulSocket(ABC, Generic[MessageT]):
    """One client's socket, across the sleeps of its actor.

    While the actor is in memory the socket is bound to an activation and a connection
    object, whose sink it is; while the actor sleeps it is among ``SleepingSockets``.
    Messages are handled in the order in which they came. Those that cannot be handled
    yet wait: the actor sleeps or starts, or it is about to sleep and accepts nothing
    more.

    Args:
        actor_id: Whose socket it is.
        bed: Where it waits while the actor sleeps.
        ray_id: Id of the request that opened it.
    """

    __slots__ = (
        "_bed",
        "_binding",
        "_drained",
        "_is_over",
        "_returned",
        "_waiting",
        "_waking",
        "actor_id",
        "connection_id",
        "ray_id",
    )

    def __init__(self, *, actor_id: str, bed: Bed, ray_id: str) -> None:
        self.actor_id = actor_id
        self.connection_id = ""
        self.ray_id = ray_id
        self._bed = bed
        self._binding: Binding | None = None
        self._waiting: list[MessageT] = []
        self._returned = 0
        self._is_over = False
        self._drained: asyncio.Event | None = None
        self._waking: asyncio.Task[None] | None = None

    # What the client does

    def receive(self, message: MessageT) -> None:
        """Handle one message, or keep it until it can be handled."""
        if not self._is_over:
            self._waiting.append(message)
            self._proceed()

    async def accepting(self) -> None:
        """Wait until nothing that was received waits: fronts read no more before.

        That bounds what waits, and slows the client down instead of cutting it.
        """
        if self._waiting and not self._is_over:
            if self._drained is None:
                self._drained = asyncio.Event()
            await self._drained.wait()

    def leave(self) -> None:
        """The socket is gone; harmless when called again."""
        self._end()
        if self._bed.sockets.remove(self):
            self._wake_actor()
        elif self._binding and not self._binding.activation.lifecycle.is_starting:
            self._leave(self._binding)

    # What the actor does

    def bind(self, activation: Activation, connection: AnyConnection) -> None:
        """The actor serves this connection from now on."""
        self.connection_id = connection.id
        self._binding = Binding(activation, connection)
        if connection in activation.connections:
            activation.sockets[connection.id] = self

    @abstractmethod
    def send(self, message: ToClient) -> None:
        """Send a message of the protocol to the client."""

    def close(self, code: int, reason: str) -> None:
        """Close the client's socket after everything that was sent before."""
        self._end()
        self._close_sink(code, reason)

    def fall_asleep(self) -> None:
        """The actor has left memory, with the connection object."""
        if self._binding is None:
            return
        self._part(self._binding)
        self._binding.connection.detach()
        self._binding = None
        if not self._is_over:
            self._bed.sockets.add(self)
            self._proceed()

    def attach(self, activation: Activation, connection: AnyConnection) -> None:
        """The actor is starting; this is what it knows about the client."""
        connection.reattach(self)
        activation.connections.add(connection)
        activation.activity.enter()
        self.bind(activation, connection)

    def resume(self) -> None:
        """The actor serves calls: deliver what has waited, or say that nobody waits."""
        if self._is_over and self._binding is not None:
            self._leave(self._binding)
        elif self._binding is not None:
            self._greet(self._binding)
            self._proceed()

    # What sockets of each kind do in their own way

    @abstractmethod
    def _handle(self, binding: Binding, message: MessageT) -> None:
        """Handle a message that the actor accepts."""

    @abstractmethod
    def _close_sink(self, code: int, reason: str) -> None:
        """Close the way out."""

    @property
    def _is_held_up(self) -> bool:
        """Whether what waits has to wait longer although the actor accepts it."""
        return False

    def _greet(self, binding: Binding) -> None:
        """The actor is back after a sleep."""

    def _part(self, binding: Binding) -> None:
        """The actor goes to sleep."""

    # How it works

    def _proceed(self) -> None:
        """Handle what waits, as far as the actor is there for it."""
        binding = self._binding
        while self._waiting and binding and binding.accepts and not self._is_held_up:
            self._returned = 0
            self._handle(binding, self._waiting.pop(0))
        if not self._waiting:
            self._release_front()
        elif binding is None:
            self._wake_actor()

    def _give_back(self, message: MessageT) -> None:
        """Keep a message that came before those that wait already."""
        if not self._is_over:
            self._waiting.insert(self._returned, message)
            self._returned += 1

    def _leave(self, binding: Binding) -> None:
        activation, connection = binding
        self._binding = None
        activation.sockets.pop(connection.id, None)
        connection.detach()
        release(activation, connection)

    def _end(self) -> None:
        self._is_over = True
        self._waiting.clear()
        self._release_front()

    def _release_front(self) -> None:
        if self._drained is not None:
            self._drained.set()
            self._drained = None

    def _wake_actor(self) -> None:
        if self._waking is None:
            self._waking = asyncio.create_task(self._bring_back())
            self._waking.add_done_callback(self._on_awake)

    async def _bring_back(self) -> None:
        try:
            await self._bed.wake(self.actor_id)
        except RequestError as refusal:
            if self._bed.sockets.remove(self):
                self.close(FAILURE_CLOSE, refusal.body.name)

    def _on_awake(self, task: asyncio.Task[None]) -> None:
        self._waking = None
        if self._waiting and self._binding is None and not task.cancelled():
            self._wake_actor()  # it fell asleep again before a message was handled
