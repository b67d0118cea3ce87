"""The actor `super`."""

from typing_extensions import override

from .._generated.super import (
    SuperBase,
    SuperContext,
    SuperState,
    SuperStateV2,
    SuperStateV3,
)


class Super(SuperBase):
    """Its state was released in another shape."""

    @override
    def migrate_v2_to_v3(self, old: SuperStateV2) -> SuperStateV3:
        raise NotImplementedError

    @override
    def migrate_v3_to_v4(self, old: SuperStateV3) -> SuperState:
        raise NotImplementedError

    @override
    async def clear(self, c: SuperContext) -> None:
        raise NotImplementedError
