"""The YAML 1.2 core meaning of plain scalars, and the texts others read differently."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rivetgen_schema.ir import JsonValue

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
# `012` is 12 for YAML 1.2, 10 for YAML 1.1 and almost always a mistake.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
MAXIMUM_DIGITS = 300
"""Digits of a number; longer ones stay text."""

_AMBIGUOUS = re.compile(
    r"(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF"
    r"|true|True|TRUE|false|False|FALSE|null|Null|NULL|~"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|0[0-9_]+|[-+]?0[box][0-9a-fA-F_]+"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?)"
)


def core_value(text: str) -> JsonValue:
    """Return what a plain scalar means by the YAML 1.2 core rules.

    Octal and hexadecimal spellings, infinities and dates stay text.
    """
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    return _number(text)


def is_ambiguous(text: str) -> bool:
    """Return whether YAML 1.1 readers may take a plain scalar for something else."""
    return _AMBIGUOUS.fullmatch(text) is not None


def _number(text: str) -> JsonValue:
    if len(text) > MAXIMUM_DIGITS:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    leading_zero = re.match(r"[-+]?0[0-9]", text)
    if _FLOAT.fullmatch(text) and not leading_zero:
        value = float(text)
        return value if abs(value) != float("inf") else text
    return text
