"""A schema in the making, and its text.

A draft is made of plain maps, lists and texts in the order in which they are written.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from rivetgen_schema.scalars import core_value, is_ambiguous

if TYPE_CHECKING:
    from collections.abc import Iterator

Part: TypeAlias = "str | int | bool | list[Part] | dict[str, Part]"
"""A piece of a draft: a text, a number, a flag, a list or a map."""

MODELINE: Final = "# yaml-language-server: $schema=./.rivetgen/actors.schema.json"
MAXIMUM_TEXT_LENGTH: Final = 10_000
_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]"
)
# Texts that mean themselves without quotes, in block style.
_PLAIN: Final = re.compile(
    r"[A-Za-z0-9/(<.](?:[^\s:#\"'\[\]{},]|(?<=\S)[ ](?=[^\s#])|:(?=\S))*"
)


@dataclass(slots=True, kw_only=True)
class Draft:
    """What a schema will say.

    Attributes:
        name: Name of the schema.
        version: Its version.
        description: Text for the documentation.
        types: Definitions by name.
        errors: Errors by code.
        actors: Actors by name.
    """

    name: str
    version: str = "0.1.0"
    description: str | None = None
    types: dict[str, Part] = field(default_factory=dict[str, "Part"])
    errors: dict[str, Part] = field(default_factory=dict[str, "Part"])
    actors: dict[str, Part] = field(default_factory=dict[str, "Part"])

    def drop_unused_types(self) -> None:
        """Remove the types that no actor needs, directly or through others."""
        needed: set[str] = set()
        waiting = set(_words(self.actors))
        while waiting:
            name = waiting.pop()
            if name in self.types and name not in needed:
                needed.add(name)
                waiting |= set(_words(self.types[name]))
        self.types = {n: part for n, part in self.types.items() if n in needed}

    def text(self) -> str:
        """Return the schema as a file."""
        info: dict[str, Part] = {"name": self.name, "version": self.version}
        if self.description:
            info["description"] = cleaned(self.description)
        document: dict[str, Part] = {"rivet": 1, "info": info}
        document |= {
            key: part
            for key in ("types", "errors", "actors")
            if (part := getattr(self, key))
        }
        sections = ("\n".join(_entry(key, part, 0)) for key, part in document.items())
        return f"{MODELINE}\n" + "\n\n".join(sections) + "\n"


def cleaned(text: str) -> str:
    """Return a text that the language allows as a description."""
    lines = (line.rstrip() for line in _CONTROLS.sub("", text).strip().splitlines())
    return "\n".join(lines)[:MAXIMUM_TEXT_LENGTH].rstrip()


def _words(part: Part | dict[str, Part]) -> Iterator[str]:
    """Yield the words of all texts but descriptions."""
    if isinstance(part, dict):
        for key, inner in part.items():
            if key != "description":
                yield from _words(inner)
    elif isinstance(part, list):
        for item in part:
            yield from _words(item)
    elif isinstance(part, str):
        yield from re.findall(r"\w+", part)


def _entry(key: str, part: Part, level: int) -> Iterator[str]:
    """Yield the lines of one pair of a map."""
    blanks = "  " * level
    head = f"{blanks}{_scalar(key)}:"
    if isinstance(part, dict):
        yield head if part else f"{head} {{}}"
        for name, inner in part.items():
            yield from _entry(name, inner, level + 1)
    elif isinstance(part, list):
        yield head if part else f"{head} []"
        for item in part:
            yield from _item(item, level + 1)
    elif isinstance(part, str) and "\n" in part:
        yield f"{head} |-"
        yield from (f"{blanks}  {line}".rstrip() for line in part.split("\n"))
    else:
        yield f"{head} {_scalar(part)}"


def _item(item: Part, level: int) -> Iterator[str]:
    """Yield the lines of one item of a list: the first behind the dash."""
    blanks = "  " * level
    if not isinstance(item, dict):
        yield f"{blanks}- {_scalar(str(item))}"
        return
    lines = [
        line for key, part in item.items() for line in _entry(key, part, level + 1)
    ]
    yield f"{blanks}- {lines[0].lstrip()}"
    yield from lines[1:]


def _scalar(part: Part) -> str:
    if isinstance(part, bool):
        return "true" if part else "false"
    if not isinstance(part, str):
        return str(part)
    plain = (
        _PLAIN.fullmatch(part) is not None
        and isinstance(core_value(part), str)
        and not is_ambiguous(part)
    )
    return part if plain else json.dumps(part, ensure_ascii=False)
