"""Names of HTTP headers, in lower case as they are compared."""

from typing import Final

__all__ = [
    "ACTOR",
    "ACTOR_GENERATION",
    "ACTOR_KEY",
    "CONNECTION_PARAMS",
    "ENCODING",
    "ERROR",
    "IDEMPOTENCY_KEY",
    "ORIGINAL_REQUEST_URL",
    "RAY_ID",
    "SKIP_READY_WAIT",
    "TARGET",
    "TOKEN",
]

ENCODING: Final = "x-rivet-encoding"
"""json, cbor or bare; anything else is read as json."""
CONNECTION_PARAMS: Final = "x-rivet-conn-params"
"""Connection parameters of an HTTP call as JSON text, not percent-encoded."""
TOKEN: Final = "x-rivet-token"  # noqa: S105 - the name of a header
"""Token of the caller."""
TARGET: Final = "x-rivet-target"
"""``actor`` routes a request by headers instead of by its path."""
ACTOR: Final = "x-rivet-actor"
"""Id of the actor; in requests with ``TARGET``, and in every response of an actor."""
ACTOR_GENERATION: Final = "x-rivet-actor-generation"
"""Generation of the actor that answered."""
ACTOR_KEY: Final = "x-rivet-actor-key"
"""Serialized key of the actor that answered."""
SKIP_READY_WAIT: Final = "x-rivet-skip-ready-wait"
"""Forward the request even if the actor is not ready."""
RAY_ID: Final = "x-rivet-ray-id"
"""Id of one request; in every response, and in what is forwarded to the actor."""
ERROR: Final = "x-rivet-error"
"""``group.code`` of an error that the gateway itself answered."""
IDEMPOTENCY_KEY: Final = "idempotency-key"
"""Key of a message to a queue, percent-encoded; in answers of servers that keep it.

The name is that of draft-ietf-httpapi-idempotency-key-header.
"""
ORIGINAL_REQUEST_URL: Final = "x-rivet-internal-original-request-url"
"""URL that the handler of a raw request sees instead of the gateway's."""
