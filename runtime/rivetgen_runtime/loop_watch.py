"""Noticing code that lets nothing else run: everything is served by one event loop.

A thread looks whether the loop still comes round. When it does not, the log says where
the code is that keeps it: an action that computes or waits without ``await``.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
import traceback
from typing import Final

__all__ = ["LONGEST_PAUSE_S", "LoopWatch"]

logger = logging.getLogger("rivetgen.runtime.loop")

LONGEST_PAUSE_S: Final = 1.0
"""A loop that does not come round for so long is worth a line in the log."""

_LOOKS_PER_PAUSE: Final = 4
_SHOWN_FRAMES: Final = 4
"""Innermost frames that the log shows."""


class LoopWatch:
    """Watches the running event loop from ``start`` to ``stop``.

    Args:
        longest_pause_s: From when on a pause is told.

    Attributes:
        paused_s: How long all pauses were that were told, in seconds.
    """

    def __init__(self, longest_pause_s: float = LONGEST_PAUSE_S) -> None:
        self.paused_s = 0.0
        self._longest_pause_s = longest_pause_s
        self._look_s = longest_pause_s / _LOOKS_PER_PAUSE
        self._beat_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin, on the thread of the loop."""
        self._beat_s = time.monotonic()
        self._schedule()
        watcher = threading.Thread(
            target=self._watch,
            args=(threading.get_ident(),),
            name="rivetgen loop watch",
            daemon=True,
        )
        watcher.start()

    def stop(self) -> None:
        """End; harmless when called again."""
        self._stopped.set()
        if self._timer is not None:
            self._timer.cancel()

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._look_s, self._beat)

    def _beat(self) -> None:
        now_s = time.monotonic()
        pause_s = now_s - self._beat_s
        self._beat_s = now_s
        if pause_s > self._longest_pause_s:
            self.paused_s += pause_s
            logger.warning("nothing was served for %.1f s", pause_s)
        self._schedule()

    def _watch(self, thread: int) -> None:
        told_s = 0.0
        while not self._stopped.wait(self._look_s):
            beat_s = self._beat_s
            silent_s = time.monotonic() - beat_s
            if silent_s > self._longest_pause_s and told_s != beat_s:
                told_s = beat_s
                logger.warning("nothing is served while this runs:\n%s", _where(thread))


def _where(thread: int) -> str:
    """The innermost frames of a thread, as in a traceback.

    They are not kept: whatever they refer to would live on, and end in this thread.
    """
    # Nothing else tells what another thread is doing.
    frames = sys._current_frames()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    stack = traceback.format_stack(frames.get(thread))
    return "".join(stack[-_SHOWN_FRAMES:]).rstrip()
