"""Emitted names that meet in one module, although the schema's own names differ.

The loader compares the names of a schema; what a target makes of them (the class of a
variant, of metadata, of an actor) is compared here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.json_models.findings import part_names
from rivetgen.naming import (
    actor_class,
    actor_module,
    error_class,
    queue_class,
    type_class,
    variant_class,
)
from rivetgen.python.contracts import has_payload_class, payload_class
from rivetgen_schema.findings import FindingLog
from rivetgen_schema.ir import JsonSchemaDefinition, UnionDefinition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rivetgen_schema import Finding
    from rivetgen_schema.ir import Actor, Schema
    from rivetgen_schema.source import Position, SourceFile

MODULES = frozenset(
    {"client", "errors", "handles", "registry", "sync", "testing", "types"}
)
"""Modules of the emitted packages that are not named after an actor."""

SUFFIXES = (
    "Actor",
    "Actors",
    "Base",
    "Connection",
    "ConnectionState",
    "Context",
    "CreateContext",
    "Delivery",
    "Events",
    "Handle",
    "Input",
    "Key",
    "Params",
    "Queues",
    "ScheduledCalls",
    "State",
    "Workflow",
    "WorkflowQueues",
)
"""Endings of the classes of every actor, in server and client packages."""


QUEUE_SUFFIXES = ("Delivery", "Message", "Reply")
"""Endings of the classes of every queue."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """A class that is emitted for an element of the schema."""

    name: str
    what: str
    position: Position | None


def collisions(schema: Schema, files: Iterable[SourceFile] = ()) -> tuple[Finding, ...]:
    """Return a finding for each pair of emitted names that meet."""
    log = FindingLog(files={file.name: file for file in files})
    first: dict[str, Emitted] = {}
    for emitted in _classes(schema):
        before = first.setdefault(emitted.name, emitted)
        if before is not emitted:
            log.add(
                "RG001",
                emitted.position,
                f"{_capitalised(emitted.what)} and {before.what} are both called "
                f"`{emitted.name}` in Python.",
                fix="Rename one of the two, or give it another name under `names`.",
                related=[before.position] if before.position else [],
            )
    for actor in schema.actors:
        if actor_module(actor) in MODULES:
            log.add(
                "RG002",
                actor.position,
                f"The emitted packages have a module `{actor_module(actor)}` already.",
                fix="Rename the actor, or spell it with `names: { python: ... }`.",
            )
    return log.findings()


def _classes(schema: Schema) -> Iterator[Emitted]:
    for definition in schema.types:
        name = type_class(definition)
        yield Emitted(name, f"the type `{definition.name}`", definition.position)
        if isinstance(definition, UnionDefinition):
            for variant in definition.variants:
                what = f"the variant `{variant.tag_value}` of `{definition.name}`"
                yield Emitted(
                    variant_class(definition, variant), what, variant.position
                )
        if isinstance(definition, JsonSchemaDefinition):
            for part in part_names(definition):
                yield Emitted(
                    part, f"a part of `{definition.name}`", definition.position
                )
    for error in schema.errors:
        what = f"the error `{error.code}`"
        yield Emitted(error_class(error), what, error.position)
        if error.metadata:
            name = f"{error_class(error)}Metadata"
            yield Emitted(name, f"the metadata of `{error.code}`", error.position)
    for actor in schema.actors:
        yield from _actor_classes(actor)


def _actor_classes(actor: Actor) -> Iterator[Emitted]:
    for suffix in SUFFIXES:
        name = f"{actor_class(actor)}{suffix}"
        what = f"a class of the actor `{actor.name}`"
        yield Emitted(name, what, actor.position)
        yield Emitted(f"Sync{name}", what, actor.position)
    for event in filter(has_payload_class, actor.events):
        what = f"the payload of `{actor.name}.{event.name}`"
        yield Emitted(payload_class(actor, event), what, event.position)
    for queue in actor.queues:
        what = f"a class of the queue `{actor.name}.{queue.name}`"
        for ending in QUEUE_SUFFIXES:
            name = f"{queue_class(actor, queue)}{ending}"
            yield Emitted(name, what, queue.position)


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]
