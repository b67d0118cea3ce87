"""Loading external data when the actor wakes."""

from typing_extensions import override

from .._generated.session import SessionBase, SessionContext
from .._generated.types import Profile
from ..users import USERS


class Session(SessionBase):
    """Caches a profile on ``self``: it is loaded again at every wake, never stored."""

    profile: Profile

    @override
    async def on_wake(self, c: SessionContext) -> None:
        self.profile = await USERS.find(c.key.user_id)

    @override
    async def get_profile(self, c: SessionContext) -> Profile:
        c.state.requests += 1
        return self.profile

    @override
    async def update_email(self, c: SessionContext, email: str) -> None:
        c.state.requests += 1
        await USERS.update_email(c.key.user_id, email)
        self.profile = await USERS.find(c.key.user_id)
