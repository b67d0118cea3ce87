"""Actors of the golden schema `described`: they give back what they were given."""

from __future__ import annotations

from typing_extensions import override

from described._generated.finder import (
    FinderBase,
    FinderContext,
    FinderCreateContext,
    FinderInput,
    FinderState,
)
from described._generated.registry import Registry
from described._generated.types import (
    Filter,
    FinderInlineValue,
    Money,
    Plan,
    Step,
    Step1,
)


class Finder(FinderBase):
    """Keeps what it saw."""

    @override
    async def create_state(
        self, c: FinderCreateContext, input: FinderInput
    ) -> FinderState:
        return FinderState(seen=[input.first] if input.first else [])

    @override
    async def echo(self, c: FinderContext, filter: Filter) -> Filter:
        c.state.seen.append(filter)
        c.events.found(filter)
        return c.state.seen[-1]

    @override
    async def price(self, c: FinderContext, money: Money, step: Step) -> Money:
        return money

    @override
    async def plan(self, c: FinderContext, plan: Plan) -> Plan:
        c.state.plan = plan
        return plan

    @override
    async def inline(self, c: FinderContext, value: FinderInlineValue) -> list[Step]:
        return [Step1(kind="walk", metres=value or 0)]


registry = Registry(finder=Finder)
