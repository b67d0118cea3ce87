"""How many bytes values of a type take at least, and at most where that is bounded.

Sizes are those of the CBOR encoding, the smallest value rounded down, so that a
finding never rests on a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rivetgen_schema import ir

if TYPE_CHECKING:
    from collections.abc import Iterable

MAXIMUM_DEPTH: Final = 50
"""Named types inside each other that are followed; deeper ones count as one byte."""

_LONGEST_TEXTS: Final[dict[ir.ScalarName, int]] = {
    "int": 17,
    "bool": 5,
    "date": 10,
    "uuid": 36,
}


class Sizes:
    """Answers questions about sizes in one schema; remembers named types."""

    def __init__(self, schema: ir.Schema) -> None:
        self._definitions = {definition.name: definition for definition in schema.types}
        self._known: dict[str, int] = {}
        self._depth = 0

    def longest_text(self, type_: ir.Type) -> int | None:
        """Return the most bytes of a key part that its bounds name.

        A string without an upper bound has none; characters count as one byte,
        because most keys are ASCII.
        """
        if not isinstance(type_, ir.ScalarType):
            return None
        if type_.name == "string" and isinstance(type_.maximum, int):
            return type_.maximum
        return _LONGEST_TEXTS.get(type_.name)

    def smallest(self, body: ir.Body) -> int:
        """Return the bytes of the smallest value that a body allows."""
        match body:
            case ir.Record(fields=fields):
                return self._fields(fields)
            case ir.ScalarType(name="string" | "bytes", minimum=minimum):
                return 1 + int(minimum or 0)
            case ir.ListType() | ir.SetType():
                return self._repeated(body.item, body.minimum or 0)
            case ir.MapType():
                return self._repeated(body.value, body.minimum or 0)
            case ir.NamedType(name=name):
                return self._named(name)
            case _:
                return 1

    def _repeated(self, type_: ir.Type, count: int) -> int:
        return 1 + count * self.smallest(type_) if count else 1

    def _fields(self, fields: Iterable[ir.Member]) -> int:
        return 1 + sum(
            1 + len(member.name) + self.smallest(member.type)
            for member in fields
            if not member.absent
        )

    def _named(self, name: str) -> int:
        if name not in self._known and self._depth < MAXIMUM_DEPTH:
            self._known[name] = 1  # what a type inside itself counts as
            self._depth += 1
            self._known[name] = self._definition(name)
            self._depth -= 1
        return self._known.get(name, 1)

    def _definition(self, name: str) -> int:
        definition = self._definitions.get(name)
        if isinstance(definition, ir.AliasDefinition):
            return self.smallest(definition.type)
        if isinstance(definition, ir.ObjectDefinition):
            return self._fields(definition.fields)
        return 1
