"""The actor `str`."""

from typing_extensions import override

from .._generated.str import StrBase, StrContext, StrCreateContext, StrInput, StrState


class Str(StrBase):
    """An actor called like a type."""

    @override
    async def create_state(self, c: StrCreateContext, input: StrInput) -> StrState:
        raise NotImplementedError

    @override
    async def classmethod(self, c: StrContext) -> str:
        raise NotImplementedError
