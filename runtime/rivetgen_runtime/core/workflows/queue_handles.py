"""What hangs on ``w.queues``: messages that a workflow waits for."""
# Here a time that is up is a result, not a cancellation.
# ruff: noqa: ASYNC109

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from rivetgen_runtime.core.queues.errors import QueueTimedOutError
from rivetgen_runtime.core.queues.handles import read_delivery
from rivetgen_runtime.core.workflows.messages import Wait, receive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rivetgen_runtime.core.queues.handles import AnyDelivery, DeliveryKind
    from rivetgen_runtime.core.queues.receiving import Receipt
    from rivetgen_runtime.core.workflows.handles import AnyWorkflow
    from rivetgen_runtime.core.workflows.messages import Completer

__all__ = ["WorkflowQueue", "WorkflowQueues"]

DeliveryT = TypeVar("DeliveryT", bound="AnyDelivery")
NameT = TypeVar("NameT", bound=str)


class _Receiving(Generic[DeliveryT]):
    """Receiving from some queues.

    Args:
        workflow: The ``w`` whose operation it is.
    """

    def __init__(self, workflow: AnyWorkflow) -> None:
        self._workflow = workflow

    async def _receive(
        self,
        wait: str,
        kinds: Sequence[DeliveryKind],
        *,
        count: int = 1,
        timeout: float | None,
        completable: bool | None,
    ) -> list[DeliveryT]:
        if timeout is not None and timeout < 0:
            message = f"timeout must not be negative: {timeout}"
            raise ValueError(message)
        by_name = {kind.queue.name: kind for kind in kinds}
        completable_names = tuple(
            name
            for name, kind in by_name.items()
            if (kind.queue.has_reply if completable is None else completable)
        )
        wanted = Wait(
            name=wait,
            names=tuple(by_name),
            count=max(1, count),
            timeout_s=timeout,
            completable=completable_names,
        )

        def read(completer: Completer, receipt: Receipt) -> DeliveryT:
            kind = by_name[receipt.message.name]
            return cast("DeliveryT", read_delivery(kind, completer, receipt))

        return await receive(self._workflow.scope, wanted, read)


class WorkflowQueues(_Receiving[DeliveryT], Generic[DeliveryT, NameT]):
    """Base of a workflow's generated queues: a property each, and what spans several.

    That a message was received is recorded in the commit that takes it from its queue:
    it is received once, whatever happens. One that has to be completed stays in its
    queue until it is, held by the workflow, also while the actor sleeps.
    """

    _kinds: ClassVar[tuple[DeliveryKind, ...]] = ()

    async def next(
        self,
        wait: str,
        /,
        *names: NameT,
        timeout: float | None = None,
        completable: bool | None = None,
    ) -> DeliveryT:
        """Receive the next message of some queues, or of all when none is named.

        Args:
            wait: Name of this operation, unique in its scope.
            names: Wire names of the queues.
            timeout: Seconds to wait; None for ever, zero not at all.
            completable: Whether the message has to be completed explicitly; None: if
                its queue has replies.

        Raises:
            QueueTimedOutError: The time is up; ``next_batch`` returns nothing then.
            PreviousNotCompletedError: The last one has to be completed first.
            ValueError: The timeout is negative.
        """
        batch = await self.next_batch(
            wait, *names, timeout=timeout, completable=completable
        )
        return _only(batch, timeout)

    async def next_batch(
        self,
        wait: str,
        /,
        *names: NameT,
        count: int = 1,
        timeout: float | None = None,
        completable: bool | None = None,
    ) -> list[DeliveryT]:
        """Receive the next messages, at most ``count``, as soon as there is one.

        Otherwise as ``next``; empty when the time is up.
        """
        kinds = [kind for kind in self._kinds if not names or kind.queue.name in names]
        return await self._receive(
            wait, kinds, count=count, timeout=timeout, completable=completable
        )


class WorkflowQueue(_Receiving[DeliveryT]):
    """One queue of a workflow: its messages, in the order in which they were sent.

    Args:
        workflow: The ``w`` whose operation it is.
        kind: Class of its deliveries.
    """

    def __init__(self, workflow: AnyWorkflow, kind: type[DeliveryT]) -> None:
        super().__init__(workflow)
        self._kind = cast("DeliveryKind", kind)

    async def next(
        self,
        wait: str,
        /,
        *,
        timeout: float | None = None,
        completable: bool | None = None,
    ) -> DeliveryT:
        """Receive the next message; see ``WorkflowQueues.next``."""
        batch = await self.next_batch(wait, timeout=timeout, completable=completable)
        return _only(batch, timeout)

    async def next_batch(
        self,
        wait: str,
        /,
        *,
        count: int = 1,
        timeout: float | None = None,
        completable: bool | None = None,
    ) -> list[DeliveryT]:
        """Receive the next messages; see ``WorkflowQueues.next_batch``."""
        return await self._receive(
            wait, (self._kind,), count=count, timeout=timeout, completable=completable
        )


def _only(batch: list[DeliveryT], timeout_s: float | None) -> DeliveryT:
    if not batch:
        raise QueueTimedOutError(timeout_s or 0.0)
    return batch[0]
