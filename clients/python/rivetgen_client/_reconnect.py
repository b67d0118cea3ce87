"""What a connection does when its channel ends: try again, and when, or stop.

::

    ended                              after Init       before Init
    ─────────────────────────────────  ───────────────  ─────────────────────────────
    group.code in ERROR_RULES          again            as its ``reconnect`` says:
                                                        any handle, key handles, never
    auth.forbidden                     stop             stop
    other reason, or none              again            as the close code says
    refused or lost by the network     again            again
    no connection parameters           -                again
    no Init in time                    -                again
    not a message of the protocol      stop             stop

The JavaScript client behaves alike, with three exceptions that are on purpose: it gives
up when a port is closed for a moment; it stops before Init at every reason that is no
``group.code``; and it reconnects for ever when a subscription is forbidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .errors import (
    ActorError,
    ConnectionClosedError,
    ConnectionFailedError,
    DeadlineExceededError,
    ParametersUnavailableError,
)
from .wire.close_reasons import parse_close_reason
from .wire.error_rules import Retry
from .wire.errors import ErrorBody, error_rule

if TYPE_CHECKING:
    from .errors import RivetgenError
    from .transport import ChannelClosedError

FIRST_DELAY_S: Final = 0.25
LONGEST_DELAY_S: Final = 30.0
LONGEST_EXPONENT: Final = 7

STABLE_AFTER_S: Final = 1.0
"""A connection that lived this long was a good one: the next attempt is immediate."""

PASSING: Final = (
    ConnectionFailedError,
    DeadlineExceededError,
    ParametersUnavailableError,
)
"""What may be gone at the next attempt, whatever happened before."""

FINAL: Final = frozenset({("auth", "forbidden")})
"""Reasons that are the same at every attempt, even after Init."""

CAUSED_BY_CLIENT: Final = frozenset(
    {("actor", "invalid_request"), ("message", "incoming_too_long")}
)
"""Reasons for which what was sent must not be sent again."""

PASSING_CLOSE_CODES: Final = frozenset(
    {
        1000,  # normal closure: the actor is gone, another one may come
        1001,  # going away
        1005,  # no code
        1006,  # no close frame
        1011,  # internal error
        1012,  # service restart
        1013,  # try again later
        1014,  # bad gateway
    }
)
"""Close codes (registry of RFC 6455) after which a server may accept again."""


def error_of(ended: ChannelClosedError) -> RivetgenError:
    """Return what a close frame says, as an error for the user."""
    reason = parse_close_reason(ended.reason)
    if reason is None:
        return ConnectionClosedError(ended.code, ended.reason)
    message = f"the connection was closed with {ended.code}"
    body = ErrorBody(reason.group, reason.code, message)
    return ActorError.from_wire(body, ray_id=reason.ray_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a channel ended.

    Attributes:
        error: What the user is told.
        after_init: Whether the connection was established.
        by_key: Whether it addresses a key, which may lead to another actor next time.
    """

    error: Exception
    after_init: bool
    by_key: bool


def is_final(ending: Ending) -> bool:
    """Whether the connection stops instead of trying again."""
    error = ending.error
    if isinstance(error, PASSING):
        return False
    if isinstance(error, ConnectionClosedError):
        return not ending.after_init and error.code not in PASSING_CLOSE_CODES
    if not isinstance(error, ActorError):
        return True
    if (error.group, error.code) in FINAL:
        return True
    return not ending.after_init and not _may_retry(error, by_key=ending.by_key)


def _may_retry(error: ActorError, *, by_key: bool) -> bool:
    retry = error_rule(error.group, error.code).reconnect
    return retry is Retry.ANY_HANDLE or (retry is Retry.KEY_HANDLES and by_key)


def delay_s(failures: int, jitter: float) -> float:
    """Return how long to wait before the next attempt.

    Args:
        failures: Attempts in a row that did not give a stable connection; 0 after a
            stable one, which is followed by an immediate attempt.
        jitter: Between 0 and 1; keeps clients from coming back all at once.
    """
    if failures == 0:
        return 0.0
    exponent = min(failures - 1, LONGEST_EXPONENT)
    longest = min(FIRST_DELAY_S * 2.0**exponent, LONGEST_DELAY_S)
    return longest * (0.5 + jitter / 2)
