"""The money of one customer."""

from typing_extensions import override

from .._generated.errors import CardDeclined
from .._generated.wallet import (
    WalletBase,
    WalletContext,
    WalletCreateContext,
    WalletInput,
    WalletState,
)


class Wallet(WalletBase):
    """Pays each order once."""

    @override
    async def create_state(
        self, c: WalletCreateContext, input: WalletInput
    ) -> WalletState:
        return WalletState(balance=input.balance)

    @override
    async def pay(self, c: WalletContext, order_id: str, amount: int) -> None:
        if order_id in c.state.payments:
            return
        if amount > c.state.balance:
            raise CardDeclined
        c.state.balance -= amount
        c.state.payments[order_id] = amount

    @override
    async def refund(self, c: WalletContext, order_id: str) -> None:
        c.state.balance += c.state.payments.pop(order_id, 0)

    @override
    async def get_balance(self, c: WalletContext) -> int:
        return c.state.balance
