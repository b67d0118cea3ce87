"""Whether names can be spelled in every target without meeting each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

from rivetgen_schema import ir
from rivetgen_schema.names import NameKind, folded, pascal_case, spelling
from rivetgen_schema.reserved import is_reserved
from rivetgen_schema.walk import bodies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rivetgen_schema.findings import FindingLog
    from rivetgen_schema.source import Position

TARGETS: Final[tuple[ir.Target, ...]] = get_args(ir.Target)
TARGET_NAMES: Final[Mapping[ir.Target, str]] = {
    "python": "Python",
    "typescript": "TypeScript",
    "swift": "Swift",
}
MAXIMUM_SPELLING_LENGTH: Final = 100

ACTOR_CLASSES: Final = ("Base", "Context", "Handle", "Connection")
"""Endings of the classes that targets generate for every actor."""

_MEMBER_KINDS: Final = frozenset({"field", "argument", "value"})

_NO_NAMES: Final[Mapping[ir.Target, str]] = {}


@dataclass(frozen=True, slots=True)
class _Named:
    """A name with its place and its spellings."""

    name: str
    kind: NameKind
    position: Position | None
    names: Mapping[ir.Target, str]


def check_names(log: FindingLog, schema: ir.Schema) -> None:
    """Report names that collide, are reserved or are misspelled under `names`."""
    for scope in _scopes(schema):
        named = list(scope)
        _check_collisions(log, named)
        for element in named:
            if element.names:
                _check_spellings(log, element)
            _check_reserved(log, element)


def _scopes(schema: ir.Schema) -> Iterator[Iterable[_Named]]:
    """Yield the groups in which names must differ."""
    yield [*_types(schema), *_errors(schema), *_generated_classes(schema)]
    yield [_Named(a.name, "actor", a.position, a.names) for a in schema.actors]
    for definition in schema.types:
        yield from _definition_scopes(definition)
    for error in schema.errors:
        yield _members(error.metadata or (), "field")
    for actor in schema.actors:
        yield from _actor_scopes(actor)


def _types(schema: ir.Schema) -> Iterator[_Named]:
    for definition in schema.types:
        yield _Named(definition.name, "type", definition.position, definition.names)


def _errors(schema: ir.Schema) -> Iterator[_Named]:
    for error in schema.errors:
        yield _Named(error.code, "error", error.position, error.names)


def _generated_classes(schema: ir.Schema) -> Iterator[_Named]:
    # Actors whose names collide have a finding of their own.
    actors = {folded(actor.name): actor for actor in schema.actors}
    for actor in actors.values():
        stem = pascal_case(actor.name)
        records = [key for key, body in bodies(actor) if isinstance(body, ir.Record)]
        for ending in [*ACTOR_CLASSES, *map(_class_ending, records)]:
            yield _Named(f"{stem}{ending}", "type", actor.position, _NO_NAMES)


def _class_ending(key: str) -> str:
    return pascal_case(key.replace(" ", "_"))


def _definition_scopes(definition: ir.TypeDefinition) -> Iterator[Iterable[_Named]]:
    if isinstance(definition, ir.ObjectDefinition):
        yield _members(definition.fields, "field")
    elif isinstance(definition, ir.EnumDefinition):
        yield [
            _Named(v.value, "value", v.position, _NO_NAMES) for v in definition.values
        ]
    elif isinstance(definition, ir.UnionDefinition):
        variants = definition.variants
        yield [_Named(v.tag_value, "value", v.position, _NO_NAMES) for v in variants]
        for variant in variants:
            tag = _Named(definition.tag, "field", variant.position, _NO_NAMES)
            yield [tag, *_members(variant.fields, "field")]


def _actor_scopes(actor: ir.Actor) -> Iterator[Iterable[_Named]]:
    yield [_Named(a.name, "action", a.position, a.names) for a in actor.actions]
    yield _groups(actor)
    yield [_Named(e.name, "event", e.position, e.names) for e in actor.events]
    yield [_Named(q.name, "queue", q.position, q.names) for q in actor.queues]
    yield _members(actor.key, "argument")
    for action in actor.actions:
        yield _members(action.args, "argument")
    for event in actor.events:
        yield _members(event.args, "argument")
    for _, body in bodies(actor):
        if isinstance(body, ir.Record):
            yield _members(body.fields, "field")


def _groups(actor: ir.Actor) -> Iterator[_Named]:
    """Yield the first words of dotted actions beside the undotted actions."""
    first: dict[str, ir.Action] = {}
    for action in actor.actions:
        group, dot, _ = action.name.partition(".")
        if dot:
            first.setdefault(group, action)
    if not first:
        return
    for group, action in first.items():
        yield _Named(f"{group}.*", "action", action.position, _NO_NAMES)
    for action in actor.actions:
        if "." not in action.name:
            yield _Named(action.name, "action", action.position, action.names)


def _members(members: Iterable[ir.Member], kind: NameKind) -> list[_Named]:
    return [_Named(m.name, kind, m.position, m.names) for m in members]


def _check_collisions(log: FindingLog, named: list[_Named]) -> None:
    if not any(element.names for element in named):
        _report_collisions(log, named, [folded(element.name) for element in named])
        return
    for target in TARGETS:
        keys = [folded(element.names.get(target, element.name)) for element in named]
        _report_collisions(log, named, keys)


def _report_collisions(log: FindingLog, named: list[_Named], keys: list[str]) -> None:
    if len(set(keys)) == len(keys):
        return
    first: dict[str, _Named] = {}
    for element, key in zip(named, keys, strict=True):
        before = first.setdefault(key, element)
        # Equal names are duplicates, which have a finding of their own.
        repeated = before.name == element.name and element.kind in _MEMBER_KINDS
        if before is element or repeated:
            continue
        log.add(
            "RG001",
            element.position,
            f"`{before.name}` and `{element.name}` get the same name in a target.",
            fix="Rename one of the two, or give it other spellings under `names`.",
            related=[before.position] if before.position else [],
        )


def _check_reserved(log: FindingLog, element: _Named) -> None:
    if element.kind in _MEMBER_KINDS:
        return
    taken: list[ir.Target] = [t for t in TARGETS if _is_taken(element, t)]
    if not taken:
        return
    names = " and ".join(TARGET_NAMES[target] for target in taken)
    example = ", ".join(f"{target}: ..." for target in taken)
    log.add(
        "RG002",
        element.position,
        f"The name `{element.name}` is reserved in {names}.",
        fix=f"Rename it, or spell it differently with `names: {{ {example} }}`.",
    )


def _is_taken(element: _Named, target: ir.Target) -> bool:
    if target in element.names:
        return is_reserved(element.names[target], element.kind, target)
    parts = element.name.split(".") if target != "python" else [element.name]
    spelled = [
        spelling(part, element.kind, target, names=element.names) for part in parts
    ]
    return any(is_reserved(part, element.kind, target) for part in spelled)


def _check_spellings(log: FindingLog, element: _Named) -> None:
    for target, text in element.names.items():
        ascii_identifier = text.isascii() and text.isidentifier()
        short = len(text) <= MAXIMUM_SPELLING_LENGTH
        if ascii_identifier and short and not text.startswith("__"):
            continue
        log.add(
            "RG004",
            element.position,
            f"The {TARGET_NAMES[target]} spelling of `{element.name}` is not a name.",
            fix="Use letters, digits and `_`, and start with a letter.",
        )
