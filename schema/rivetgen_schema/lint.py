"""What is allowed but unwise, and what only makes sense together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rivetgen_schema import ir
from rivetgen_schema.sizes import Sizes
from rivetgen_schema.walk import bodies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rivetgen_schema.findings import FindingLog
    from rivetgen_schema.reading import Reading

KEY_PART_BYTES: Final = 128
CONNECTION_PARAMETERS_BYTES: Final = 4 * 1_024
QUEUE_MESSAGE_BYTES: Final = 64 * 1_024
STATE_BYTES: Final = 128 * 1_024

# Names and texts of keys that a caller would have to put together.
_COMPOSED_NAME: Final = re.compile(
    r"[a-z0-9]+(?:_and_|And(?=[A-Z]))|.*(?:Id|_id)(?:_?[A-Za-z0-9]*)(?:Id|_id)$"
    r"|(?:composite|compound|combined|joined)"
)
_COMPOSED_TEXT: Final = re.compile(
    r"\{\w+\}\s*[:/|_-]\s*\{\w+\}|<\w+>\s*[:/|_-]\s*<\w+>|\b[a-z]\w*:[a-z]\w*\b"
)


def lint(reading: Reading, schema: ir.Schema) -> None:
    """Report everything that `LINT_RULES` finds."""
    _unused_types(reading, schema)
    for rule in LINT_RULES:
        rule(reading.log, schema)


def _unused_types(reading: Reading, schema: ir.Schema) -> None:
    used = {use.name for use in reading.uses}
    for definition in schema.types:
        inline = isinstance(
            definition, ir.ObjectDefinition | ir.JsonSchemaDefinition
        ) and (definition.inline)
        if definition.name not in used and not inline:
            reading.log.add(
                "RG011",
                definition.position,
                f"Nothing uses the type `{definition.name}`.",
                fix="Use it or remove it.",
            )


def _unused_errors(log: FindingLog, schema: ir.Schema) -> None:
    used = {
        code for a in schema.actors for action in a.actions for code in action.errors
    }
    for error in schema.errors:
        if error.code not in used:
            log.add(
                "RG013",
                error.position,
                f"No action raises the error `{error.code}`.",
                fix="List it under `errors` of an action, or remove it.",
            )


def _optional_before_required(log: FindingLog, schema: ir.Schema) -> None:
    for actor in schema.actors:
        for action in actor.actions:
            _check_order(log, action.args)
        for event in actor.events:
            _check_order(log, event.args)


def _check_order(log: FindingLog, members: Iterable[ir.Member]) -> None:
    optional: ir.Member | None = None
    for member in members:
        if not member.required:
            optional = optional or member
        elif optional is not None:
            log.add(
                "RG020",
                member.position,
                f"`{member.name}` is required but comes after `{optional.name}`,"
                " which is optional.",
                fix=f"Move `{member.name}` before `{optional.name}`.",
                related=[optional.position] if optional.position else [],
            )


def _state_without_start(log: FindingLog, schema: ir.Schema) -> None:
    for actor in schema.actors:
        if not isinstance(actor.state, ir.Record) or actor.input is not None:
            continue
        for member in actor.state.fields:
            if member.required:
                log.add(
                    "RG030",
                    member.position,
                    f"The state field `{member.name}` has no start value.",
                    fix="Give it a default, or implement `create_state`.",
                )


def _read_only_conflicts(log: FindingLog, schema: ir.Schema) -> None:
    for actor in schema.actors:
        for schedule in actor.schedules:
            action = actor.action_named(schedule.action)
            if action is not None and action.read_only:
                log.add(
                    "RG040",
                    schedule.position,
                    f"The schedule calls `{action.name}`, which is read-only.",
                    fix="Remove `readOnly`, or the schedule: it could change nothing.",
                    related=[action.position] if action.position else [],
                )
        for action in actor.actions:
            if action.read_only and action.durability is not None:
                log.add(
                    "RG041",
                    action.position,
                    f"`{action.name}` is read-only and has nothing to save.",
                    fix="Remove `durability` or `readOnly`.",
                )


def _composed_keys(log: FindingLog, schema: ir.Schema) -> None:
    for actor in schema.actors:
        if len(actor.key) != 1:
            continue
        part = actor.key[0]
        text = f"{part.description or ''} {_example_text(part)}"
        if _COMPOSED_NAME.match(part.name) or _COMPOSED_TEXT.search(text):
            log.add(
                "RG050",
                part.position,
                f"The key `{part.name}` looks like several values in one text.",
                fix="Declare one part per value: `key: [org: string, room: string]`.",
            )


def _example_text(member: ir.Member) -> str:
    value = member.example.value if member.example else None
    return value if isinstance(value, str) else ""


def _limits(log: FindingLog, schema: ir.Schema) -> None:
    sizes = Sizes(schema)
    for actor in schema.actors:
        for part in actor.key:
            _check_key_part(log, part, size=sizes.longest_text(part.type))
        for key, body in bodies(actor):
            limit = _body_limit(actor, key)
            size = sizes.smallest(body)
            if limit is not None and size > limit:
                _report_size(log, actor, key=key, size=size, limit=limit)


def _check_key_part(log: FindingLog, part: ir.Member, *, size: int | None) -> None:
    if size is not None and size > KEY_PART_BYTES:
        log.add(
            "RG090",
            part.position,
            f"The key part `{part.name}` may have {size:,} bytes;"
            f" {KEY_PART_BYTES} are the limit.",
            fix=f"Bound it, like `string(1..{KEY_PART_BYTES})`.",
        )


def _report_size(
    log: FindingLog, actor: ir.Actor, *, key: str, size: int, limit: int
) -> None:
    log.add(
        "RG090",
        actor.position,
        f"The smallest `{key}` of `{actor.name}` has {size:,} bytes; {limit:,} fit.",
        fix="Lower the least lengths, or keep large values elsewhere.",
    )


def _body_limit(actor: ir.Actor, key: str) -> int | None:
    limits = {"connParams": CONNECTION_PARAMETERS_BYTES, "state": STATE_BYTES}
    if key.endswith(" message"):
        return actor.options.max_queue_message_size or QUEUE_MESSAGE_BYTES
    return limits.get(key)


LINT_RULES: Final[tuple[Callable[[FindingLog, ir.Schema], None], ...]] = (
    _unused_errors,
    _optional_before_required,
    _state_without_start,
    _read_only_conflicts,
    _composed_keys,
    _limits,
)
"""The rules that need nothing but the schema, in order of their codes."""
