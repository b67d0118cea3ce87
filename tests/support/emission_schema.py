"""Schemas for tests of single emitters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.lookup import Elements
from rivetgen.python.scopes import Scope
from rivetgen_schema import load_text

if TYPE_CHECKING:
    from rivetgen_schema.ir import Schema

HEAD = "rivet: 1\ninfo: { name: shop, version: 0.1.0 }\n"

TYPES = """\
types:
  Color: { open: true, enum: [red, in-progress] }
  Size: { enum: [small, large] }
  Tags: { type: list<string> }
  Point: { fields: { x: int, y: int = 0 } }
  Shape: { union: kind, variants: { dot: { at: Point }, nothing: {} } }
"""

ACTORS = """\
actors:
  room:
    key: [name: string]
    state: { color: Color = red, size: Size = small, tags: "Tags = []" }
    actions:
      draw: { args: [shape: Shape, at: Point | absent] }
"""


def schema(text: str = TYPES + ACTORS) -> Schema:
    """Load a schema that has no errors."""
    result = load_text(HEAD + text)
    assert result.schema is not None, result.findings
    return result.schema


def scope(text: str = TYPES + ACTORS) -> Scope:
    """Return the scope of a module that uses the types of a schema."""
    return Scope(elements=Elements.of(schema(text)))
