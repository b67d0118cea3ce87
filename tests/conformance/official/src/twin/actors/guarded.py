"""The actor `guarded`."""

from rivetgen_runtime import UserError
from typing_extensions import override

from .._generated.guarded import (
    GuardedBase,
    GuardedConnectionState,
    GuardedContext,
    GuardedParams,
)


class Guarded(GuardedBase):
    """Lets only callers in whose token starts with `ada`."""

    @override
    async def on_before_connect(self, c: GuardedContext, params: GuardedParams) -> None:
        if not params.token.startswith("ada"):
            raise UserError("Who are you?", code="unauthorized")

    @override
    async def create_conn_state(
        self, c: GuardedContext, params: GuardedParams
    ) -> GuardedConnectionState:
        return GuardedConnectionState(user=params.token)

    @override
    async def who_am_i(self, c: GuardedContext) -> str:
        return c.conn.state.user

    @override
    async def disconnect_all(self, c: GuardedContext) -> None:
        for connection in list(c.conns.values()):
            connection.disconnect()
