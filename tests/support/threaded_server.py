"""A server of some actors, in a thread of its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rivetgen_runtime.serving import ServeOptions, serving

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from rivetgen_runtime.core.actor import AnyActor

START_TIMEOUT_S = 15.0


@contextmanager
def threaded_server(actors: Sequence[type[AnyActor]], data: Path) -> Generator[str]:
    """Serve some actors; the value is the URL."""
    started: queue.Queue[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]]
    started = queue.Queue()

    async def main() -> None:
        options = ServeOptions(port=0, data=data)
        async with serving(actors, options) as running:
            stop = asyncio.Event()
            started.put((running.endpoint, asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    endpoint, loop, stop = started.get(timeout=START_TIMEOUT_S)
    try:
        yield endpoint
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
