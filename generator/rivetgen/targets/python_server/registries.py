"""The module that binds actors to the classes which implement them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, render
from rivetgen.escaping import identifier, string_literal
from rivetgen.naming import actor_class, actor_module
from rivetgen.python.modules import Origin, module
from rivetgen.python.scopes import Scope
from rivetgen.python.signatures import as_tuple

if TYPE_CHECKING:
    from rivetgen_schema.ir import Actor


TAKEN = frozenset({"self", "super"})
"""What the initializer of the registry needs under its own name."""


def registry_module(origin: Origin) -> Code:
    """Return the module that holds the registry class."""
    scope = Scope(elements=origin.elements)
    actors = origin.schema.actors
    text = render(
        "python_server/registry.jinja",
        runtime=scope.module("runtime"),
        parameters=[_parameter(actor, scope) for actor in actors],
        actors=as_tuple([registry_parameter(actor) for actor in actors]),
        digest=string_literal(origin.digest),
    )
    return module(origin, "The registry of the actors.", scope.imports, [text])


def registry_parameter(actor: Actor) -> Code:
    """Return the parameter for the class of an actor."""
    name = actor_module(actor)
    return identifier(f"{name}_" if name in TAKEN else name)


def _parameter(actor: Actor, scope: Scope) -> Code:
    name = identifier(actor_module(actor))
    base = code("{}Base", identifier(actor_class(actor)))
    scope.imports.name(code(".{}", name), base)
    return code("{}: type[{}]", registry_parameter(actor), base)
