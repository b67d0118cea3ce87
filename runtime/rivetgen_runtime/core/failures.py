"""What a caller learns about an exception of user code or of the core.

Only what the table of ``rivetgen_client.wire.errors`` calls public keeps its message
and metadata. Everything else becomes an opaque error whose ray id is in the log.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from rivetgen_client.errors import ActorError
from rivetgen_client.wire import cbor
from rivetgen_client.wire.errors import (
    INTERNAL_ERROR_MESSAGE,
    ErrorBody,
    Origin,
    UnsupportedValueError,
    masked,
)
from rivetgen_client.wire.keys import serialize_key
from rivetgen_client.wire.messages import ActorSpecifier
from rivetgen_runtime.errors import (
    ActorOverloadedError,
    CodedError,
    KvError,
    NotAcceptedError,
    RequestError,
    UserError,
)

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.ports import ActorRecord

__all__ = ["as_request_error", "host_error", "log", "specifier"]

log: Final = logging.getLogger("rivetgen.runtime")

_INTERNAL: Final = ErrorBody("rivetkit", "internal_error", INTERNAL_ERROR_MESSAGE)


def as_request_error(
    error: Exception, *, record: ActorRecord | None = None, ray_id: str = ""
) -> RequestError:
    """Turn an exception into what a front answers; log it when details are hidden.

    Args:
        error: What was raised while the actor served a request.
        record: The actor.
        ray_id: Id of the request, named in the log.
    """
    if isinstance(error, RequestError):
        return error
    if isinstance(error, ActorOverloadedError | NotAcceptedError | KvError):
        # Nothing has failed; a line in the log per refused call would be a load, too.
        # Without an actor it says that nothing was executed: clients call again.
        refused = isinstance(error, NotAcceptedError)
        actor = None if refused else _actor(error, record)
        return RequestError(error.body, origin=Origin.HOST, actor=actor)
    private = _sendable_body(error)
    # User code that takes a group of its own has said that its callers may read it.
    body = private if isinstance(error, UserError) else masked(private)
    if body is not private or body is _INTERNAL:
        subject = "a request" if record is None else f"{record.name} {record.actor_id}"
        log.error("%s failed (ray %s)", subject, ray_id or "-", exc_info=error)
    answer = RequestError(body, origin=Origin.ACTOR, actor=_actor(error, record))
    answer.__cause__ = error
    return answer


def _body(error: Exception) -> ErrorBody:
    if isinstance(error, CodedError):
        return error.body
    if isinstance(error, ActorError):
        return error.to_wire()
    return _INTERNAL


def _sendable_body(error: Exception) -> ErrorBody:
    """The body of an error, if its metadata can be sent at all."""
    try:
        body = _body(error)
        cbor.encode(body.metadata)
    except (UnsupportedValueError, ValueError) as cause:  # ValueError: pydantic's
        log.error("the metadata of an error cannot be sent", exc_info=cause)
        return _INTERNAL
    return body


def _actor(error: Exception, record: ActorRecord | None) -> ActorSpecifier | None:
    # An error that another actor answered keeps saying which one that was.
    if isinstance(error, ActorError) and error.actor is not None:
        return error.actor
    return None if record is None else specifier(record)


def specifier(record: ActorRecord) -> ActorSpecifier:
    """How errors name an actor."""
    key = None if record.key is None else serialize_key(record.key)
    return ActorSpecifier(record.actor_id, record.generation, key)


def host_error(
    group: str, code: str, message: str, *, metadata: dict[str, Value] | None = None
) -> RequestError:
    """An error that the host makes itself: it is never masked."""
    return RequestError(ErrorBody(group, code, message, metadata=metadata))
