"""The actor `super`."""

from typing_extensions import override

from .._generated.super import SuperBase, SuperContext


class Super(SuperBase):
    """The actor `super`."""

    @override
    async def clear(self, c: SuperContext) -> None:
        raise NotImplementedError
