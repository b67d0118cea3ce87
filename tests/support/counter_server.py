"""Clerk, counter, lab and worker: ``python counter_server.py --port 0 --data DIR``.

With ``--file-bytes N`` in front, the operating system refuses to write beyond that
position of any file, as a broken disk might.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from clerk import Clerk
from core_actors import Counter, LabBase, LabContext
from recorded_actors import Worker
from rivetgen_runtime.registry import Registry


class Lab(LabBase):
    """Keeps as much as it is told, for as long as it is told."""

    async def work(self, c: LabContext, argument: Any) -> Any:
        """Keep a note of this many bytes."""
        c.state.notes = ["x" * int(argument)]
        return len(c.state.notes[0])

    async def look(self, c: LabContext, argument: Any) -> Any:
        """Answer after this many seconds."""
        del c
        await asyncio.sleep(float(argument))
        return "done"

    async def other(self, c: LabContext, argument: Any) -> Any:
        """Schedule itself, note that it was called, or return all notes.

        Args:
            c: The context.
            argument: ``{"call", "delay_ms", "lasts_ms"}`` to schedule, with ``count``
                as often; None to return.
        """
        if argument is None:
            return c.state.notes
        if c.fire is None:
            delay = timedelta(milliseconds=argument["delay_ms"])
            for _ in range(argument.pop("count", 1)):
                await c.schedule.after(delay, "other", argument)
            return None
        is_early = datetime.now(UTC) < c.fire.scheduled_at
        c.state.notes.append(f"{'early ' if is_early else ''}{argument['call']}")
        await asyncio.sleep(argument["lasts_ms"] / 1000)
        return None

    async def later(self, c: LabContext, argument: Any) -> Any:
        """Add to a number that is saved some time after the answer."""
        c.state.value += int(argument)
        return c.state.value


registry = Registry((Clerk, Counter, Lab, Worker))


def main(arguments: list[str]) -> None:
    """Run the server."""
    if arguments[:1] == ["--file-bytes"]:
        limit = int(arguments[1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        arguments = arguments[2:]
    registry.main(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
