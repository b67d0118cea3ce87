"""Comparing actors and what they consist of."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from rivetgen_schema import ir
from rivetgen_schema.compatibility.types import Place, TypeComparison, body_text
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
        self._input(old.input, new.input, "input", place)
        self._input(old.conn_params, new.conn_params, "conn-params", place)
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
            self.log.add("key-reordered", place.path, place.position, **texts)
            return
        for member in old[len(new) :]:
            where = place.member(member)
            self.log.add("key-part-removed", where.path, place.position)
        for member in new[len(old) :]:
            where = place.member(member)
            self.log.add("key-part-added", where.path, where.position)
        for before, after in zip(old, new, strict=False):
            self._key_part(before, after, place.member(after))

    def _key_part(self, old: ir.Member, new: ir.Member, place: Place) -> None:
        if old.type != new.type:
            texts = {"old": body_text(old.type), "new": body_text(new.type)}
            self.log.add("key-part-retyped", place.path, place.position, **texts)
        if old.name != new.name:
            texts = {"old": old.name, "new": new.name}
            self.log.add("key-part-renamed", place.path, place.position, **texts)

    def _input(
        self, old: ir.Body | None, new: ir.Body | None, rule: str, place: Place
    ) -> None:
        inside = Place(f"{place.path}.{_WORDS[rule]}", place.position)
        if old is not None and new is not None:
            self.types.bodies(old, new, "input", inside)
        elif old is not None:
            self.log.add(f"{rule}-removed", place.path, place.position)
        elif new is not None:
            ending = "required" if _needs_value(new) else "added"
            self.log.add(f"{rule}-{ending}", place.path, place.position)

    def _state(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        inside = Place(f"{place.path}.state", place.position)
        versions = (f"version {old.state_version}", f"version {new.state_version}")
        if new.state_version < old.state_version:
            self.log.add(
                "state-version-lowered",
                inside.path,
                place.position,
                old=versions[0],
                new=versions[1],
            )
        elif new.state_version > old.state_version:
            self.log.add("state-migrated", inside.path, place.position, new=versions[1])
        elif old.state is not None and new.state is not None:
            self.types.bodies(old.state, new.state, "stored", inside)
        elif old.state is not None:
            self.log.add("state-removed", place.path, place.position)
        elif new.state is not None:
            self.log.add("state-added", place.path, place.position)

    def _conn_state(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        if old.conn_state is not None and new.conn_state is not None:
            inside = Place(f"{place.path}.connState", place.position)
            self.types.bodies(old.conn_state, new.conn_state, "stored", inside)
        elif old.conn_state is not None:
            self.log.add("conn-state-removed", place.path, place.position)
        elif new.conn_state is not None:
            self.log.add("conn-state-added", place.path, place.position)

    def _switches(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        for rule, read in _SWITCHES.items():
            before, after = read(old), read(new)
            if before and not after:
                self.log.add(f"{rule}-removed", place.path, place.position)
            elif after and not before:
                self.log.add(f"{rule}-added", place.path, place.position)
        if old.run and new.run and old.run != new.run:
            self.log.add("run-changed", place.path, place.position, new=new.run)
        if old.durability == "reply" and new.durability == "interval":
            self.log.add("durability-lowered", place.path, place.position)

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
                f"{place.path}.options.{part.name}",
                place.position,
                old=_or_default(before),
                new=_or_default(after),
            )

    def _actions(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        scheduled = {schedule.action for schedule in old.schedules}
        for before, after, where in self._pairs(
            "action", old.actions, new.actions, place
        ):
            self._arguments(before.args, after.args, where)
            if before.name in scheduled and _shape(before.args) != _shape(after.args):
                self.log.add("scheduled-arguments", where.path, where.position)
            self._result(before, after, where)
            self._errors(before, after, where)
            self._promises(before, after, where)

    def _pairs(
        self,
        kind: str,
        old: Iterable[_Part],
        new: Iterable[_Part],
        place: Place,
    ) -> list[tuple[_Part, _Part, Place]]:
        """Record removed and added parts; return those that are in both."""
        before = {part.name: part for part in old}
        after = {part.name: part for part in new}
        for name, part in before.items():
            if name not in after:
                path = f"{place.path}.{name}"
                self.log.add(f"{kind}-removed", path, part.position)
        for name, part in after.items():
            if name not in before:
                path = f"{place.path}.{name}"
                self.log.add(f"{kind}-added", path, part.position)
        return [
            (before[name], part, Place(f"{place.path}.{name}", part.position))
            for name, part in after.items()
            if name in before
        ]

    def _arguments(
        self, old: tuple[ir.Member, ...], new: tuple[ir.Member, ...], place: Place
    ) -> None:
        if _are_reordered(old, new):
            texts = {"old": _listed(old), "new": _listed(new)}
            self.log.add("arguments-reordered", place.path, place.position, **texts)
            return
        inserted = _inserted(old, new)
        if inserted is not None:
            where = place.member(inserted)
            self.log.add("argument-inserted", where.path, where.position)
            return
        for member in old[len(new) :]:
            where = place.member(member)
            self.log.add("argument-removed", where.path, place.position)
        for member in new[len(old) :]:
            where = place.member(member)
            ending = "required-added" if member.required else "added"
            self.log.add(f"argument-{ending}", where.path, where.position)
        for before, after in zip(old, new, strict=False):
            self._argument(before, after, place.member(after))

    def _argument(self, old: ir.Member, new: ir.Member, place: Place) -> None:
        self.types.argument(old, new, place)
        if old.name != new.name:
            texts = {"old": old.name, "new": new.name}
            self.log.add("argument-renamed", place.path, place.position, **texts)
        if new.required and not old.required:
            self.log.add("argument-required", place.path, place.position)
        elif old.required and not new.required:
            self.log.add("argument-optional", place.path, place.position)

    def _result(self, old: ir.Action, new: ir.Action, place: Place) -> None:
        inside = Place(f"{place.path}.result", place.position)
        if old.returns is not None and new.returns is not None:
            self.types.types(old.returns, new.returns, "output", inside)
        elif old.returns is not None:
            self.log.add("result-removed", place.path, place.position)
        elif new.returns is not None:
            self.log.add("result-added", place.path, place.position)

    def _errors(self, old: ir.Action, new: ir.Action, place: Place) -> None:
        for code in new.errors:
            if code not in old.errors:
                self.log.add("action-error-added", place.path, place.position, new=code)
        for code in old.errors:
            if code not in new.errors:
                self.log.add(
                    "action-error-removed", place.path, place.position, old=code
                )

    def _promises(self, old: ir.Action, new: ir.Action, place: Place) -> None:
        for rule, holds in _ACTION_RULES.items():
            if holds(old, new):
                self.log.add(
                    rule,
                    place.path,
                    place.position,
                    old=old.timeout_ms,
                    new=new.timeout_ms,
                )

    def _events(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        for before, after, where in self._pairs("event", old.events, new.events, place):
            self._event_arguments(before, after, where)
            if before.single_payload != after.single_payload:
                self.log.add("event-form-changed", where.path, where.position)
            if after.guard and not before.guard:
                self.log.add("event-guarded", where.path, where.position)
            self._deprecation(before, after, where)

    def _deprecation(self, old: _Deprecable, new: _Deprecable, place: Place) -> None:
        if new.deprecated is not None and old.deprecated is None:
            self.log.add("deprecated", place.path, place.position)

    def _event_arguments(self, old: ir.Event, new: ir.Event, place: Place) -> None:
        if _are_reordered(old.args, new.args):
            texts = {"old": _listed(old.args), "new": _listed(new.args)}
            self.log.add(
                "event-arguments-reordered", place.path, place.position, **texts
            )
            return
        for member in old.args[len(new.args) :]:
            where = place.member(member)
            self.log.add("event-argument-removed", where.path, place.position)
        for member in new.args[len(old.args) :]:
            where = place.member(member)
            self.log.add("event-argument-added", where.path, where.position)
        for before, after in zip(old.args, new.args, strict=False):
            where = place.member(after)
            self.types.member(before, after, "output", where)
            if before.name != after.name:
                texts = {"old": before.name, "new": after.name}
                self.log.add(
                    "event-argument-renamed", where.path, where.position, **texts
                )

    def _queues(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        for before, after, where in self._pairs("queue", old.queues, new.queues, place):
            message = Place(f"{where.path}.message", where.position)
            self.types.bodies(before.message, after.message, "input", message)
            self.types.bodies(before.message, after.message, "stored", message)
            self._reply(before, after, where)
            self._delivery(before, after, where)
            self._deprecation(before, after, where)

    def _reply(self, old: ir.Queue, new: ir.Queue, place: Place) -> None:
        if old.reply is not None and new.reply is not None:
            inside = Place(f"{place.path}.reply", place.position)
            self.types.bodies(old.reply, new.reply, "output", inside)
        elif old.reply is not None:
            self.log.add("reply-removed", place.path, place.position)
        elif new.reply is not None:
            self.log.add("reply-added", place.path, place.position)

    def _delivery(self, old: ir.Queue, new: ir.Queue, place: Place) -> None:
        if new.guard and not old.guard:
            self.log.add("queue-guarded", place.path, place.position)
        if old.delivery != new.delivery:
            self.log.add(
                "delivery-changed", place.path, place.position, new=new.delivery
            )
        before, after = _attempts(old), _attempts(new)
        if old.delivery == new.delivery and after < before:
            self.log.add(
                "retry-lowered", place.path, place.position, old=before, new=after
            )
        if old.dead_letter != new.dead_letter:
            to = f"`{new.dead_letter}`" if new.dead_letter else "nowhere"
            self.log.add("dead-letter-changed", place.path, place.position, new=to)

    def _schedules(self, old: ir.Actor, new: ir.Actor, place: Place) -> None:
        for before, after, where in self._pairs(
            "schedule", old.schedules, new.schedules, place
        ):
            for name, read in _SCHEDULE_PARTS.items():
                if read(before) != read(after):
                    self.log.add(
                        "schedule-changed",
                        f"{where.path}.{name}",
                        where.position,
                        old=f"`{read(before)}`",
                        new=f"`{read(after)}`",
                    )


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
