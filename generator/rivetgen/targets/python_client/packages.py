"""The package around the client: lazy `__init__`, `pyproject.toml`, README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, render
from rivetgen.escaping import docstring, identifier, string_literal
from rivetgen.json_models.findings import part_names
from rivetgen.naming import (
    actor_class,
    actor_module,
    error_class,
    type_class,
    variant_class,
)
from rivetgen.python.contracts import has_payload_class, payload_class
from rivetgen.python.documentation import summary
from rivetgen.python.imports import from_imports
from rivetgen.python.keywords import PARAMS, body_class
from rivetgen.python.scopes import Scope
from rivetgen.python.sorting import export_key
from rivetgen.targets.python_client.queues import queue_models_of
from rivetgen_schema.ir import JsonSchemaDefinition, Record, UnionDefinition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.modules import Origin
    from rivetgen_schema.ir import Actor, Schema

BUILTINS = ("getattr", "globals", "object", "str")
"""What the `__init__` needs; importing the module `str` of an actor hides `str`."""
ACTOR_SUFFIXES = (Code("Actor"), Code("Connection"), Code("Handle"))


def package_module(origin: Origin, client: Code) -> Code:
    """Return the `__init__` that imports every public name on first use."""
    names = dict(public_names(origin.schema, client))
    homes = {name: names[name] for name in sorted(names, key=export_key)}
    by_home: dict[Code, set[Code]] = {}
    for name, home in homes.items():
        by_home.setdefault(home, set()).add(name)
    scope = _scope(origin)
    return render(
        "python_client/package.jinja",
        header=origin.header,
        docstring=docstring(summary(origin.schema.description, origin.schema.name)),
        imports=from_imports(by_home),
        **{name: scope.builtin(Code(name)) for name in BUILTINS},
        modules=scope.imports.render(),
        names=[string_literal(name) for name in homes],
        entries=[
            code("{}: {}", string_literal(name), string_literal(home))
            for name, home in homes.items()
        ],
    )


def _scope(origin: Origin) -> Scope:
    scope = Scope(elements=origin.elements)
    scope.module("importlib")
    scope.module("typing")
    return scope.inside(actor_module(actor) for actor in origin.schema.actors)


def public_names(schema: Schema, client: Code) -> Iterator[tuple[Code, Code]]:
    """Yield the public names with the relative module that defines each."""
    yield client, Code(".client")
    yield code("Sync{}", client), Code(".sync.client")
    for definition in schema.types:
        yield identifier(type_class(definition)), Code(".types")
        if isinstance(definition, UnionDefinition):
            for variant in definition.variants:
                yield identifier(variant_class(definition, variant)), Code(".types")
        if isinstance(definition, JsonSchemaDefinition):
            for part in part_names(definition):
                yield identifier(part), Code(".types")
    for error in schema.errors:
        name = identifier(error_class(error))
        yield name, Code(".errors")
        if error.metadata:
            yield code("{}Metadata", name), Code(".errors")
    for actor in schema.actors:
        yield from _actor_names(actor)


def _actor_names(actor: Actor) -> Iterator[tuple[Code, Code]]:
    name, stem = identifier(actor_module(actor)), identifier(actor_class(actor))
    for suffix in ACTOR_SUFFIXES:
        yield code("{}{}", stem, suffix), code(".{}", name)
        yield code("Sync{}{}", stem, suffix), code(".sync.{}", name)
    if isinstance(actor.conn_params, Record):
        yield body_class(actor, PARAMS), code(".{}", name)
    for event in filter(has_payload_class, actor.events):
        yield payload_class(actor, event), code(".{}", name)
    for model in queue_models_of(actor):
        yield model, code(".{}", name)
