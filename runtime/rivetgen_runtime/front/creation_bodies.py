"""Bodies of ``PUT`` and ``POST /actors``, read strictly."""

from __future__ import annotations

import binascii
import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final, cast

from rivetgen_client.wire import cbor
from rivetgen_client.wire.errors import ErrorBody, MalformedMessageError
from rivetgen_client.wire.gateway import CrashPolicy
from rivetgen_client.wire.keys import parse_key
from rivetgen_runtime.core.directory import Creation
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.front.placement import check_placement
from rivetgen_runtime.front.queries import bad_request

if TYPE_CHECKING:
    from rivetgen_client.wire.limits import Limits
    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.front.messages import HttpRequest

__all__ = ["read_creation"]

_FIELDS: Final = {
    "datacenter": False,
    "name": True,
    "key": False,
    "input": False,
    "runner_name_selector": True,
    "crash_policy": True,
}
"""Fields of a body, and whether they are required."""


def read_creation(
    request: HttpRequest, host: Host, limits: Limits, *, needs_key: bool
) -> Creation:
    """Read what is to be created.

    Args:
        request: With the body.
        host: Whose pool and datacenter may be named.
        limits: Size of the body.
        needs_key: Whether the key may not be left out.

    Raises:
        RequestError: As official servers answer; an input that is not CBOR in base64 is
            refused here, while they find out when the actor starts.
    """
    fields = _read_fields(request, limits, needs_key=needs_key)
    key = fields.get("key")
    if key == "":
        raise RequestError(
            ErrorBody("actor", "empty_key", "Key label cannot be empty.")
        )
    check_placement(
        host, pool=fields["runner_name_selector"], datacenter=fields.get("datacenter")
    )
    return Creation(
        name=fields["name"],
        key=None if key is None else parse_key(key),
        input=_read_input(fields.get("input")),
        pool=fields["runner_name_selector"],
        crash_policy=fields["crash_policy"],
    )


def _read_fields(
    request: HttpRequest, limits: Limits, *, needs_key: bool
) -> dict[str, Any]:
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise bad_request("Expected request with `Content-Type: application/json`")
    if len(request.body) > limits.management_body_bytes:
        raise bad_request("Failed to buffer the request body: length limit exceeded")
    try:
        fields = json.loads(request.body)
        # Half a surrogate pair cannot be stored, nor named in an answer.
        json.dumps(fields, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        reason = f"Failed to parse the request body as JSON: {error}"
        raise bad_request(reason) from error
    if not isinstance(fields, dict):
        raise _bad_body("expected a map")
    by_name = cast("dict[str, Any]", fields)
    _check_fields(by_name, needs_key=needs_key)
    return by_name


def _check_fields(fields: dict[str, Any], *, needs_key: bool) -> None:
    for name in fields:
        if name not in _FIELDS:
            expected = ", ".join(f"`{field}`" for field in _FIELDS)
            reason = f"{name}: unknown field `{name}`, expected one of {expected}"
            raise _bad_body(reason)
    for name, is_required in _FIELDS.items():
        value = fields.get(name)
        if name not in fields and (is_required or (needs_key and name == "key")):
            raise _bad_body(f"missing field `{name}`")
        is_nullable = not is_required and not (needs_key and name == "key")
        if not isinstance(value, str) and not (value is None and is_nullable):
            raise _bad_body(f"{name}: invalid type, expected a string")
    if fields["crash_policy"] not in tuple(CrashPolicy):
        policy = fields["crash_policy"]
        expected = ", ".join(f"`{known}`" for known in CrashPolicy)
        reason = f"crash_policy: unknown variant `{policy}`, expected one of {expected}"
        raise _bad_body(reason)


def _read_input(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        data = b64decode(text, validate=True)
        cbor.decode(data, exactly=True)
    except (binascii.Error, ValueError, MalformedMessageError) as error:
        raise _bad_body(f"input: not CBOR in base64: {error}") from error
    return data


def _bad_body(reason: str) -> RequestError:
    return bad_request(
        f"Failed to deserialize the JSON body into the target type: {reason}"
    )
