"""What can go wrong on the wire, and what each error code means.

Exceptions of this package::

    WireError
    ├── MalformedMessageError    bytes or text that are not a message of the protocol
    ├── UnsupportedValueError    a Python value that the protocol cannot carry
    ├── UnknownEncodingError     an encoding name that is none of json, cbor, bare
    └── GatewayError             a request line that the gateway answers with an error

What each group/code pair means is the table of ``error_codes``.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from .error_codes import ANY_CODE, ERROR_RULES
from .error_rules import HIDDEN

if TYPE_CHECKING:
    from .error_rules import ErrorRule
    from .values import Value

__all__ = [
    "INTERNAL_ERROR_MESSAGE",
    "USER_GROUP",
    "ErrorBody",
    "GatewayError",
    "MalformedMessageError",
    "Origin",
    "UnknownEncodingError",
    "UnsupportedValueError",
    "WireError",
    "error_rule",
    "http_status",
    "is_protocol_group",
    "is_public",
    "masked",
]


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error as it travels: never a traceback, always a group and a code.

    ``metadata`` is None when the error carries none.
    """

    group: str
    code: str
    message: str
    metadata: "Value" = field(default=None, kw_only=True)

    @property
    def name(self) -> str:
        """``group.code``, as in close reasons and the ``x-rivet-error`` header."""
        return f"{self.group}.{self.code}"


class WireError(Exception):
    """Root of everything that ``rivetgen_client.wire`` raises."""


class MalformedMessageError(WireError):
    """The other side sent something that is not a message of the protocol.

    Attributes:
        reason: One sentence fragment about what is wrong, for logs.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnsupportedValueError(WireError):
    """The value cannot be carried by the protocol.

    Attributes:
        reason: One sentence fragment about what is wrong, for the programmer.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownEncodingError(WireError):
    """The peer asked for an encoding that does not exist.

    Attributes:
        encoding: The name it asked for.
    """

    def __init__(self, encoding: str) -> None:
        super().__init__(f"unknown encoding {encoding!r}")
        self.encoding = encoding


class GatewayError(WireError):
    """The gateway answers this request with an error instead of routing it.

    Attributes:
        error: The body to answer with; its status is ``http_status(..., origin=HOST)``.
    """

    def __init__(self, error: ErrorBody) -> None:
        super().__init__(f"{error.name}: {error.message}")
        self.error = error


class Origin(Enum):
    """Who made an error: user code inside an actor, or the host around it."""

    ACTOR = "actor"
    HOST = "host"


INTERNAL_ERROR_MESSAGE: Final = "An internal error occurred"
"""What a caller reads instead of a message that is not public."""

USER_GROUP: Final = "user"
"""The group of errors of user code that name no other."""


def error_rule(group: str, code: str) -> "ErrorRule":
    """The row for a group and code; unknown ones are private and status 500."""
    rule = ERROR_RULES.get((group, code)) or ERROR_RULES.get((group, ANY_CODE))
    return rule or HIDDEN


def http_status(group: str, code: str, *, origin: Origin = Origin.ACTOR) -> int:
    """The HTTP status that an error is answered with."""
    rule = error_rule(group, code)
    return rule.status if origin is Origin.ACTOR else rule.host_status


def is_public(group: str, code: str) -> bool:
    """Whether message and metadata of an error of user code reach the caller."""
    return error_rule(group, code).public


def is_protocol_group(group: str) -> bool:
    """Whether the protocol gives the codes of a group their meaning."""
    return any(known == group for known, _ in ERROR_RULES)


def masked(error: ErrorBody) -> ErrorBody:
    """The error as a caller may see it: itself when public, else without details."""
    if is_public(error.group, error.code):
        return error
    return ErrorBody(error.group, error.code, INTERNAL_ERROR_MESSAGE)
