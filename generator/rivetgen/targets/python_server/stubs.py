"""Files that are written once and then belong to the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, render
from rivetgen.escaping import docstring, identifier
from rivetgen.naming import action_method, actor_class, actor_module
from rivetgen.python.contracts import result_hint
from rivetgen.python.methods import NONE, Method
from rivetgen.python.scopes import UserScope
from rivetgen.targets.python_server.bases import action_parameters
from rivetgen.targets.python_server.guards import guard_stubs
from rivetgen.targets.python_server.hooks import Hook, hooks_to_write
from rivetgen.targets.python_server.queues import publish_guard_stubs
from rivetgen.targets.python_server.registries import registry_parameter
from rivetgen.targets.python_server.shapes import Shapes, shapes_of

if TYPE_CHECKING:
    from rivetgen.python.modules import Origin
    from rivetgen_schema.ir import Action, Actor

UNFINISHED = Code("raise NotImplementedError")
GENERATED = Code(".._generated")
OVERRIDE = Code("override")
SUFFIXES = (
    Code("Base"),
    Code("Connection"),
    Code("ConnectionState"),
    Code("Context"),
    Code("CreateContext"),
    Code("Input"),
    Code("Params"),
    Code("State"),
    Code("Workflow"),
)


def actor_stub(origin: Origin, actor: Actor) -> Code:
    """Return the module in which a user implements an actor."""
    shapes = shapes_of(origin, actor)
    scope = _scope(origin, shapes)
    hooks = [hook for hook in hooks_to_write(shapes, scope) if _is_shown(hook)]
    methods = [_hook(hook) for hook in hooks]
    methods += guard_stubs(shapes, scope, decorator=OVERRIDE, body=UNFINISHED)
    methods += publish_guard_stubs(shapes, scope, decorator=OVERRIDE, body=UNFINISHED)
    methods += [_action(action, shapes, scope) for action in actor.actions]
    _import_classes(shapes, hooks, scope)
    return render(
        "python_server/stub.jinja",
        docstring=docstring(f"The actor `{actor.name}`."),
        imports=scope.imports.render(),
        name=shapes.stem,
        base=code("{}Base", shapes.stem),
        summary=docstring(actor.description or f"The actor `{actor.name}`."),
        methods=methods,
    )


def app_module(origin: Origin) -> Code:
    """Return the module that adds the classes to the registry."""
    scope = UserScope(elements=origin.elements)
    scope.imports.name(Code("._generated.registry"), Code("Registry"))
    arguments: list[Code] = []
    for actor in origin.schema.actors:
        name = identifier(actor_module(actor))
        stem = identifier(actor_class(actor))
        scope.imports.name(code(".actors.{}", name), stem)
        arguments.append(code("{}={}", registry_parameter(actor), stem))
    return render(
        "python_server/app.jinja", imports=scope.imports.render(), arguments=arguments
    )


def _scope(origin: Origin, shapes: Shapes) -> UserScope:
    names = [code("{}{}", shapes.stem, suffix) for suffix in SUFFIXES]
    methods = [action_method(action) for action in shapes.actor.actions]
    return UserScope(
        elements=origin.elements,
        package=GENERATED,
        taken=frozenset({shapes.stem, OVERRIDE, *names}),
        shadowed=frozenset(methods),
    )


def _import_classes(shapes: Shapes, hooks: list[Hook], scope: UserScope) -> None:
    module = code("{}.{}", GENERATED, identifier(actor_module(shapes.actor)))
    classes = {kind for hook in hooks for kind in hook.classes}
    classes.add(code("{}Base", shapes.stem))
    actor = shapes.actor
    guards = [event.guard for event in actor.events]
    guards += [queue.guard for queue in actor.queues]
    has_methods = actor.actions or any(guards)
    if has_methods:
        classes.add(code("{}Context", shapes.stem))
    for name in classes:
        scope.imports.name(module, name)
    if hooks or has_methods:
        scope.imports.third_party(code("from typing_extensions import {}", OVERRIDE))


def _is_shown(hook: Hook) -> bool:
    # A creator's input has to end up somewhere, even if the default state would do.
    takes_input = hook.name == "create_state" and hook.parameters[1][1] != NONE
    return hook.is_abstract or takes_input


def _hook(hook: Hook) -> Code:
    return Method(
        name=hook.name,
        parameters=hook.signature,
        result=hook.result,
        body=hook.body or UNFINISHED,
        is_async=hook.is_async,
        decorators=(OVERRIDE,),
    ).render()


def _action(action: Action, shapes: Shapes, scope: UserScope) -> Code:
    return Method(
        name=identifier(action_method(action)),
        parameters=action_parameters(action, shapes, scope),
        result=result_hint(action, scope),
        body=UNFINISHED,
        is_async=True,
        decorators=(OVERRIDE,),
    ).render()
