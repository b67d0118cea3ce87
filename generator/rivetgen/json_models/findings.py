"""Findings about `jsonSchema` types that have no models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.json_models.uses import described_values
from rivetgen.naming import type_class
from rivetgen_schema import ir
from rivetgen_schema.findings import FindingLog
from rivetgen_schema.walk import all_members

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
    described = tuple(json_schema_definitions(schema))
    for definition in described:
        for problem in _models(definition).problems:
            place = f" (at `{problem.pointer}`)" if problem.pointer else ""
            log.add(
                problem.code,
                definition.position,
                f"The JSON Schema of `{definition.name}`: {problem.message}{place}.",
                fix=problem.fix,
            )
    definitions = {definition.name: definition for definition in schema.types}
    for member in all_members(schema) if described else ():
        for definition in _refusing(member, definitions):
            log.add(
                "RG021",
                member.position,
                f"A value of `{member.name}` does not fit the JSON Schema of "
                f"`{definition.name}`.",
                fix="Change the default or the example, or the schema.",
            )
    return log.findings()


def _refusing(
    member: ir.Member, definitions: Mapping[str, ir.TypeDefinition]
) -> Iterator[ir.JsonSchemaDefinition]:
    """Yield the types that refuse a part of the default or example of a member."""
    for given in (member.default, member.example):
        uses = described_values(member.type, given.value, definitions) if given else ()
        for definition, value in uses:
            if not _accepts(definition, value):
                yield definition


def _accepts(definition: ir.JsonSchemaDefinition, value: ir.JsonValue) -> bool:
    from rivetgen.json_models.defaults import is_valid  # noqa: PLC0415 - slow import

    return is_valid(definition.schema, value, root=definition.schema)


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
