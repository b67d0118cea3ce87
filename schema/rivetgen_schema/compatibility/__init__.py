"""Whether a new version of a schema breaks clients, stored data or code.

Schemas are compared as contracts: actors, actions, events and fields by wire name,
arguments by position, types by the way their values go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rivetgen_schema import ir
from rivetgen_schema.compatibility.actors import ActorComparison
from rivetgen_schema.compatibility.changes import Change, ChangeLog, Place
from rivetgen_schema.compatibility.rules import FAILING, LEVELS, RULES, Level, Rule
from rivetgen_schema.compatibility.types import TypeComparison
from rivetgen_schema.names import NameKind, spelling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "FAILING",
    "LEVELS",
    "RULES",
    "Change",
    "Level",
    "Rule",
    "compare",
    "version_bump",
]


def compare(old: ir.Schema, new: ir.Schema) -> tuple[Change, ...]:
    """Return every change from one schema to another, the gravest first."""
    log = ChangeLog()
    types = TypeComparison(
        log=log,
        old={definition.name: definition for definition in old.types},
        new={definition.name: definition for definition in new.types},
    )
    root = Place(new.name, new.position)
    if old.name != new.name:
        log.add("schema-renamed", root, old=old.name, new=new.name)
    _compare_actors(types, old, new)
    _compare_errors(types, old, new)
    _compare_type_names(log, old, new)
    _compare_spellings(log, old, new)
    types.finish()
    return log.changes()


def version_bump(changes: tuple[Change, ...]) -> str:
    """Return the part of the version to raise: `major`, `minor`, `patch` or `none`."""
    levels = {level for change in changes for level in change.levels}
    if levels & FAILING:
        return "major"
    if levels - {"behaviour"}:
        return "minor"
    return "patch" if levels else "none"


def _compare_actors(types: TypeComparison, old: ir.Schema, new: ir.Schema) -> None:
    before = {actor.name: actor for actor in old.actors}
    after = {actor.name: actor for actor in new.actors}
    comparison = ActorComparison(log=types.log, types=types)
    for name in before:
        if name not in after:
            types.log.add("actor-removed", Place(name, new.position))
    for name, actor in after.items():
        if name in before:
            comparison.compare(before[name], actor)
        else:
            types.log.add("actor-added", Place(name, actor.position))


def _compare_errors(types: TypeComparison, old: ir.Schema, new: ir.Schema) -> None:
    before = {error.code: error for error in old.errors}
    after = {error.code: error for error in new.errors}
    for code in before:
        if code not in after:
            types.log.add("error-removed", Place(code, new.position))
    for code, error in after.items():
        if code in before:
            _compare_error(types, before[code], error)
        else:
            types.log.add("error-added", Place(code, error.position))


def _compare_error(
    types: TypeComparison, old: ir.ErrorDefinition, new: ir.ErrorDefinition
) -> None:
    place = Place(new.code, new.position, "output")
    if old.message != new.message:
        types.log.add("error-message-changed", place)
    if old.metadata is not None and new.metadata is not None:
        types.fields(old.metadata, new.metadata, place)
    elif old.metadata is not None:
        types.log.add("error-metadata-removed", place)
    elif new.metadata is not None:
        types.log.add("error-metadata-added", place)
    if new.deprecated is not None and old.deprecated is None:
        types.log.add("deprecated", place)


def _compare_type_names(log: ChangeLog, old: ir.Schema, new: ir.Schema) -> None:
    before = {definition.name for definition in old.types}
    after = {definition.name: definition for definition in new.types}
    for definition in old.types:
        if definition.name not in after:
            log.add("type-removed", Place(definition.name, new.position))
    for name, definition in after.items():
        if name not in before:
            log.add("type-added", Place(name, definition.position))


_SPELLING_RULES: Final[Mapping[ir.Target, str]] = {
    "python": "spelling-python",
    "typescript": "spelling-ts",
    "swift": "spelling-swift",
}


def _compare_spellings(log: ChangeLog, old: ir.Schema, new: ir.Schema) -> None:
    before = {(path, kind): element for path, kind, element in _named_elements(old)}
    for path, kind, element in _named_elements(new):
        previous = before.get((path, kind))
        if previous is None or previous.names == element.names:
            continue
        for target, rule in _SPELLING_RULES.items():
            name = path.rpartition(":")[2]
            was = spelling(name, kind, target, names=previous.names)
            is_now = spelling(name, kind, target, names=element.names)
            if was != is_now:
                place = Place(path.replace(":", "."), element.position)
                log.add(rule, place, old=was, new=is_now)


_NamedElement = (
    ir.Actor | ir.Action | ir.Event | ir.Queue | ir.ErrorDefinition | ir.TypeDefinition
)


def _named_elements(
    schema: ir.Schema,
) -> Iterator[tuple[str, NameKind, _NamedElement]]:
    """Yield everything that can have `names`; the name follows the last colon."""
    for definition in schema.types:
        yield definition.name, "type", definition
    for error in schema.errors:
        yield error.code, "error", error
    for actor in schema.actors:
        yield actor.name, "actor", actor
        for action in actor.actions:
            yield f"{actor.name}:{action.name}", "action", action
        for event in actor.events:
            yield f"{actor.name}:{event.name}", "event", event
        for queue in actor.queues:
            yield f"{actor.name}:{queue.name}", "queue", queue
