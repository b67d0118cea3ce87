"""One order as a workflow, with a way back from every step."""

from rivetgen_runtime import CriticalError, RollbackError, WorkflowFailure
from typing_extensions import override

from .._generated.checkout import (
    CheckoutBase,
    CheckoutContext,
    CheckoutCreateContext,
    CheckoutInput,
    CheckoutState,
    CheckoutWorkflow,
)
from .._generated.errors import CardDeclined
from .._generated.types import CheckoutStatus

WEEK_S = 7 * 24 * 60 * 60.0


class Checkout(CheckoutBase):
    """Steps may run twice after a crash: the others know orders by their id."""

    @override
    async def create_state(
        self, c: CheckoutCreateContext, input: CheckoutInput
    ) -> CheckoutState:
        return CheckoutState(
            product=input.product,
            quantity=input.quantity,
            amount=input.amount,
            customer=input.customer,
        )

    @override
    async def run(self, w: CheckoutWorkflow) -> None:
        await w.rollback_checkpoint("nothing happened yet")
        await w.step("reserve", self._reserve, rollback=self._release)
        await w.step("pay", self._pay, rollback=self._refund)
        parcels = await w.queues.parcels.next_batch("parcel", timeout=WEEK_S)
        if not parcels:
            raise RollbackError("no parcel left within a week")
        await w.step("finish", self._finish)

    async def _reserve(self, c: CheckoutContext) -> None:
        stock = c.actors.stock.get_or_create(product=c.state.product)
        await stock.reserve(c.key.order_id, c.state.quantity)

    async def _release(self, c: CheckoutContext, _: None) -> None:
        stock = c.actors.stock.get_or_create(product=c.state.product)
        await stock.release(c.key.order_id)
        c.state.status = CheckoutStatus.CANCELLED

    async def _pay(self, c: CheckoutContext) -> None:
        wallet = c.actors.wallet.get_or_create(customer=c.state.customer)
        try:
            await wallet.pay(c.key.order_id, c.state.amount)
        except CardDeclined:
            # Another attempt would not help.
            raise CriticalError("the card was declined") from None
        c.state.status = CheckoutStatus.PAID

    async def _refund(self, c: CheckoutContext, _: None) -> None:
        wallet = c.actors.wallet.get_or_create(customer=c.state.customer)
        await wallet.refund(c.key.order_id)

    async def _finish(self, c: CheckoutContext) -> None:
        c.state.status = CheckoutStatus.SHIPPED

    @override
    async def on_workflow_error(
        self, c: CheckoutContext, failure: WorkflowFailure
    ) -> None:
        c.state.problem = failure.error.message

    @override
    async def get_status(self, c: CheckoutContext) -> CheckoutStatus:
        return c.state.status

    @override
    async def get_problem(self, c: CheckoutContext) -> str:
        return c.state.problem
