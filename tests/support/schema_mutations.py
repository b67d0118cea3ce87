"""Schemas with a few mistakes in them, made from valid ones by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from rivetgen_schema import (
    FormatError,
    compare,
    format_text,
    load_text,
    render_findings,
    render_github,
    render_json,
    render_sarif,
)
from rivetgen_schema.catalogue import EXPLANATIONS
from workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_schema import LoadResult

TOKENS: Final = (
    *("{", "}", "[", "]", ":", "|", "<", ">", "=", "(", ")", "..", "#", "- ", "? "),
    *("null", "absent", "&a", "*a", "!!x", "<<: ", "\t", "\0", "\ud800", "\u2028"),
    *("yes", "012", "1:30", "2020-01-01", "'", '"', "\r\n", "list<", "string(", "%"),
    *("9" * 400, "\ufeff", "\u200b", "\uff49nt", "__proto__", "class", "self", "|-"),
    *("jsonSchema: {$ref: x}", "imports: [a]", "names: {python: class}", "union: k"),
    *("variants: {}", " = []", "paginate: cursor", "retry: {attempts: 0}", "cron: a"),
    *("jsonSchema: {$ref: '#'}", "jsonSchema: ../x", "map<map<map<map<int>>>>", "---"),
    *("jsonSchema: {pattern: '(a+)+$'}", "every: 1ms", "timezone: ../../etc", "\x7f"),
)
"""What schemas stumble over."""


@cache
def seeds() -> tuple[tuple[str, ...], ...]:
    """Return the lines of every valid schema that mutations start from."""
    files = sorted(ROOT.glob("examples/*/actors.yaml"))
    files += sorted(ROOT.glob("tests/golden/*/actors.yaml"))
    texts = [path.read_text("utf-8") for path in files]
    texts += [entry.fixed_text() for entry in EXPLANATIONS.values() if entry.fixed]
    return tuple(tuple(text.split("\n")) for text in texts)


@dataclass(slots=True)
class Mutation:
    """One schema under change."""

    lines: list[str]
    generator: random.Random

    def insert_token(self, index: int, at: int) -> None:
        """Put something awkward into a line."""
        line = self.lines[index]
        self.lines[index] = line[:at] + self.generator.choice(TOKENS) + line[at:]

    def repeat_line(self, index: int, _: int) -> None:
        """Put another line before this one."""
        self.lines.insert(index, self.generator.choice(self.lines))

    def remove_characters(self, index: int, at: int) -> None:
        """Remove a few characters."""
        end = at + self.generator.randint(1, 5)
        self.lines[index] = self.lines[index][:at] + self.lines[index][end:]

    def indent(self, index: int, _: int) -> None:
        """Give a line another level."""
        self.lines[index] = (
            " " * self.generator.randint(0, 8) + self.lines[index].strip()
        )

    def replace_tail(self, index: int, at: int) -> None:
        """End a line with a word of another one."""
        words = self.generator.choice(self.lines).split() or ["x"]
        self.lines[index] = self.lines[index][:at] + self.generator.choice(words)

    def replace_value(self, index: int, _: int) -> None:
        """Put something awkward in front of a value."""
        token = self.generator.choice(TOKENS)
        self.lines[index] = self.lines[index].replace(": ", f": {token}", 1)

    def remove_lines(self, index: int, _: int) -> None:
        """Remove some lines."""
        del self.lines[index : index + self.generator.randint(1, 4)]

    def flip_character(self, index: int, at: int) -> None:
        """Replace one character by any other."""
        line, other = self.lines[index], chr(self.generator.randrange(0x3000))
        self.lines[index] = line[:at] + other + line[at + 1 :]


KINDS: Final[tuple[Callable[[Mutation, int, int], None], ...]] = (
    Mutation.insert_token,
    Mutation.repeat_line,
    Mutation.remove_characters,
    Mutation.indent,
    Mutation.replace_tail,
    Mutation.replace_value,
    Mutation.remove_lines,
    Mutation.flip_character,
)
"""Every kind of change."""


def mutated(seed: int) -> str:
    """Return the schema with mistakes that belongs to a seed."""
    generator = random.Random(seed)
    mutation = Mutation(list(generator.choice(seeds())), generator)
    for _ in range(generator.choice((1, 1, 1, 2, 2, 4))):
        if not mutation.lines:
            break
        index = generator.randrange(len(mutation.lines))
        at = generator.randint(0, len(mutation.lines[index]))
        generator.choice(KINDS)(mutation, index, at)
    return "\n".join(mutation.lines)


def check_mutation(seed: int) -> LoadResult:
    """Load, show and format the schema of a seed; every promise is asserted."""
    text = mutated(seed)
    result = load_text(text)
    assert result.schema is not None or result.findings, seed
    assert all(finding.position is not None for finding in result.findings), seed
    assert all(finding.fix for finding in result.findings), seed
    render_findings(result.findings, color=True)
    render_json(result.findings)
    render_github(result.findings)
    render_sarif(result.findings, tool_version="0")
    check_formatting(text, result)
    return result


def check_formatting(text: str, result: LoadResult) -> None:
    """Formatting is idempotent and changes nothing that a schema says."""
    try:
        formatted = format_text(text)
    except FormatError:
        return
    assert format_text(formatted) == formatted, text
    again = load_text(formatted).schema
    assert again == result.schema, text
    if again is not None and result.schema is not None:
        assert compare(result.schema, again) == (), text
