"""Syncing changes of the state to another database."""

from typing_extensions import override

from .._generated.account import (
    AccountBase,
    AccountContext,
    AccountCreateContext,
    AccountInput,
    AccountState,
)
from ..users import USERS


class Account(AccountBase):
    """Owns its data; the copy elsewhere follows, after the change is durable."""

    @override
    async def create_state(
        self, c: AccountCreateContext, input: AccountInput
    ) -> AccountState:
        return AccountState(email=input.email)

    @override
    async def on_create(self, c: AccountContext, input: AccountInput) -> None:
        await USERS.insert(c.key.user_id, input.email)

    @override
    async def on_wake(self, c: AccountContext) -> None:
        # After a crash in between, the copy catches up here.
        await USERS.update_email(c.key.user_id, c.state.email)

    @override
    async def change_email(self, c: AccountContext, email: str) -> None:
        c.state.email = email
        await c.save_state()
        c.wait_until(USERS.update_email(c.key.user_id, email))
