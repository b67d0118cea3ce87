"""When a call over HTTP is repeated, and how often.

Attempts and gaps are those of the JavaScript client, so that servers see the same load.
One thing differs: it repeats every call after these errors, also where the action may
have run. Here a call that may have run is repeated only when the schema declares it
read-only or idempotent; otherwise its caller learns that the outcome is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from ._http import AnswerLostError
from .errors import (
    ActorError,
    ConnectionFailedError,
    DeadlineExceededError,
    MalformedResponseError,
    RivetgenError,
    UnknownOutcomeError,
)
from .transport import KeyTarget
from .wire.error_rules import Retry
from .wire.errors import error_rule

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ._deadline import Deadline
    from .transport import ActorTarget

T = TypeVar("T")

SERVER_ERROR: Final = 500
"""From this HTTP status on, a server or a proxy failed while it had the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPlan:
    """How often, and how long after one another.

    Attributes:
        attempts: The first one included.
        first_gap_s: Between the first two.
        growth: What each further gap is multiplied by.
    """

    attempts: int
    first_gap_s: float
    growth: float = 1.0

    def gap_s(self, failures: int) -> float | None:
        """How long to wait after this many failures; None: give up."""
        if failures >= self.attempts:
            return None
        return self.first_gap_s * self.growth ** (failures - 1)


ONCE: Final = RetryPlan(attempts=1, first_gap_s=0.0)
GET_OR_CREATE: Final = RetryPlan(attempts=60, first_gap_s=0.105)
"""An actor that is starting or stopping; gives up after 6.2 s."""
GET: Final = RetryPlan(attempts=24, first_gap_s=0.105)
"""The same, or an actor that someone else is about to create; gives up after 2.4 s."""
PASSING: Final = RetryPlan(attempts=5, first_gap_s=0.05, growth=1.7)
"""A condition of network or gateway that passes; gives up after 0.5 s."""

MAYBE_EXECUTED: Final = frozenset(
    {
        ("actor", "dropped_reply"),
        ("guard", "gateway_response_start_timeout"),
        ("guard", "request_timeout"),
        ("guard", "tunnel_message_timeout"),
        ("guard", "tunnel_request_aborted"),
        ("guard", "tunnel_response_closed"),
        ("guard", "upstream_error"),
    }
)
"""Codes of a gateway that lost the answer of an actor."""


def key_plan(target: ActorTarget) -> RetryPlan:
    """Return how often a key is tried again that leads to no running actor."""
    if isinstance(target, KeyTarget):
        return GET_OR_CREATE if target.create else GET
    return ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class CallKind:
    """What the retry rules depend on.

    Attributes:
        name: What is called, for messages.
        retryable: Whether it may be executed more than once.
        repeats_passing: Whether a passing condition of the way is reason enough to
            repeat it.
        key_plan: What happens when there is no running actor.
        is_repeatable: Whether it can be sent twice at all.
    """

    name: str
    retryable: bool
    repeats_passing: bool = True
    key_plan: RetryPlan = ONCE
    is_repeatable: bool = True


async def repeat(
    attempt: Callable[[], Awaitable[T]], kind: CallKind, deadline: Deadline
) -> T:
    """Call until it succeeds, or its error says that trying again is of no use.

    Raises:
        RivetgenError: Of the last attempt.
    """
    failures = 0
    while True:
        try:
            return await attempt()
        except (RivetgenError, AnswerLostError, TimeoutError) as error:
            failure = _meaning(error, kind, deadline)
            failures += 1
            gap_s = _plan(failure, kind).gap_s(failures)
            if gap_s is None or not deadline.allows(gap_s):
                raise failure from (None if failure is error else error)
        await deadline.sleep(gap_s)


def _meaning(error: Exception, kind: CallKind, deadline: Deadline) -> RivetgenError:
    """Translate the failure of one attempt into what the caller may conclude."""
    if isinstance(error, AnswerLostError) and not error.timed_out and kind.retryable:
        return ConnectionFailedError(error.origin, error.reason)
    if isinstance(error, AnswerLostError) and not kind.retryable:
        return UnknownOutcomeError(kind.name, error.reason)
    if isinstance(error, RivetgenError):
        unknown = is_maybe_executed(error) and not kind.retryable
        return UnknownOutcomeError(kind.name, str(error)) if unknown else error
    return DeadlineExceededError(deadline.timeout_s or 0.0)


def is_maybe_executed(error: RivetgenError) -> bool:
    """Whether a gateway answered that does not know what became of a request."""
    if isinstance(error, MalformedResponseError):
        return error.status is not None and error.status >= SERVER_ERROR
    return isinstance(error, ActorError) and (error.group, error.code) in MAYBE_EXECUTED


def _plan(error: RivetgenError, kind: CallKind) -> RetryPlan:
    if not kind.is_repeatable:
        return ONCE
    if isinstance(error, ConnectionFailedError) or is_maybe_executed(error):
        return PASSING
    if not isinstance(error, ActorError):
        return ONCE
    if error.actor is not None and not kind.retryable:
        # The actor itself answered: its code may have called another one that is gone.
        return ONCE
    retry = error_rule(error.group, error.code).retry
    if retry is Retry.ANY_HANDLE:
        return PASSING if kind.repeats_passing else ONCE
    return kind.key_plan if retry is Retry.KEY_HANDLES else ONCE
