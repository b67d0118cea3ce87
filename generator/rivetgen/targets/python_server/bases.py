"""The module of one actor: its shapes, its context and its abstract base class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join, render
from rivetgen.escaping import identifier, string_literal
from rivetgen.naming import action_method, actor_class, actor_module, event_member
from rivetgen.python.contracts import (
    KEY_CONSTANT,
    MILLISECONDS,
    action_constant,
    action_definition,
    event_constant,
    event_definition,
    has_payload_class,
    key_class,
    payload_class,
    payload_definition,
    result_hint,
)
from rivetgen.python.documentation import event_text
from rivetgen.python.literals import number_literal
from rivetgen.python.methods import SELF, Method, prop
from rivetgen.python.models import class_definition
from rivetgen.python.modules import Origin, module
from rivetgen.python.scopes import Scope
from rivetgen.python.signatures import (
    actor_parameters,
    argument_names,
)
from rivetgen.targets.python_server.databases import database_property
from rivetgen.targets.python_server.guards import guard_entries, guard_methods
from rivetgen.targets.python_server.hooks import hooks_of
from rivetgen.targets.python_server.past_states import (
    past_state_aliases,
    state_migrations,
)
from rivetgen.targets.python_server.queues import (
    publish_guards,
    queue_classes,
    queue_entries,
    queues_property,
)
from rivetgen.targets.python_server.runs import run_policy
from rivetgen.targets.python_server.schedules import (
    schedule_entries,
    schedule_properties,
    scheduled_calls,
)
from rivetgen.targets.python_server.shapes import Shapes, shapes_of
from rivetgen.targets.python_server.workflows import (
    workflow_classes,
    workflow_definition,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen_schema.ir import Action, Actor, Event, Options


def base_module(origin: Origin, actor: Actor) -> Code:
    """Return the module that holds the base class of an actor."""
    scope = Scope(elements=origin.elements)
    parts = list(_parts(origin, shapes_of(origin, actor), scope))
    summary = f"Base of the actor `{actor.name}`."
    return module(origin, summary, scope.imports, parts)


def _parts(origin: Origin, shapes: Shapes, scope: Scope) -> Iterator[Code]:
    actor = shapes.actor
    yield from shapes.define(scope)
    yield from past_state_aliases(origin, actor, scope)
    for event in filter(has_payload_class, actor.events):
        yield payload_definition(actor, event, scope)
    for action in actor.actions:
        yield action_definition(action, scope)
    for event in actor.events:
        yield event_definition(actor, event, scope)
    yield _events(shapes, scope)
    yield _connection(shapes, scope)
    if actor.uses:
        yield _actors(shapes, scope)
    yield from scheduled_calls(shapes, scope)
    yield from queue_classes(shapes, scope)
    yield _context(shapes, scope)
    yield _create_context(shapes, scope)
    yield from workflow_classes(shapes, scope)
    yield _base(origin, shapes, scope)


def _events(shapes: Shapes, scope: Scope) -> Code:
    inner = scope.inside(event_member(event) for event in shapes.actor.events)
    return class_definition(
        code("{}Events", shapes.stem),
        [code("{}.Events", scope.module("runtime"))],
        description=f"Events of `{shapes.actor.name}`, sent when the turn is durable.",
        members=[_event(shapes.actor, event, inner) for event in shapes.actor.events],
    )


def _event(actor: Actor, event: Event, scope: Scope) -> Code:
    values = join([event_constant(event), _payload(actor, event)], ", ")
    return Method(
        name=identifier(event_member(event)),
        parameters=(SELF, *actor_parameters(event.args, scope)),
        body=code("self._emit({})", values),
        description=event_text(event, f"Send `{event.name}`."),
    ).render()


def _payload(actor: Actor, event: Event) -> Code:
    values = argument_names(event.args)
    if has_payload_class(event):
        return code("{}({})", payload_class(actor, event), join(values, ", "))
    return values[0] if values else Code("None")


def _connection(shapes: Shapes, scope: Scope) -> Code:
    base = code(
        "{}.Connection[{}, {}]",
        scope.module("runtime"),
        shapes.params.name,
        shapes.conn_state.name,
    )
    return class_definition(
        code("{}Connection", shapes.stem),
        [base],
        description=f"One connection to `{shapes.actor.name}`.",
        members=[_events_property(shapes, scope, "Events to this connection only.")],
    )


def _events_property(shapes: Shapes, scope: Scope, description: str) -> Code:
    events = code("{}Events", shapes.stem)
    body = code("{}(self)", events)
    return prop(Code("events"), events, body, description=description, scope=scope)


def _actors(shapes: Shapes, scope: Scope) -> Code:
    used = [scope.elements.actor_named(name) for name in shapes.actor.uses]
    inner = scope.inside(actor_module(actor) for actor in used)
    return render(
        "python_server/actors.jinja",
        stem=shapes.stem,
        client=scope.module("client"),
        members=[_used_actor(actor, inner) for actor in used],
    )


def _used_actor(actor: Actor, scope: Scope) -> Code:
    name = identifier(actor_module(actor))
    accessor = scope.imports.name(
        code(".handles.{}", name), code("{}Actor", identifier(actor_class(actor)))
    )
    return prop(
        name,
        accessor,
        code("{}(self._caller)", accessor),
        description=actor.description or f"Actors of the kind `{actor.name}`.",
        scope=scope,
    )


def _context(shapes: Shapes, scope: Scope) -> Code:
    base = code(
        "{}.Context[{}, {}, {}Connection]",
        scope.module("runtime"),
        key_class(shapes.actor),
        shapes.state.name,
        shapes.stem,
    )
    return class_definition(
        code("{}Context", shapes.stem),
        [base],
        description=f"What a method of `{shapes.actor.name}` works with.",
        members=[
            _events_property(shapes, scope, "Events to all connections."),
            *_actors_property(shapes, scope),
            *database_property(shapes.actor, scope),
            *schedule_properties(shapes, scope),
            *queues_property(shapes, scope),
        ],
    )


def _create_context(shapes: Shapes, scope: Scope) -> Code:
    base = code(
        "{}.CreateContext[{}]", scope.module("runtime"), key_class(shapes.actor)
    )
    return class_definition(
        code("{}CreateContext", shapes.stem),
        [base],
        description=f"What `{shapes.actor.name}` works with before it has a state.",
        members=[
            *_actors_property(shapes, scope),
            *database_property(shapes.actor, scope),
            *schedule_properties(shapes, scope),
        ],
    )


def _actors_property(shapes: Shapes, scope: Scope) -> Iterator[Code]:
    if shapes.actor.uses:
        actors = code("{}Actors", shapes.stem)
        yield prop(
            Code("actors"),
            actors,
            code("{}(self.transport)", actors),
            description="Handles of other actors.",
            scope=scope,
        )


def _base(origin: Origin, shapes: Shapes, scope: Scope) -> Code:
    actor = shapes.actor
    methods = [action_method(action) for action in actor.actions]
    inner = scope.inside(methods)
    base = code("{}.Actor[{}Context]", scope.module("runtime"), shapes.stem)
    return class_definition(
        code("{}Base", shapes.stem),
        [base, code("{}.ABC", scope.module("abc"))],
        description=actor.description or f"The actor `{actor.name}`.",
        members=[
            join([_definition(origin, shapes, inner), Code()], "\n"),
            *(hook.render(inner) for hook in hooks_of(shapes, inner)),
            *guard_methods(shapes, inner),
            *publish_guards(shapes, inner),
            *(_action(action, shapes, inner) for action in actor.actions),
        ],
    )


def _action(action: Action, shapes: Shapes, scope: Scope) -> Code:
    return Method(
        name=identifier(action_method(action)),
        parameters=action_parameters(action, shapes, scope),
        result=result_hint(action, scope),
        description=action.description or f"Answer `{action.name}`.",
        is_async=True,
        decorators=(code("{}.abstractmethod", scope.module("abc")),),
    ).render()


def action_parameters(action: Action, shapes: Shapes, scope: Scope) -> list[Code]:
    """Return the parameters of the method that answers an action."""
    context = code("c: {}Context", shapes.stem)
    return [SELF, context, *actor_parameters(action.args, scope)]


def _definition(origin: Origin, shapes: Shapes, scope: Scope) -> Code:
    actor = shapes.actor
    return render(
        "python_server/definition.jinja",
        typing=scope.module("typing"),
        runtime=scope.module("runtime"),
        stem=shapes.stem,
        name=string_literal(actor.name),
        key=KEY_CONSTANT,
        input=shapes.input.name,
        state=shapes.state.name,
        state_version=number_literal(actor.state_version),
        state_migrations=state_migrations(origin, actor, scope),
        conn_params=shapes.params.name,
        conn_state=shapes.conn_state.name,
        actions=[_action_binding(action, scope) for action in actor.actions],
        events=[_event_entry(event) for event in actor.events],
        guards=guard_entries(actor),
        schedules=schedule_entries(actor, scope),
        queues=queue_entries(actor, scope),
        drops_undeclared=actor.undeclared_queues == "drop",
        options=_options(actor.options, scope),
        durability=string_literal(actor.durability),
        has_database=actor.database,
        run=run_policy(actor, scope),
        workflow=workflow_definition(shapes, scope),
    )


def _action_binding(action: Action, scope: Scope) -> Code:
    return code(
        "{}: {}.ActionBinding({}, method={})",
        string_literal(action.name),
        scope.module("runtime"),
        action_constant(action),
        string_literal(action_method(action)),
    )


def _event_entry(event: Event) -> Code:
    return code("{}: {}", string_literal(event.name), event_constant(event))


def _options(options: Options, scope: Scope) -> Code:
    arguments = [
        code("{}={}", name, value)
        for name, value in _option_values(options)
        if value is not None
    ]
    text = join(arguments, ", ")
    return code("{}.ActorOptions({})", scope.module("runtime"), text)


def _option_values(options: Options) -> Iterator[tuple[Code, Code | None]]:
    times = (
        (Code("action_timeout_s"), options.action_timeout_ms),
        (Code("sleep_timeout_s"), options.sleep_timeout_ms),
        (Code("sleep_grace_period_s"), options.sleep_grace_period_ms),
        (Code("state_save_interval_s"), options.state_save_interval_ms),
        (Code("create_vars_timeout_s"), options.create_vars_timeout_ms),
        (Code("on_migrate_timeout_s"), options.on_migrate_timeout_ms),
        (Code("on_before_connect_timeout_s"), options.on_before_connect_timeout_ms),
        (Code("create_conn_state_timeout_s"), options.create_conn_state_timeout_ms),
        (Code("on_connect_timeout_s"), options.on_connect_timeout_ms),
    )
    for name, value in times:
        seconds = None if value is None else number_literal(value / MILLISECONDS)
        yield name, seconds
    yield Code("max_queue_size"), _number(options.max_queue_size)
    yield Code("max_queue_message_bytes"), _number(options.max_queue_message_size)
    limit = options.max_schedules
    yield Code("max_schedules"), None if limit is None else number_literal(limit)
    hibernates = options.can_hibernate_web_socket
    yield (
        Code("can_hibernate_web_socket"),
        None if hibernates is None else Code(repr(hibernates)),
    )
    no_sleep = options.no_sleep
    yield Code("no_sleep"), None if no_sleep is None else Code(repr(no_sleep))


def _number(value: int | None) -> Code | None:
    return None if value is None else number_literal(value)
