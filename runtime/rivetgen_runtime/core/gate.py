"""The output gate: what leaves an actor waits for the change it speaks of.

A message emitted while the state may have changed waits for the next *settlement*,
which compares the state and hands the change to the store, and then for that batch to
be durable. A message of a turn that needs no durability only keeps its place in the
order. All messages of one actor leave in the order of their emission: every connection
sees its own in order and all subscribers see broadcasts in the same order.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rivetgen_client.wire.messages import ActionResponse, Error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_client.wire.errors import ErrorBody
    from rivetgen_client.wire.messages import ToClient
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.raw_ports import RawSink

__all__ = ["Departure", "Emission", "Farewell", "Frame", "OutputGate"]


class Emission(NamedTuple):
    """One message and whom it goes to."""

    recipients: Iterable[AnyConnection]
    message: ToClient

    def deliver(self) -> None:
        """Hand the message to every recipient that is still there."""
        for connection in self.recipients:
            connection.deliver(self.message)


class Farewell(NamedTuple):
    """The end of a connection, after everything that was sent to it before."""

    connection: AnyConnection
    code: int
    reason: str

    def deliver(self) -> None:
        """Close the connection."""
        self.connection.close(self.code, self.reason)


class Frame(NamedTuple):
    """One message to a raw socket."""

    sink: RawSink
    data: str | bytes

    def deliver(self) -> None:
        """Hand it to the socket."""
        self.sink.send(self.data)


Departure: TypeAlias = Emission | Farewell | Frame


class OutputGate:
    """Holds the departures of one activation."""

    __slots__ = ("_durable", "_held", "_unsettled")

    def __init__(self) -> None:
        self._unsettled: list[Departure] = []
        self._held: deque[tuple[int, Departure]] = deque()
        self._durable = 0

    @property
    def is_unsettled(self) -> bool:
        """Whether a departure waits for the state to be compared and handed over."""
        return bool(self._unsettled)

    def hold(self, departure: Departure) -> None:
        """Keep a departure until the next settlement, and until that is durable."""
        self._unsettled.append(departure)

    def follow(self, departure: Departure) -> None:
        """Let a departure leave as soon as everything before it has left."""
        if self._unsettled:
            self._unsettled.append(departure)
        elif self._held:
            self._held.append((self._held[-1][0], departure))
        else:
            departure.deliver()

    def leave(self, number: int, departure: Departure) -> None:
        """Let a departure leave in order, after a batch; zero stands for no batch."""
        if number:
            self.after(number, departure)
        else:
            self.follow(departure)

    def settle(self, number: int) -> None:
        """Everything held so far is covered by the batch with this number."""
        unsettled, self._unsettled = self._unsettled, []
        for departure in unsettled:
            self.after(number, departure)

    def after(self, number: int, departure: Departure) -> None:
        """Let a departure leave when the batch with this number is durable."""
        if number <= self._durable and not self._held:
            departure.deliver()
        else:
            self._held.append((number, departure))

    def release(self, durable: int) -> None:
        """Batches up to this number are durable: let go what waited for them."""
        self._durable = durable
        while self._held and self._held[0][0] <= durable:
            self._held.popleft()[1].deliver()

    def discard_unsettled(self) -> None:
        """Drop what speaks of changes that were undone."""
        self._unsettled.clear()

    def fail(self, body: ErrorBody) -> None:
        """Nothing held becomes durable: callers get an error, events are dropped."""
        held = [departure for _, departure in self._held]
        self._held.clear()
        self._unsettled.clear()
        for departure in held:
            match departure:
                case Emission(recipients, ActionResponse() as response):
                    Emission(recipients, _as_error(response, body)).deliver()
                case Emission() | Frame():
                    pass
                case Farewell():
                    departure.deliver()


def _as_error(response: ActionResponse, body: ErrorBody) -> Error:
    return Error(
        group=body.group, code=body.code, message=body.message, action_id=response.id
    )
