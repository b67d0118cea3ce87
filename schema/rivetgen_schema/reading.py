"""What the readers of all sections share while one schema is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rivetgen_schema.findings import FindingLog
from rivetgen_schema.scalars import is_ambiguous
from rivetgen_schema.yaml_tree import NodeBudget

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rivetgen_schema import ir
    from rivetgen_schema.literals import Literal
    from rivetgen_schema.source import Position
    from rivetgen_schema.yaml_tree import Scalar

MAXIMUM_NAME_LENGTH = 64
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
TYPE_NAME = re.compile(r"[A-Z][A-Za-z0-9_]{0,63}")
ACTION_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*")
QUEUE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*")
SCHEDULE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
PRODUCT_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
ENUM_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+/-]{0,63}")


@dataclass(frozen=True, slots=True)
class TypeUse:
    """The use of a named type somewhere in the schema."""

    name: str
    position: Position


@dataclass(frozen=True, slots=True)
class Reference:
    """A name of an error, actor, action or queue, checked when all are known.

    Attributes:
        key: Key of the schema under which the name was given.
        name: The name.
        position: Where it was given.
        actor: Actor whose parts the name is looked up in.
    """

    key: str
    name: str
    position: Position
    actor: str


@dataclass(frozen=True, slots=True)
class ValueSite:
    """A value waiting for its check, and where it stands."""

    literal: Literal
    position: Position


@dataclass(slots=True, kw_only=True)
class Reading:
    """The state of one run of the loader.

    Attributes:
        log: Takes the findings.
        folder: Folder that imported files must be below; `None` for a bare text.
        budget: Nodes that may still be read.
        imports: Patterns of imported files, in the order in which they are read.
        definitions: Type definitions by name.
        uses: Every use of a named type.
        references: Every use of an error, actor, action or queue.
        defaults: Values of defaults that wait for the check against their type,
            by position of the member.
        examples: The same for examples.
    """

    log: FindingLog = field(default_factory=FindingLog)
    folder: Path | None = None
    budget: NodeBudget = field(default_factory=NodeBudget)
    imports: list[str] = field(default_factory=list[str])
    definitions: dict[str, ir.TypeDefinition] = field(
        default_factory=dict[str, "ir.TypeDefinition"]
    )
    uses: list[TypeUse] = field(default_factory=list[TypeUse])
    references: list[Reference] = field(default_factory=list[Reference])
    defaults: dict[Position, ValueSite] = field(
        default_factory=dict["Position", ValueSite]
    )
    examples: dict[Position, ValueSite] = field(
        default_factory=dict["Position", ValueSite]
    )

    def define(self, definition: ir.TypeDefinition) -> bool:
        """Add a type definition; a second one of the same name is reported."""
        first = self.definitions.setdefault(definition.name, definition)
        if first is definition:
            return True
        if definition.position is not None:
            report_second_definition(
                self.log,
                definition.name,
                position=definition.position,
                first=first.position,
            )
        return False

    def name(self, key: Scalar, pattern: re.Pattern[str] = NAME) -> str | None:
        """Return the name that a key writes, or report why it is none."""
        text = key.value
        if pattern.fullmatch(text) and len(text) <= MAXIMUM_NAME_LENGTH:
            if key.plain and is_ambiguous(text):
                report_ambiguous(self.log, key)
            return text
        self.log.add(
            "RG003",
            key.position,
            f"{_shown(text)} is not allowed as a name.",
            fix=_NAME_RULES[pattern],
        )
        return None


_NAME_RULES: Mapping[re.Pattern[str], str] = {
    NAME: "Use at most 64 letters, digits and `_`, and start with a letter.",
    TYPE_NAME: "Start with a capital letter; use at most 64 letters, digits and `_`.",
    ACTION_NAME: "Use letters, digits and `_`, at most 64; dots make groups.",
    QUEUE_NAME: (
        "Start with a letter; use at most 64 letters, digits, `_`, and single `.` or "
        "`-` between them."
    ),
    SCHEDULE_NAME: "Use at most 64 letters, digits, `_`, `-` and `.`.",
    PRODUCT_NAME: "Use lower-case words with `-` between them, such as `acme-actors`.",
    ENUM_VALUE: "Use at most 64 letters, digits and `_ . : + / -`.",
}


def report_ambiguous(log: FindingLog, scalar: Scalar) -> None:
    """Report a plain text that YAML 1.1 readers take for something else."""
    log.add(
        "RG113",
        scalar.position,
        f"Some YAML readers do not take `{scalar.value}` for a text.",
        fix=f'Put it in quotes: `"{scalar.value}"`.',
    )


def report_second_definition(
    log: FindingLog, name: str, *, position: Position, first: Position | None
) -> None:
    """Report a name that was defined before, in this file or in another."""
    log.add(
        "RG005",
        position,
        f"`{name}` is defined twice.",
        fix="Remove or rename one of the two.",
        related=[first] if first else [],
    )


def _shown(text: str) -> str:
    short = text if len(text) <= 40 else f"{text[:40]}..."
    return f"`{ascii(short)[1:-1]}`" if text else "An empty text"
