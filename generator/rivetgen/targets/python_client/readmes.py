"""README and `pyproject.toml` of a client package; both belong to the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join, render
from rivetgen.escaping import identifier, markdown, toml_literal
from rivetgen.naming import (
    action_method,
    actor_module,
    event_member,
    public_actions,
    queue_member,
)
from rivetgen.python.calls import ExampleCalls
from rivetgen.python.documentation import plain, summary
from rivetgen.python.scopes import CallerScope
from rivetgen.python.signatures import argument_names
from rivetgen.version import RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.modules import Origin
    from rivetgen.settings import PythonClientSettings
    from rivetgen_schema.ir import Action, Actor


def project_file(origin: Origin, settings: PythonClientSettings) -> Code:
    """Return the `pyproject.toml` of the package."""
    return render(
        "python_client/pyproject.jinja",
        distribution=toml_literal(settings.distribution),
        version=toml_literal(origin.schema.version),
        description=toml_literal(plain(_description(origin))),
        runtime=RELEASE,
        package=toml_literal(settings.package),
    )


def readme(origin: Origin, settings: PythonClientSettings, client: Code) -> Code:
    """Return the README of the package: how to start, and every call."""
    return render(
        "python_client/readme.jinja",
        title=markdown(settings.distribution),
        distribution=Code(settings.distribution),
        description=markdown(_description(origin)),
        client=client,
        example=_example(origin, settings, client),
        actors=[_section(actor, origin, settings) for actor in origin.schema.actors],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    name: Code
    description: Code
    example: Code
    rows: list[Code]


def _description(origin: Origin) -> str:
    return summary(origin.schema.description, f"Client of {origin.schema.name}.")


def _example(origin: Origin, settings: PythonClientSettings, client: Code) -> Code:
    actors = origin.schema.actors[:1]
    scope = _scope(origin, settings, *actors)
    scope.imports.name(scope.package, client)
    lines = [
        line
        for actor in actors
        for line in (_handle(actor, scope), *_calls(actor, scope)[:1])
    ]
    return render(
        "python_client/example.jinja",
        client=client,
        lines=lines or [Code("...")],
        imports=scope.imports.render(),
    )


def _section(actor: Actor, origin: Origin, settings: PythonClientSettings) -> _Section:
    return _Section(
        name=code("`client.{}`", identifier(actor_module(actor))),
        description=markdown(summary(actor.description, f"The actor {actor.name}.")),
        example=_block(actor, _scope(origin, settings, actor)),
        rows=list(_rows(actor)),
    )


def _block(actor: Actor, scope: CallerScope) -> Code:
    lines = [_handle(actor, scope), *_calls(actor, scope)]
    events = [identifier(event_member(event)) for event in actor.events[:1]]
    return render(
        "python_client/calls.jinja",
        name=identifier(actor_module(actor)),
        lines=lines,
        event=events[0] if events else None,
        imports=scope.imports.render(),
    )


def _scope(
    origin: Origin, settings: PythonClientSettings, *actors: Actor
) -> CallerScope:
    """Return the scope of a program with one variable per actor."""
    return CallerScope(
        elements=origin.elements,
        package=identifier(settings.package),
        shadowed=frozenset(actor_module(actor) for actor in actors),
    )


def _handle(actor: Actor, scope: CallerScope) -> Code:
    name = identifier(actor_module(actor))
    arguments = ExampleCalls(scope).access(actor)
    return code("{} = client.{}.get_or_create({})", name, name, arguments)


def _calls(actor: Actor, scope: CallerScope) -> list[Code]:
    example = ExampleCalls(scope)
    return [
        *(example.action(actor, action) for action in public_actions(actor)),
        *(example.send(actor, queue) for queue in actor.queues),
    ]


def _rows(actor: Actor) -> Iterator[Code]:
    for action in public_actions(actor):
        text = summary(action.description, f"Call {action.name}.")
        yield code("`{}` | {}", _call(action), markdown(text))
    for event in actor.events:
        text = summary(event.description, f"Event {event.name}.")
        member = identifier(event_member(event))
        yield code("`events.{}` | {}", member, markdown(text))
    for queue in actor.queues:
        text = summary(queue.description, f"Send to the queue {queue.name}.")
        member = identifier(queue_member(queue))
        yield code("`queues.{}.send(message)` | {}", member, markdown(text))
        if queue.reply is not None:
            call = Code("request(message, timeout=5)")
            answer = Code("The same, and wait for the reply.")
            yield code("`queues.{}.{}` | {}", member, call, answer)


def _call(action: Action) -> Code:
    arguments = join(argument_names(action.args), ", ")
    return code("{}({})", identifier(action_method(action)), arguments)
