"""What a schema asks of the targets it is generated for."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rivetgen_schema import ir
from rivetgen_schema.findings import FindingLog
from rivetgen_schema.ir_json import json_name
from rivetgen_schema.walk import named_types, type_parts, types_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rivetgen_schema.findings import Finding
    from rivetgen_schema.source import Position, SourceFile


class Feature(StrEnum):
    """A part of the language that a version of the generator may lack."""

    QUEUES = "queues"
    SCHEDULES = "schedules"
    RUN = "run handlers"
    HTTP = "raw HTTP"
    WEBSOCKET = "raw WebSockets"
    DATABASE = "databases"
    JSON_SCHEMA = "JSON Schema types"
    PAGINATE = "pagination"
    STATE_VERSION = "state versions"
    EVENT_GUARD = "event guards"
    INTERVAL_DURABILITY = "interval durability"
    CHOICE = "choices of scalars"
    CONNECTION_STATE = "connection state"
    UNION = "unions"
    CONNECTION_PARAMETERS = "connection parameters"
    LATER_OPTIONS = "options of other features"
    WORKFLOW = "workflows"


CODES: Final[dict[Feature, str]] = {
    feature: f"RG{900 + number}" for number, feature in enumerate(Feature)
}
"""Feature to the code of its finding."""

LATER_OPTIONS: Final = (
    "connection_liveness_timeout_ms",
    "connection_liveness_interval_ms",
)
"""Options that only matter to features which come later."""

_Place = tuple[str, "Position | None"]


def unsupported(
    schema: ir.Schema,
    supported: frozenset[Feature],
    *,
    files: Iterable[SourceFile] = (),
) -> tuple[Finding, ...]:
    """Return a finding for every use of a feature that is not supported.

    Args:
        schema: A schema that was loaded without errors.
        supported: What this version of the generator can emit.
        files: Sources of the schema, for excerpts.
    """
    log = _log(files)
    for feature, places in FEATURE_USES.items():
        if feature in supported:
            continue
        for what, position in places(schema):
            log.add(
                CODES[feature],
                position,
                f"{what} needs {feature.value}, which cannot be generated yet.",
                fix="Remove it for now, or use a newer version of the generator.",
            )
    return log.findings()


def lint_targets(
    schema: ir.Schema,
    targets: frozenset[ir.Target],
    *,
    files: Iterable[SourceFile] = (),
) -> tuple[Finding, ...]:
    """Return findings that only matter for some targets.

    The official Swift client cannot decode byte strings, so `bytes` must not reach it
    in a result or an event.
    """
    log = _log(files)
    if "swift" in targets:
        definitions = {definition.name: definition for definition in schema.types}
        with_bytes = _types_with_bytes(definitions)
        for what, type_, position in _outputs(schema):
            if _holds_bytes(type_, with_bytes):
                log.add(
                    "RG080",
                    position,
                    f"{what} contains `bytes`, which the Swift client cannot read.",
                    fix="Send a base64 `string` or a `uri`, or leave Swift out.",
                )
    return log.findings()


def _log(files: Iterable[SourceFile]) -> FindingLog:
    return FindingLog(files={file.name: file for file in files})


def _outputs(schema: ir.Schema) -> Iterator[tuple[str, ir.Type, Position | None]]:
    for actor in schema.actors:
        for action in actor.actions:
            if action.returns is not None:
                what = f"The result of `{actor.name}.{action.name}`"
                yield what, action.returns, action.position
        for event in actor.events:
            for member in event.args:
                what = f"The event `{actor.name}.{event.name}`"
                yield what, member.type, event.position


def _types_with_bytes(definitions: dict[str, ir.TypeDefinition]) -> set[str]:
    """Return the definitions that hold bytes, directly or through others."""
    users: dict[str, set[str]] = {}
    found: list[str] = []
    for name, definition in definitions.items():
        types = list(types_of(ir.Schema(name="", version="", types=(definition,))))
        if any(_is_bytes(part) for type_, _ in types for part in type_parts(type_)):
            found.append(name)
        for used in {used for type_, _ in types for used in named_types(type_)}:
            users.setdefault(used, set()).add(name)
    reached = set(found)
    while found:
        new = users.get(found.pop(), set()) - reached
        reached |= new
        found.extend(new)
    return reached


def _is_bytes(type_: ir.Type) -> bool:
    return isinstance(type_, ir.ScalarType) and type_.name == "bytes"


def _holds_bytes(type_: ir.Type, with_bytes: set[str]) -> bool:
    return any(_is_bytes(part) for part in type_parts(type_)) or any(
        name in with_bytes for name in named_types(type_)
    )


def _each_actor(
    word: str, test: Callable[[ir.Actor], bool]
) -> Callable[[ir.Schema], Iterator[_Place]]:
    def places(schema: ir.Schema) -> Iterator[_Place]:
        for actor in schema.actors:
            if test(actor):
                yield f"`{word}` of the actor `{actor.name}`", actor.position

    return places


def _queues(schema: ir.Schema) -> Iterator[_Place]:
    for actor in schema.actors:
        for queue in actor.queues:
            yield f"The queue `{actor.name}.{queue.name}`", queue.position


def _schedules(schema: ir.Schema) -> Iterator[_Place]:
    for actor in schema.actors:
        for schedule in actor.schedules:
            yield f"The schedule `{actor.name}.{schedule.name}`", schedule.position


def _guarded_events(schema: ir.Schema) -> Iterator[_Place]:
    for actor in schema.actors:
        for event in actor.events:
            if event.guard:
                yield f"`guard` of the event `{event.name}`", event.position


def _paginated(schema: ir.Schema) -> Iterator[_Place]:
    for actor in schema.actors:
        for action in actor.actions:
            if action.paginate is not None:
                yield f"`paginate` of the action `{action.name}`", action.position


def _interval(schema: ir.Schema) -> Iterator[_Place]:
    for actor in schema.actors:
        if actor.durability == "interval":
            yield f"`durability` of the actor `{actor.name}`", actor.position
        for action in actor.actions:
            if action.durability == "interval":
                yield f"`durability` of the action `{action.name}`", action.position


def _definitions(
    kind: type[ir.UnionDefinition | ir.JsonSchemaDefinition],
) -> Callable[[ir.Schema], Iterator[_Place]]:
    def places(schema: ir.Schema) -> Iterator[_Place]:
        for definition in schema.types:
            if isinstance(definition, kind):
                yield f"The type `{definition.name}`", definition.position

    return places


def _choices(schema: ir.Schema) -> Iterator[_Place]:
    for type_, position in types_of(schema):
        if any(isinstance(part, ir.ChoiceType) for part in type_parts(type_)):
            yield "This type", position


def _later_options(schema: ir.Schema) -> Iterator[_Place]:
    for actor in schema.actors:
        for name in LATER_OPTIONS:
            if getattr(actor.options, name) is not None:
                word = json_name(name.removesuffix("_ms"))
                yield f"`{word}` of the actor `{actor.name}`", actor.position


FEATURE_USES: Final[dict[Feature, Callable[[ir.Schema], Iterator[_Place]]]] = {
    Feature.QUEUES: _queues,
    Feature.SCHEDULES: _schedules,
    Feature.RUN: _each_actor("run", lambda actor: actor.run == "loop"),
    Feature.HTTP: _each_actor("http", lambda actor: actor.http),
    Feature.WEBSOCKET: _each_actor("websocket", lambda actor: actor.websocket),
    Feature.DATABASE: _each_actor("db", lambda actor: actor.database),
    Feature.JSON_SCHEMA: _definitions(ir.JsonSchemaDefinition),
    Feature.PAGINATE: _paginated,
    Feature.STATE_VERSION: _each_actor(
        "stateVersion", lambda actor: actor.state_version > 1
    ),
    Feature.EVENT_GUARD: _guarded_events,
    Feature.INTERVAL_DURABILITY: _interval,
    Feature.CHOICE: _choices,
    Feature.CONNECTION_STATE: _each_actor(
        "connState", lambda actor: actor.conn_state is not None
    ),
    Feature.UNION: _definitions(ir.UnionDefinition),
    Feature.CONNECTION_PARAMETERS: _each_actor(
        "connParams", lambda actor: actor.conn_params is not None
    ),
    Feature.LATER_OPTIONS: _later_options,
    Feature.WORKFLOW: _each_actor("run", lambda actor: actor.run == "workflow"),
}
"""Feature to the places of a schema that use it."""
