"""README and `pyproject.toml` of a client package; both belong to the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join, render
from rivetgen.escaping import identifier, markdown, toml_literal
from rivetgen.naming import action_method, actor_module, event_member
from rivetgen.python.documentation import plain, summary
from rivetgen.python.keywords import accesses
from rivetgen.python.scopes import Scope
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
        actors=[_actor(actor) for actor in origin.schema.actors],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    name: Code
    description: Code
    rows: list[Code]


def _description(origin: Origin) -> str:
    return summary(origin.schema.description, f"Client of {origin.schema.name}.")


def _example(origin: Origin, settings: PythonClientSettings, client: Code) -> Code:
    package = identifier(settings.package)
    lines = [
        code("from {} import {}", package, client),
        Code(),
        code('async with {}("http://127.0.0.1:6420") as client:', client),
    ]
    lines += [_get_line(actor, origin) for actor in origin.schema.actors[:1]]
    return join(lines or [Code("...")], "\n")


def _get_line(actor: Actor, origin: Origin) -> Code:
    name = identifier(actor_module(actor))
    ways = accesses(actor, Scope(elements=origin.elements)).by_key(with_input=True)
    return code("    {} = client.{}.get_or_create({})", name, name, ways.forwarded)


def _actor(actor: Actor) -> _Section:
    name = identifier(actor_module(actor))
    return _Section(
        name=code("`client.{}`", name),
        description=markdown(summary(actor.description, f"The actor {actor.name}.")),
        rows=list(_rows(actor)),
    )


def _rows(actor: Actor) -> Iterator[Code]:
    for action in actor.actions:
        if action.audience == "public":
            text = summary(action.description, f"Call {action.name}.")
            yield code("`{}` | {}", _call(action), markdown(text))
    for event in actor.events:
        text = summary(event.description, f"Event {event.name}.")
        member = identifier(event_member(event))
        yield code("`events.{}` | {}", member, markdown(text))


def _call(action: Action) -> Code:
    arguments = join(argument_names(action.args), ", ")
    return code("{}({})", identifier(action_method(action)), arguments)
