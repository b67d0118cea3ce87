"""The actor `finder`."""

from typing_extensions import override

from .._generated.finder import (
    FinderBase,
    FinderContext,
    FinderCreateContext,
    FinderInput,
    FinderState,
)
from .._generated.types import Filter, FinderInlineValue, Money, Plan, Step


class Finder(FinderBase):
    """The actor `finder`."""

    @override
    async def create_state(
        self, c: FinderCreateContext, input: FinderInput
    ) -> FinderState:
        return FinderState()

    @override
    async def echo(self, c: FinderContext, filter: Filter) -> Filter:
        raise NotImplementedError

    @override
    async def price(self, c: FinderContext, money: Money, step: Step) -> Money:
        raise NotImplementedError

    @override
    async def plan(self, c: FinderContext, plan: Plan) -> Plan:
        raise NotImplementedError

    @override
    async def inline(self, c: FinderContext, value: FinderInlineValue) -> list[Step]:
        raise NotImplementedError
