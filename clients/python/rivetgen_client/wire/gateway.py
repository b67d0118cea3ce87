"""Request lines of the gateway: which actor a request is for.

Two forms, told apart by query parameters that start with ``rvt-``:

- direct, ``/gateway/{actor_id}[@{token}]/{rest}?{query}``;
- query, ``/gateway/{name}/{rest}?{query}&rvt-namespace=...&rvt-method=...``.

Everything works on the raw request target, so that what is not the gateway's own
reaches the actor byte for byte. Parameters are ordered as the JavaScript client does.
"""

import re
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn, TypeAlias
from urllib.parse import quote, quote_plus, unquote_to_bytes

from . import cbor
from .errors import (
    ErrorBody,
    GatewayError,
    MalformedMessageError,
    UnsupportedValueError,
)
from .keys import join_query_key, split_query_key
from .values import UNDEFINED, Value, encode_base64

__all__ = [
    "API_NOT_FOUND",
    "CrashPolicy",
    "DirectTarget",
    "GatewayRequest",
    "GetMethod",
    "QueryTarget",
    "Target",
    "action_path",
    "encode_api_input",
    "encode_query_input",
    "encode_uri_component",
    "format_gateway_request",
    "is_gateway_target",
    "parse_gateway_request",
    "queue_path",
]

PREFIX: Final = "/gateway"
_PARAM_PREFIX: Final = "rvt-"

API_NOT_FOUND: Final = ErrorBody(
    "api", "not_found", "The requested resource was not found"
)
"""Answer to paths that are not routed at all."""


class GetMethod(StrEnum):
    """Whether a request may create its actor."""

    GET = "get"
    GET_OR_CREATE = "getOrCreate"


class CrashPolicy(StrEnum):
    """What happens to an actor that crashed; clients always ask for ``sleep``."""

    RESTART = "restart"
    SLEEP = "sleep"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True)
class DirectTarget:
    """An actor by its id."""

    actor_id: str
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryTarget:
    """An actor by name and key; ``pool`` and what follows it only for GET_OR_CREATE."""

    name: str
    namespace: str
    method: GetMethod
    key: tuple[str, ...] = ()
    pool: str | None = None
    input: Value = UNDEFINED
    region: str | None = None
    crash_policy: CrashPolicy | None = None
    token: str | None = None
    skip_ready_wait: bool = False


Target: TypeAlias = DirectTarget | QueryTarget


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """A routed request.

    Attributes:
        target: The actor.
        rest: Raw path below the gateway, percent signs untouched, ``/`` if empty.
        query: Raw query without the gateway's own parameters and without ``?``.
    """

    target: Target
    rest: str = "/"
    query: str = ""


# Reading


def is_gateway_target(raw_target: str) -> bool:
    """Whether a raw request target is the gateway's to route."""
    path = raw_target.partition("?")[0]
    return path == PREFIX or path.startswith(PREFIX + "/")


def parse_gateway_request(raw_target: str) -> GatewayRequest:
    """Route a raw request target (path and query as received, no base path).

    Raises:
        GatewayError: With the body that official servers answer.
    """
    path, _, query = raw_target.partition("?")
    if not is_gateway_target(path) or "//" in path:
        raise GatewayError(API_NOT_FOUND)
    segment, slash, rest = path[len(PREFIX) + 1 :].partition("/")
    own, params = _split_query(query)
    if params:
        target: Target = _query_target(segment, _decode_params(params))
        return GatewayRequest(target, slash + rest or "/", own)
    return GatewayRequest(_direct_target(segment), slash + rest or "/", query)


def _split_query(query: str) -> tuple[str, list[str]]:
    own: list[str] = []
    params: list[str] = []
    for item in query.split("&"):
        (params if item.startswith(_PARAM_PREFIX) else own).append(item)
    return "&".join(own), params


def _direct_target(segment: str) -> DirectTarget:
    actor_id, at, token = segment.partition("@")
    if not actor_id or (at and not token):
        raise GatewayError(API_NOT_FOUND)
    return DirectTarget(
        _percent_decoded(actor_id, "actor id"),
        _percent_decoded(token, "token") if at else None,
    )


def _fail(code: str, message: str, **metadata: str) -> NoReturn:
    raise GatewayError(ErrorBody("guard", code, message, metadata=metadata or None))


def _invalid_params(detail: str) -> NoReturn:
    message = f"invalid query gateway params: {detail}"
    _fail("query_invalid_params", message, detail=detail)


_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _percent_decoded(text: str, name: str) -> str:
    try:
        if _BAD_ESCAPE.search(text):
            raise ValueError(text)
        return unquote_to_bytes(text).decode()
    except ValueError:  # includes invalid UTF-8
        message = f"invalid percent-encoding for query gateway param '{name}'"
        _fail("query_invalid_percent_encoding", message, name=name)


def _decode_params(items: list[str]) -> dict[str, str]:
    """The gateway's parameters by name, without their prefix."""
    params: dict[str, str] = {}
    for item in items:
        full_name, equals, raw = item.partition("=")
        if not equals:
            message = f"query gateway param '{full_name}' is missing '='"
            _fail("query_param_missing_equals", message, name=full_name)
        name = full_name.removeprefix(_PARAM_PREFIX)
        if name in params:
            message = f"duplicate query gateway param: {full_name}"
            _fail("query_duplicate_param", message, name=full_name)
        params[name] = _percent_decoded(raw.replace("+", " "), full_name)
    return params


_PARAM_NAMES: Final = (
    *("namespace", "method", "runner", "pool", "key"),
    *("input", "region", "crash-policy", "token", "skip-ready-wait"),
)
_CREATION_PARAMS: Final = ("runner", "pool", "input", "region", "crash-policy")
_BOOLEANS: Final[Mapping[str, bool]] = {
    "true": True,
    "1": True,
    "false": False,
    "0": False,
}


def _query_target(segment: str, params: Mapping[str, str]) -> QueryTarget:
    if "@" in segment:
        message = "query gateway paths must not use @token syntax"
        _fail("query_path_token_syntax", message)
    name = _percent_decoded(segment, "actor name")
    if not name:
        message = "query gateway actor name must not be empty"
        _fail("query_empty_actor_name", message)
    _require_known(params)
    method = _method(params)
    return QueryTarget(
        name=name,
        namespace=params["namespace"],
        method=method,
        key=split_query_key(params.get("key")),
        pool=_pool(params, method),
        input=_decode_query_input(params["input"]) if "input" in params else UNDEFINED,
        region=params.get("region"),
        crash_policy=_crash_policy(params.get("crash-policy")),
        token=params.get("token"),
        skip_ready_wait=_boolean(params.get("skip-ready-wait", "false")),
    )


def _require_known(params: Mapping[str, str]) -> None:
    for name in params:
        if name not in _PARAM_NAMES:
            expected = ", ".join(f"`{known}`" for known in _PARAM_NAMES)
            _invalid_params(f"unknown field `{name}`, expected one of {expected}")
    for name in ("namespace", "method"):
        if name not in params:
            _invalid_params(f"missing field `{name}`")


def _method(params: Mapping[str, str]) -> GetMethod:
    text = params["method"]
    try:
        return GetMethod(text)
    except ValueError:
        _invalid_params(f"unknown method: {text}, expected get or getOrCreate")


def _pool(params: Mapping[str, str], method: GetMethod) -> str | None:
    if method is GetMethod.GET:
        if any(name in params for name in _CREATION_PARAMS):
            message = (
                "query gateway method=get does not allow rvt-input, rvt-region, "
                "rvt-crash-policy, or rvt-pool params"
            )
            _fail("query_get_disallowed_params", message)
        return None
    if "runner" in params and "pool" in params:
        _invalid_params("duplicate field `pool`")
    pool = params.get("pool", params.get("runner"))
    if pool is None:
        message = "query gateway method=getOrCreate requires rvt-pool param"
        _fail("query_missing_pool", message)
    return pool


def _crash_policy(text: str | None) -> CrashPolicy | None:
    if text is None:
        return None
    try:
        return CrashPolicy(text)
    except ValueError:
        detail = f"unknown crash policy: {text}, expected restart, sleep, or destroy"
        _invalid_params(detail)


def _boolean(text: str) -> bool:
    if text not in _BOOLEANS:
        _invalid_params(f'invalid type: string "{text}", expected a boolean')
    return _BOOLEANS[text]


_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def _decode_query_input(text: str) -> Value:
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        message = "invalid base64url in query gateway input"
        _fail("query_invalid_base64_input", message)
    digits = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
    try:
        return cbor.decode(a2b_base64(digits), exactly=True)
    except MalformedMessageError:
        message = "invalid query gateway input cbor: invalid cbor"
        _fail("query_invalid_cbor_input", message, detail="invalid cbor")


# Writing


def encode_uri_component(text: str) -> str:
    """Percent-encode as JavaScript's ``encodeURIComponent`` does.

    Raises:
        UnsupportedValueError: For text that is not Unicode (lone surrogates).
    """
    return quote(_as_utf8(text), safe="!'()*")


def _form_encode(text: str) -> str:
    """Percent-encode as JavaScript's ``URLSearchParams`` does."""
    return quote_plus(_as_utf8(text), safe="*").replace("~", "%7E")


def _as_utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        reason = "text contains half of a surrogate pair"
        raise UnsupportedValueError(reason) from error


def action_path(name: str) -> str:
    """Path of an action below the gateway."""
    return f"/action/{encode_uri_component(name)}"


def queue_path(name: str) -> str:
    """Path of a queue below the gateway."""
    return f"/queue/{encode_uri_component(name)}"


def encode_query_input(value: Value) -> str:
    """Input of an actor for a request line: CBOR in unpadded base64url."""
    text = encode_base64(cbor.encode(value)).rstrip("=")
    return text.replace("+", "-").replace("/", "_")


def encode_api_input(value: Value) -> str:
    """Input of an actor for the management API: CBOR in padded base64."""
    return encode_base64(cbor.encode(value))


def format_gateway_request(request: GatewayRequest) -> str:
    """The raw request target, as the JavaScript client writes it.

    Raises:
        UnsupportedValueError: For an input that the protocol cannot carry, and for
            names, keys or tokens that are not Unicode.
    """
    target = request.target
    if isinstance(target, DirectTarget):
        token = f"@{encode_uri_component(target.token)}" if target.token else ""
        path = f"{PREFIX}/{encode_uri_component(target.actor_id)}{token}{request.rest}"
        return f"{path}?{request.query}" if request.query else path
    path = f"{PREFIX}/{encode_uri_component(target.name)}{request.rest}"
    own = f"{request.query}&" if request.query else ""
    return f"{path}?{own}{'&'.join(_format_params(target))}"


_PARAM_WRITERS: Final[Mapping[str, Callable[[QueryTarget], str | None]]] = {
    "namespace": lambda target: target.namespace,
    "method": lambda target: target.method,
    "runner": lambda target: target.pool,
    "key": lambda target: join_query_key(target.key),
    "input": lambda target: _optional_input(target.input),
    "region": lambda target: target.region,
    "crash-policy": lambda target: target.crash_policy,
    "token": lambda target: target.token,
    "skip-ready-wait": lambda target: "true" if target.skip_ready_wait else None,
}


def _optional_input(value: Value) -> str | None:
    return None if value is UNDEFINED else encode_query_input(value)


def _format_params(target: QueryTarget) -> list[str]:
    params = ((name, write(target)) for name, write in _PARAM_WRITERS.items())
    return [
        f"{_PARAM_PREFIX}{name}={_form_encode(text)}"
        for name, text in params
        if text is not None
    ]
