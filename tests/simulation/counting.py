"""One life of a counter with many callers and crashes, and what each caller saw."""

from __future__ import annotations

import asyncio
import itertools
import math
from typing import TYPE_CHECKING, Any, Final

from core_actors import Counter
from rivetgen_client.errors import ActorError, UnknownOutcomeError
from rivetgen_client.transport import ActionCall, KeyTarget
from rivetgen_runtime.testing import START_MS, VirtualTime, World
from rivetgen_runtime.testing.virtual_time import run

from .linearizability import Operation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_runtime.core.ports import Batch

__all__ = ["count_up"]

CALLERS: Final = 16
CALLS_PER_CALLER: Final = 12
CRASHES: Final = 4
LONGEST_COMMIT_S: Final = 0.1
LONGEST_PAUSE_S: Final = 0.4
TARGET: Final = KeyTarget(name="counter", key=("a",), create=True)


def count_up(seed: int, *, crashes: bool) -> list[Operation]:
    """Return the history of one life; equal seeds make equal histories."""
    kind = _Crashing if crashes else _Life

    async def live(time: VirtualTime) -> list[Operation]:
        return await kind(time).live()

    return run(live, seed=seed, start_ms=START_MS)


class _Life:
    def __init__(self, time: VirtualTime) -> None:
        self._random = time.random
        self._world = World([Counter], time, commit_gate=self._commit)
        # Its numbers are the moments: no two of them are equal.
        self._moments = itertools.count()
        self._history: list[Operation] = []

    async def live(self) -> list[Operation]:
        callers = [self._call_often() for _ in range(CALLERS)]
        await asyncio.gather(*callers, self._disturb())
        await self._world.stop()
        return self._history

    async def _commit(self, batch: Batch) -> None:
        del batch
        await asyncio.sleep(self._random.random() * LONGEST_COMMIT_S)

    async def _call_often(self) -> None:
        for _ in range(CALLS_PER_CALLER):
            await asyncio.sleep(self._random.random() * LONGEST_PAUSE_S)
            amount = self._random.choice((0, 1, 1))
            name, args = ("increment", [amount]) if amount else ("getCount", [])
            await self._note(amount, lambda: self._call(name, args))  # noqa: B023

    async def _call(self, name: str, args: list[Any]) -> Any:
        call = ActionCall(name=name, args=args)
        return await self._world.transport.action(TARGET, call)

    async def _note(self, amount: int, call: Callable[[], Awaitable[Any]]) -> None:
        began = next(self._moments)
        try:
            result = await call()
        except UnknownOutcomeError:
            ended, result = math.inf, None
        except ActorError:  # refused: it had no effect
            return
        else:
            ended = next(self._moments)
        self._history.append(
            Operation(began=began, ended=ended, amount=amount, result=result)
        )

    async def _disturb(self) -> None:
        """Nothing happens."""


class _Crashing(_Life):
    async def _disturb(self) -> None:
        for _ in range(CRASHES):
            await asyncio.sleep(self._random.random() * 2)
            self._world.crash()
