"""The actor that is simulated: it writes everything down in all of its memories."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from core_actors import LabBase, LabContext
from rivetgen_client.transport import ActionCall, KeyTarget

__all__ = ["Ledger", "Wish"]


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


class Ledger(LabBase):
    """Writes each entry down in state and KV, in one turn, and announces it."""

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
        """Note that a schedule has fired, and whether too early."""
        assert c.fire is not None
        on_time = c.fire.fired_at >= c.fire.scheduled_at
        await _write_down(c, f"{'fired' if on_time else 'early'} {argument}")

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
