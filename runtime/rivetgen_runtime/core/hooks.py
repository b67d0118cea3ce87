"""Running hooks of user code within their time limits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from rivetgen_runtime.core.deadlines import Deadline
from rivetgen_runtime.errors import CallbackTimedOutError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from rivetgen_runtime.core.ports import Clock

__all__ = ["run_hook"]

T = TypeVar("T")


async def run_hook(
    clock: Clock, name: str, hook: Awaitable[T], *, timeout_s: float
) -> T:
    """Wait for a hook.

    Raises:
        CallbackTimedOutError: It took longer than its limit; it was cancelled.
    """
    with Deadline(clock, timeout_s, partial(CallbackTimedOutError, name, timeout_s)):
        return await hook
