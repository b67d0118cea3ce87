"""A server whose actions do not end; its options are those of every server."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

from core_actors import Counter, LabBase, LabContext
from rivetgen_runtime.registry import Registry


class Lab(LabBase):
    """Ends neither when it is cancelled nor when it is asked to."""

    async def look(self, c: LabContext, argument: Any) -> Any:
        """Ignore every cancellation."""
        del c, argument
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)

    async def work(self, c: LabContext, argument: Any) -> Any:
        """Block a thread, which nobody can cancel."""
        del c, argument
        await asyncio.to_thread(time.sleep, 20)


if __name__ == "__main__":
    Registry((Counter, Lab)).main()
