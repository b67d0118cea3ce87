"""Findings about `jsonSchema` types that have no models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.naming import type_class
from rivetgen_schema import ir
from rivetgen_schema.findings import FindingLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rivetgen.json_models.models import Models
    from rivetgen_schema import Finding
    from rivetgen_schema.source import SourceFile


def json_schema_definitions(schema: ir.Schema) -> Iterator[ir.JsonSchemaDefinition]:
    """Yield the types that are described by JSON Schema."""
    for definition in schema.types:
        if isinstance(definition, ir.JsonSchemaDefinition):
            yield definition


def json_schema_findings(
    schema: ir.Schema, files: Iterable[SourceFile] = ()
) -> tuple[Finding, ...]:
    """Return a finding for everything that is in the way of models."""
    log = FindingLog(files={file.name: file for file in files})
    for definition in json_schema_definitions(schema):
        for problem in _models(definition).problems:
            place = f" (at `{problem.pointer}`)" if problem.pointer else ""
            log.add(
                problem.code,
                definition.position,
                f"The JSON Schema of `{definition.name}`: {problem.message}{place}.",
                fix=problem.fix,
            )
    return log.findings()


def part_names(definition: ir.JsonSchemaDefinition) -> Iterator[str]:
    """Yield the names of the classes beside the one with the name of the type."""
    names = [part.name for part in _models(definition).definitions]
    yield from (name for name in names if name != type_class(definition))


def is_model(definition: ir.JsonSchemaDefinition) -> bool:
    """Whether a type is a class, and not a name for another type."""
    name = type_class(definition)
    return any(
        part.name == name and part.is_model for part in _models(definition).definitions
    )


def _models(definition: ir.JsonSchemaDefinition) -> Models:
    # Imported late: a schema without such types needs none of this.
    from rivetgen.json_models.models import models_of  # noqa: PLC0415

    return models_of(definition)
