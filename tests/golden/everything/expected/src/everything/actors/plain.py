"""The actor `plain`."""

from typing_extensions import override

from .._generated.plain import PlainBase, PlainContext


class Plain(PlainBase):
    """Nothing but an action."""

    @override
    async def ping(self, c: PlainContext) -> None:
        raise NotImplementedError
