"""Values inside a schema: defaults, examples and schedule arguments.

A literal keeps whether a text was quoted, because only the type at its place decides
whether `0` is a number or a decimal and whether `guest` is a text or an enum value.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rivetgen_schema.errors import SchemaError
from rivetgen_schema.scalars import core_value
from rivetgen_schema.yaml_tree import MAXIMUM_DEPTH, Mapping, Node, Scalar

if TYPE_CHECKING:
    from rivetgen_schema.ir import JsonValue


@dataclass(frozen=True, slots=True)
class Word:
    """A text without quotes: a number, `true`, `null`, a date or an enum value."""

    text: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text in quotes: always a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list of literals."""

    items: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A map from texts to literals."""

    entries: tuple[tuple[str, Literal], ...]


Literal: TypeAlias = Word | Quoted | Items | Entries


class LiteralSyntaxError(SchemaError):
    """A text after `=` is not a literal; `offset` points into that text."""

    def __init__(self, message: str, *, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def literal_of_node(node: Node) -> Literal:
    """Return the literal that a YAML node writes."""
    if isinstance(node, Scalar):
        return Word(node.value) if node.plain else Quoted(node.value)
    if isinstance(node, Mapping):
        pairs = node.entries.values()
        return Entries(tuple((e.key.value, literal_of_node(e.value)) for e in pairs))
    return Items(tuple(literal_of_node(item) for item in node.items))


def json_of_literal(literal: Literal) -> JsonValue:
    """Return the plain JSON value of a literal, by the YAML 1.2 core rules."""
    if isinstance(literal, Word):
        return core_value(literal.text)
    if isinstance(literal, Quoted):
        return literal.text
    if isinstance(literal, Items):
        return [json_of_literal(item) for item in literal.items]
    return {name: json_of_literal(value) for name, value in literal.entries}


def parse_literal(text: str) -> Literal:
    """Parse the text after `=` in a type expression.

    Raises:
        LiteralSyntaxError: The text is not one literal.
    """
    parser = _Parser(text)
    literal = parser.value(depth=1)
    parser.expect_end()
    return literal


_BLANKS = re.compile(r"\s*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SINGLE_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_WORD = re.compile(r"[^\s\"'\[\]{},=]+")


class _Parser:
    """Reads JSON with bare words."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0

    def value(self, *, depth: int) -> Literal:
        if depth > MAXIMUM_DEPTH:
            raise self._error("The value is nested too deeply")
        if self._take("["):
            return self._items(depth=depth)
        if self._take("{"):
            return self._entries(depth=depth)
        return self._text_value()

    def expect_end(self) -> None:
        if self._peek():
            raise self._error("There is more than one value; texts need quotes")

    def _items(self, *, depth: int) -> Items:
        items: list[Literal] = []
        while not self._take("]"):
            items.append(self.value(depth=depth + 1))
            self._separator("]")
        return Items(tuple(items))

    def _entries(self, *, depth: int) -> Entries:
        entries: list[tuple[str, Literal]] = []
        while not self._take("}"):
            name = self._text_value().text.removesuffix(":")
            self._take(":")
            entries.append((name, self.value(depth=depth + 1)))
            self._separator("}")
        return Entries(tuple(entries))

    def _separator(self, closing: str) -> None:
        if not self._take(",") and self._peek() != closing:
            raise self._error(f"A comma or `{closing}` is missing")

    def _text_value(self) -> Word | Quoted:
        self._peek()
        if match := _STRING.match(self._text, self._offset):
            return Quoted(self._unescape(match))
        if match := _SINGLE_QUOTED.match(self._text, self._offset):
            self._offset = match.end()
            return Quoted(match[1].replace("''", "'"))
        if match := _WORD.match(self._text, self._offset):
            self._offset = match.end()
            return Word(match.group())
        raise self._error("A value is missing")

    def _unescape(self, match: re.Match[str]) -> str:
        try:
            text = json.loads(match.group())
        except ValueError:
            raise self._error("The quoted text is not valid JSON") from None
        self._offset = match.end()
        return str(text)

    def _peek(self) -> str:
        match = _BLANKS.match(self._text, self._offset)
        self._offset = match.end() if match else self._offset
        return self._text[self._offset : self._offset + 1]

    def _take(self, character: str) -> bool:
        found = self._peek() == character
        self._offset += found
        return found

    def _error(self, message: str) -> LiteralSyntaxError:
        return LiteralSyntaxError(message, offset=self._offset)
