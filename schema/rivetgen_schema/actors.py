"""The section `actors`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict

from rivetgen_schema import ir
from rivetgen_schema.actor_parts import (
    DURABILITIES,
    UNDECLARED,
    read_action,
    read_event,
    read_parts,
    read_queue,
    read_references,
)
from rivetgen_schema.members import (
    finish_body,
    finish_members,
    read_arguments,
    read_body,
    read_names,
)
from rivetgen_schema.reading import report_second_definition
from rivetgen_schema.runs import read_run
from rivetgen_schema.schedules import read_schedule
from rivetgen_schema.sections import Section, report_form
from rivetgen_schema.yaml_tree import Entry, Mapping

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_schema.reading import Reading

MAXIMUM_STATE_VERSION: Final = 1_000


def read_actors(reading: Reading, entries: Iterable[Entry]) -> tuple[ir.Actor, ...]:
    """Read all actors; the definitions of types must be known by now."""
    actors: dict[str, ir.Actor] = {}
    for entry in entries:
        name = reading.name(entry.key)
        actor = _actor(reading, entry, name=name or "unnamed")
        if name is None or actor is None:
            continue
        first = actors.setdefault(name, actor)
        if first is not actor:
            report_second_definition(
                reading.log, name, position=entry.key.position, first=first.position
            )
    return tuple(actors.values())


def _actor(reading: Reading, entry: Entry, *, name: str) -> ir.Actor | None:
    if not isinstance(entry.value, Mapping):
        report_form(
            reading.log, entry.value, expected="a map with the keys of an actor"
        )
        return None
    section = Section(entry.value, "actor", log=reading.log)
    bodies = _bodies(reading, section, name=name)
    actions = read_parts(reading, section, "actions", read=read_action, actor=name)
    schedule = partial(read_schedule, actions=actions)
    run, restart = read_run(section)
    return ir.Actor(
        name=name,
        key=_key(reading, section, name=name),
        **bodies,
        state_version=_state_version(section),
        actions=actions,
        events=read_parts(reading, section, "events", read=read_event, actor=name),
        queues=read_parts(reading, section, "queues", read=read_queue, actor=name),
        undeclared_queues=section.choice("undeclaredQueues", UNDECLARED) or "reject",
        schedules=read_parts(reading, section, "schedules", read=schedule, actor=name),
        names=read_names(section),
        description=section.text("description"),
        icon=section.text("icon"),
        display_name=section.text("displayName"),
        run=run,
        run_restart=restart,
        uses=read_references(reading, section, "uses", actor=name),
        http=section.flag("http") or False,
        websocket=section.flag("websocket") or False,
        database=section.flag("db") or False,
        durability=section.choice("durability", DURABILITIES) or "reply",
        deprecated=section.deprecation(),
        options=_options(section),
        position=entry.key.position,
    )


class _Bodies(TypedDict):
    input: ir.Body | None
    state: ir.Body | None
    conn_params: ir.Body | None
    conn_state: ir.Body | None


def _bodies(reading: Reading, section: Section, *, name: str) -> _Bodies:
    def body(key: str) -> ir.Body | None:
        node = section.value(key)
        if node is None:
            return None
        return finish_body(reading, read_body(reading, node, path=(name, key)))

    return _Bodies(
        input=body("input"),
        state=body("state"),
        conn_params=body("connParams"),
        conn_state=body("connState"),
    )


def _key(reading: Reading, section: Section, *, name: str) -> tuple[ir.Member, ...]:
    node = section.value("key")
    if node is None:
        return ()
    members = read_arguments(reading, node, path=(name, "key"))
    for member in members:
        if not member.required:
            reading.log.add(
                "RG025",
                member.position,
                "A part of a key is always given.",
                fix="Remove `| absent` and the default.",
            )
    return finish_members(reading, members)


def _state_version(section: Section) -> int:
    version = section.integer("stateVersion", minimum=1, maximum=MAXIMUM_STATE_VERSION)
    if "stateVersion" in section and "state" not in section:
        section.log.add(
            "RG031",
            section.key_position("stateVersion"),
            "There is no `state` whose version this could be.",
            fix="Add `state`, or remove `stateVersion`.",
        )
    return version or 1


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table of actor options.

    Attributes:
        key: Key in the schema.
        kind: How the value is written.
        minimum: Least value; milliseconds for a duration.
        maximum: Greatest value of a number.
    """

    key: str
    kind: Literal["duration", "count", "flag"] = "duration"
    minimum: int = 1
    maximum: int = 1_000_000


OPTIONS: Final[dict[str, Option]] = {
    "action_timeout_ms": Option("actionTimeout"),
    "create_vars_timeout_ms": Option("createVarsTimeout"),
    "create_conn_state_timeout_ms": Option("createConnStateTimeout"),
    "on_before_connect_timeout_ms": Option("onBeforeConnectTimeout"),
    "on_connect_timeout_ms": Option("onConnectTimeout"),
    "on_migrate_timeout_ms": Option("onMigrateTimeout"),
    "sleep_grace_period_ms": Option("sleepGracePeriod"),
    "sleep_timeout_ms": Option("sleepTimeout"),
    "state_save_interval_ms": Option("stateSaveInterval"),
    "connection_liveness_timeout_ms": Option("connectionLivenessTimeout"),
    "connection_liveness_interval_ms": Option("connectionLivenessInterval"),
    "no_sleep": Option("noSleep", "flag"),
    "can_hibernate_web_socket": Option("canHibernateWebSocket", "flag"),
    "max_queue_size": Option("maxQueueSize", "count"),
    "max_queue_message_size": Option("maxQueueMessageSize", "count", maximum=131_072),
    "max_schedules": Option("maxSchedules", "count"),
}
"""Field of `ir.Options` to its row."""


def _options(section: Section) -> ir.Options:
    inner = section.subsection("options", "options")
    if inner is None:
        return ir.Options()
    values: dict[str, Any] = {
        name: _option(inner, option) for name, option in OPTIONS.items()
    }
    return ir.Options(**values)


def _option(section: Section, option: Option) -> int | bool | None:
    if option.kind == "flag":
        return section.flag(option.key)
    if option.kind == "duration":
        return section.duration_ms(option.key, minimum=option.minimum)
    return section.integer(option.key, minimum=option.minimum, maximum=option.maximum)
