"""The background handler of an actor: ``run``.

It starts after ``on_wake`` and never delays the first call; when the process has died
again and again, perhaps of it, it waits longer and longer. When it returns it has
ended; when it fails, the schema says whether it is started again. While it is active
the actor does not sleep for idleness, unless it waits for a message of a queue.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.core.callers import working
from rivetgen_runtime.core.deadlines import sealed
from rivetgen_runtime.core.held_connections import holding
from rivetgen_runtime.core.ports import Area, DeleteValue, PutValue
from rivetgen_runtime.core.queues.receiving import finishing_messages
from rivetgen_runtime.errors import ActionAbortedError, ActorStoppingError

if TYPE_CHECKING:
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.definitions import RunPolicy

__all__ = ["DEATHS_KEY", "DEATHS_WITHOUT_WAIT", "RunHandler"]

DEATHS_KEY: Final = b"deaths"
"""Key in ``Area.META`` of how often in a row the process died while it may have run."""

_DEATHS_BYTES: Final = 4
_MOST_DOUBLINGS: Final = 32
DEATHS_WITHOUT_WAIT: Final = 20
"""So often in a row it may be chance: a process may die of something else."""
_LONGEST_WAIT_AFTER_DEATHS_S: Final = 10.0


class RunHandler:
    """Runs the handler of one activation.

    Args:
        activation: Whose handler it is.
        policy: What follows when it fails.
    """

    __slots__ = ("_activation", "_deaths", "_policy", "_task")

    def __init__(self, activation: Activation, policy: RunPolicy) -> None:
        self._activation = activation
        self._policy = policy
        self._task: asyncio.Task[None] | None = None
        self._deaths = 0

    def load(self, stored: bytes | None, *, is_after_crash: bool) -> None:
        """Count that the process died while it ran, in the batch of the start.

        Args:
            stored: What is stored under ``DEATHS_KEY``.
            is_after_crash: Whether the activation before did not end in order.
        """
        counted = 0 if stored is None else int.from_bytes(stored)
        self._count_deaths(counted + 1 if is_after_crash else 0, before=counted)

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
        clock, signal = self._activation.services.clock, self._activation.abort_signal
        if self._deaths > DEATHS_WITHOUT_WAIT:
            await self._pause(self._delay_after_deaths_s())
        if signal.aborted:
            return
        survived = clock.call_later(self._policy.backoff_maximum_s, self._survive)
        try:
            await self._run_until_ended()
        finally:
            survived.cancel()
        if not signal.aborted:
            self._survive()

    async def _run_until_ended(self) -> None:
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

    def _delay_after_deaths_s(self) -> float:
        """How long to wait when the process died of it, perhaps, again and again.

        Not for long: it may have died of something else.
        """
        policy = self._policy
        doublings = min(self._deaths - DEATHS_WITHOUT_WAIT - 1, _MOST_DOUBLINGS)
        wait_s = policy.backoff_minimum_s * 2.0**doublings
        return min(wait_s, policy.backoff_maximum_s, _LONGEST_WAIT_AFTER_DEATHS_S)

    def _survive(self) -> None:
        if self._deaths:
            self._count_deaths(0, before=self._deaths)
            self._activation.turns.save_soon()

    def _count_deaths(self, deaths: int, *, before: int) -> None:
        self._deaths = deaths
        actor_id = self._activation.record.actor_id
        if deaths:
            blob = deaths.to_bytes(_DEATHS_BYTES)
            self._activation.turns.stage(
                PutValue(actor_id, Area.META, DEATHS_KEY, blob)
            )
        elif before:
            self._activation.turns.stage(DeleteValue(actor_id, Area.META, DEATHS_KEY))

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
        # It gets somewhere: whatever the process died of, it was not that again.
        context.receiver.on_complete = self._survive
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
