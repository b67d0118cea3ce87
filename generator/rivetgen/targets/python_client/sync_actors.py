"""The module of one actor for callers that block: each class wraps its async twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join, render
from rivetgen.escaping import docstring, identifier
from rivetgen.naming import action_method, actor_class, actor_module, event_member
from rivetgen.python.contracts import (
    has_payload_class,
    payload_class,
    payload_hint,
    result_hint,
)
from rivetgen.python.documentation import action_text, event_text, summary
from rivetgen.python.keywords import PARAMS, accesses, body_class, params_hint
from rivetgen.python.methods import SELF, Method, deprecation, prop
from rivetgen.python.models import class_definition
from rivetgen.python.modules import Origin, module
from rivetgen.python.scopes import Scope
from rivetgen.python.signatures import argument_names, caller_parameters
from rivetgen.targets.python_client.queues import (
    sync_queues,
    sync_queues_property,
    twin_names,
)
from rivetgen.targets.python_client.raw_calls import sync_raw_calls
from rivetgen_schema.ir import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rivetgen_schema.ir import Action, Actor, Event

_RETURN = {True: Code(), False: Code("return ")}
KNOWN_DEPRECATED = Code("  # pyright: ignore[reportDeprecated]")


def sync_actor_module(
    origin: Origin, actor: Actor, *, actions: Sequence[Action]
) -> Code:
    """Return the module with which one kind of actor is called by blocking code."""
    scope = Scope(elements=origin.elements, package=Code(".."))
    _import_twins(actor, scope)
    parts = list(_parts(actor, actions, scope))
    text = f"Blocking calls of the actor `{actor.name}`."
    return module(origin, text, scope.imports, parts)


def _import_twins(actor: Actor, scope: Scope) -> None:
    source = code("..{}", identifier(actor_module(actor)))
    stem = identifier(actor_class(actor))
    for suffix in (Code("Actor"), Code("Connection"), Code("Events"), Code("Handle")):
        scope.imports.name(source, code("{}{}", stem, suffix))
    if isinstance(actor.conn_params, Record):
        scope.imports.name(source, body_class(actor, PARAMS))
    for event in filter(has_payload_class, actor.events):
        scope.imports.name(source, payload_class(actor, event))
    for name in twin_names(actor):
        scope.imports.name(source, name)


def _parts(actor: Actor, actions: Sequence[Action], scope: Scope) -> Iterator[Code]:
    inner = scope.inside(action_method(action) for action in actions)
    methods = [
        *(_action(action, inner) for action in actions),
        *sync_queues_property(actor, inner),
    ]
    yield _events(actor, scope)
    yield from sync_queues(actor, scope)
    yield _connection(actor, inner, methods)
    yield _handle(actor, inner, [*methods, *sync_raw_calls(actor, inner)])
    yield _access(actor, scope)


def _events(actor: Actor, scope: Scope) -> Code:
    inner = scope.inside(event_member(event) for event in actor.events)
    stem = identifier(actor_class(actor))
    return class_definition(
        code("Sync{}Events", stem),
        [code("{}.SyncEvents[{}Events]", scope.module("client"), stem)],
        description=f"Events of `{actor.name}`.",
        members=[_event(actor, event, inner) for event in actor.events],
    )


def _event(actor: Actor, event: Event, scope: Scope) -> Code:
    name = identifier(event_member(event))
    payload = payload_hint(actor, event, scope)
    return prop(
        name,
        code("{}.SyncEventStream[{}]", scope.module("client"), payload),
        code("self._stream(self._inner.{})", name),
        description=event_text(event, f"The event `{event.name}`."),
        scope=scope,
    )


def _connection(actor: Actor, scope: Scope, methods: Sequence[Code]) -> Code:
    return render(
        "python_client/sync_connection.jinja",
        stem=identifier(actor_class(actor)),
        client=scope.module("client"),
        docstring=docstring(summary(actor.description, f"The actor `{actor.name}`.")),
        property=scope.builtin(Code("property")),
        methods=methods,
    )


def _handle(actor: Actor, scope: Scope, methods: Sequence[Code]) -> Code:
    params = params_hint(actor, scope)
    return render(
        "python_client/sync_handle.jinja",
        stem=identifier(actor_class(actor)),
        client=scope.module("client"),
        typing=params and scope.module("typing"),
        docstring=docstring(summary(actor.description, f"The actor `{actor.name}`.")),
        methods=methods,
        params=params,
    )


def _action(action: Action, scope: Scope) -> Code:
    name = identifier(action_method(action))
    arguments = join(argument_names(action.args), ", ")
    call = code("self._run(self._inner.{}({}))", name, arguments)
    note = KNOWN_DEPRECATED if action.deprecated is not None else Code()
    return Method(
        name=name,
        parameters=(SELF, *caller_parameters(action.args, scope)),
        result=result_hint(action, scope),
        body=code("{}{}{}", _RETURN[action.returns is None], call, note),
        description=action_text(action, scope.elements),
        decorators=deprecation(action.deprecated, scope),
    ).render()


def _access(actor: Actor, scope: Scope) -> Code:
    ways = accesses(actor, scope)
    return render(
        "python_client/sync_access.jinja",
        stem=identifier(actor_class(actor)),
        client=scope.module("client"),
        docstring=docstring(f"Finds and creates actors of the kind `{actor.name}`."),
        get=ways.by_key(with_input=False),
        create=ways.by_key(with_input=True),
        by_id=ways.by_id(),
    )
