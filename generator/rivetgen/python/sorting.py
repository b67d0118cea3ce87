"""The order in which linters want names: by kind, numbers by value."""

from __future__ import annotations

import re
from typing import TypeAlias

NaturalKey: TypeAlias = tuple[tuple[str, int], ...]

_PIECES = re.compile(r"([^0-9]*)([0-9]*)")


def natural_key(name: str) -> NaturalKey:
    """Return a key that puts `a2` before `a10`."""
    pieces: list[tuple[str, str]] = _PIECES.findall(name)
    return tuple((text, int(digits or -1)) for text, digits in pieces)


def name_kind(name: str) -> int:
    """Return 0 for a constant, 1 for a class, 2 for anything else."""
    if name.isupper() and len(name) > 1:
        return 0
    return 1 if name[:1].isupper() else 2


def export_key(name: str) -> tuple[int, NaturalKey]:
    """Return the key by which `__all__` is sorted."""
    return (name_kind(name), natural_key(name))
