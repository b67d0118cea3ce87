"""Random schemas full of names that mean something in Python."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, get_args

from rivetgen_schema.ir import Target
from rivetgen_schema.names import spelling
from rivetgen_schema.reserved import is_reserved

if TYPE_CHECKING:
    from rivetgen_schema.names import NameKind


def _words(text: str) -> list[str]:
    return text.split()


WORDS = _words("""
    list set dict str int float bool bytes type id name value self c cls input
    params key state conn conns events actors log args message code metadata limit
    from import class def return None True False async await lambda with copy json
    schema validate property classmethod staticmethod super object print len count
    index date datetime time uuid decimal typing abc enum pydantic client runtime
    types errors open status resolve close connect get create sync run getCount
    get2Count HTTPServer a aB x1 modelDump modelConfig actorId payload transport
    caller link exclude include match
""")
PASCAL = _words("""
    List Str Int Model Context Client Handle Key State Input Params Event Events
    Error Message Point Node Tree Value Type Field Missing Registry Connection Actor
    Base Argument Definition Json Uuid DateTime Optional Union Annotated A B2
    HTTPCall
""")
SCALARS = _words("""
    string int bigint float bool decimal bytes datetime date time duration uuid uri
    email json
""")
DEFAULTS = {
    "string": '"a \\" b"',
    "int": "3",
    "bigint": "12345678901234567890",
    "float": "1.5",
    "bool": "true",
    "decimal": "1.50",
    "datetime": '"2026-01-02T03:04:05Z"',
    "date": '"2026-01-02"',
    "time": '"03:04:05"',
    "duration": "PT1M",
    "uuid": '"6b1f7c3e-6a51-4f0e-9d5c-2f6f0f1a2b3c"',
}


def usable(words: list[str], kind: NameKind) -> list[str]:
    """Return the words that every target accepts for a kind of name."""
    return [
        word
        for word in words
        if not any(
            is_reserved(spelling(word, kind, target, names={}), kind, target)
            for target in get_args(Target)
        )
    ]


class RandomSchema:
    """Writes one schema from a seed; the loader may still refuse some names."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._types = self._some(usable(PASCAL, "type"), 6)

    def text(self) -> str:
        """Return the schema as YAML."""
        lines = ["rivet: 1", "info: { name: random, version: 0.1.0 }", "types:"]
        for number, name in enumerate(self._types):
            lines += self._type(name, number)
        lines += ["errors:"]
        for name in self._errors():
            lines.append(f"  {name}:")
            lines.append("    message: Something.")
            lines += ["    metadata:", *self._fields("      ")]
        lines.append("actors:")
        for name in self._some(usable(WORDS, "actor"), 3):
            lines += self._actor(name)
        return "\n".join([*lines, ""])

    def _some(self, words: list[str], most: int) -> list[str]:
        return self._random.sample(words, self._random.randint(1, most))

    def _errors(self) -> list[str]:
        self._codes = [f"{word.lower()}_error" for word in self._some(WORDS, 2)]
        return self._codes

    def _type(self, name: str, number: int) -> list[str]:
        kind = self._random.choice(["fields", "fields", "enum", "union", "alias"])
        if kind == "enum":
            values = ", ".join(f'"{word}"' for word in self._some(WORDS, 4))
            return [f"  {name}: {{ enum: [{values}], open: {self._flag()} }}"]
        if kind == "union":
            lines = [f"  {name}:", "    union: kind", "    variants:"]
            for word in self._some(["small", "Big", "list", "class"], 3):
                lines += [f"      {word}:", *self._fields("        ", reserved="kind")]
            return lines
        if kind == "alias":
            return [f"  {name}: {{ type: list<{self._random.choice(SCALARS)}> }}"]
        head = [f"  {name}:", f"    description: Number {number}.", "    fields:"]
        return [*head, *self._fields("      ")]

    def _flag(self) -> str:
        return self._random.choice(["true", "false"])

    def _fields(self, margin: str, *, reserved: str = "") -> list[str]:
        words = [word for word in self._some(WORDS, 5) if word != reserved]
        return [f"{margin}{word}: {self._optional()}" for word in words] or [
            f"{margin}only: int"
        ]

    def _optional(self) -> str:
        scalar = self._random.choice(SCALARS)
        return self._random.choice(
            [
                self._expression(2) + " | absent",
                self._expression(2) + " | null | absent",
                "list<" + self._expression(1) + "> = []",
                "map<" + self._expression(1) + "> | null",
                f"{scalar} = {DEFAULTS[scalar]}" if scalar in DEFAULTS else scalar,
                scalar,
            ]
        )

    def _expression(self, depth: int) -> str:
        if depth == 0:
            return self._random.choice([*SCALARS, *self._types])
        inner = self._expression(depth - 1)
        return self._random.choice(
            [inner, f"list<{inner}>", f"map<{inner}>", "set<string>", "enum<a | b>"]
        )

    def _actor(self, name: str) -> list[str]:
        lines = [f"  {name}:"]
        keys = ", ".join(f"{word}: string" for word in self._some(WORDS, 3))
        lines.append(f"    key: [{keys}]")
        for section in ("input", "state", "connParams", "connState"):
            if self._random.random() < 0.6:
                lines += [f"    {section}:", *self._fields("      ")]
        lines.append("    actions:")
        for word in self._some(usable(WORDS, "action"), 5):
            lines += [f"      {word}:", *self._action()]
        lines.append("    events:")
        for word in self._some(usable(WORDS, "event"), 3):
            lines += [f"      {word}:", "        args:", *self._arguments()]
        return lines

    def _action(self) -> list[str]:
        return [
            f"        returns: {self._expression(2)}",
            f"        errors: [{self._random.choice(self._codes)}]",
            "        args:",
            *self._arguments(),
        ]

    def _arguments(self) -> list[str]:
        words = self._some(WORDS, 4)
        kept = self._random.randint(0, len(words))
        lines = [f"          - {word}: {self._expression(2)}" for word in words[:kept]]
        lines += [
            f"          - {word}: {self._expression(1)} | absent"
            for word in words[kept:]
        ]
        return lines
