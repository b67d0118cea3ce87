"""Names of the language for names that other formats allow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, get_args

from rivetgen_schema.ir import Target
from rivetgen_schema.names import NameKind, camel_case, pascal_case, spelling
from rivetgen_schema.reserved import is_reserved

if TYPE_CHECKING:
    from collections.abc import Collection

MAXIMUM_LENGTH: Final = 56
"""Characters of a made-up name; leaves room for a number behind it."""

_SEPARATORS: Final = re.compile(r"[^A-Za-z0-9]+")
_SUFFIXES: Final[dict[NameKind, str]] = {
    "type": "Type",
    "actor": "Actor",
    "action": "Call",
}


def type_name(text: str, taken: Collection[str]) -> str:
    """Return a name for a type that is not taken."""
    return _free(_fitting(pascal_case(_letters(text)) or "Type", "type"), taken)


def actor_name(text: str, taken: Collection[str]) -> str:
    """Return a name for an actor that is not taken."""
    return _free(_fitting(camel_case(_letters(text)) or "api", "actor"), taken)


def action_name(text: str, taken: Collection[str]) -> str:
    """Return a name for an action that is not taken."""
    return _free(_fitting(camel_case(_letters(text)) or "call", "action"), taken)


def argument_name(text: str, taken: Collection[str]) -> str:
    """Return a name for an argument that is not taken."""
    return _free((camel_case(_letters(text)) or "value")[:MAXIMUM_LENGTH], taken)


def product_name(text: str) -> str:
    """Return a name for a schema, such as `pet-store` for `Pet Store!`."""
    words = _SEPARATORS.sub("-", text.lower()).strip("-")
    return re.sub(r"^[^a-z]+", "", words)[:MAXIMUM_LENGTH].rstrip("-") or "imported"


def _letters(text: str) -> str:
    """Return the words of a text; the first one starts with a letter."""
    words = _SEPARATORS.sub("_", text).strip("_")
    return words if not words[:1].isdigit() else f"n_{words}"


def _fitting(name: str, kind: NameKind) -> str:
    name = name[:MAXIMUM_LENGTH]
    targets: tuple[Target, ...] = get_args(Target)
    for target in targets:
        if is_reserved(spelling(name, kind, target, names={}), kind, target):
            return name + _SUFFIXES[kind]
    return name


def _free(name: str, taken: Collection[str]) -> str:
    folded = {other.lower() for other in taken}
    number, candidate = 2, name
    while candidate.lower() in folded:
        candidate = f"{name}{number}"
        number += 1
    return candidate
