"""Why a WebSocket was closed: codes, and reasons of the form ``group.code#ray``.

The JavaScript client looks at the reason alone and reconnects or stops according to the
group and code in it (``error_codes.ERROR_RULES``). Any other text is unstructured.
"""

import re
from dataclasses import dataclass
from typing import Final

from .limits import MAX_CLOSE_REASON_BYTES

__all__ = [
    "ABNORMAL",
    "DISPOSED",
    "INTERNAL_ERROR",
    "NORMAL",
    "POLICY_VIOLATION",
    "PROTOCOL_ERROR",
    "UNSUPPORTED_DATA",
    "CloseReason",
    "format_close_reason",
    "parse_close_reason",
]

NORMAL: Final = 1000
"""The client is done, the actor disconnected it, or the actor is gone."""
PROTOCOL_ERROR: Final = 1002
"""The inspector's protocol has no such version."""
UNSUPPORTED_DATA: Final = 1003
"""The encoding is unknown."""
ABNORMAL: Final = 1006
"""Stands for the end of a connection without a close frame; it is never sent."""
POLICY_VIOLATION: Final = 1008
"""The inspector's token is wrong."""
INTERNAL_ERROR: Final = 1011
"""Every other error; the reason says which."""

DISPOSED: Final = "Disposed"
"""Reason that clients give when the user closes the connection."""

_STRUCTURED: Final = re.compile(r"([^.#\s]+)\.([^#\s]+)(?:#(\S+))?")


@dataclass(frozen=True, slots=True)
class CloseReason:
    """A structured reason."""

    group: str
    code: str
    ray_id: str | None = None


def format_close_reason(group: str, code: str, ray_id: str | None = None) -> str:
    """The text of a structured reason, at most ``MAX_CLOSE_REASON_BYTES`` long.

    The ray id is left out when it does not fit. A group and code that do not fit either
    are cut, since a close frame cannot carry more.
    """
    name = f"{group}.{code}"
    text = f"{name}#{ray_id}" if ray_id else name
    if len(text.encode()) > MAX_CLOSE_REASON_BYTES:
        text = name.encode()[:MAX_CLOSE_REASON_BYTES].decode(errors="ignore")
    return text


def parse_close_reason(text: str) -> CloseReason | None:
    """The structured reason, or None for any other text."""
    match = _STRUCTURED.fullmatch(text)
    return CloseReason(*match.groups()) if match else None
