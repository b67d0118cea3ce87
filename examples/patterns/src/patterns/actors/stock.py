"""What is left of one product."""

from typing_extensions import override

from .._generated.errors import OutOfStock
from .._generated.stock import (
    StockBase,
    StockContext,
    StockCreateContext,
    StockInput,
    StockState,
)


class Stock(StockBase):
    """Reserves by order, so that asking twice reserves once."""

    @override
    async def create_state(
        self, c: StockCreateContext, input: StockInput
    ) -> StockState:
        return StockState(left=input.left)

    @override
    async def reserve(self, c: StockContext, order_id: str, quantity: int) -> None:
        if order_id in c.state.reservations:
            return
        if quantity > c.state.left:
            raise OutOfStock(left=c.state.left)
        c.state.left -= quantity
        c.state.reservations[order_id] = quantity

    @override
    async def release(self, c: StockContext, order_id: str) -> None:
        c.state.left += c.state.reservations.pop(order_id, 0)

    @override
    async def get_left(self, c: StockContext) -> int:
        return c.state.left
