"""The actor `everything`."""

import builtins
import datetime
import decimal

from rivetgen_client import types
from typing_extensions import override

from .._generated.everything import (
    EverythingBase,
    EverythingConnectionState,
    EverythingContext,
    EverythingCreateContext,
    EverythingInput,
    EverythingParams,
    EverythingState,
)
from .._generated.types import Color, Kept, Node, Scalars, Shape, Size, Tags


class Everything(EverythingBase):
    """Uses every part of an actor.

    \"\"\" and \\ and {{ braces }} and {% tags %} stay text.
    """

    @override
    async def create_state(
        self, c: EverythingCreateContext, input: EverythingInput
    ) -> EverythingState:
        raise NotImplementedError

    @override
    async def create_conn_state(
        self, c: EverythingContext, params: EverythingParams
    ) -> EverythingConnectionState:
        raise NotImplementedError

    @override
    async def can_subscribe_secret(self, c: EverythingContext) -> bool:
        raise NotImplementedError

    @override
    async def can_publish_cancel(self, c: EverythingContext) -> bool:
        raise NotImplementedError

    @override
    async def list(
        self,
        c: EverythingContext,
        list: builtins.list[builtins.str],
        str: builtins.str = "a",
    ) -> builtins.list[builtins.str]:
        raise NotImplementedError

    @override
    async def set(
        self, c: EverythingContext, values: builtins.set[builtins.str]
    ) -> builtins.set[builtins.str]:
        raise NotImplementedError

    @override
    async def dict(
        self, c: EverythingContext
    ) -> builtins.dict[builtins.str, builtins.int]:
        raise NotImplementedError

    @override
    async def str(self, c: EverythingContext) -> builtins.str:
        raise NotImplementedError

    @override
    async def int(self, c: EverythingContext, value: builtins.int) -> builtins.int:
        raise NotImplementedError

    @override
    async def paint(
        self, c: EverythingContext, size: Size, color: Color | builtins.str = Color.RED
    ) -> Color | builtins.str | None:
        raise NotImplementedError

    @override
    async def many(
        self,
        c: EverythingContext,
        required: Scalars,
        plain: builtins.int,
        mutable: builtins.list[builtins.int],
        absent: datetime.date | types.Missing = types.MISSING,
        node: Node | None = None,
    ) -> Shape:
        raise NotImplementedError

    @override
    async def echo(self, c: EverythingContext, value: Kept) -> Kept:
        raise NotImplementedError

    @override
    async def bounded(
        self,
        c: EverythingContext,
        number: builtins.int | None,
        choice: builtins.int | builtins.str,
        texts: builtins.list[builtins.str | None] | None,
    ) -> decimal.Decimal | None:
        raise NotImplementedError

    @override
    async def choose(
        self, c: EverythingContext, value: builtins.int | builtins.str
    ) -> builtins.int | builtins.str:
        raise NotImplementedError

    @override
    async def deep_er_call(self, c: EverythingContext) -> Node:
        raise NotImplementedError

    @override
    async def outdated(self, c: EverythingContext) -> Tags:
        raise NotImplementedError

    @override
    async def itself(
        self, c: EverythingContext, self_: builtins.int, c_: builtins.int
    ) -> None:
        raise NotImplementedError

    @override
    async def remind(
        self,
        c: EverythingContext,
        text: builtins.str,
        at: datetime.datetime | types.Missing = types.MISSING,
        fire: types.Json | types.Missing = types.MISSING,
    ) -> None:
        raise NotImplementedError
