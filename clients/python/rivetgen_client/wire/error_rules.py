"""The shape of one row of the table of error codes, and the rows that repeat."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

__all__ = [
    "BAD_REQUEST",
    "HIDDEN",
    "NOT_EXECUTED",
    "NOT_SCHEDULED",
    "PUBLIC",
    "PUBLIC_BAD_REQUEST",
    "ErrorRule",
    "Retry",
    "answered",
    "passing",
    "public",
]


class Retry(Enum):
    """When a client may repeat what failed with an error."""

    NEVER = "never"
    KEY_HANDLES = "key handles"
    """Nothing was executed; handles that address a key (not an id) try again."""
    ANY_HANDLE = "any handle"
    """A passing condition of the transport; every handle calls an action again.

    Messages to queues and raw requests are not repeated: they may have arrived.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRule:
    """One row of the table.

    Attributes:
        status: HTTP status when user code raised the error.
        host_status: HTTP status when gateway, management API or host raised it.
        public: Whether message and metadata of user code are passed on.
        retry: What a client does about it after an HTTP call.
        reconnect: What a client does about it when a connection fails to open.
        meaning: One sentence: what has happened.
        remedy: One sentence: what whoever meets it does about it.
    """

    status: int = 500
    host_status: int = 500
    public: bool = False
    retry: Retry = Retry.NEVER
    reconnect: Retry = Retry.NEVER
    meaning: str = "The server does not say more."
    remedy: str = "Look up the ray id in the server's log."

    def means(self, meaning: str, remedy: str) -> "ErrorRule":
        """The same rule with its two sentences."""
        return replace(self, meaning=meaning, remedy=remedy)


HIDDEN: Final = ErrorRule()
"""Private, status 500: a mistake of the server that its log explains."""
PUBLIC: Final = ErrorRule(public=True)
"""What user code says reaches the caller; status 500, as official servers answer."""
BAD_REQUEST: Final = ErrorRule(host_status=400)
"""The host refuses a request of its caller."""
PUBLIC_BAD_REQUEST: Final = ErrorRule(status=400, host_status=400, public=True)
"""The same, when it may also come from user code."""
NOT_EXECUTED: Final = ErrorRule(
    host_status=503, retry=Retry.KEY_HANDLES, reconnect=Retry.KEY_HANDLES
)
"""Nothing has happened yet, and the actor of a key may serve the next attempt."""
NOT_SCHEDULED: Final = ErrorRule(host_status=503, retry=Retry.KEY_HANDLES)
"""The same for calls; connections give up."""


def answered(status: int) -> ErrorRule:
    """The host answers with this status."""
    return ErrorRule(host_status=status)


def public(status: int) -> ErrorRule:
    """Whoever raises it, the caller reads all of it and gets this status."""
    return ErrorRule(status=status, host_status=status, public=True)


def passing(host_status: int) -> ErrorRule:
    """A condition of the transport that passes: every handle tries again."""
    return ErrorRule(
        host_status=host_status, retry=Retry.ANY_HANDLE, reconnect=Retry.ANY_HANDLE
    )
