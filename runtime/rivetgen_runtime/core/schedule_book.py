"""The schedules of one actor in memory, and what of them a turn has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rivetgen_runtime.core.ports import Area, DeleteValue, KeyRange, PutValue
from rivetgen_runtime.core.schedule_rows import (
    Ended,
    OneShot,
    Recurring,
    history_key,
    number_in,
    read_ended,
    read_row,
    row_key,
    write_ended,
    write_row,
)
from rivetgen_runtime.core.schedule_rules import SCHEDULE_LIMITS, ScheduleError
from rivetgen_runtime.core.value_changes import ValueChanges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rivetgen_runtime.core.ports import Store, Write
    from rivetgen_runtime.core.schedule_rows import StoredRow

__all__ = ["ScheduleBook"]


class ScheduleBook:
    """Rows of an actor by where they are stored; part of each turn.

    Rows are never changed, only replaced, so that a turn that is undone gets back what
    it replaced.

    Args:
        actor_id: Whose schedules.

    Attributes:
        history: What this turn has changed in the histories: a part of the turn of its
            own.
        pending: How many schedules will fire.
        unreadable: Why rows cannot be read, by their key; they stay as they are.
    """

    def __init__(self, actor_id: str) -> None:
        self._actor_id = actor_id
        self._rows: dict[bytes, StoredRow] = {}
        self._before: dict[bytes, StoredRow | None] = {}
        self.pending = 0
        self.history = ValueChanges(actor_id, Area.SCHEDULE_HISTORY)
        self.unreadable: dict[bytes, ScheduleError] = {}

    # Rows

    def load(self, stored: Mapping[bytes, bytes]) -> None:
        """Take what is stored of the actor."""
        for key, blob in stored.items():
            try:
                self._put_back(key, read_row(key, blob))
            except ScheduleError as error:
                self.unreadable[key] = error

    def one_shot(self, schedule_id: str) -> OneShot | None:
        """A one-shot by its id.

        Raises:
            ScheduleError: ``invalid_schedule_row``.
        """
        row = self._row(OneShot.key_of(schedule_id))
        return row if isinstance(row, OneShot) else None

    def recurring(self, name: str) -> Recurring | None:
        """A recurring schedule by its name, also one that has ended.

        Raises:
            ScheduleError: ``invalid_schedule_row``.
        """
        row = self._row(Recurring.key_of(name))
        return row if isinstance(row, Recurring) else None

    def readable(self, name: str) -> Recurring | None:
        """A recurring schedule by its name; None also when it cannot be read."""
        row = self._rows.get(Recurring.key_of(name))
        return row if isinstance(row, Recurring) else None

    @property
    def rows(self) -> list[StoredRow]:
        """Everything, in no order."""
        return list(self._rows.values())

    @property
    def one_shots(self) -> list[OneShot]:
        """All one-shots, by time and id."""
        found = [row for row in self._rows.values() if isinstance(row, OneShot)]
        return sorted(found, key=lambda row: (row.run_at_ms, row.schedule_id))

    @property
    def all_recurring(self) -> list[Recurring]:
        """All recurring schedules, by time and name, those included that have ended."""
        found = [row for row in self._rows.values() if isinstance(row, Recurring)]
        return sorted(found, key=lambda row: (row.next_at_ms, row.name))

    def put(self, row: StoredRow) -> None:
        """Add a row, or replace the one with its id or name."""
        self._replace(row_key(row), row)

    def remove(self, row: StoredRow) -> None:
        """Remove a row, if it is there; its history stays."""
        self._replace(row_key(row), None)

    # Histories

    def record(self, row: Recurring, number: int, ended: Ended) -> None:
        """Add a run to the history of a schedule."""
        if row.max_history:
            self.history.put(history_key(row.name, number), write_ended(ended))

    def prune(self, name: str) -> None:
        """Let the history of a schedule, and those of all, have no more than they may.

        When all of them together are too long, the longest gives way: schedules that
        fire often do not push out the history of those that fire seldom.
        """
        row = self.recurring(name)
        if row is not None:
            self._keep_newest(row, row.max_history)
        limits = SCHEDULE_LIMITS
        rows = self.all_recurring
        total = sum(each.history_length for each in rows)
        if total > limits.history_per_actor:
            for length, each in _shares(rows, limits.history_per_actor_kept):
                self._keep_newest(each, length)

    def forget_history(self, name: str) -> None:
        """Remove the whole history of a schedule."""
        self.history.clear(_history_range(name))

    async def newest(
        self, store: Store, unsent: Iterable[Write], name: str, *, limit: int
    ) -> list[tuple[int, Ended]]:
        """The newest ended runs of a schedule with their numbers, newest first.

        Args:
            store: Where they are.
            unsent: Writes that the store has not been given yet.
            name: Which schedule.
            limit: Most runs.
        """
        changes = ValueChanges(self._actor_id, Area.SCHEDULE_HISTORY)
        changes.replay(unsent)
        changes.replay(self.history.writes())
        found = await changes.scan(
            store, _history_range(name), limit=limit, reverse=True
        )
        return [(number_in(key), read_ended(blob)) for key, blob in found]

    # Part of each turn

    def __bool__(self) -> bool:
        """Whether a row was changed."""
        return bool(self._before)

    def writes(self) -> Iterator[Write]:
        """The rows that were changed."""
        for key in self._before:
            row = self._rows.get(key)
            if row is None:
                yield DeleteValue(self._actor_id, Area.SCHEDULE, key)
            else:
                yield PutValue(self._actor_id, Area.SCHEDULE, key, write_row(row))

    def settle(self) -> None:
        """The next batch has them."""
        self._before.clear()

    def discard(self) -> None:
        """Get back the rows that were replaced."""
        for key, row in self._before.items():
            self._put_back(key, row)
        self._before.clear()

    # How it works

    def _row(self, key: bytes) -> StoredRow | None:
        if key in self.unreadable:
            raise self.unreadable[key]
        return self._rows.get(key)

    def _replace(self, key: bytes, row: StoredRow | None) -> None:
        self.unreadable.pop(key, None)
        self._before.setdefault(key, self._rows.get(key))
        self._put_back(key, row)

    def _put_back(self, key: bytes, row: StoredRow | None) -> None:
        self.pending += _will_fire(row) - _will_fire(self._rows.get(key))
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row

    def _keep_newest(self, row: Recurring, length: int) -> None:
        first = max(row.first_number, row.next_number - length)
        if first > row.first_number:
            start = history_key(row.name, row.first_number)
            self.history.clear(KeyRange(start, history_key(row.name, first)))
            self.put(replace(row, first_number=first))


def _will_fire(row: StoredRow | None) -> bool:
    return isinstance(row, OneShot) or (row is not None and row.cadence is not None)


def _history_range(name: str) -> KeyRange:
    return KeyRange(history_key(name, 0), history_key(name, 2**64 - 1))


def _shares(rows: Iterable[Recurring], total: int) -> Iterator[tuple[int, Recurring]]:
    """How many runs each history may have, so that the longest give way first."""
    ordered = sorted(rows, key=lambda row: row.history_length)
    for position, row in enumerate(ordered):
        share = min(row.history_length, total // (len(ordered) - position))
        total -= share
        yield share, row
