"""The server package: base classes, typed contexts, stubs that users fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, render
from rivetgen.escaping import identifier
from rivetgen.json_models.findings import json_schema_findings
from rivetgen.naming import actor_class, actor_module
from rivetgen.output import GeneratedFile
from rivetgen.python.collisions import collisions
from rivetgen.python.definitions import types_module
from rivetgen.python.modules import plain_module
from rivetgen.python.typed_errors import errors_module
from rivetgen.targets.python_client.actors import actor_client_module
from rivetgen.targets.python_server.bases import base_module
from rivetgen.targets.python_server.first_tests import first_tests
from rivetgen.targets.python_server.past_states import past_state_modules
from rivetgen.targets.python_server.registries import (
    registry_module,
    registry_parameter,
)
from rivetgen.targets.python_server.stubs import actor_stub, app_module
from rivetgen_schema.targets import Feature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.modules import Origin
    from rivetgen.settings import PythonServerSettings, Settings
    from rivetgen.targets.base import Job
    from rivetgen_schema import Finding
    from rivetgen_schema.ir import Actor, Schema

SUPPORTED = frozenset(
    {
        Feature.CHOICE,
        Feature.CONNECTION_PARAMETERS,
        Feature.CONNECTION_STATE,
        Feature.DATABASE,
        Feature.EVENT_GUARD,
        Feature.HTTP,
        Feature.INTERVAL_DURABILITY,
        Feature.JSON_SCHEMA,
        Feature.QUEUES,
        Feature.RUN,
        Feature.SCHEDULES,
        Feature.STATE_VERSION,
        Feature.UNION,
        Feature.WEBSOCKET,
        Feature.WORKFLOW,
    }
)


def is_wanted(settings: Settings) -> bool:
    """Whether the settings ask for this target."""
    return settings.python_server is not None


def findings(job: Job) -> tuple[Finding, ...]:
    """Return what this target has against a schema."""
    schema = job.origin.schema
    found = json_schema_findings(schema, job.files)
    return found or collisions(schema, job.files)


def notes(job: Job, written: frozenset[str]) -> Iterator[str]:
    """Yield what to add to an `app.py` that was written before an actor came."""
    settings = job.settings.python_server
    if settings is None or f"{_folder(settings)}/app.py" in written:
        return
    for actor in job.origin.schema.actors:
        module = actor_module(actor)
        if f"{_folder(settings)}/actors/{module}.py" in written:
            argument = f"{registry_parameter(actor)}={actor_class(actor)}"
            yield f"{_folder(settings)}/app.py is yours: add `{argument}` to it."


def emit(job: Job) -> Iterator[GeneratedFile]:
    """Yield the generated modules and the files of the user."""
    settings = job.settings.python_server
    if settings is None:
        return
    folder = _folder(settings)
    for path, text in _generated(job):
        yield GeneratedFile(path=f"{folder}/_generated/{path}", text=text)
    for path, text in _written_once(job, settings):
        yield GeneratedFile(path=f"{folder}/{path}", text=text, once=True)
    client = job.settings.python_client
    if settings.tests and client is not None:
        for path, text in first_tests(job.origin, settings, client):
            yield GeneratedFile(path=f"{settings.tests}/{path}", text=text, once=True)


def _folder(settings: PythonServerSettings) -> str:
    return f"{settings.source}/{settings.package}".removeprefix("./")


def _generated(job: Job) -> Iterator[tuple[str, Code]]:
    origin = job.origin
    yield "__init__.py", plain_module(origin, "Generated code; see the modules.")
    yield "types.py", types_module(origin)
    yield "errors.py", errors_module(origin)
    yield "registry.py", registry_module(origin)
    for actor in origin.schema.actors:
        yield f"{actor_module(actor)}.py", base_module(origin, actor)
    yield from _past_states(origin)
    used = _used_actors(origin.schema)
    if used:
        yield "handles/__init__.py", plain_module(origin, "Actors called by others.")
    for actor in used:
        text = actor_client_module(
            origin, actor, package=Code(".."), actions=actor.actions
        )
        yield f"handles/{actor_module(actor)}.py", text


def _past_states(origin: Origin) -> Iterator[tuple[str, Code]]:
    modules = [
        part
        for actor in origin.schema.actors
        for part in past_state_modules(origin, actor)
    ]
    if modules:
        text = "States as earlier releases stored them."
        yield "states/__init__.py", plain_module(origin, text)
        yield from modules


def _written_once(
    job: Job, settings: PythonServerSettings
) -> Iterator[tuple[str, Code]]:
    origin = job.origin
    package = identifier(settings.package)
    yield "__init__.py", Code()
    yield "__main__.py", render("python_server/main.jinja", package=package)
    yield "app.py", app_module(origin)
    yield "actors/__init__.py", Code()
    for actor in origin.schema.actors:
        yield f"actors/{actor_module(actor)}.py", actor_stub(origin, actor)


def _used_actors(schema: Schema) -> list[Actor]:
    names = {name for actor in schema.actors for name in actor.uses}
    return [actor for actor in schema.actors if actor.name in names]
