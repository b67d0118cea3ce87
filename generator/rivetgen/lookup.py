"""Elements of a schema by name; the loader has resolved every reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from rivetgen.errors import EmissionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_schema.ir import Actor, ErrorDefinition, Schema, TypeDefinition


@dataclass(frozen=True, slots=True, eq=False)
class Elements:
    """The elements of one schema, indexed once."""

    types: Mapping[str, TypeDefinition]
    errors: Mapping[str, ErrorDefinition]
    actors: Mapping[str, Actor]

    @classmethod
    def of(cls, schema: Schema) -> Elements:
        """Index a schema."""
        return cls(
            types={definition.name: definition for definition in schema.types},
            errors={error.code: error for error in schema.errors},
            actors={actor.name: actor for actor in schema.actors},
        )

    def type_named(self, name: str) -> TypeDefinition:
        """Return the type with this name."""
        return self.types.get(name) or _missing(name)

    def error_named(self, code: str) -> ErrorDefinition:
        """Return the typed error with this code."""
        return self.errors.get(code) or _missing(code)

    def actor_named(self, name: str) -> Actor:
        """Return the actor with this wire name."""
        return self.actors.get(name) or _missing(name)


def _missing(name: str) -> NoReturn:
    msg = f"the schema refers to {name!r}, which it does not define"
    raise EmissionError(msg)
