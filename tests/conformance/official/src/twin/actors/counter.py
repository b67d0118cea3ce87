"""The actor `counter`."""

import asyncio

from typing_extensions import override

from .._generated.counter import (
    CounterBase,
    CounterContext,
    CounterCreateContext,
    CounterInput,
    CounterState,
)
from .._generated.errors import Overflow

LIMIT = 1000


class Counter(CounterBase):
    """A counter that does what its callers want to see."""

    @override
    async def create_state(
        self, c: CounterCreateContext, input: CounterInput
    ) -> CounterState:
        return CounterState(count=input.start)

    @override
    async def increment(self, c: CounterContext, amount: int = 1) -> int:
        if c.state.count + amount > LIMIT:
            raise Overflow(limit=LIMIT)
        c.state.count += amount
        c.events.new_count(c.state.count)
        return c.state.count

    @override
    async def get_count(self, c: CounterContext) -> int:
        return c.state.count

    @override
    async def members_count(self, c: CounterContext) -> int:
        return len(c.conns)

    @override
    async def move(self, c: CounterContext, user: str, steps: int) -> None:
        c.events.moved(user, steps)

    @override
    async def fail(self, c: CounterContext) -> None:
        raise RuntimeError("a secret")

    @override
    async def hang(self, c: CounterContext) -> None:
        await asyncio.Event().wait()

    @override
    async def missing(self, c: CounterContext) -> None:
        """Only the official server lacks it."""

    @override
    async def repeat(self, c: CounterContext, text: str) -> int:
        return len(text)

    @override
    async def disconnect_all(self, c: CounterContext) -> None:
        for connection in list(c.conns.values()):
            connection.disconnect()

    @override
    async def fall_asleep(self, c: CounterContext) -> None:
        c.sleep()

    @override
    async def destroy_itself(self, c: CounterContext) -> None:
        c.destroy()
