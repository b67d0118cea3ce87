"""Connection parameters that a callback gives whenever they are sent.

That serves credentials which expire: it is asked before every call and before every
channel of a connection, the reconnections included.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from .errors import DeadlineExceededError, ParametersUnavailableError

if TYPE_CHECKING:
    from .wire.values import Value

ParamsT = TypeVar("ParamsT")

GetParams: TypeAlias = Callable[[], Awaitable[ParamsT]]
"""Gives the connection parameters to send now."""

SyncGetParams: TypeAlias = Callable[[], ParamsT]
"""The same for synchronous clients; runs in a thread of its own."""


def asking(
    get_params: GetParams[ParamsT], dump: Callable[[ParamsT], Value]
) -> GetParams[Value]:
    """Return a callback that gives wire values."""

    async def ask() -> Value:
        return dump(await get_params())

    return ask


async def asked(get_params: GetParams[Value], timeout_s: float) -> Value:
    """Ask for parameters, but not for ever.

    Raises:
        ParametersUnavailableError: The callback raised, or gave what does not fit.
        DeadlineExceededError: It did not answer in time.
    """
    limit = asyncio.timeout(timeout_s)
    try:
        async with limit:
            return await get_params()
    except Exception as error:
        if limit.expired() and isinstance(error, TimeoutError):
            raise DeadlineExceededError(timeout_s) from error
        raise ParametersUnavailableError(str(error) or type(error).__name__) from error
