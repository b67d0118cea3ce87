"""An actor that writes everything down twice, and does one thing more each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from core_actors import LabBase, LabContext, LabState
from rivetgen_runtime.core.state_migrations import StateMigration

from .ledger import Ledger, LedgerContext

__all__ = ["DELAY", "Diary", "NewerDiary"]

DELAY: Final = timedelta(seconds=2)


class Diary(LabBase):
    """Notes each entry in state and KV, in one turn."""

    definition = Ledger.definition

    async def work(self, c: LabContext, argument: Any) -> Any:
        """Add an entry; then schedule another one, or ask for sleep or destruction."""
        entry, what = argument
        await note(c, entry)
        match what:
            case "schedule":
                await c.schedule.after(DELAY, "other", entry)
            case "sleep":
                c.sleep()
            case "destroy":
                c.destroy()
            case _:
                pass
        c.events.happened(entry)
        return len(c.state.notes)

    async def other(self, c: LabContext, argument: Any) -> Any:
        """Note that something scheduled has happened, and whether too early.

        Without a schedule, note and complete a message of the queue; return whether
        there was one.
        """
        if c.fire is None:
            return await take(c)
        on_time = c.fire.fired_at >= c.fire.scheduled_at
        await note(c, f"{'fired' if on_time else 'early'} {argument}")
        return True

    async def look(self, c: LabContext, argument: Any) -> Any:
        """Return the notes of the state, those of KV and the count of connections."""
        del argument
        entries = await c.kv.list_prefix("")
        return [c.state.notes, [entry for _, entry in entries], len(c.conns)]


async def note(c: LabContext, entry: str) -> None:
    """Write an entry down in both memories."""
    await c.kv.put(f"{len(c.state.notes):06}", entry)
    c.state.notes.append(entry)


async def take(c: LabContext) -> bool:
    """Write down what a message says, and complete it."""
    assert isinstance(c, LedgerContext)
    delivery = await c.queues.kept.try_next()
    if delivery is None:
        return False
    await note(c, delivery.body)
    await delivery.complete()
    return True


class NewerDiary(Diary):
    """The next release: its migration adds a note, its start the entry of KV."""

    definition = replace(
        Ledger.definition,
        state_version=2,
        state_migrations=(StateMigration(version=1, method="migrate_v1_to_v2"),),
    )

    def migrate_v1_to_v2(self, old: dict[str, Any]) -> LabState:
        """Say in the state that it was migrated."""
        return LabState(notes=[*old["notes"], "migrated"])

    async def on_wake(self, c: LabContext) -> None:
        """Say in KV that it was migrated: with the migration, or not at all."""
        if "migrated" in c.state.notes:
            position = c.state.notes.index("migrated")
            await c.kv.put(f"{position:06}", "migrated")
