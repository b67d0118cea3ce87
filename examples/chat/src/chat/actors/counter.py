"""The actor `counter`."""

from typing_extensions import override

from .._generated.counter import (
    CounterBase,
    CounterContext,
    CounterCreateContext,
    CounterInput,
    CounterState,
)


class Counter(CounterBase):
    """A counter that many clients watch."""

    @override
    async def create_state(
        self, c: CounterCreateContext, input: CounterInput
    ) -> CounterState:
        return CounterState()

    @override
    async def increment(self, c: CounterContext, amount: int = 1) -> int:
        raise NotImplementedError

    @override
    async def get_count(self, c: CounterContext) -> int:
        raise NotImplementedError
