"""Elements of a schema by name; the loader has resolved every reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from rivetgen.errors import EmissionError

if TYPE_CHECKING:
    from rivetgen_schema.ir import Actor, ErrorDefinition, Schema, TypeDefinition


def type_named(schema: Schema, name: str) -> TypeDefinition:
    """Return the type with this name."""
    return schema.type_named(name) or _missing(name)


def error_named(schema: Schema, code: str) -> ErrorDefinition:
    """Return the typed error with this code."""
    return schema.error_named(code) or _missing(code)


def actor_named(schema: Schema, name: str) -> Actor:
    """Return the actor with this wire name."""
    return schema.actor_named(name) or _missing(name)


def _missing(name: str) -> NoReturn:
    msg = f"the schema refers to {name!r}, which it does not define"
    raise EmissionError(msg)
