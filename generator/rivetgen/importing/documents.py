"""JSON and YAML documents with the place of every value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import yaml

from rivetgen.errors import ImportSchemaError
from rivetgen_schema.scalars import core_value
from rivetgen_schema.source import Position
from rivetgen_schema.yaml_tree import EVENT_LOADER

if TYPE_CHECKING:
    from rivetgen_schema.ir import JsonValue
    from rivetgen_schema.yaml_tree import Mark

MAXIMUM_BYTES: Final = 16 * 1024 * 1024
MAXIMUM_DEPTH: Final = 100
MAXIMUM_VALUES: Final = 1_000_000
# An escaped pair that is not itself behind an escaped backslash.
_PAIR: Final = re.compile(
    r"(?P<before>(?<!\\)(?:\\\\)*)\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})"
    r"\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
)


@dataclass(slots=True, eq=False)
class Value:
    """A value of a document.

    Attributes:
        content: A map of values, a list of values, or a JSON scalar.
        position: Where it starts.
    """

    content: Content
    position: Position

    def get(self, key: str) -> Value | None:
        """Return a value of a map; `None` for other values and missing keys."""
        return self.entries().get(key)

    def entries(self) -> dict[str, Value]:
        """Return the content of a map; nothing for other values."""
        return self.content if isinstance(self.content, dict) else {}

    def items(self) -> list[Value]:
        """Return the content of a list; nothing for other values."""
        return self.content if isinstance(self.content, list) else []

    def text(self, key: str) -> str | None:
        """Return a text of a map."""
        value = self.get(key)
        return value.content if value and isinstance(value.content, str) else None

    def flag(self, key: str) -> bool:
        """Whether a map says `true` under a key."""
        value = self.get(key)
        return value is not None and value.content is True

    def plain(self) -> JsonValue:
        """Return the value without positions."""
        if isinstance(self.content, dict):
            return {key: value.plain() for key, value in self.content.items()}
        if isinstance(self.content, list):
            return [value.plain() for value in self.content]
        return self.content


Content: TypeAlias = "dict[str, Value] | list[Value] | str | int | float | bool | None"


def read_document(text: str, *, name: str) -> Value:
    """Parse JSON or YAML.

    Raises:
        ImportSchemaError: The text is neither, too large, or uses anchors.
    """
    if len(text) > MAXIMUM_BYTES:
        msg = f"{name} has more than {MAXIMUM_BYTES // 1024**2} MiB"
        raise ImportSchemaError(msg)
    if text.lstrip().startswith("{"):
        # YAML refuses tabs between values; JSON has raw tabs nowhere else.
        text = _PAIR.sub(_joined, text.replace("\t", " "))
    try:
        builder = _Builder(name)
        for event in yaml.parse(text, Loader=EVENT_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        msg = f"{name} is neither JSON nor YAML: {_first_line(error)}"
        raise ImportSchemaError(msg) from error
    if builder.root is None:
        msg = f"{name} is empty"
        raise ImportSchemaError(msg)
    return builder.root


def _first_line(error: yaml.YAMLError) -> str:
    return " ".join(str(error).split())[:200]


@dataclass(slots=True)
class _Builder:
    """Builds values from parser events, without recursion."""

    name: str
    root: Value | None = None
    count: int = 0
    _open: list[Value] = field(default_factory=list[Value])
    _keys: list[str | None] = field(default_factory=list["str | None"])

    def take(self, event: yaml.Event) -> None:
        """Add one event."""
        if isinstance(event, yaml.AliasEvent):
            raise self._refused(event, "uses an anchor, which cannot be read")
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._start(event, cast("dict[str, Value]", {}))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._start(event, cast("list[Value]", []))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()
            self._keys.pop()

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        inside = self._open[-1].content if self._open else None
        text = event.value
        if isinstance(inside, dict) and self._keys[-1] is None:
            self._keys[-1] = text
            return
        plain = event.implicit[0] and not event.style
        content = cast("Content", core_value(text)) if plain else text
        self._add(Value(content, self._position(event)))

    def _start(
        self, event: yaml.Event, content: dict[str, Value] | list[Value]
    ) -> None:
        in_map = self._open and isinstance(self._open[-1].content, dict)
        if in_map and self._keys[-1] is None:
            raise self._refused(event, "has a key that is no text")
        value = Value(content, self._position(event))
        self._add(value)
        self._open.append(value)
        self._keys.append(None)
        if len(self._open) > MAXIMUM_DEPTH:
            raise self._refused(event, "is nested too deeply")

    def _add(self, value: Value) -> None:
        self.count += 1
        if self.count > MAXIMUM_VALUES:
            msg = f"{self.name} has more than {MAXIMUM_VALUES:,} values"
            raise ImportSchemaError(msg)
        if not self._open:
            self.root = self.root or value
            return
        inside, key = self._open[-1].content, self._keys[-1]
        if isinstance(inside, list):
            inside.append(value)
        elif isinstance(inside, dict) and key is not None:
            inside[key] = value
            self._keys[-1] = None

    def _position(self, event: yaml.Event) -> Position:
        start = cast("Mark", event.start_mark)
        line, column = start.line + 1, start.column + 1
        return Position(self.name, line, column, line, column + 1)

    def _refused(self, event: yaml.Event, problem: str) -> ImportSchemaError:
        return ImportSchemaError(f"{self._position(event)} {problem}")


def _joined(match: re.Match[str]) -> str:
    """Return the YAML escape of a character that JSON writes in two halves."""
    high, low = (int(match[half], 16) for half in ("high", "low"))
    return f"{match['before']}\\U{0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF):08x}"
