"""The client package: typed handles, connections and events, awaited or blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code
from rivetgen.escaping import identifier
from rivetgen.json_models.findings import json_schema_findings
from rivetgen.naming import actor_module, client_class, public_actions
from rivetgen.output import GeneratedFile
from rivetgen.python.collisions import collisions
from rivetgen.python.definitions import types_module
from rivetgen.python.modules import plain_module
from rivetgen.python.typed_errors import errors_module
from rivetgen.targets.python_client.actors import actor_client_module
from rivetgen.targets.python_client.clients import client_module, sync_client_module
from rivetgen.targets.python_client.packages import package_module
from rivetgen.targets.python_client.readmes import project_file, readme
from rivetgen.targets.python_client.sync_actors import sync_actor_module
from rivetgen_schema.targets import Feature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.settings import Settings
    from rivetgen.targets.base import Job
    from rivetgen_schema import Finding

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
    return settings.python_client is not None


def findings(job: Job) -> tuple[Finding, ...]:
    """Return what this target has against a schema."""
    schema = job.origin.schema
    found = json_schema_findings(schema, job.files)
    return found or collisions(schema, job.files)


def notes(job: Job, written: frozenset[str]) -> tuple[str, ...]:
    """Return nothing: everything is written."""
    del job, written
    return ()


def emit(job: Job) -> Iterator[GeneratedFile]:
    """Yield the package and the files around it."""
    settings = job.settings.python_client
    if settings is None:
        return
    folder = f"{settings.output}/{settings.package}"
    for path, text in _package(job, identifier(client_class(settings))):
        yield GeneratedFile(path=f"{folder}/{path}", text=text)
    project = project_file(job.origin, settings)
    yield GeneratedFile(
        path=f"{settings.output}/pyproject.toml", text=project, once=True
    )
    text = readme(job.origin, settings, identifier(client_class(settings)))
    yield GeneratedFile(path=f"{settings.output}/README.md", text=text, once=True)


def _package(job: Job, client: Code) -> Iterator[tuple[str, Code]]:
    origin = job.origin
    yield "__init__.py", package_module(origin, client)
    yield "py.typed", Code()
    yield "types.py", types_module(origin)
    yield "errors.py", errors_module(origin)
    yield "client.py", client_module(origin, client)
    yield "sync/__init__.py", plain_module(origin, "The same calls, blocking.")
    yield "sync/client.py", sync_client_module(origin, client)
    for actor in origin.schema.actors:
        actions = public_actions(actor)
        path = f"{actor_module(actor)}.py"
        yield (
            path,
            actor_client_module(origin, actor, package=Code("."), actions=actions),
        )
        yield f"sync/{path}", sync_actor_module(origin, actor, actions=actions)
