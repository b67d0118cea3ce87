"""YAML as the schema language allows it: a tree of nodes with positions.

Parser events come from libyaml where PyYAML was built with it. No event ever builds a
Python object by tag: scalars stay text, and `rivetgen_schema.scalars` gives plain ones
their YAML 1.2 meaning. Limits are checked while events arrive, so a hostile file costs
no more than its size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

import yaml

from rivetgen_schema.errors import SchemaError
from rivetgen_schema.source import Position, SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rivetgen_schema.findings import FindingLog

MAXIMUM_FILE_BYTES = 256 * 1024
MAXIMUM_DEPTH = 32
MAXIMUM_NODES = 50_000
"""Nodes of all files of one schema together."""

EVENT_LOADER = cast(
    "type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader)
)

# What YAML 1.2 does not call printable, and the line ends that only YAML 1.1 knows
# (NEL, LS, PS), which would make line numbers differ between readers. The other way
# round, as the characters that are allowed, the pattern takes ten times as long to
# compile, and every command compiles it.
_FORBIDDEN_CHARACTER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)
# Together: a plain scalar that ends where a bracket follows `=`, inside braces or
# brackets. As one pattern, `.*` would start again at every comma of a long line.
_TOO_DEEP_FOR_THE_PARSER = "nesting depth"  # libyaml 0.2.6 and newer
_OPENING = re.compile(r"[{,\[]")
_BRACKET_AFTER_EQUALS = re.compile(r"=\s*[\[{]")


class Mark(Protocol):
    """A place in a text; `line` and `column` count from 0."""

    line: int
    column: int


@dataclass(slots=True, kw_only=True, eq=False)
class Scalar:
    """A text; `plain` when it was written without quotes.

    An `alias` has been reported and stands for a value that nobody knows.
    """

    value: str
    plain: bool
    file: str
    start: Mark
    end: Mark
    alias: bool = False

    @property
    def position(self) -> Position:
        """The range of the text, quotes included."""
        return _position(self.file, self.start, self.end)

    def slice_position(self, start: int, end: int) -> Position:
        """Return the range of a part of the text, by offsets into `value`."""
        whole = self.position
        width = whole.end_column - whole.column
        quotes = 0 if self.plain else 1
        exact = whole.line == whole.end_line and width == len(self.value) + 2 * quotes
        if not exact:
            return whole
        column = whole.column + quotes
        end_column = column + max(end, start + 1)
        return Position(whole.file, whole.line, column + start, whole.line, end_column)


@dataclass(slots=True, kw_only=True, eq=False)
class Entry:
    """One pair of a mapping."""

    key: Scalar
    value: Node


@dataclass(slots=True, kw_only=True, eq=False)
class Mapping:
    """A mapping in document order; keys are distinct; `flow` is written in braces."""

    entries: dict[str, Entry]
    flow: bool
    file: str
    start: Mark
    end: Mark

    @property
    def position(self) -> Position:
        """The first character of the mapping."""
        return _position(self.file, self.start, self.start)


@dataclass(slots=True, kw_only=True, eq=False)
class Sequence:
    """A sequence in document order; `flow` is written in brackets."""

    items: list[Node]
    flow: bool
    file: str
    start: Mark
    end: Mark

    @property
    def position(self) -> Position:
        """The first character of the sequence."""
        return _position(self.file, self.start, self.start)


Node: TypeAlias = Scalar | Mapping | Sequence


@dataclass(slots=True)
class NodeBudget:
    """How many more nodes the files of a schema may hold."""

    left: int = MAXIMUM_NODES


def parse_yaml(
    data: bytes, *, name: str, log: FindingLog, budget: NodeBudget
) -> Node | None:
    """Parse one file into a tree; what is wrong with it goes to the log.

    Returns:
        The root node, or `None` when the file holds nothing usable.
    """
    text = _decode(data, name=name, log=log)
    if text is None:
        return None
    source = SourceFile.from_text(text, name=name)
    log.files[name] = source
    if not _has_only_allowed_characters(source, log=log):
        return None
    return _Composer(source=source, log=log, budget=budget).compose(text)


def _position(file: str, start: Mark, end: Mark) -> Position:
    end_column = end.column + 1
    if start.line == end.line and start.column == end.column:
        end_column += 1
    return Position(file, start.line + 1, start.column + 1, end.line + 1, end_column)


def _decode(data: bytes, *, name: str, log: FindingLog) -> str | None:
    start = Position(name, 1, 1, 1, 2)
    if len(data) > MAXIMUM_FILE_BYTES:
        log.add(
            "RG101",
            start,
            f"The file has {len(data):,} bytes; {MAXIMUM_FILE_BYTES:,} are the most.",
            fix="Move some types to another file and list it under `imports`.",
        )
        return None
    if data.startswith(b"\xef\xbb\xbf"):
        log.add(
            "RG110",
            start,
            "The file starts with a byte order mark.",
            fix="Save it as UTF-8 without a byte order mark.",
        )
        data = data[3:]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        _report_encoding(data, error.start, name=name, log=log)
    return None


def _report_encoding(data: bytes, offset: int, *, name: str, log: FindingLog) -> None:
    log.files[name] = SourceFile.from_text(data.decode("utf-8", "replace"), name=name)
    before = SourceFile.from_text(data[:offset].decode("utf-8"), name=name)
    log.add(
        "RG108",
        before.end(),
        f"Byte 0x{data[offset]:02x} is not UTF-8.",
        fix="Save the file as UTF-8.",
    )


def _has_only_allowed_characters(source: SourceFile, *, log: FindingLog) -> bool:
    allowed = True
    for number, line in enumerate(source.lines, start=1):
        found = _FORBIDDEN_CHARACTER.search(line)
        if found is None:
            continue
        allowed = False
        column = found.start() + 1
        code_point = ord(found.group())
        log.add(
            "RG109",
            Position(source.name, number, column, number, column + 1),
            f"The character U+{code_point:04X} is not allowed.",
            fix=f'Remove it, or write "\\u{code_point:04x}" in double quotes.',
        )
    return allowed


# The stubs of PyYAML leave the stream and the result of `parse` without types.
_parse = cast("Callable[..., Iterator[yaml.Event]]", cast("Any", yaml).parse)


class _TooMuchError(SchemaError):
    """A limit was passed; the finding is already in the log."""


@dataclass(slots=True, kw_only=True)
class _Composer:
    """Builds the tree of one file from parser events."""

    source: SourceFile
    log: FindingLog
    budget: NodeBudget
    _events: Iterator[yaml.Event] = field(init=False)

    def compose(self, text: str) -> Node | None:
        self._events = _parse(text, Loader=EVENT_LOADER)
        try:
            return self._document()
        except yaml.YAMLError as error:
            self._report_syntax(error)
        except _TooMuchError:
            pass
        return None

    def _document(self) -> Node | None:
        next(self._events)  # start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            self.log.add(
                "RG115",
                self.source.start(),
                "The file is empty.",
                fix="Start with `rivet: 1`.",
            )
            return None
        root = self._node(next(self._events), depth=1)
        next(self._events)  # end of the document
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            self.log.add(
                "RG111",
                self._at(following),
                "A second document starts here.",
                fix="Keep one document per file and list the others under `imports`.",
            )
        return root

    def _node(self, event: yaml.Event, *, depth: int) -> Node:
        self._spend(event, depth=depth)
        self._check_properties(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, depth=depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, depth=depth)
        return Scalar(
            alias=True,
            value="",
            plain=True,
            file=self.source.name,
            start=cast("Mark", event.start_mark),
            end=cast("Mark", event.end_mark),
        )

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        return Scalar(
            value=event.value,
            plain=event.implicit[0],
            file=self.source.name,
            start=cast("Mark", event.start_mark),
            end=cast("Mark", event.end_mark),
        )

    def _sequence(self, start: yaml.SequenceStartEvent, *, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth=depth + 1))
        return Sequence(
            items=items,
            flow=bool(start.flow_style),
            file=self.source.name,
            start=cast("Mark", start.start_mark),
            end=cast("Mark", event.end_mark),
        )

    def _mapping(self, start: yaml.MappingStartEvent, *, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth=depth + 1)
            value = self._node(next(self._events), depth=depth + 1)
            if isinstance(key, Scalar):
                self._add_entry(entries, Entry(key=key, value=value))
            else:
                self._report_key(key)
        return Mapping(
            entries=entries,
            flow=bool(start.flow_style),
            file=self.source.name,
            start=cast("Mark", start.start_mark),
            end=cast("Mark", event.end_mark),
        )

    def _add_entry(self, entries: dict[str, Entry], entry: Entry) -> None:
        name = entry.key.value
        first = entries.get(name)
        if name == "<<" and entry.key.plain:
            self.log.add(
                "RG106",
                entry.key.position,
                "Merge keys (`<<`) are not read the same way by all YAML readers.",
                fix="Write the keys out.",
            )
        elif first is not None:
            self.log.add(
                "RG104",
                entry.key.position,
                f"The key `{name}` is already there.",
                fix="Remove one of the two, or rename it.",
                related=[first.key.position],
            )
        else:
            entries[name] = entry

    def _report_key(self, key: Node) -> None:
        self.log.add(
            "RG112",
            key.position,
            "A key must be a text, not a list or a map.",
            fix="Write a name before the colon.",
        )

    def _spend(self, event: yaml.Event, *, depth: int) -> None:
        self.budget.left -= 1
        if depth > MAXIMUM_DEPTH:
            self._report_depth(self._at(event))
            raise _TooMuchError
        if self.budget.left < 0:
            self.log.add(
                "RG103",
                self._at(event),
                f"The schema holds more than {MAXIMUM_NODES:,} values.",
                fix="Split the schema into several.",
            )
            raise _TooMuchError

    def _report_depth(self, position: Position) -> None:
        self.log.add(
            "RG102",
            position,
            f"Values are nested more than {MAXIMUM_DEPTH} deep.",
            fix="Give the inner types names under `types`.",
        )

    def _check_properties(self, event: yaml.Event) -> None:
        anchor = cast("str | None", getattr(event, "anchor", None))
        if anchor is not None:
            self.log.add(
                "RG105",
                self._at(event),
                f"The anchor or alias `{anchor}` is not allowed.",
                fix="Write the value out, or give the type a name under `types`.",
            )
        tag = cast("str | None", getattr(event, "tag", None))
        if tag is not None:
            self.log.add(
                "RG107",
                self._at(event),
                f"The tag `{tag}` is not allowed.",
                fix="Remove the tag; the schema decides what a value means.",
            )

    def _report_syntax(self, error: yaml.YAMLError) -> None:
        mark, problem = _mark_and_problem(error)
        position = self._position_of(mark)
        line = self._line_at(mark)
        if _TOO_DEEP_FOR_THE_PARSER in problem:
            # The parser looks ahead and has a limit of its own, far above ours.
            self._report_depth(position)
            return
        if mark and _has_bracket_default(line[: mark.column + 1]):
            self.log.add(
                "RG070",
                position,
                "A default with brackets cannot stand inside `{}` or `[]` unquoted.",
                fix='Put the text in quotes, as in `{ tags: "list<string> = []" }`,'
                " or write the fields on lines of their own.",
            )
            return
        self.log.add(
            "RG100",
            position,
            f"This is not valid YAML: {problem}.",
            fix=_syntax_fix(line, problem),
        )

    def _position_of(self, mark: Mark | None) -> Position:
        if mark is None:
            return self.source.start()
        # Parsers that reach the end may stand on a line that the file does not have.
        if mark.line >= len(self.source.lines):
            return self.source.end()
        return _position(self.source.name, mark, mark)

    def _line_at(self, mark: Mark | None) -> str:
        if mark is None or mark.line >= len(self.source.lines):
            return ""
        return self.source.lines[mark.line]

    def _at(self, event: yaml.Event) -> Position:
        return _position(
            self.source.name,
            cast("Mark", event.start_mark),
            cast("Mark", event.end_mark),
        )


def _mark_and_problem(error: yaml.YAMLError) -> tuple[Mark | None, str]:
    if not isinstance(error, yaml.MarkedYAMLError):
        return None, "it could not be parsed"
    mark = cast("Mark | None", error.problem_mark or error.context_mark)
    return mark, error.problem or "it could not be parsed"


def _has_bracket_default(text: str) -> bool:
    opening = _OPENING.search(text)
    if opening is None:
        return False
    return _BRACKET_AFTER_EQUALS.search(text, opening.end()) is not None


def _syntax_fix(line: str, problem: str) -> str:
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in problem:
        return "Indent with spaces, not with tabs."
    if "mapping values are not allowed" in problem:
        return "Put the text in quotes when it contains a colon and a blank."
    if "expected ',' or" in problem:
        return "Close the bracket, or put texts with `[ ] { } , ?` in quotes."
    return "Check the indentation, the quotes and the brackets around here."
