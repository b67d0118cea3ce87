"""The module `errors`: the typed errors of a schema, the same in every package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join, render
from rivetgen.escaping import docstring, identifier, string_literal
from rivetgen.naming import argument_name, error_class
from rivetgen.python.models import model, stated
from rivetgen.python.modules import Origin, module
from rivetgen.python.scopes import Scope
from rivetgen.python.signatures import caller_parameter, construct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen_schema.ir import ErrorDefinition, Member


TAKEN = frozenset({"message", "super"})
"""What the initializer of an error needs under its own name."""


def errors_module(origin: Origin) -> Code:
    """Return the module that defines the typed errors of the schema."""
    scope = Scope(elements=origin.elements)
    parts = [
        part for error in origin.schema.errors for part in _definitions(error, scope)
    ]
    return module(origin, "Typed errors of the schema.", scope.imports, parts)


def _definitions(error: ErrorDefinition, scope: Scope) -> Iterator[Code]:
    name = identifier(error_class(error))
    metadata = code("{}Metadata", name) if error.metadata else None
    if metadata:
        summary = f"Facts about `{error.code}`."
        yield model(metadata, error.metadata or (), scope, description=summary)
    yield render(
        "python/error.jinja",
        name=name,
        client=scope.module("client"),
        typing=scope.module("typing"),
        docstring=docstring(_description(error)),
        code=string_literal(error.code),
        message=string_literal(error.message),
        metadata=metadata,
        **(_metadata_parts(error, metadata, scope) if metadata else {}),
    )


def _metadata_parts(
    error: ErrorDefinition, metadata: Code, scope: Scope
) -> dict[str, Code]:
    members = error.metadata or ()
    names = {member.name: _parameter_name(member) for member in members}
    parameters = [
        code("{}, ", caller_parameter(member, scope, name=names[member.name]))
        for member in members
    ]
    return {
        "types": scope.module("types"),
        "parameters": join(parameters),
        "value": construct(metadata, members, scope, names=names),
    }


def _parameter_name(member: Member) -> Code:
    name = argument_name(member)
    return identifier(f"metadata_{name}" if name in TAKEN else name)


def _description(error: ErrorDefinition) -> str:
    return stated(error.description) or stated(error.message) or f"`{error.code}`."
