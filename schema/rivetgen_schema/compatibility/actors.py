"""Comparing actors and what they consist of."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from rivetgen_schema import ir
from rivetgen_schema.compatibility.changes import Place
from rivetgen_schema.compatibility.types import TypeComparison, body_text
from rivetgen_schema.findings import list_names
from rivetgen_schema.ir_json import canonical_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rivetgen_schema.compatibility.changes import ChangeLog


_Part = TypeVar("_Part", ir.Action, ir.Event, ir.Queue, ir.Schedule)
_Deprecable: TypeAlias = ir.Action | ir.Event | ir.Queue


@dataclass(slots=True, kw_only=True)
class ActorComparison:
    """Compares one actor of two schemas."""

    log: ChangeLog
    types: TypeComparison

    def compare(self, old: ir.Actor, new: ir.Actor) -> None:
        """Record every change between two actors of the same name."""
        place = Place(new.name, new.position)
        self._key(old.key, new.key, place)
        self._input(old.input, new.input, place, rule="input")
        self._input(old.conn_params, new.conn_params, place, rule="conn-params")
        self._state(old, new, place)
        self._conn_state(old, new, place)
        self._switches(old, new, place)
        self._options(old, new, place)
        self._actions(old, new, place)
        self._events(old, new, place)
        self._queues(old, new, place)
        self._schedules(old, new, place)

    def _key(
        self, old: tuple[ir.Member, ...], new: tuple[ir.Member, ...], place: Place
    ) -> None:
        if _are_reordered(old, new):
            texts = {"old": _listed(old), "new": _listed(new)}
            self.log.add("key-reordered", place, **texts)
            return
        for member in old[len(new) :]:
            self.log.add("key-part-removed", place.part(member.name))
        for member in new[len(old) :]:
            where = place.inside(member.name, member.position)
            self.log.add("key-part-added", where)
        for before, after in zip(old, new, strict=False):
            self._key_part(before, after, place.inside(after.name, after.position))

    def _key_part(self, old: ir.Member, new: ir.Member, place: Place) -> None:
        if old.type != new.type:
            texts = {"old": body_text(old.type), "new": body_text(new.type)}
            self.log.add("key-part-retyped", place, **texts)
        if old.name != new.name:
            texts = {"old": old.name, "new": new.name}
            self.log.add("key-part-renamed", place, **texts)

    def _input(
        self, old: ir.Body | None, new: ir.Body | None, place: Place, *, rule: str
    ) -> None:
        inside = place.part(_WORDS[rule])
        if old is not None and new is not None:
            self.types.bodies(old, new, inside.of("input"))
        elif old is not None:
            self.log.add(f"{rule}-removed", place)
        elif new is not None:
            ending = "required" if _needs_value(new) else "added"
            self.log.add(f"{rule}-{ending}", place)

    def _state(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        inside = place.part("state")
        versions = (f"version {old.state_version}", f"version {new.state_version}")
        if new.state_version < old.state_version:
            texts = {"old": versions[0], "new": versions[1]}
            self.log.add("state-version-lowered", inside, **texts)
        elif new.state_version > old.state_version:
            self.log.add("state-migrated", inside, new=versions[1])
        elif old.state is not None and new.state is not None:
            self.types.bodies(old.state, new.state, inside.of("stored"))
        elif old.state is not None:
            self.log.add("state-removed", place)
        elif new.state is not None:
            self.log.add("state-added", place)

    def _conn_state(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        if old.conn_state is not None and new.conn_state is not None:
            inside = place.part("connState")
            self.types.bodies(old.conn_state, new.conn_state, inside.of("stored"))
        elif old.conn_state is not None:
            self.log.add("conn-state-removed", place)
        elif new.conn_state is not None:
            self.log.add("conn-state-added", place)

    def _switches(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        for rule, read in _SWITCHES.items():
            before, after = read(old), read(new)
            if before and not after:
                self.log.add(f"{rule}-removed", place)
            elif after and not before:
                self.log.add(f"{rule}-added", place)
        if old.run and new.run and old.run != new.run:
            self.log.add("run-changed", place, new=new.run)
        elif old.run and new.run and old.run_restart != new.run_restart:
            texts = {"old": _restart(old), "new": _restart(new)}
            self.log.add("run-restart-changed", place, **texts)
        if old.undeclared_queues != new.undeclared_queues:
            rule = f"undeclared-queues-{_UNDECLARED[new.undeclared_queues]}"
            self.log.add(rule, place)
        if old.durability == "reply" and new.durability == "interval":
            self.log.add("durability-lowered", place)

    def _options(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        for part in fields(ir.Options):
            before: int | None = getattr(old.options, part.name)
            after: int | None = getattr(new.options, part.name)
            if before == after:
                continue
            lowered = before is not None and after is not None and after < before
            rule = "option-lowered" if lowered else "option-changed"
            self.log.add(
                rule,
                place.part(f"options.{part.name}"),
                old=_or_default(before),
                new=_or_default(after),
            )

    def _actions(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        scheduled = {schedule.action for schedule in old.schedules}
        for before, after, where in self._pairs(
            old.actions, new.actions, place, kind="action"
        ):
            self._arguments(before.args, after.args, where)
            if before.name in scheduled and _shape(before.args) != _shape(after.args):
                self.log.add("scheduled-arguments", where)
            self._result(before, after, where)
            self._errors(before, after, where)
            self._promises(before, after, where)

    def _pairs(
        self, old: Iterable[_Part], new: Iterable[_Part], place: Place, *, kind: str
    ) -> list[tuple[_Part, _Part, Place]]:
        """Record removed and added parts; return those that are in both."""
        before = {part.name: part for part in old}
        after = {part.name: part for part in new}
        for name in before:
            if name not in after:
                self.log.add(f"{kind}-removed", place.part(name))
        for name, part in after.items():
            if name not in before:
                self.log.add(f"{kind}-added", place.inside(name, part.position))
        return [
            (before[name], part, place.inside(name, part.position))
            for name, part in after.items()
            if name in before
        ]

    def _arguments(
        self, old: tuple[ir.Member, ...], new: tuple[ir.Member, ...], place: Place
    ) -> None:
        if _are_reordered(old, new):
            texts = {"old": _listed(old), "new": _listed(new)}
            self.log.add("arguments-reordered", place, **texts)
            return
        inserted = _inserted(old, new)
        if inserted is not None:
            where = place.inside(inserted.name, inserted.position)
            self.log.add("argument-inserted", where)
            return
        for member in old[len(new) :]:
            self.log.add("argument-removed", place.part(member.name))
        for member in new[len(old) :]:
            where = place.inside(member.name, member.position)
            ending = "required-added" if member.required else "added"
            self.log.add(f"argument-{ending}", where)
        for before, after in zip(old, new, strict=False):
            self._argument(before, after, place.inside(after.name, after.position))

    def _argument(self, old: ir.Member, new: ir.Member, place: Place) -> None:
        self.types.argument(old, new, place)
        if old.name != new.name:
            texts = {"old": old.name, "new": new.name}
            self.log.add("argument-renamed", place, **texts)
        if new.required and not old.required:
            self.log.add("argument-required", place)
        elif old.required and not new.required:
            self.log.add("argument-optional", place)

    def _result(self, old: ir.Action, new: ir.Action, place: Place) -> None:
        inside = place.part("result")
        if old.returns is not None and new.returns is not None:
            self.types.types(old.returns, new.returns, inside.of("output"))
        elif old.returns is not None:
            self.log.add("result-removed", place)
        elif new.returns is not None:
            self.log.add("result-added", place)

    def _errors(self, old: ir.Action, new: ir.Action, place: Place) -> None:
        for code in new.errors:
            if code not in old.errors:
                self.log.add("action-error-added", place, new=code)
        for code in old.errors:
            if code not in new.errors:
                self.log.add("action-error-removed", place, old=code)

    def _promises(self, old: ir.Action, new: ir.Action, place: Place) -> None:
        for rule, holds in _ACTION_RULES.items():
            if holds(old, new):
                self.log.add(
                    rule,
                    place,
                    old=old.timeout_ms,
                    new=new.timeout_ms,
                )

    def _events(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        for before, after, where in self._pairs(
            old.events, new.events, place, kind="event"
        ):
            self._event_arguments(before, after, where)
            if before.single_payload != after.single_payload:
                self.log.add("event-form-changed", where)
            if after.guard and not before.guard:
                self.log.add("event-guarded", where)
            self._deprecation(before, after, where)

    def _deprecation(self, old: _Deprecable, new: _Deprecable, place: Place) -> None:
        if new.deprecated is not None and old.deprecated is None:
            self.log.add("deprecated", place)

    def _event_arguments(self, old: ir.Event, new: ir.Event, place: Place) -> None:
        if _are_reordered(old.args, new.args):
            texts = {"old": _listed(old.args), "new": _listed(new.args)}
            self.log.add("event-arguments-reordered", place, **texts)
            return
        for member in old.args[len(new.args) :]:
            self.log.add("event-argument-removed", place.part(member.name))
        for member in new.args[len(old.args) :]:
            where = place.inside(member.name, member.position)
            self.log.add("event-argument-added", where)
        for before, after in zip(old.args, new.args, strict=False):
            where = place.inside(after.name, after.position)
            self.types.member(before, after, where.of("output"))
            if before.name != after.name:
                texts = {"old": before.name, "new": after.name}
                self.log.add("event-argument-renamed", where, **texts)

    def _queues(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        for before, after, where in self._pairs(
            old.queues, new.queues, place, kind="queue"
        ):
            message = where.part("message")
            self.types.bodies(before.message, after.message, message.of("input"))
            self.types.bodies(before.message, after.message, message.of("stored"))
            self._reply(before, after, where)
            self._delivery(before, after, where)
            self._deprecation(before, after, where)

    def _reply(self, old: ir.Queue, new: ir.Queue, place: Place) -> None:
        if old.reply is not None and new.reply is not None:
            inside = place.part("reply")
            self.types.bodies(old.reply, new.reply, inside.of("output"))
        elif old.reply is not None:
            self.log.add("reply-removed", place)
        elif new.reply is not None:
            self.log.add("reply-added", place)

    def _delivery(self, old: ir.Queue, new: ir.Queue, place: Place) -> None:
        if new.guard and not old.guard:
            self.log.add("queue-guarded", place)
        if old.delivery != new.delivery:
            self.log.add("delivery-changed", place, new=new.delivery)
        before, after = _attempts(old), _attempts(new)
        if old.delivery == new.delivery and after < before:
            self.log.add("retry-lowered", place, old=before, new=after)
        if old.dead_letter != new.dead_letter:
            to = f"`{new.dead_letter}`" if new.dead_letter else "nowhere"
            self.log.add("dead-letter-changed", place, new=to)

    def _schedules(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        for before, after, where in self._pairs(
            old.schedules, new.schedules, place, kind="schedule"
        ):
            for name, read in _SCHEDULE_PARTS.items():
                if read(before) != read(after):
                    self.log.add(
                        "schedule-changed",
                        where.part(name),
                        old=f"`{read(before)}`",
                        new=f"`{read(after)}`",
                    )


_UNDECLARED: Final = {"reject": "rejected", "drop": "dropped"}

_WORDS: Final = {"input": "input", "conn-params": "connParams"}

_SWITCHES: Final[dict[str, Callable[[ir.Actor], bool]]] = {
    "run": lambda actor: actor.run is not None,
    "http": lambda actor: actor.http,
    "websocket": lambda actor: actor.websocket,
    "database": lambda actor: actor.database,
}

_ACTION_RULES: Final[dict[str, Callable[[ir.Action, ir.Action], bool]]] = {
    "read-only-removed": lambda old, new: old.read_only and not new.read_only,
    "read-only-added": lambda old, new: new.read_only and not old.read_only,
    "idempotent-removed": lambda old, new: old.idempotent and not new.idempotent,
    "audience-narrowed": lambda old, new: old.audience == "public" != new.audience,
    "audience-widened": lambda old, new: old.audience != "public" == new.audience,
    "timeout-lowered": lambda old, new: (
        old.timeout_ms is not None
        and new.timeout_ms is not None
        and new.timeout_ms < old.timeout_ms
    ),
    "durability-lowered": lambda old, new: (
        new.durability == "interval" != old.durability
    ),
    "pagination-removed": lambda old, new: (
        old.paginate is not None and new.paginate is None
    ),
    "pagination-changed": lambda old, new: (
        old.paginate is not None
        and new.paginate is not None
        and old.paginate != new.paginate
    ),
    "deprecated": lambda old, new: (
        new.deprecated is not None and old.deprecated is None
    ),
}
"""Rule to the test of an old and a new action."""

_SCHEDULE_PARTS: Final[dict[str, Callable[[ir.Schedule], object]]] = {
    "cadence": lambda schedule: schedule.cron or f"{schedule.every_ms} ms",
    "timezone": lambda schedule: schedule.timezone,
    "action": lambda schedule: schedule.action,
    "args": lambda schedule: canonical_json(list(schedule.args)),
    "overlap": lambda schedule: schedule.overlap,
    "missed": lambda schedule: (
        schedule.missed
        if schedule.missed_maximum is None
        else f"{schedule.missed}(max {schedule.missed_maximum})"
    ),
}


def _are_reordered(old: tuple[ir.Member, ...], new: tuple[ir.Member, ...]) -> bool:
    before, after = [m.name for m in old], [m.name for m in new]
    common = set(before) & set(after)
    kept_before = [name for name in before if name in common]
    kept_after = [name for name in after if name in common]
    return kept_before != kept_after


def _inserted(
    old: tuple[ir.Member, ...], new: tuple[ir.Member, ...]
) -> ir.Member | None:
    """Return a new argument that pushed known ones to later positions."""
    known = {member.name for member in old}
    for index, member in enumerate(new):
        follows = any(later.name in known for later in new[index + 1 :])
        if member.name not in known and follows and len(new) > len(old):
            return member
    return None


def _listed(members: Iterable[ir.Member]) -> str:
    return list_names((member.name for member in members), last="then")


def _needs_value(body: ir.Body) -> bool:
    if isinstance(body, ir.Record):
        return any(member.required for member in body.fields)
    return not isinstance(body, ir.NullableType)


def _shape(members: Iterable[ir.Member]) -> list[tuple[ir.Type, bool]]:
    return [(member.type, member.required) for member in members]


def _attempts(queue: ir.Queue) -> int:
    return queue.retry.attempts if queue.retry else 1


def _or_default(value: int | None) -> str:
    return "the default" if value is None else f"`{value}`"


def _restart(actor: ir.Actor) -> str:
    restart = actor.run_restart
    if restart is None:
        return "never"
    return f"after {restart.backoff_minimum_ms} to {restart.backoff_maximum_ms} ms"
