"""Fronts on a free port of this machine, over a store in memory."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from aiohttp import web

from recorded_exchanges import Recorder
from rivetgen_runtime.core.host import Host
from rivetgen_runtime.front.app import Front
from rivetgen_runtime.front.options import DEFAULT_FRONT_OPTIONS
from rivetgen_runtime.options import DEFAULT_HOST_OPTIONS
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.storage.sql_memory import MemorySqlDatabases
from rivetgen_runtime.system import SystemClock, SystemRandomness

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from rivetgen_runtime.front.options import FrontOptions
    from rivetgen_runtime.options import HostOptions


@contextlib.asynccontextmanager
async def running_front(
    actors: Iterable[type[Any]],
    options: FrontOptions = DEFAULT_FRONT_OPTIONS,
    *,
    host: HostOptions = DEFAULT_HOST_OPTIONS,
) -> AsyncGenerator[str]:
    """Serve actors; the value is the base URL."""
    actor_host = Host(
        actors,
        store=MemoryStore(),
        clock=SystemClock(),
        randomness=SystemRandomness(),
        options=host,
        databases=MemorySqlDatabases(host.sql),
    )
    front = Front(actor_host, options)
    recorder = Recorder(front.handle, options.base_path)
    runner = web.ServerRunner(web.Server(recorder.handle))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}"
    finally:
        front.close_connections(1001, "")
        await runner.cleanup()
        await actor_host.stop()
    # Whatever the test looks at, every answer is as described.
    assert recorder.violations == [], "\n".join(recorder.violations)
