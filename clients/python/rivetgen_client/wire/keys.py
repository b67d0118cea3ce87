"""Actor keys: lists of strings, written in two ways.

The management API and response headers use a lossless form (``a/b``, escaped). Request
lines use ``a,b`` without any escaping, which is lossy: ``("a,b",)`` arrives as
``("a", "b")`` and ``("",)`` as ``()``. Clients therefore resolve such keys through the
management API; ``survives_query`` tells.
"""

from collections.abc import Sequence
from typing import Final

__all__ = [
    "join_query_key",
    "parse_key",
    "serialize_key",
    "split_query_key",
    "survives_query",
]

_NO_PARTS: Final = "/"
_EMPTY_PART: Final = "\\0"


def serialize_key(parts: Sequence[str]) -> str:
    """The key as the management API and ``x-rivet-actor-key`` write it."""
    if not parts:
        return _NO_PARTS
    return "/".join(map(_escape, parts))


def _escape(part: str) -> str:
    return part.replace("\\", "\\\\").replace("/", "\\/") or _EMPTY_PART


def parse_key(text: str | None) -> tuple[str, ...]:
    """The parts of a serialized key; every text is one, None has no parts."""
    if text is None or text == _NO_PARTS:
        return ()
    if "\\" not in text:
        return tuple(text.split("/"))
    return tuple(map(_unescape, _split_unescaped(text)))


def _split_unescaped(text: str) -> list[str]:
    parts = [""]
    characters = iter(text)
    for character in characters:
        if character == "\\":
            parts[-1] += character + next(characters, "")
        elif character == "/":
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _unescape(part: str) -> str:
    if part == _EMPTY_PART:
        return ""
    characters = iter(part)
    return "".join(
        next(characters, "\\") if character == "\\" else character
        for character in characters
    )


def join_query_key(parts: Sequence[str]) -> str | None:
    """The value of ``rvt-key`` before form encoding; None: no such parameter."""
    return ",".join(parts) if parts else None


def split_query_key(text: str | None) -> tuple[str, ...]:
    """The parts that a server reads from ``rvt-key``."""
    return tuple(text.split(",")) if text else ()


def survives_query(parts: Sequence[str]) -> bool:
    """Whether a server reads the same key from a request line."""
    return split_query_key(join_query_key(parts)) == tuple(parts)
