"""One order across three actors."""

from typing_extensions import override

from .._generated.errors import CardDeclined
from .._generated.order import OrderBase, OrderContext
from .._generated.types import OrderStatus


class Order(OrderBase):
    """Each step may be repeated: the others know orders by their id."""

    @override
    async def place(
        self,
        c: OrderContext,
        product: str,
        quantity: int,
        amount: int,
        customer: str,
    ) -> OrderStatus:
        order_id = c.key.order_id
        stock = c.actors.stock.get_or_create(product=product)
        await stock.reserve(order_id, quantity)
        c.state.status = OrderStatus.RESERVED
        try:
            await c.actors.wallet.get_or_create(customer=customer).pay(order_id, amount)
        except CardDeclined:
            await stock.release(order_id)
            c.state.status = OrderStatus.REFUSED
            raise
        c.state.status = OrderStatus.PAID
        return c.state.status

    @override
    async def get_status(self, c: OrderContext) -> OrderStatus:
        return c.state.status
