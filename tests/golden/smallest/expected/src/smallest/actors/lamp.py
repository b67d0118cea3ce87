"""The actor `lamp`."""

from typing_extensions import override

from .._generated.lamp import LampBase, LampContext


class Lamp(LampBase):
    """The actor `lamp`."""

    @override
    async def toggle(self, c: LampContext) -> None:
        raise NotImplementedError
