"""WebSocket subprotocols: how a connection says what it wants.

A client offers ``rivet`` and, as further names, its encoding, its connection parameters
and, without a gateway path, the actor. A server always selects ``rivet``.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from . import json
from .encoding import Encoding
from .errors import MalformedMessageError
from .gateway import encode_uri_component
from .values import UNDEFINED, Value

__all__ = [
    "RIVET",
    "OfferedProtocols",
    "format_connection_params",
    "format_subprotocols",
    "parse_connection_params",
    "parse_subprotocols",
]

RIVET: Final = "rivet"
"""The subprotocol that is selected."""

_ENCODING: Final = "rivet_encoding."
_PARAMS: Final = "rivet_conn_params."
_TARGET: Final = "rivet_target."
_ACTOR: Final = "rivet_actor."
_TOKEN: Final = "rivet_token."  # noqa: S105 - the prefix of a name
_INSPECTOR_TOKEN: Final = "rivet_inspector_token."  # noqa: S105 - the same
_SKIP_READY_WAIT: Final = "rivet_skip_ready_wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedProtocols:
    """What a client offered.

    Attributes:
        any_offered: Whether there was a header at all; the gateway demands one.
        encoding: JSON when none was named.
        params: Connection parameters; ``UNDEFINED`` when there are none.
        target: ``actor`` when the actor is named here instead of in the path.
    """

    any_offered: bool = True
    encoding: Encoding = Encoding.JSON
    params: Value = UNDEFINED
    target: str | None = None
    actor_id: str | None = None
    token: str | None = None
    skip_ready_wait: bool = False
    inspector_token: str | None = None


def parse_subprotocols(header: str | None) -> OfferedProtocols:
    """Read a ``Sec-WebSocket-Protocol`` header; of repeated names the first counts.

    Raises:
        UnknownEncodingError: Close with 1003 ``actor.unsupported_websocket_encoding``.
        MalformedMessageError: The connection parameters are not JSON; close with 1011
            ``actor.invalid_request``.
    """
    names = [name.strip() for name in (header or "").split(",")]
    encoding = _first(names, _ENCODING)
    params = _first(names, _PARAMS)
    return OfferedProtocols(
        any_offered=bool(header),
        encoding=Encoding.JSON if encoding is None else Encoding.named(encoding),
        params=UNDEFINED if params is None else parse_connection_params(params),
        target=_first(names, _TARGET),
        actor_id=_first(names, _ACTOR),
        token=_first(names, _TOKEN),
        skip_ready_wait=_SKIP_READY_WAIT in names,
        inspector_token=_first(names, _INSPECTOR_TOKEN),
    )


def _first(names: list[str], prefix: str) -> str | None:
    for name in names:
        if name.startswith(prefix):
            return _unquote(name.removeprefix(prefix))
    return None


def _unquote(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        reason = "a subprotocol is not UTF-8"
        raise MalformedMessageError(reason) from error


def parse_connection_params(text: str) -> Value:
    """Read connection parameters from JSON text (header value or subprotocol).

    Raises:
        MalformedMessageError: For everything that is not a JSON value of the protocol.
    """
    return json.decode(text)


def format_connection_params(params: Value) -> str:
    """Write connection parameters for the ``x-rivet-conn-params`` header: ASCII JSON.

    Raises:
        UnsupportedValueError: For what the protocol cannot carry.
    """
    return json.encode_ascii(params)


def format_subprotocols(
    encoding: Encoding,
    params: Value = UNDEFINED,
    *,
    actor_id: str | None = None,
    token: str | None = None,
    skip_ready_wait: bool = False,
) -> list[str]:
    """The names to offer, in the order of the JavaScript client.

    Args:
        encoding: How frames are written.
        params: Connection parameters, if any.
        actor_id: Only when the request path does not name the actor.
        token: Only together with ``actor_id``.
        skip_ready_wait: Whether the gateway forwards to an actor that is not ready.
    """
    names = [RIVET, _ENCODING + encoding]
    if actor_id is not None:
        names += [_TARGET + "actor", _ACTOR + encode_uri_component(actor_id)]
        if token is not None:
            names.append(_TOKEN + encode_uri_component(token))
    if skip_ready_wait:
        names.append(_SKIP_READY_WAIT)
    if params is not UNDEFINED:
        text = json.encode(params).decode()
        names.append(_PARAMS + _token_safe(encode_uri_component(text)))
    return names


def _token_safe(text: str) -> str:
    # Parentheses and quotes survive encodeURIComponent but are not allowed in
    # subprotocol names (RFC 6455 takes tokens of RFC 2616); servers decode them alike.
    return text.replace("(", "%28").replace(")", "%29")
