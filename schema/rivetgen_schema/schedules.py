"""Recurring calls of actions: cadence, time zone and arguments."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from rivetgen_schema import ir
from rivetgen_schema.actor_parts import part_section, read_reference
from rivetgen_schema.cron import cron_problem
from rivetgen_schema.findings import Suggestion
from rivetgen_schema.literals import json_of_literal, literal_of_node
from rivetgen_schema.sections import Section, report_form
from rivetgen_schema.values import ValueProblemError, checked_value
from rivetgen_schema.yaml_tree import Entry, Node, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_schema.ir import JsonValue
    from rivetgen_schema.reading import Reading

MINIMUM_INTERVAL_MS: Final = 5_000
"""Shortest interval that the runtime accepts."""

MAXIMUM_MISSED: Final = 1_000

OVERLAPS: Final[tuple[ir.Overlap, ...]] = ("skip", "queue", "allow")

_MISSED = re.compile(r"(once|skip|all)(?:\(max ([0-9]{1,6})\))?")


def read_schedule(
    reading: Reading,
    entry: Entry,
    path: tuple[str, ...],
    *,
    actions: Iterable[ir.Action],
) -> ir.Schedule:
    """Read one schedule; its arguments must fit the action that it calls."""
    position = entry.key.position
    section = part_section(reading, entry, "schedule")
    if section is None:
        return ir.Schedule(name=path[-1], action="", position=position)
    _check_cadence(reading, section)
    missed, maximum = _missed(section)
    called = _called_action(reading, section, actor=path[0])
    action = next((action for action in actions if action.name == called), None)
    return ir.Schedule(
        name=path[-1],
        action=called,
        cron=_cron(section),
        every_ms=section.duration_ms("every", minimum=MINIMUM_INTERVAL_MS),
        timezone=_timezone(section),
        args=_arguments(reading, section, action),
        overlap=section.choice("overlap", OVERLAPS) or "skip",
        missed=missed,
        missed_maximum=maximum,
        description=section.text("description"),
        position=position,
    )


def _check_cadence(reading: Reading, section: Section) -> None:
    if section.exclusive("cron", "every") is None:
        reading.log.add(
            "RG043",
            section.node.position,
            "The schedule does not say when it runs.",
            fix="Add `cron: 0 9 * * *` or `every: 15m`.",
        )
    if "every" in section and "timezone" in section:
        section.exclusive("every", "timezone")


def _cron(section: Section) -> str | None:
    text = section.text("cron")
    node = section.value("cron")
    if text is None or node is None:
        return None
    problem = cron_problem(text)
    if problem:
        section.log.add(
            "RG044",
            node.position,
            f"The schedule never runs: {problem}.",
            fix="Write minute, hour, day, month and weekday, such as `0 9 * * MON`.",
        )
    return " ".join(text.split())


def _timezone(section: Section) -> str:
    text = section.text("timezone")
    node = section.value("timezone")
    if text is None or node is None or _is_timezone(text):
        return text or "UTC"
    section.log.add(
        "RG045",
        node.position,
        f"There is no time zone `{text[:60]}`.",
        fix=Suggestion(
            text[:60],
            _timezones(),
            otherwise="Write an IANA name, such as `Europe/Berlin`.",
        ),
    )
    return "UTC"


@cache
def _timezones() -> tuple[str, ...]:
    names = available_timezones()
    # Places first: only so many names are looked at for a suggestion.
    return tuple(sorted(names, key=lambda name: ("/" not in name, name)))


def _is_timezone(text: str) -> bool:
    try:
        return ZoneInfo(text).key == text
    except (KeyError, ValueError, OSError):
        return False


def _missed(section: Section) -> tuple[ir.Missed, int | None]:
    text = section.text("missed")
    node = section.value("missed")
    if text is None or node is None:
        return "once", None
    match = _MISSED.fullmatch(text)
    limited = match is not None and match[2] is not None
    if match is None or (limited and not _allows_maximum(match)):
        section.log.add(
            "RG123",
            node.position,
            f"`{text[:40]}` is not a choice for `missed`.",
            fix=f"Write `once`, `skip`, `all` or `all(max {MAXIMUM_MISSED})`.",
        )
        return "once", None
    return _MISSED_CHOICES[match[1]], int(match[2]) if limited else None


def _allows_maximum(match: re.Match[str]) -> bool:
    return match[1] == "all" and 1 <= int(match[2]) <= MAXIMUM_MISSED


_MISSED_CHOICES: Final[dict[str, ir.Missed]] = {
    "once": "once",
    "skip": "skip",
    "all": "all",
}


def _called_action(reading: Reading, section: Section, *, actor: str) -> str:
    if "action" not in section:
        section.required_text("action", example="remind")
    return read_reference(reading, section, "action", actor=actor) or ""


def _arguments(
    reading: Reading, section: Section, action: ir.Action | None
) -> tuple[JsonValue, ...]:
    node = section.value("args")
    if node is not None and not isinstance(node, Sequence):
        report_form(reading.log, node, expected="a list of arguments")
        return ()
    items = node.items if node else []
    if action is None:
        return tuple(json_of_literal(literal_of_node(item)) for item in items)
    _check_count(section, action, count=len(items))
    return tuple(
        _argument(reading, item, member)
        for item, member in zip(items, action.args, strict=False)
    )


def _check_count(section: Section, action: ir.Action, *, count: int) -> None:
    required = sum(member.required for member in action.args)
    most = len(action.args)
    if required <= count <= most:
        return
    wanted = str(most) if required == most else f"{required} to {most}"
    section.log.add(
        "RG047",
        section.key_position("args"),
        f"`{action.name}` takes {wanted} arguments, the schedule gives {count}.",
        fix="Give every required argument in order, as in `args: [1, text]`.",
    )


def _argument(reading: Reading, node: Node, member: ir.Member) -> JsonValue:
    try:
        return checked_value(
            literal_of_node(node), member.type, definitions=reading.definitions
        )
    except ValueProblemError as problem:
        reading.log.add("RG047", node.position, problem.message, fix=problem.fix)
    return None
