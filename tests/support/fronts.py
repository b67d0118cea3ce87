"""Fronts on a free port of this machine, over a store in memory."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from aiohttp import web

from rivetgen_runtime.core.host import Host
from rivetgen_runtime.front.app import Front
from rivetgen_runtime.front.options import DEFAULT_FRONT_OPTIONS
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.system import SystemClock, SystemRandomness

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from rivetgen_runtime.front.options import FrontOptions


@contextlib.asynccontextmanager
async def running_front(
    actors: Iterable[type[Any]], options: FrontOptions = DEFAULT_FRONT_OPTIONS
) -> AsyncGenerator[str]:
    """Serve actors; the value is the base URL."""
    host = Host(
        actors,
        store=MemoryStore(),
        clock=SystemClock(),
        randomness=SystemRandomness(),
    )
    front = Front(host, options)
    runner = web.ServerRunner(web.Server(front.handle))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}"
    finally:
        front.close_connections(1001, "")
        await runner.cleanup()
        await host.stop()
