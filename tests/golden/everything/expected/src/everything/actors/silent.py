"""The actor `silent`."""

from typing_extensions import override

from .._generated.silent import SilentBase, SilentWorkflow


class Silent(SilentBase):
    """A workflow without queues and state."""

    @override
    async def run(self, w: SilentWorkflow) -> None:
        raise NotImplementedError
