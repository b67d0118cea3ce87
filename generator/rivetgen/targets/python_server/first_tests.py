"""The first tests of a server package; written once, then the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, render
from rivetgen.escaping import docstring, identifier
from rivetgen.naming import actor_module, client_class
from rivetgen.python.calls import ExampleCalls
from rivetgen.python.documentation import summary
from rivetgen.python.imports import Imports
from rivetgen.python.scopes import CallerScope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.modules import Origin
    from rivetgen.settings import PythonClientSettings, PythonServerSettings
    from rivetgen_schema.ir import Actor


def first_tests(
    origin: Origin, server: PythonServerSettings, client: PythonClientSettings
) -> Iterator[tuple[str, Code]]:
    """Yield the tests that drive each actor through the generated client."""
    yield "conftest.py", _fixtures(server, client)
    for actor in origin.schema.actors:
        yield f"test_{actor_module(actor)}.py", _first_test(actor, origin, client)


def _fixtures(server: PythonServerSettings, client: PythonClientSettings) -> Code:
    package, name = identifier(client.package), _client(client)
    imports = Imports()
    imports.third_party(Code("import pytest"))
    imports.third_party(Code("from rivetgen_runtime import ServeOptions"))
    imports.third_party(code("from {} import {}", package, name))
    imports.name(code("{}.app", identifier(server.package)), Code("registry"))
    return render("python_server/conftest.jinja", imports=imports.render(), client=name)


def _first_test(actor: Actor, origin: Origin, client: PythonClientSettings) -> Code:
    package = identifier(client.package)
    scope = CallerScope(
        elements=origin.elements,
        package=package,
        shadowed=frozenset({actor_module(actor)}),
    )
    arguments = ExampleCalls(scope).access(actor)
    scope.imports.name(package, _client(client))
    text = summary(actor.description, f"The actor `{actor.name}`.")
    return render(
        "python_server/first_test.jinja",
        docstring=docstring(f"Tests of `{actor.name}`: {text}"),
        imports=scope.imports.render(),
        name=identifier(actor_module(actor)),
        client=_client(client),
        arguments=arguments,
    )


def _client(settings: PythonClientSettings) -> Code:
    return identifier(client_class(settings))
