"""Typed access to the maps of a document; what does not fit becomes a finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, LiteralString, TypeGuard, TypeVar

from rivetgen_schema.findings import Suggestion, list_names
from rivetgen_schema.scalars import core_value
from rivetgen_schema.vocabulary import SECTIONS
from rivetgen_schema.yaml_tree import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen_schema.findings import FindingLog
    from rivetgen_schema.source import Position

MAXIMUM_TEXT_LENGTH = 10_000
"""Code points of a description, message or example text."""

DURATION_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
MAXIMUM_DURATION_MS = 365 * DURATION_UNITS_MS["d"]

_DURATION = re.compile(r"([0-9]{1,12})(ms|s|m|h|d)?")
_Choice = TypeVar("_Choice", bound=LiteralString)


def form_of(node: Node) -> str:
    """Return what a node is, for a sentence."""
    if isinstance(node, Mapping):
        return "a map"
    if isinstance(node, Sequence):
        return "a list"
    return "nothing" if not node.value and node.plain else f"`{node.value[:40]}`"


def report_form(log: FindingLog, node: Node, *, expected: str) -> None:
    """Report a value that is not what its place needs."""
    if isinstance(node, Scalar) and node.alias:
        return
    log.add(
        "RG122",
        node.position,
        f"{expected[0].upper()}{expected[1:]} belongs here, not {form_of(node)}.",
        fix=f"Write {expected}.",
    )


def read_text(log: FindingLog, node: Node) -> str | None:
    """Return the text of a node; numbers and `true` count as texts too."""
    if not isinstance(node, Scalar) or (node.plain and not node.value):
        report_form(log, node, expected="a text")
        return None
    if len(node.value) > MAXIMUM_TEXT_LENGTH:
        log.add(
            "RG125",
            node.position,
            f"The text has more than {MAXIMUM_TEXT_LENGTH:,} characters.",
            fix="Shorten it.",
        )
        return None
    if _has_control_character(node.value):
        log.add(
            "RG109",
            node.position,
            "The text holds a control character or half of a surrogate pair.",
            fix="Remove the escape.",
        )
        return None
    return node.value


def _has_control_character(text: str) -> bool:
    return re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", text) is not None


class Section:
    """A map with known keys.

    Unknown keys are reported when the section is made; every getter returns `None`
    (or the given default) when the key is missing or its value does not fit.
    """

    def __init__(self, node: Mapping, kind: str, *, log: FindingLog) -> None:
        self.node = node
        self.kind = kind
        self.log = log
        known = SECTIONS[kind]
        self._entries = {k: e for k, e in node.entries.items() if k in known}
        if len(self._entries) != len(node.entries):
            self._report_unknown_keys()

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def entry(self, key: str) -> Entry | None:
        """Return the entry of a key."""
        return self._entries.get(key)

    def value(self, key: str) -> Node | None:
        """Return the value of a key."""
        entry = self._entries.get(key)
        return entry.value if entry else None

    def key_position(self, key: str) -> Position:
        """Return where a key stands; the section itself when it is missing."""
        entry = self._entries.get(key)
        return entry.key.position if entry else self.node.position

    def text(self, key: str) -> str | None:
        """Return a text."""
        node = self.value(key)
        return None if node is None else read_text(self.log, node)

    def required_text(self, key: str, *, example: str) -> str | None:
        """Return a text that must be there."""
        if key not in self:
            self.log.add(
                "RG121",
                self.node.position,
                f"The key `{key}` is missing here.",
                fix=f"Add `{key}: {example}`.",
            )
        return self.text(key)

    def flag(self, key: str) -> bool | None:
        """Return `true` or `false`."""
        node = self.value(key)
        if node is None:
            return None
        value = core_value(node.value) if _is_plain(node) else None
        if isinstance(value, bool):
            return value
        report_form(self.log, node, expected="`true` or `false`")
        return None

    def deprecation(self) -> str | None:
        """Return the reason under `deprecated`; `true` gives a general one."""
        node = self.value("deprecated")
        if node is None:
            return None
        if _is_plain(node) and node.value in {"true", "false"}:
            return "Deprecated." if node.value == "true" else None
        return read_text(self.log, node)

    def choice(self, key: str, options: tuple[_Choice, ...]) -> _Choice | None:
        """Return one of the given words."""
        text = self.text(key)
        node = self.value(key)
        if text is None or node is None:
            return None
        for option in options:
            if text == option:
                return option
        self.log.add(
            "RG123",
            node.position,
            f"`{text[:40]}` is not a choice for `{key}`.",
            fix=Suggestion(text, options, otherwise=f"Write {list_names(options)}."),
        )
        return None

    def integer(self, key: str, *, minimum: int, maximum: int) -> int | None:
        """Return a whole number within the given limits, both inclusive."""
        node = self.value(key)
        if node is None:
            return None
        value = core_value(node.value) if _is_plain(node) else None
        if not isinstance(value, int) or isinstance(value, bool):
            report_form(self.log, node, expected="a whole number")
            return None
        if not minimum <= value <= maximum:
            self.log.add(
                "RG125",
                node.position,
                f"`{key}` is out of range.",
                fix=f"Write a number from {minimum:,} to {maximum:,}.",
            )
            return None
        return value

    def duration_ms(self, key: str, *, minimum: int = 1) -> int | None:
        """Return a duration in milliseconds."""
        node = self.value(key)
        if node is None:
            return None
        if isinstance(node, Scalar):
            return read_duration_ms(self.log, node, minimum=minimum)
        report_form(self.log, node, expected="a duration such as `15s`")
        return None

    def items(self, key: str) -> list[Node]:
        """Return the items of a list."""
        node = self.value(key)
        if isinstance(node, Sequence):
            return node.items
        if node is not None:
            report_form(self.log, node, expected="a list")
        return []

    def entries(self, key: str) -> Iterator[Entry]:
        """Yield the entries of a map."""
        node = self.value(key)
        if isinstance(node, Mapping):
            yield from node.entries.values()
        elif node is not None:
            report_form(self.log, node, expected="a map")

    def subsection(self, key: str, kind: str) -> Section | None:
        """Return the value of a key as a section."""
        node = self.value(key)
        if isinstance(node, Mapping):
            return Section(node, kind, log=self.log)
        if node is not None:
            report_form(self.log, node, expected="a map")
        return None

    def exclusive(self, *keys: str) -> str | None:
        """Return which of some keys is given; more than one is reported."""
        given = [key for key in keys if key in self]
        if len(given) > 1:
            self.log.add(
                "RG041",
                self.key_position(given[1]),
                f"{list_names(given, last='and')} cannot stand together.",
                fix=f"Keep {list_names(given)}.",
                related=[self.key_position(given[0])],
            )
        return given[0] if given else None

    def _report_unknown_keys(self) -> None:
        known = SECTIONS[self.kind]
        for name, entry in self.node.entries.items():
            if name in known:
                continue
            self.log.add(
                "RG120",
                entry.key.position,
                f"`{name[:60]}` is not a key of {_SECTION_NAMES[self.kind]}.",
                fix=Suggestion(
                    name[:60], known, otherwise=f"The keys are {list_names(known)}."
                ),
            )


_SECTION_NAMES = {
    "document": "the document",
    "info": "`info`",
    "type": "a type",
    "member": "a field or argument",
    "names": "`names`",
    "error": "an error",
    "actor": "an actor",
    "action": "an action",
    "paginate": "`paginate`",
    "event": "an event",
    "queue": "a queue",
    "retry": "`retry`",
    "schedule": "a schedule",
    "run": "`run`",
    "options": "`options`",
}


def read_duration_ms(log: FindingLog, node: Scalar, *, minimum: int) -> int | None:
    """Return the milliseconds of `15s`, `5m` or a whole number of milliseconds."""
    match = _DURATION.fullmatch(node.value)
    if match is None:
        log.add(
            "RG124",
            node.position,
            f"`{node.value[:40]}` is not a duration.",
            fix="Write a number with `ms`, `s`, `m`, `h` or `d`, such as `15s`.",
        )
        return None
    value = int(match[1]) * DURATION_UNITS_MS[match[2] or "ms"]
    if not minimum <= value <= MAXIMUM_DURATION_MS:
        log.add(
            "RG124",
            node.position,
            f"The duration `{node.value}` is out of range.",
            fix=f"Write a duration from {minimum} ms to 365 d.",
        )
        return None
    return value


def _is_plain(node: Node) -> TypeGuard[Scalar]:
    return isinstance(node, Scalar) and node.plain
