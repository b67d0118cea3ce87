"""The actor `partner`."""

import rivetgen_runtime as runtime
from typing_extensions import override

from .._generated.partner import (
    PartnerBase,
    PartnerConnectionState,
    PartnerContext,
    PartnerCreateContext,
    PartnerInput,
    PartnerParams,
    PartnerState,
)


class Partner(PartnerBase):
    """Bodies that are not records, and a circle of uses."""

    @override
    async def create_state(
        self, c: PartnerCreateContext, input: PartnerInput
    ) -> PartnerState:
        raise NotImplementedError

    @override
    async def run(self, c: PartnerContext) -> None:
        raise NotImplementedError

    @override
    async def create_conn_state(
        self, c: PartnerContext, params: PartnerParams
    ) -> PartnerConnectionState:
        raise NotImplementedError

    @override
    async def on_request(
        self, c: PartnerContext, request: runtime.Request
    ) -> runtime.Response:
        raise NotImplementedError

    @override
    async def on_web_socket(self, c: PartnerContext, socket: runtime.WebSocket) -> None:
        raise NotImplementedError

    @override
    async def size(self, c: PartnerContext) -> int:
        raise NotImplementedError
