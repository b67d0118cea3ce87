"""Sizes and times of the protocol: official defaults, one place.

``Limits`` is what a server enforces and may be configured with. The constants below it
are properties of the codecs and the same everywhere.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

__all__ = [
    "DEFAULT_LIMITS",
    "MAX_BIGINT_BITS",
    "MAX_CLOSE_REASON_BYTES",
    "MAX_ID",
    "MAX_NESTING_DEPTH",
    "MAX_SAFE_INTEGER",
    "Limits",
]

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one server; the defaults are those of the official stack."""

    action_timeout: timedelta = timedelta(seconds=60)
    """How long one action may run."""
    actor_ready_timeout: timedelta = timedelta(seconds=30)
    """How long a call waits for its actor to start."""
    websocket_open_timeout: timedelta = timedelta(seconds=15)
    """How long opening a connection may take."""
    incoming_message_bytes: int = 64 * _KIB
    """Largest action request, over HTTP or as one WebSocket frame."""
    outgoing_message_bytes: int = 1 * _MIB
    """Largest action response or event."""
    http_body_bytes: int = 20 * _MIB
    """Largest HTTP request body that the gateway reads at all."""
    management_body_bytes: int = 2 * _MIB
    """Largest body of the management API."""
    websocket_message_bytes: int = 32 * _MIB
    """Largest WebSocket message that is read at all."""
    queue_messages: int = 1000
    """Messages that wait in one queue."""
    queue_message_bytes: int = 64 * _KIB
    """Largest encoded body of one queue message."""
    key_bytes: int = 1024
    """Longest serialized actor key."""
    query_input_bytes: int = 4 * _KIB
    """Largest CBOR input that a client puts into a request line."""
    actor_ids_per_query: int = 32
    """Ids in one listing of actors."""
    actors_per_page: int = 100
    """Actors in one page of a listing."""


DEFAULT_LIMITS: Final = Limits()

MAX_CLOSE_REASON_BYTES: Final = 123
"""Longest reason in a WebSocket close frame (RFC 6455, section 5.5)."""

MAX_SAFE_INTEGER: Final = 2**53 - 1
"""Largest integer that a JavaScript number holds exactly."""

MAX_NESTING_DEPTH: Final = 128
"""Deepest nesting of arrays, maps and sets in one message or value, both ways.

The official server's JSON parser has the same limit. It also keeps every recursive walk
over a value far from the interpreter's recursion limit.
"""

MAX_BIGINT_BITS: Final = 8192
"""Largest integer that is read or written as a BigInt.

Conversion between decimal text and integers takes quadratic time, so that a few hundred
kilobytes of digits would keep a server busy.
"""

MAX_ID: Final = 2**64 - 1
"""Largest id of an action on a connection."""
