"""States as earlier releases stored them, and the methods that migrate them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import identifier, string_literal
from rivetgen.lookup import Elements
from rivetgen.naming import actor_class, actor_module
from rivetgen.python.definitions import type_definitions
from rivetgen.python.hints import wire_hint
from rivetgen.python.literals import number_literal
from rivetgen.python.models import model
from rivetgen.python.modules import module
from rivetgen.python.scopes import DefiningScope
from rivetgen_schema.ir import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.modules import Origin
    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Actor, Body
    from rivetgen_schema.lock import StateSnapshot

FOLDER = Code("states")


def past_versions(origin: Origin, actor: Actor) -> range:
    """Return the versions that may be stored: from the first one ever released."""
    released = origin.states.get(actor.name, {})
    return range(min(released, default=1), actor.state_version)


def past_state_name(actor: Actor, version: int) -> Code:
    """Return the name of the state of a version, the current one included."""
    stem = actor_class(actor)
    if version == actor.state_version:
        return identifier(f"{stem}State")
    return identifier(f"{stem}StateV{version}")


def migration_method(version: int) -> Code:
    """Return the name of the method that migrates from a version to the next."""
    return identifier(f"migrate_v{version}_to_v{version + 1}")


def past_state_modules(origin: Origin, actor: Actor) -> Iterator[tuple[str, Code]]:
    """Yield the path and the text of a module for each state that the lock knows."""
    for version in past_versions(origin, actor):
        if _known(origin, actor, version) is not None:
            path = f"{FOLDER}/{_module_name(actor, version)}.py"
            yield path, _past_state_module(origin, actor, version)


def past_state_aliases(origin: Origin, actor: Actor, scope: Scope) -> Iterator[Code]:
    """Yield the names of earlier states; what the lock does not know is plain."""
    alias = code("{}.TypeAlias", scope.module("typing"))
    for version in past_versions(origin, actor):
        name = past_state_name(actor, version)
        if _known(origin, actor, version) is None:
            kind = _plain_state(actor, scope)
        else:
            text = _module_name(actor, version)
            inside = scope.imports.alias(
                code(".{}", FOLDER), text, alias=code("_{}", text)
            )
            kind = code("{}.{}", inside, name)
        yield code("{}: {} = {}", name, alias, kind)


def state_migrations(origin: Origin, actor: Actor, scope: Scope) -> Code:
    """Return the steps of the definition; nothing when there are none."""
    steps = [
        code(
            "{}.StateMigration(version={}, method={}, old={})",
            scope.module("runtime"),
            number_literal(version),
            string_literal(migration_method(version)),
            _old_type(origin, actor, version),
        )
        for version in past_versions(origin, actor)
    ]
    return code("({},)", join(steps, ", ")) if steps else Code()


def _old_type(origin: Origin, actor: Actor, version: int) -> Code:
    if _known(origin, actor, version) is None:
        return Code("None")
    return past_state_name(actor, version)


def _known(origin: Origin, actor: Actor, version: int) -> StateSnapshot | None:
    return origin.states.get(actor.name, {}).get(version)


def _module_name(actor: Actor, version: int) -> Code:
    return identifier(f"{actor_module(actor)}_v{version}")


def _plain_state(actor: Actor, scope: Scope) -> Code:
    anything = code("{}.Any", scope.module("typing"))
    if isinstance(actor.state, Record):
        return code("dict[str, {}]", anything)
    return anything


def _past_state_module(origin: Origin, actor: Actor, version: int) -> Code:
    snapshot = origin.states[actor.name][version]
    past = replace(origin.schema, types=snapshot.types, errors=(), actors=())
    scope = DefiningScope(elements=Elements.of(past))
    parts = list(type_definitions(past, scope))
    everything = frozenset(definition.name for definition in past.types)
    inner = replace(scope, defined=everything)
    parts.append(_state(past_state_name(actor, version), snapshot.body, inner))
    summary = f"State of `{actor.name}` as version {version} stored it."
    return module(origin, summary, scope.imports, parts)


def _state(name: Code, body: Body, scope: DefiningScope) -> Code:
    if isinstance(body, Record):
        return model(name, body.fields, scope, description="The state.")
    alias = code("{}.TypeAlias", scope.module("typing"))
    return code("{}: {} = {}", name, alias, wire_hint(body, scope))
