"""The modules of the client itself and of its blocking twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, render
from rivetgen.escaping import docstring, identifier
from rivetgen.naming import actor_class, actor_module
from rivetgen.python.documentation import summary
from rivetgen.python.methods import Method
from rivetgen.python.modules import Origin, module
from rivetgen.python.scopes import Scope

if TYPE_CHECKING:
    from rivetgen_schema.ir import Actor


def client_module(origin: Origin, name: Code) -> Code:
    """Return the module of the client whose methods are awaited."""
    scope = _scope(origin)
    text = render(
        "python_client/client.jinja",
        name=name,
        twin=scope.imports.guarded(Code(".sync.client"), code("Sync{}", name)),
        client=scope.module("client"),
        extensions=scope.module("extensions"),
        classmethod=scope.builtin(Code("classmethod")),
        str=scope.builtin(Code("str")),
        docstring=docstring(_description(origin)),
        members=[_accessor(actor, scope) for actor in origin.schema.actors],
    )
    return module(origin, "The client.", scope.imports, [text])


def sync_client_module(origin: Origin, name: Code) -> Code:
    """Return the module of the client whose methods block."""
    scope = _scope(origin)
    text = render(
        "python_client/sync_client.jinja",
        name=scope.imports.name(Code("..client"), name),
        client=scope.module("client"),
        docstring=docstring(f"{_description(origin)}\n\nIts methods block."),
        members=[_sync_accessor(actor, scope) for actor in origin.schema.actors],
    )
    return module(origin, "The client whose methods block.", scope.imports, [text])


def _scope(origin: Origin) -> Scope:
    scope = Scope(elements=origin.elements)
    return scope.inside(actor_module(actor) for actor in origin.schema.actors)


def _description(origin: Origin) -> str:
    return summary(origin.schema.description, f"Client of {origin.schema.name}.")


def _accessor(actor: Actor, scope: Scope) -> Code:
    name = code("{}Actor", identifier(actor_class(actor)))
    return _property(actor, name, scope, arguments=Code("self._caller"))


def _sync_accessor(actor: Actor, scope: Scope) -> Code:
    name = code("Sync{}Actor", identifier(actor_class(actor)))
    wrapped = code("self._portal, self._inner.{}", identifier(actor_module(actor)))
    return _property(actor, name, scope, arguments=wrapped)


def _property(actor: Actor, accessor: Code, scope: Scope, *, arguments: Code) -> Code:
    # Imported on first use: a program pays for the actors that it talks to.
    source = code(".{}", identifier(actor_module(actor)))
    scope.imports.guarded(source, accessor)
    statement = code("from {} import {}", source, accessor)
    return Method(
        name=identifier(actor_module(actor)),
        result=accessor,
        body=code("{}\n\nreturn {}({})", statement, accessor, arguments),
        description=summary(actor.description, f"Actors of the kind `{actor.name}`."),
        decorators=(scope.builtin(Code("property")),),
    ).render()
