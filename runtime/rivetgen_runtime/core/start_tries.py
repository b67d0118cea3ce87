"""Trying again to start an actor whose start failed.

What a hook raised on purpose, or what is wrong with stored data, will be so again: its
caller learns it at once. Anything else may pass, such as a service that is not there.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rivetgen_client.errors import ActorError
from rivetgen_runtime.core.failures import host_error
from rivetgen_runtime.errors import CallbackTimedOutError, CodedError

if TYPE_CHECKING:
    from logging import LoggerAdapter

    from rivetgen_runtime.core.ports import Clock
    from rivetgen_runtime.errors import RequestError
    from rivetgen_runtime.options import StartRetries

__all__ = ["StartTries"]


class StartTries:
    """The tries of one start.

    Args:
        clock: What measures the time.
        policy: How often, how soon and how long.
    """

    __slots__ = ("_clock", "_delay_s", "_policy", "_retries", "_started_s")

    def __init__(self, clock: Clock, policy: StartRetries) -> None:
        self._clock = clock
        self._policy = policy
        self._delay_s = policy.backoff_minimum_s
        self._retries = 0
        self._started_s = clock.monotonic_s()

    def may_help(self, error: Exception) -> bool:
        """Whether a start that failed like this may succeed the next time."""
        if isinstance(error, CallbackTimedOutError):
            return True
        return not isinstance(error, CodedError | ActorError)

    async def wait(self, log: LoggerAdapter[Any], error: Exception) -> bool:
        """Wait for the next try; tells whether there is one."""
        passed_s = self._clock.monotonic_s() - self._started_s
        is_last = (
            self._retries == self._policy.count
            or passed_s + self._delay_s > self._policy.within_s
        )
        if is_last:
            log.error("the start failed, for the last time", exc_info=error)
            return False
        log.warning("the start failed; it is tried again", exc_info=error)
        woken = asyncio.Event()
        self._clock.call_later(self._delay_s, woken.set)
        await woken.wait()
        self._retries += 1
        self._delay_s = min(2 * self._delay_s, self._policy.backoff_maximum_s)
        return True

    def exhausted(self, actor_id: str) -> RequestError:
        """What callers get when no try helped, as by official servers."""
        return host_error(
            "guard",
            "actor_wake_retries_exceeded",
            "The actor could not be started; its log says why.",
            metadata={
                "actor_id": actor_id,
                "reason": "actor_stopped_before_ready",
                "wake_retries": self._retries,
            },
        )
