"""What can go wrong on the wire, and what each error code means.

Exceptions of this package::

    WireError
    ├── MalformedMessageError    bytes or text that are not a message of the protocol
    ├── UnsupportedValueError    a Python value that the protocol cannot carry
    ├── UnknownEncodingError     an encoding name that is none of json, cbor, bare
    └── GatewayError             a request line that the gateway answers with an error

``ERROR_RULES`` is the one table of group/code pairs: the HTTP status, whether message
and metadata of user code reach the caller, and what a client may do about it.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .values import Value

__all__ = [
    "ERROR_RULES",
    "INTERNAL_ERROR_MESSAGE",
    "ErrorBody",
    "ErrorRule",
    "GatewayError",
    "MalformedMessageError",
    "Origin",
    "Retry",
    "UnknownEncodingError",
    "UnsupportedValueError",
    "WireError",
    "error_rule",
    "http_status",
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
    """

    status: int = 500
    host_status: int = 500
    public: bool = False
    retry: Retry = Retry.NEVER
    reconnect: Retry = Retry.NEVER


INTERNAL_ERROR_MESSAGE: Final = "An internal error occurred"
"""What a caller reads instead of a message that is not public."""

_ANY_CODE: Final = "*"
_UNKNOWN: Final = ErrorRule()

_BAD_REQUEST: Final = ErrorRule(host_status=400)
_PUBLIC: Final = ErrorRule(public=True)
_PUBLIC_BAD_REQUEST: Final = ErrorRule(status=400, host_status=400, public=True)
_NOT_EXECUTED: Final = ErrorRule(
    host_status=503, retry=Retry.KEY_HANDLES, reconnect=Retry.KEY_HANDLES
)
_NOT_SCHEDULED: Final = ErrorRule(host_status=503, retry=Retry.KEY_HANDLES)


def _passing(host_status: int) -> ErrorRule:
    return ErrorRule(
        host_status=host_status, retry=Retry.ANY_HANDLE, reconnect=Retry.ANY_HANDLE
    )


ERROR_RULES: Final["Mapping[tuple[str, str], ErrorRule]"] = {
    # Actors
    ("actor", "aborted"): _PUBLIC,
    ("actor", "action_not_found"): ErrorRule(status=404, host_status=404, public=True),
    ("actor", "action_timed_out"): ErrorRule(status=408, host_status=408, public=True),
    ("actor", "destroyed_during_creation"): _NOT_EXECUTED,
    ("actor", "destroyed_while_waiting_for_ready"): _NOT_EXECUTED,
    ("actor", "destroying"): _NOT_SCHEDULED,
    ("actor", "dropped_reply"): _NOT_EXECUTED,
    ("actor", "duplicate_key"): _BAD_REQUEST,
    ("actor", "empty_key"): _BAD_REQUEST,
    ("actor", "input_too_large"): _BAD_REQUEST,
    ("actor", "invalid_request"): ErrorRule(status=400, host_status=400),
    ("actor", "key_too_large"): _BAD_REQUEST,
    ("actor", "kv_key_not_found"): _BAD_REQUEST,
    ("actor", "method_not_allowed"): ErrorRule(
        status=405, host_status=405, public=True
    ),
    ("actor", "no_runner_config_configured"): _BAD_REQUEST,
    ("actor", "not_configured"): _NOT_EXECUTED,
    ("actor", "not_found"): ErrorRule(
        status=404,
        host_status=404,
        public=True,
        retry=Retry.KEY_HANDLES,
        reconnect=Retry.KEY_HANDLES,
    ),
    ("actor", "not_registered"): _BAD_REQUEST,
    ("actor", "overloaded"): ErrorRule(host_status=503),
    ("actor", "restarting"): _passing(503),
    ("actor", "starting"): _NOT_EXECUTED,
    ("actor", "stopped"): ErrorRule(host_status=503, reconnect=Retry.ANY_HANDLE),
    ("actor", "stopping"): _NOT_EXECUTED,
    # Official servers answer 500 and hide the message, so that a caller cannot learn
    # which argument was wrong. Here it is public: it quotes the caller's own input.
    ("actor", "validation_error"): _PUBLIC_BAD_REQUEST,
    # Whoever is told "forbidden" may read why.
    ("auth", "forbidden"): ErrorRule(status=403, host_status=403, public=True),
    # Messages
    ("message", "incoming_too_long"): _PUBLIC_BAD_REQUEST,
    ("message", "outgoing_too_long"): _PUBLIC_BAD_REQUEST,
    # Queues
    ("queue", "already_completed"): _PUBLIC_BAD_REQUEST,
    ("queue", "complete_not_configured"): _PUBLIC_BAD_REQUEST,
    ("queue", "full"): _PUBLIC_BAD_REQUEST,
    ("queue", "invalid_completion_payload"): _PUBLIC_BAD_REQUEST,
    ("queue", "invalid_payload"): _PUBLIC_BAD_REQUEST,
    ("queue", "message_invalid"): _PUBLIC_BAD_REQUEST,
    ("queue", "message_too_large"): _PUBLIC_BAD_REQUEST,
    ("queue", "previous_message_not_completed"): _PUBLIC_BAD_REQUEST,
    ("queue", "timed_out"): _PUBLIC_BAD_REQUEST,
    ("queue", _ANY_CODE): ErrorRule(status=400, host_status=400),
    # Groups that belong to user code and to its storage
    # Official servers answer 400 for a limit, and 500 for user code with that code.
    ("kv", _ANY_CODE): ErrorRule(host_status=400, public=True),
    ("schedule", _ANY_CODE): _PUBLIC,
    ("user", _ANY_CODE): _PUBLIC,
    # The gateway
    ("guard", "actor_ready_timeout"): _NOT_SCHEDULED,
    ("guard", "actor_runner_failed"): _NOT_SCHEDULED,
    ("guard", "actor_stopped_while_waiting"): _passing(503),
    ("guard", "actor_wake_retries_exceeded"): _passing(503),
    ("guard", "gateway_response_start_timeout"): _passing(504),
    ("guard", "invalid_header"): _BAD_REQUEST,
    ("guard", "invalid_request_body"): ErrorRule(host_status=413),
    ("guard", "invalid_response_body"): ErrorRule(host_status=502),
    ("guard", "missing_header"): _BAD_REQUEST,
    ("guard", "no_route"): ErrorRule(host_status=404),
    ("guard", "query_duplicate_param"): _BAD_REQUEST,
    ("guard", "query_empty_actor_name"): _BAD_REQUEST,
    ("guard", "query_get_disallowed_params"): _BAD_REQUEST,
    ("guard", "query_invalid_base64_input"): _BAD_REQUEST,
    ("guard", "query_invalid_cbor_input"): _BAD_REQUEST,
    ("guard", "query_invalid_params"): _BAD_REQUEST,
    ("guard", "query_invalid_percent_encoding"): _BAD_REQUEST,
    ("guard", "query_missing_pool"): _BAD_REQUEST,
    ("guard", "query_param_missing_equals"): _BAD_REQUEST,
    ("guard", "query_path_token_syntax"): _BAD_REQUEST,
    ("guard", "rate_limit"): ErrorRule(host_status=429),
    ("guard", "request_timeout"): ErrorRule(host_status=504),
    ("guard", "retry_attempts_exceeded"): ErrorRule(host_status=502),
    ("guard", "service_unavailable"): _passing(503),
    ("guard", "tunnel_message_timeout"): _passing(504),
    ("guard", "tunnel_request_aborted"): _passing(503),
    ("guard", "tunnel_response_closed"): _passing(503),
    ("guard", "upstream_error"): ErrorRule(host_status=502),
    # The management API
    ("api", "forbidden"): ErrorRule(host_status=403),
    ("api", "internal_error"): _UNKNOWN,
    ("api", "not_found"): ErrorRule(host_status=404),
    ("api", "unauthorized"): ErrorRule(host_status=401),
    ("api", _ANY_CODE): _BAD_REQUEST,
    ("datacenter", _ANY_CODE): _BAD_REQUEST,
    ("namespace", _ANY_CODE): _BAD_REQUEST,
    ("validation", _ANY_CODE): _BAD_REQUEST,
    # Sockets
    ("ws", "going_away"): ErrorRule(reconnect=Retry.ANY_HANDLE),
    # This implementation's own: a change that could not be made durable
    ("rivetgen", "storage_failed"): ErrorRule(status=503, host_status=503, public=True),
    ("rivetgen", "storage_full"): ErrorRule(status=507, host_status=507, public=True),
}
"""Rules by (group, code); the code ``*`` stands for every other code of its group."""


def error_rule(group: str, code: str) -> ErrorRule:
    """The row for a group and code; unknown ones are private and status 500."""
    rule = ERROR_RULES.get((group, code)) or ERROR_RULES.get((group, _ANY_CODE))
    return rule or _UNKNOWN


def http_status(group: str, code: str, *, origin: Origin = Origin.ACTOR) -> int:
    """The HTTP status that an error is answered with."""
    rule = error_rule(group, code)
    return rule.status if origin is Origin.ACTOR else rule.host_status


def is_public(group: str, code: str) -> bool:
    """Whether message and metadata of an error of user code reach the caller."""
    return error_rule(group, code).public


def masked(error: ErrorBody) -> ErrorBody:
    """The error as a caller may see it: itself when public, else without details."""
    if is_public(error.group, error.code):
        return error
    return ErrorBody(error.group, error.code, INTERNAL_ERROR_MESSAGE)
