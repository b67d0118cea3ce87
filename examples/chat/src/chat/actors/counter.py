"""The actor `counter`."""

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
    """A counter that many clients watch."""

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
