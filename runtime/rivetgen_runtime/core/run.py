"""The background handler of an actor: ``run``.

It starts after ``on_wake`` and never delays the first call. When it returns it has
ended; when it fails, the schema says whether it is started again. While it is active
the actor does not sleep for idleness, unless it waits for a message of a queue.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rivetgen_runtime.core.callers import working
from rivetgen_runtime.core.deadlines import sealed
from rivetgen_runtime.core.held_connections import holding
from rivetgen_runtime.core.queues.receiving import finishing_messages
from rivetgen_runtime.errors import ActionAbortedError, ActorStoppingError

if TYPE_CHECKING:
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.definitions import RunPolicy

__all__ = ["RunHandler"]


class RunHandler:
    """Runs the handler of one activation.

    Args:
        activation: Whose handler it is.
        policy: What follows when it fails.
    """

    __slots__ = ("_activation", "_policy", "_task")

    def __init__(self, activation: Activation, policy: RunPolicy) -> None:
        self._activation = activation
        self._policy = policy
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start it in the background."""
        self._activation.activity.begin_run()
        self._task = asyncio.create_task(self._supervise())
        self._task.add_done_callback(lambda _: self._activation.activity.end_run())

    @property
    def is_active(self) -> bool:
        """Whether it runs, or waits for its next start."""
        return self._task is not None and not self._task.done()

    async def ended(self) -> None:
        """Wait until it is not active any more."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def cancel(self) -> None:
        """Cancel it; what it does afterwards is up to it."""
        if self._task is not None:
            self._task.cancel()

    async def _supervise(self) -> None:
        clock, delay_s = self._activation.services.clock, 0.0
        started_s = clock.monotonic_s()
        while await self._run_alone() and self._may_restart():
            if clock.monotonic_s() - started_s > self._policy.backoff_maximum_s:
                delay_s = 0.0
            delay_s = self._next_delay_s(delay_s)
            await self._pause(delay_s)
            if not self._may_restart():
                return
            started_s = clock.monotonic_s()

    def _may_restart(self) -> bool:
        return self._policy.restarts and not self._activation.abort_signal.aborted

    def _next_delay_s(self, last_s: float) -> float:
        doubled_s = max(last_s * 2, self._policy.backoff_minimum_s)
        return min(doubled_s, self._policy.backoff_maximum_s)

    async def _run_alone(self) -> bool:
        with holding():
            return await self._run_once()

    async def _run_once(self) -> bool:
        """Run it to its end; tells whether it failed."""
        activation = self._activation
        context = activation.context()
        try:
            with working(activation.record), finishing_messages(context):
                await sealed(activation.actor.run(context))
        except (ActionAbortedError, ActorStoppingError) as error:
            if activation.abort_signal.aborted:
                return False
            return self._report(error)
        except Exception as error:  # noqa: BLE001 - user code raises anything
            return self._report(error)
        finally:
            activation.turns.end_quietly()
        return False

    def _report(self, error: Exception) -> bool:
        self._activation.log.error("the run handler failed", exc_info=error)
        return True

    async def _pause(self, delay_s: float) -> None:
        woken = asyncio.Event()
        signal = self._activation.abort_signal
        timer = self._activation.services.clock.call_later(delay_s, woken.set)
        signal.add_listener(woken.set)
        try:
            await woken.wait()
        finally:
            timer.cancel()
            signal.remove_listener(woken.set)
