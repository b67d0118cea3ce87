"""A load generator for connections, as cheap as the one for HTTP.

It masks with zeros, which the WebSocket protocol allows, and counts answers by a marker
in the received bytes instead of parsing frames.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .load import address_of
from .measuring import LoadError, Measurement, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INIT = b'"Init"'
ACTION_RESPONSE = b'"ActionResponse"'
EVENT = b'"Event"'
ERROR = b'"tag":"Error"'
READ = ("getCount", list[int]())


class Socket(asyncio.Protocol):
    """One client connection that counts occurrences of a marker."""

    def __init__(self, upgrade: bytes) -> None:
        self._upgrade = upgrade
        self._received = b""
        self._marker = INIT
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()
        self._on_marked: Callable[[int], None] = self._become_ready

    def watch(self, marker: bytes, on_marked: Callable[[int], None]) -> None:
        """Call back with the number of markers in what is received from now on."""
        self._marker = marker
        self._on_marked = on_marked

    def send(self, frame: bytes) -> None:
        """Send one prepared frame."""
        self._transport.write(frame)

    def close(self) -> None:
        """Drop the connection; its end is no failure then."""
        self.lost.cancel()
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._upgrade)

    def data_received(self, data: bytes) -> None:
        """Count markers; what follows the last one may begin the next."""
        received = self._received + data
        if ERROR in received:
            self._fail(LoadError(received.decode(errors="replace")))
        marked = received.count(self._marker)
        end = received.rfind(self._marker) + len(self._marker) if marked else 0
        self._received = received[max(end, len(received) - 64) :]
        if marked:
            self._on_marked(marked)

    def connection_lost(self, exc: Exception | None) -> None:
        """Report a connection that the server closed."""
        self._fail(exc or LoadError("the server closed the connection"))

    def _become_ready(self, _marked: int) -> None:
        if not self.ready.done():
            self.ready.set_result(None)

    def _fail(self, error: Exception) -> None:
        for future in (self.ready, self.lost):
            if not future.done():
                future.set_exception(error)


def frame(tag: str, **values: object) -> bytes:
    """Return the masked text frame of one message to the server."""
    payload = json.dumps({"body": {"tag": tag, "val": values}}).encode()
    head = bytes((0x81, 0x80 | 126)) + len(payload).to_bytes(2, "big")
    return head + bytes(4) + payload


def action_frames(name: str, *arguments: list[int]) -> Iterator[bytes]:
    """Repeat an action with each list of arguments in turn, under changing ids."""
    frames = [
        frame("ActionRequest", id=["$BigInt", str(number)], name=name, args=listed)
        for number in range(64)
        for listed in arguments
    ]
    return cycle(frames)


def upgrade(endpoint: str, path: str) -> bytes:
    """Return the request that opens a connection."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {urlsplit(endpoint).netloc}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol: rivet, rivet_encoding.json",
    )
    return "\r\n".join((*lines, "", "")).encode()


async def open_socket(endpoint: str, path: str) -> Socket:
    """Open one connection and wait until the server has greeted it."""
    _, socket = await asyncio.get_running_loop().create_connection(
        lambda: Socket(upgrade(endpoint, path)), *address_of(endpoint)
    )
    await socket.ready
    return socket


async def load_socket(
    endpoint: str,
    path: str,
    *,
    in_flight: int,
    seconds: float,
    action: tuple[str, *tuple[list[int], ...]] = READ,
) -> Measurement:
    """Repeat an action over one connection, this many at once.

    Args:
        endpoint: Where the server is.
        path: What opens the connection.
        in_flight: How many wait for their answer at a time.
        seconds: How long.
        action: Its name, and the arguments of each call in turn.
    """
    socket = await open_socket(endpoint, path)
    recorder = Recorder(seconds=seconds)
    frames = action_frames(*action)
    sent_s: deque[float] = deque()
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def send() -> None:
        sent_s.append(time.perf_counter())
        socket.send(next(frames))

    def on_answers(count: int) -> None:
        for _ in range(count):
            if recorder.record(sent_s.popleft()):
                send()
            elif not done.done():
                done.set_result(None)

    socket.watch(ACTION_RESPONSE, on_answers)
    for _ in range(in_flight):
        send()
    await first_of(done, socket.lost)
    measurement = recorder.finish()
    socket.close()
    return measurement


async def load_broadcast(
    endpoint: str, path: str, *, connections: int, seconds: float
) -> Measurement:
    """Let one connection cause an event and wait until all have received it.

    The latency is the time from the action to the last delivery.
    """
    sockets = [await open_socket(endpoint, path) for _ in range(connections)]
    subscribe = frame("SubscriptionRequest", eventName="newCount", subscribe=True)
    recorder = Recorder(seconds=seconds)
    frames = action_frames("increment", [1], [-1])
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    awaited = 0
    sent_s = 0.0

    def send() -> None:
        nonlocal awaited, sent_s
        awaited, sent_s = connections, time.perf_counter()
        sockets[0].send(next(frames))

    def on_events(count: int) -> None:
        nonlocal awaited
        awaited -= count
        if awaited:
            return
        if recorder.record(sent_s):
            send()
        elif not done.done():
            done.set_result(None)

    for socket in sockets:
        socket.watch(EVENT, on_events)
        socket.send(subscribe)
    await asyncio.sleep(0.2)  # subscriptions have no answer
    send()
    await first_of(done, *(socket.lost for socket in sockets))
    measurement = recorder.finish()
    for socket in sockets:
        socket.close()
    return measurement


async def first_of(*futures: asyncio.Future[None]) -> None:
    """Wait for the first of several futures and raise its error, if any."""
    finished, _ = await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    for future in finished:
        future.result()
