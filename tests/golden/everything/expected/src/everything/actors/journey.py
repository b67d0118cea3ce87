"""The actor `journey`."""

from typing_extensions import override

from .._generated.journey import JourneyBase, JourneyContext, JourneyWorkflow


class Journey(JourneyBase):
    """A workflow that waits for messages."""

    @override
    async def run(self, w: JourneyWorkflow) -> None:
        raise NotImplementedError

    @override
    async def stops(self, c: JourneyContext) -> list[str]:
        raise NotImplementedError

    @override
    async def call(self, c: JourneyContext, place: str) -> None:
        raise NotImplementedError
