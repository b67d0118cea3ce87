"""The actor that is simulated: it writes everything down in all of its memories."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Final, NamedTuple

import rivetgen_runtime as _runtime
from core_actors import LabBase, LabContext
from queue_world import KEPT, KeptDelivery
from rivetgen_client.transport import ActionCall, KeyTarget

__all__ = ["LONGEST_BACKOFF_S", "Ledger", "Wish"]

LONGEST_BACKOFF_S: Final = 2.0
RETRY: Final = _runtime.RetryPolicy(
    attempts=3, backoff_minimum_s=0.1, backoff_maximum_s=LONGEST_BACKOFF_S
)


class Wish(NamedTuple):
    """What a client asks for.

    Attributes:
        entry: What is written down; nobody else writes the same.
        what: ``note``, ``tell`` another actor first, or ``schedule`` a further note.
        of: Which actor is told, or how many milliseconds later.
    """

    entry: str
    what: str = "note"
    of: Any = None


class LedgerQueues(_runtime.Queues[KeptDelivery, str]):
    """Queues of the ledger."""

    _kinds = (KeptDelivery,)

    @property
    def kept(self) -> _runtime.Queue[KeptDelivery, Any]:
        """Entries to write down, tried for ever."""
        return _runtime.Queue(self._context, KeptDelivery)


class LedgerContext(LabContext):
    """What a method of the ledger works with."""

    @property
    def queues(self) -> LedgerQueues:
        """Queues of the actor."""
        return LedgerQueues(self)


class Ledger(LabBase):
    """Writes each entry down in state and KV, in one turn, and announces it."""

    definition: ClassVar[_runtime.ActorDefinition] = replace(
        LabBase.definition,
        context=LedgerContext,
        queues={"kept": _runtime.QueueBinding(queue=KEPT, retry=RETRY)},
    )

    async def work(self, c: LabContext, argument: Any) -> Any:
        """Add an entry and return how many came before it."""
        wish = Wish(*argument)
        if wish.what == "tell":
            told = Wish(f"{c.key.name} told {wish.entry}")
            await c.transport.action(
                KeyTarget(name="lab", key=(wish.of,), create=True),
                ActionCall(name="work", args=[list(told)]),
            )
        elif wish.what == "schedule":
            delay = timedelta(milliseconds=wish.of)
            await c.schedule.after(delay, "other", wish.entry)
        return await _write_down(c, wish.entry)

    async def other(self, c: LabContext, argument: Any) -> Any:
        """Take a message from the queue, unless it is called by a schedule.

        Returns:
            Whether there was one.
        """
        if c.fire is not None:
            on_time = c.fire.fired_at >= c.fire.scheduled_at
            await _write_down(c, f"{'fired' if on_time else 'early'} {argument}")
            return True
        assert isinstance(c, LedgerContext)
        delivery = await c.queues.kept.try_next()
        if delivery is None:
            return False
        await _write_down(c, delivery.body)
        await delivery.complete()
        return True

    async def look(self, c: LabContext, argument: Any) -> Any:
        """Return the entries of the state, and those of KV."""
        del argument
        entries = await c.kv.list_prefix("")
        return [c.state.notes, [entry for _, entry in entries]]


async def _write_down(c: LabContext, entry: str) -> int:
    position = len(c.state.notes)
    c.state.notes.append(entry)
    await c.kv.put(f"{position:06}", entry)
    c.events.happened([position, entry])
    return position
