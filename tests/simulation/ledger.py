"""The actor that is simulated: it writes everything down in all of its memories."""

from __future__ import annotations

from typing import Any

from core_actors import LabBase, LabContext


class Ledger(LabBase):
    """Writes each entry down in state and KV, in one turn, and announces it."""

    async def work(self, c: LabContext, argument: Any) -> Any:
        """Add an entry and return how many came before it."""
        c.state.notes.append(argument)
        position = len(c.state.notes) - 1
        await c.kv.put(argument, str(position))
        c.events.happened(argument)
        return position

    async def look(self, c: LabContext, argument: Any) -> Any:
        """Return the entries of the state, and those of KV with their positions."""
        del argument
        entries = await c.kv.list_prefix("")
        return [c.state.notes, {key: int(value) for key, value in entries}]
