"""The actor `mill`."""

import asyncio

from typing_extensions import override

from .._generated.mill import MillBase, MillContext, MillGrainReply

SHORT_S = 0.005


class Mill(MillBase):
    """Counts what it has ground."""

    @override
    async def create_vars(self, c: MillContext) -> None:
        self.is_held = False

    @override
    async def run(self, c: MillContext) -> None:
        async for message in c.queues.grain.iter():
            while self.is_held and not c.aborted:
                await asyncio.sleep(SHORT_S)
            c.state.ground += 1
            await message.complete(MillGrainReply(flour=message.body.weight))

    @override
    async def hold(self, c: MillContext) -> None:
        self.is_held = True

    @override
    async def grind(self, c: MillContext, until: int) -> int:
        self.is_held = False
        while c.state.ground < until:
            await asyncio.sleep(SHORT_S)
        return c.state.ground

    @override
    async def ground(self, c: MillContext) -> int:
        return c.state.ground
