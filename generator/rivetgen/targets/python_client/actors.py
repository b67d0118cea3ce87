"""The module of one actor: handle, connection, events and access.

The same module serves actors that call each other, in the server package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, render
from rivetgen.escaping import docstring, identifier, string_literal
from rivetgen.naming import action_method, actor_class, event_member
from rivetgen.python.contracts import (
    action_constant,
    action_definition,
    event_constant,
    event_definition,
    has_payload_class,
    key_definitions,
    payload_definition,
    payload_hint,
    result_hint,
)
from rivetgen.python.documentation import action_text, event_text, summary
from rivetgen.python.hints import wire_hint
from rivetgen.python.keywords import (
    INPUT,
    PARAMS,
    accesses,
    body_class,
    body_constant,
    body_of,
    params_hint,
)
from rivetgen.python.methods import SELF, Method, deprecation, prop
from rivetgen.python.models import class_definition, model
from rivetgen.python.modules import Origin, module
from rivetgen.python.scopes import Scope
from rivetgen.python.signatures import argument_names, as_tuple, caller_parameters
from rivetgen.targets.python_client.queues import (
    client_queues,
    queues_of_connection,
    queues_of_handle,
)
from rivetgen.targets.python_client.raw_calls import raw_calls
from rivetgen_schema.ir import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rivetgen_schema.ir import Action, Actor, Event


def actor_client_module(
    origin: Origin, actor: Actor, *, package: Code, actions: Sequence[Action]
) -> Code:
    """Return the module with which one kind of actor is called.

    Args:
        origin: Where the code comes from.
        actor: The actor.
        package: Relative module that holds `types` and `errors`.
        actions: The actions that callers of this package may use.
    """
    scope = Scope(elements=origin.elements, package=package)
    parts = list(_parts(actor, actions, scope))
    text = f"Calls of the actor `{actor.name}`."
    return module(origin, text, scope.imports, parts)


def _parts(actor: Actor, actions: Sequence[Action], scope: Scope) -> Iterator[Code]:
    yield from key_definitions(actor, scope)
    yield from _body(actor, INPUT, scope)
    yield from _body(actor, PARAMS, scope)
    for event in filter(has_payload_class, actor.events):
        yield payload_definition(actor, event, scope)
    for action in actions:
        yield action_definition(action, scope)
    for event in actor.events:
        yield event_definition(actor, event, scope)
    yield _events(actor, scope)
    yield from client_queues(actor, scope)
    yield _connection(actor, actions, scope)
    yield _handle(actor, actions, scope)
    yield _access(actor, scope)


def _body(actor: Actor, part: str, scope: Scope) -> Iterator[Code]:
    body = body_of(actor, part)
    if isinstance(body, Record):
        yield model(
            body_class(actor, part),
            body.fields,
            scope,
            description=f"The {part} of `{actor.name}`.",
        )
    elif body is not None:
        yield code(
            "{} = {}.Argument({}, {})",
            body_constant(part),
            scope.module("client"),
            string_literal(part),
            wire_hint(body, scope),
        )


def _events(actor: Actor, scope: Scope) -> Code:
    inner = scope.inside(event_member(event) for event in actor.events)
    return class_definition(
        code("{}Events", identifier(actor_class(actor))),
        [code("{}.Events", scope.module("client"))],
        description=f"Events of `{actor.name}`.",
        members=[_event(actor, event, inner) for event in actor.events],
    )


def _event(actor: Actor, event: Event, scope: Scope) -> Code:
    payload = payload_hint(actor, event, scope)
    return prop(
        identifier(event_member(event)),
        code("{}.EventStream[{}]", scope.module("client"), payload),
        code("self._stream({})", event_constant(event)),
        description=event_text(event, f"The event `{event.name}`."),
        scope=scope,
    )


def _connection(actor: Actor, actions: Sequence[Action], scope: Scope) -> Code:
    inner = scope.inside(action_method(action) for action in actions)
    text = f"A connection to `{actor.name}`: calls and events over one WebSocket."
    return render(
        "python_client/connection.jinja",
        stem=identifier(actor_class(actor)),
        client=scope.module("client"),
        docstring=docstring(text),
        property=inner.builtin(Code("property")),
        methods=[
            *(_action(action, inner) for action in actions),
            *queues_of_connection(actor, inner),
        ],
    )


def _handle(actor: Actor, actions: Sequence[Action], scope: Scope) -> Code:
    inner = scope.inside(action_method(action) for action in actions)
    return render(
        "python_client/handle.jinja",
        stem=identifier(actor_class(actor)),
        client=scope.module("client"),
        typing=scope.module("typing"),
        docstring=docstring(summary(actor.description, f"The actor `{actor.name}`.")),
        methods=[
            *(_action(action, inner) for action in actions),
            *raw_calls(actor, inner),
            *queues_of_handle(actor, inner),
        ],
        params=params_hint(actor, scope),
        callback=_params_callback(actor),
    )


def _params_callback(actor: Actor) -> Code:
    name = Code("get_params")
    if isinstance(actor.conn_params, Record):
        return name
    return code("{}, {}.dump", name, body_constant(PARAMS))


def _action(action: Action, scope: Scope) -> Code:
    values = as_tuple(argument_names(action.args))
    call = code("await self._call({}, {})", action_constant(action), values)
    return Method(
        name=identifier(action_method(action)),
        parameters=(SELF, *caller_parameters(action.args, scope)),
        result=result_hint(action, scope),
        body=call if action.returns is None else code("return {}", call),
        description=action_text(action, scope.elements),
        is_async=True,
        decorators=deprecation(action.deprecated, scope),
    ).render()


def _access(actor: Actor, scope: Scope) -> Code:
    ways = accesses(actor, scope)
    return render(
        "python_client/access.jinja",
        stem=identifier(actor_class(actor)),
        client=scope.module("client"),
        typing=scope.module("typing"),
        docstring=docstring(f"Finds and creates actors of the kind `{actor.name}`."),
        wire_name=string_literal(actor.name),
        get=ways.by_key(with_input=False),
        create=ways.by_key(with_input=True),
        by_id=ways.by_id(),
    )
