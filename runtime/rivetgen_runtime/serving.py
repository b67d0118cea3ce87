"""Serving an application: from an open data directory to the end of the process."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.embedded import (
    DEFAULT_EMBEDDED_OPTIONS,
    Embedded,
    EmbeddedOptions,
)
from rivetgen_runtime.errors import RivetgenRuntimeError
from rivetgen_runtime.front.gatekeeping import LOOPBACK_HOSTS
from rivetgen_runtime.front.server import DEFAULT_SERVER_OPTIONS, HttpServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.front.server import ServerOptions

__all__ = [
    "DEFAULT_SERVE_OPTIONS",
    "ExposedWithoutTokenError",
    "Running",
    "ServeOptions",
    "run",
    "serving",
]

_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_LAST_ANSWERS_S: Final = 0.5
"""How long answers that are on their way may take after the grace period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """Where to listen, where to keep actors, and how to stop."""

    host: str = "127.0.0.1"
    """Address to listen on. One that other machines reach needs a token."""
    port: int = 6420
    """0 is a free port."""
    data: Path = Path("rivetgen-data")
    """The data directory; it belongs to one server at a time."""
    token: str | None = None
    """What callers must show; None lets everyone in."""
    allowed_hosts: frozenset[str] | None = None
    """Names that the server answers to, without ports; ``*`` stands for every name.

    None for names of the machine itself where there is no token, else for every name.
    """
    allowed_origins: frozenset[str] | None = None
    """Origins whose pages may call and connect; None for every page."""
    inspector: bool = True
    """Whether tools may look into actors; each actor has a token for them."""
    grace_period_s: float = 15.0
    """How long running actions may take when the server is told to stop."""
    server: ServerOptions = DEFAULT_SERVER_OPTIONS
    embedded: EmbeddedOptions = DEFAULT_EMBEDDED_OPTIONS


DEFAULT_SERVE_OPTIONS: Final = ServeOptions()


class ExposedWithoutTokenError(RivetgenRuntimeError):
    """Other machines could reach a server that lets everyone in.

    Attributes:
        host: The address that was asked for.
    """

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} can be reached by other machines: set a token, which every caller "
            "then has to show, or listen on 127.0.0.1."
        )
        self.host = host


@dataclass(frozen=True, slots=True)
class Running:
    """A server that serves.

    Attributes:
        endpoint: What clients are given.
        embedded: Its actors.
    """

    endpoint: str
    embedded: Embedded


@asynccontextmanager
async def serving(
    actors: Iterable[type[AnyActor]], options: ServeOptions = DEFAULT_SERVE_OPTIONS
) -> AsyncGenerator[Running]:
    """Serve actors until the block ends; then stop within the grace period.

    Raises:
        ExposedWithoutTokenError: The address needs a token.
        DataDirectoryError: The data directory cannot be used.
        ListenError: The address cannot be listened on.
    """
    if options.token is None and not _is_loopback(options.host):
        raise ExposedWithoutTokenError(options.host)
    embedded = await Embedded.open(actors, options.data, _parts(options))
    try:
        server = HttpServer(embedded.front.handle, options.server)
        host, port = await server.start(options.host, options.port)
        try:
            yield Running(_endpoint(host, port), embedded)
        finally:
            server.stop_listening()
            await embedded.finish(grace_s=options.grace_period_s)
            await server.close(timeout_s=_LAST_ANSWERS_S)
    finally:
        await embedded.close()


def _parts(options: ServeOptions) -> EmbeddedOptions:
    """The options of the parts, with what the server itself decides."""
    hosts = options.allowed_hosts
    if hosts is None and options.token is None:
        hosts = LOOPBACK_HOSTS | {options.host}
    front = replace(
        options.embedded.front,
        token=options.token,
        allowed_hosts=hosts,
        allowed_origins=options.allowed_origins,
    )
    host = replace(options.embedded.host, inspector=options.inspector)
    return replace(options.embedded, front=front, host=host)


async def run(
    actors: Iterable[type[AnyActor]],
    options: ServeOptions = DEFAULT_SERVE_OPTIONS,
    *,
    on_ready: Callable[[Running], object] = lambda _: None,
) -> Exception | None:
    """Serve until the process is told to stop (SIGTERM or SIGINT).

    A second signal ends the process at once, which loses nothing that was answered.

    Args:
        actors: The user's classes.
        options: Where and how.
        on_ready: Called when requests are served.

    Returns:
        Why the store went out of service on the way, if it did.
    """
    stop = _stop_signal()
    async with serving(actors, options) as running:
        on_ready(running)
        await stop.wait()
    return running.embedded.failure


def _stop_signal() -> asyncio.Event:
    """An event that the first signal sets; the second one has its usual effect."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        stop.set()
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, on_signal)
    return stop


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name may be anyone's


def _endpoint(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
