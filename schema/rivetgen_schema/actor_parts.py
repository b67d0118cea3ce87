"""What an actor consists of: actions, events and queues."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from rivetgen_schema import ir
from rivetgen_schema.members import (
    UNKNOWN_TYPE,
    finish_body,
    finish_members,
    read_arguments,
    read_body,
    read_names,
    read_type,
)
from rivetgen_schema.reading import (
    ACTION_NAME,
    NAME,
    QUEUE_NAME,
    SCHEDULE_NAME,
    Reference,
)
from rivetgen_schema.sections import (
    Section,
    read_duration_ms,
    read_text,
    report_form,
)
from rivetgen_schema.yaml_tree import Entry, Mapping, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_schema.reading import Reading

MAXIMUM_ATTEMPTS: Final = 1_000

AUDIENCES: Final[tuple[ir.Audience, ...]] = ("public", "internal")
DURABILITIES: Final[tuple[ir.Durability, ...]] = ("reply", "interval")
UNDECLARED: Final[tuple[ir.UndeclaredQueues, ...]] = ("reject", "drop")
DELIVERIES: Final[tuple[ir.Delivery, ...]] = ("at-least-once", "at-most-once")

_BACKOFF = re.compile(r"([^.]+)\.\.([^.]+)")

_Part = TypeVar("_Part", ir.Action, ir.Event, ir.Queue, ir.Schedule)
Path = tuple[str, ...]


def read_parts(
    reading: Reading,
    section: Section,
    key: str,
    *,
    read: Callable[[Reading, Entry, Path], _Part],
    actor: str,
) -> tuple[_Part, ...]:
    """Read the parts under one key of an actor, by wire name."""
    parts: list[_Part] = []
    for entry in section.entries(key):
        name = reading.name(entry.key, _PATTERNS.get(key, NAME))
        part = read(reading, entry, (actor, name or "unnamed"))
        if name is not None:
            parts.append(part)
    return tuple(parts)


_PATTERNS: Final = {
    "actions": ACTION_NAME,
    "queues": QUEUE_NAME,
    "schedules": SCHEDULE_NAME,
}


def read_action(reading: Reading, entry: Entry, path: Path) -> ir.Action:
    """Read one action."""
    position = entry.key.position
    section = part_section(reading, entry, "action")
    if section is None:
        return ir.Action(name=path[-1], position=position)
    args = section.value("args")
    returns = section.value("returns")
    result = read_type(reading, returns, path=(*path, "result")) if returns else None
    members = read_arguments(reading, args, path=path) if args else ()
    return ir.Action(
        name=path[-1],
        args=finish_members(reading, members),
        returns=None if result == ir.ScalarType(name="none") else result,
        errors=read_references(reading, section, "errors", actor=path[0]),
        names=read_names(section),
        description=section.text("description"),
        read_only=section.flag("readOnly") or False,
        idempotent=section.flag("idempotent") or False,
        audience=section.choice("audience", AUDIENCES) or "public",
        timeout_ms=section.duration_ms("timeout"),
        durability=section.choice("durability", DURABILITIES),
        deprecated=section.deprecation(),
        paginate=_paginate(reading, section),
        position=position,
    )


def part_section(reading: Reading, entry: Entry, kind: str) -> Section | None:
    """Return the settings of a part; a key without a value has none."""
    node = entry.value
    if isinstance(node, Mapping):
        return Section(node, kind, log=reading.log)
    if not (isinstance(node, Scalar) and node.plain and not node.value):
        report_form(reading.log, node, expected=f"a map with the keys of an {kind}")
    return None


def read_references(
    reading: Reading, section: Section, key: str, *, actor: str
) -> tuple[str, ...]:
    """Read a list of names; whether they exist is checked later."""
    names: dict[str, Scalar] = {}
    for node in section.items(key):
        text = read_text(reading.log, node)
        if text is None or not isinstance(node, Scalar):
            continue
        first = names.setdefault(text, node)
        if first is not node:
            reading.log.add(
                "RG018",
                node.position,
                f"`{text[:60]}` is listed twice.",
                fix="Remove one of the two.",
                related=[first.position],
            )
        reading.references.append(Reference(key, text, node.position, actor))
    return tuple(names)


def read_reference(
    reading: Reading, section: Section, key: str, *, actor: str
) -> str | None:
    """Read one name; whether it exists is checked later."""
    text, node = section.text(key), section.value(key)
    if text is not None and node is not None:
        reading.references.append(Reference(key, text, node.position, actor))
    return text


def _paginate(reading: Reading, section: Section) -> ir.Paginate | None:
    node = section.value("paginate")
    if node is None:
        return None
    if isinstance(node, Scalar) and node.value == "cursor":
        return ir.Paginate(cursor="cursor", items="items", next="nextCursor")
    if isinstance(node, Mapping):
        inner = Section(node, "paginate", log=reading.log)
        return ir.Paginate(
            cursor=inner.text("cursor") or "cursor",
            items=inner.text("items") or "items",
            next=inner.text("next") or "nextCursor",
        )
    report_form(reading.log, node, expected="`cursor` or a map")
    return None


def read_event(reading: Reading, entry: Entry, path: Path) -> ir.Event:
    """Read one event: a bare type, or a map with `payload` or `args`."""
    position = entry.key.position
    if isinstance(entry.value, Scalar) and (entry.value.value or not entry.value.plain):
        return ir.Event(
            name=path[-1],
            args=_payload(reading, entry.value, path=path),
            single_payload=True,
            position=position,
        )
    section = part_section(reading, entry, "event")
    if section is None:
        return ir.Event(name=path[-1], args=(), single_payload=False, position=position)
    section.exclusive("payload", "args")
    payload, args = section.value("payload"), section.value("args")
    if payload is not None:
        members = _payload(reading, payload, path=path)
    else:
        members = read_arguments(reading, args, path=path) if args else ()
    return ir.Event(
        name=path[-1],
        args=finish_members(reading, members),
        single_payload=payload is not None,
        names=read_names(section),
        description=section.text("description"),
        guard=section.flag("guard") or False,
        deprecated=section.deprecation(),
        position=position,
    )


def _payload(reading: Reading, node: Node, *, path: Path) -> tuple[ir.Member, ...]:
    type_ = read_type(reading, node, path=(*path, "payload")) or UNKNOWN_TYPE
    if type_ == ir.ScalarType(name="none"):
        return ()
    return (ir.Member(name="payload", type=type_, position=node.position),)


def read_queue(reading: Reading, entry: Entry, path: Path) -> ir.Queue:
    """Read one queue."""
    position = entry.key.position
    section = part_section(reading, entry, "queue")
    if section is None or "message" not in section:
        _report_no_message(reading, entry)
    if section is None:
        return ir.Queue(name=path[-1], message=UNKNOWN_TYPE, position=position)
    message = _queue_body(reading, section, "message", path=path)
    reply_key = section.exclusive("reply", "complete")
    reply = _queue_body(reading, section, reply_key, path=path) if reply_key else None
    delivery = section.choice("delivery", DELIVERIES) or "at-least-once"
    return ir.Queue(
        name=path[-1],
        message=message or UNKNOWN_TYPE,
        reply=reply,
        names=read_names(section),
        description=section.text("description"),
        guard=section.flag("guard") or False,
        delivery=delivery,
        retry=_retry(reading, section, delivery),
        dead_letter=read_reference(reading, section, "deadLetter", actor=path[0]),
        deprecated=section.deprecation(),
        position=position,
    )


def _report_no_message(reading: Reading, entry: Entry) -> None:
    reading.log.add(
        "RG121",
        entry.key.position,
        f"The queue `{entry.key.value[:60]}` does not say what a message looks like.",
        fix="Add `message: { orderId: string }`; a queue of signals has `message: {}`.",
    )


def _queue_body(
    reading: Reading, section: Section, key: str, *, path: Path
) -> ir.Body | None:
    node = section.value(key)
    body = read_body(reading, node, path=(*path, key)) if node else None
    return finish_body(reading, body)


def _retry(
    reading: Reading, section: Section, delivery: ir.Delivery
) -> ir.Retry | None:
    if delivery == "at-most-once":
        for key in ("retry", "deadLetter"):
            if key in section:
                reading.log.add(
                    "RG041",
                    section.key_position(key),
                    f"`{key}` has no effect with `delivery: at-most-once`.",
                    fix=f"Remove `{key}`, or use `at-least-once`.",
                )
        return None
    inner = section.subsection("retry", "retry")
    if inner is None:
        return ir.Retry()
    attempts = inner.integer("attempts", minimum=1, maximum=MAXIMUM_ATTEMPTS)
    retry = ir.Retry() if attempts is None else ir.Retry(attempts=attempts)
    backoff = read_backoff(inner)
    if backoff is None:
        return retry
    shortest, longest = backoff
    return replace(retry, backoff_minimum_ms=shortest, backoff_maximum_ms=longest)


def read_backoff(section: Section) -> tuple[int, int] | None:
    """Read the shortest and the longest wait under `backoff`, in milliseconds."""
    node = section.value("backoff")
    if node is None:
        return None
    match = _BACKOFF.fullmatch(node.value) if isinstance(node, Scalar) else None
    if match is None or not isinstance(node, Scalar):
        report_form(section.log, node, expected="a range of durations, like `1s..1m`")
        return None
    shortest, longest = (
        read_duration_ms(section.log, replace(node, value=text), minimum=1)
        for text in match.groups()
    )
    if shortest is None or longest is None:
        return None
    if shortest > longest:
        section.log.add(
            "RG023",
            node.position,
            "The shortest wait is above the longest one.",
            fix="Swap the two durations.",
        )
    return shortest, longest
