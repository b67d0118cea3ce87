"""How a wire name is spelled in each target.

The wire name is what the schema says. Words are split at capital letters, digits stay
with the word before them, and the words are joined again the way of the target.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from rivetgen_schema.reserved import (
    ARGUMENT_MEMBERS,
    FIELD_MEMBERS,
    PYTHON_KEYWORDS,
    TYPESCRIPT_KEYWORDS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_schema.ir import Target

NameKind = Literal[
    "type", "error", "actor", "action", "event", "queue", "field", "argument", "value"
]

_WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")

_TYPE_KINDS = frozenset({"type", "error"})


@lru_cache(maxsize=16384)
def words(name: str) -> tuple[str, ...]:
    """Split a name into words: `getHTTPUrl2` gives `get HTTP Url2`."""
    return tuple(_WORD.findall(name))


@lru_cache(maxsize=16384)
def snake_case(name: str) -> str:
    """Return `send_message` for `sendMessage`."""
    return "_".join(words(name)).lower()


@lru_cache(maxsize=16384)
def pascal_case(name: str) -> str:
    """Return `SendMessage` for `sendMessage` and `room_full` alike."""
    return "".join(word[0].upper() + word[1:].lower() for word in words(name))


@lru_cache(maxsize=16384)
def camel_case(name: str) -> str:
    """Return `sendMessage` for `send_message`."""
    pascal = pascal_case(name)
    first = words(name)[0] if words(name) else ""
    return first.lower() + pascal[len(first) :]


def upper_case(name: str) -> str:
    """Return `IN_PROGRESS` for `in-progress`."""
    return snake_case(name).upper()


def spelling(
    name: str, kind: NameKind, target: Target, *, names: Mapping[Target, str]
) -> str:
    """Return the identifier of a name in a target.

    Fields, arguments and enum values that are keywords or members of a base class get
    a trailing `_` in Python and for TypeScript arguments; Swift puts its keywords in
    back quotes, which is up to the emitter. Names of other kinds never reach a target
    when they are reserved there.
    """
    return names[target] if target in names else _derived(name, kind, target)


@lru_cache(maxsize=16384)
def _derived(name: str, kind: NameKind, target: Target) -> str:
    derived = _derive(name, kind, target)
    if derived[:1].isdigit():
        derived = f"_{derived}" if target != "python" else f"VALUE_{derived}"
    return f"{derived}_" if _needs_suffix(derived, kind, target) else derived


def _derive(name: str, kind: NameKind, target: Target) -> str:
    if kind in _TYPE_KINDS:
        return name if kind == "type" else pascal_case(name)
    if target == "typescript":
        return name
    if target == "swift":
        return camel_case(name)
    return upper_case(name) if kind == "value" else snake_case(name)


def _needs_suffix(derived: str, kind: NameKind, target: Target) -> bool:
    if target == "python":
        hidden = kind == "field" and (
            derived in FIELD_MEMBERS or derived.startswith("model_")
        )
        taken = kind == "argument" and derived in ARGUMENT_MEMBERS
        plain = kind in {"field", "argument", "value"}
        return hidden or taken or (plain and derived in PYTHON_KEYWORDS)
    return (
        target == "typescript" and kind == "argument" and derived in TYPESCRIPT_KEYWORDS
    )


@lru_cache(maxsize=16384)
def folded(name: str) -> str:
    """Return what two names must not share: lower case, without separators."""
    return "".join(character for character in name if character.isalnum()).lower()
