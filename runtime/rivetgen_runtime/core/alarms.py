"""Waking actors that sleep when something of theirs is due.

The store keeps the alarms of all actors in order; here is one timer for the earliest.
So a hundred thousand sleeping actors cost no memory, and after a restart everything is
as before: what became due meanwhile is due at once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

from rivetgen_runtime.core.failures import log
from rivetgen_runtime.core.wall_timer import WallTimer
from rivetgen_runtime.errors import RequestError, StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_runtime.core.ports import Alarm, Clock, Store

__all__ = ["AlarmClock"]

_PAGE_SIZE: Final = 64
"""Alarms that are read at a time."""
_WAKING_AT_A_TIME: Final = 64
"""Actors that are being woken at a time; a slow start holds up no others."""
_RETRY_MS: Final = 1_000
_LONGEST_RETRY_MS: Final = 300_000
"""How long to wait after a failure; the first time, doubled each time, and at most."""


class _Retry(NamedTuple):
    due_ms: int
    delay_ms: int


class AlarmClock:
    """Wakes the actors of one host when their alarms are due.

    Actors that are awake look after themselves. One that cannot start is tried again
    after a while, ever more rarely.

    Args:
        store: Knows the alarms.
        clock: Tells the time.
        namespace: Whose actors.
        is_running: Whether an actor is awake and serves calls.
        wake: Wakes an actor; raises ``RequestError`` when it cannot start.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        namespace: str,
        *,
        is_running: Callable[[str], bool],
        wake: Callable[[str], Awaitable[object]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._namespace = namespace
        self._is_running = is_running
        self._wake = wake
        self._is_on = False
        self._timer = WallTimer(clock, self._look)
        self._looking: asyncio.Task[None] | None = None
        self._looks_again = False
        self._slots = asyncio.Semaphore(_WAKING_AT_A_TIME)
        self._waking: dict[str, asyncio.Task[None]] = {}
        self._retries: dict[str, _Retry] = {}
        self._store_retry_ms = _RETRY_MS

    def start(self) -> None:
        """Wake actors from now on, at once those whose alarm is due already."""
        self._is_on = True
        self._look()

    async def stop(self) -> None:
        """Wake no more; wakes that have begun are not interrupted."""
        self._is_on = False
        self._timer.set(None)
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    def expect(self, alarm_at_ms: int | None) -> None:
        """An actor has gone to sleep until this time."""
        if alarm_at_ms is None or not self._is_on:
            return
        due_ms = self._timer.due_ms
        if due_ms is None or alarm_at_ms < due_ms:
            self._timer.set(alarm_at_ms)

    def postpone(self, actor_id: str) -> None:
        """An actor has failed, whether it was starting or running: wake it later."""
        if not self._is_on:
            return
        retry = self._retries.get(actor_id)
        delay_ms = min(2 * retry.delay_ms, _LONGEST_RETRY_MS) if retry else _RETRY_MS
        due_ms = self._clock.now_ms() + delay_ms
        self._retries[actor_id] = _Retry(due_ms, delay_ms)
        self.expect(due_ms)

    # How it works

    def _look(self) -> None:
        if self._looking is not None:
            self._looks_again = True
        elif self._is_on:
            self._looking = asyncio.create_task(self._run())

    async def _run(self) -> None:
        now_ms = self._clock.now_ms()
        try:
            next_ms = await self._wake_due(now_ms)
            self._store_retry_ms = _RETRY_MS
        except StorageError as error:
            log.error("the alarms of sleeping actors cannot be read", exc_info=error)
            next_ms = now_ms + self._store_retry_ms
            self._store_retry_ms = min(2 * self._store_retry_ms, _LONGEST_RETRY_MS)
        finally:
            self._looking = None
        self._forget_retries(now_ms)
        self.expect(next_ms)
        self.expect(min((each.due_ms for each in self._retries.values()), default=None))
        if self._looks_again:
            self._looks_again = False
            self._look()

    async def _wake_due(self, now_ms: int) -> int | None:
        """Begin to wake every actor that is due.

        Returns:
            When to look again; None for not before an actor goes to sleep.
        """
        last: Alarm | None = None
        while True:
            page = await self._store.alarms(
                self._namespace, limit=_PAGE_SIZE, after=last
            )
            for alarm in page:
                if alarm.due_ms <= now_ms:
                    await self._begin_to_wake(alarm.actor_id, now_ms)
                elif not self._is_running(alarm.actor_id):
                    return alarm.due_ms
            if len(page) < _PAGE_SIZE:
                return None
            last = page[-1]
            if last.due_ms > now_ms:
                # All of this page are awake now, but may be asleep by then.
                return last.due_ms

    async def _begin_to_wake(self, actor_id: str, now_ms: int) -> None:
        if self._is_running(actor_id) or actor_id in self._waking:
            return
        retry = self._retries.get(actor_id)
        if retry is not None and now_ms < retry.due_ms:
            return
        await self._slots.acquire()
        self._waking[actor_id] = asyncio.create_task(self._try_to_wake(actor_id))

    async def _try_to_wake(self, actor_id: str) -> None:
        before = self._retries.get(actor_id)
        try:
            await self._wake(actor_id)
        except RequestError as error:
            if error.body.name == "actor.not_found":  # destroyed meanwhile
                self._retries.pop(actor_id, None)
                return
            if not self._is_on:
                return
            log.warning("actor %s is due and does not start: %s", actor_id, error)
            if self._retries.get(actor_id) is before:
                self.postpone(actor_id)
        else:
            self._retries.pop(actor_id, None)
        finally:
            del self._waking[actor_id]
            self._slots.release()

    def _forget_retries(self, now_ms: int) -> None:
        """Forget those that were due and are not even being tried: nothing is due."""
        for actor_id, retry in [*self._retries.items()]:
            if retry.due_ms <= now_ms and actor_id not in self._waking:
                del self._retries[actor_id]
