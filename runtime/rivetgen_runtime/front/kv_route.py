"""Reading one KV value of an actor through the management API."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import unquote

from rivetgen_client.wire.identifiers import is_actor_id
from rivetgen_runtime.front.messages import json_response
from rivetgen_runtime.front.queries import bad_request

if TYPE_CHECKING:
    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.front.messages import HttpResponse

__all__ = ["read_kv_value"]


async def read_kv_value(host: Host, *, actor_id: str, key: str) -> HttpResponse:
    """Answer with the value; the actor is not woken.

    Args:
        host: Whose actor it is.
        actor_id: As it stands in the path.
        key: Base64, as it stands in the path.

    Raises:
        RequestError: The path is malformed, or there is no such actor or key.
    """
    if not is_actor_id(actor_id):
        raise bad_request("Invalid URL: this is not the id of an actor")
    stored = await host.kv_value(actor_id, _decoded(key))
    value = base64.b64encode(stored.value).decode()
    return json_response({"value": value, "update_ts": stored.updated_at_ms})


def _decoded(key: str) -> bytes:
    try:
        return base64.b64decode(unquote(key, errors="strict"), validate=True)
    except (binascii.Error, ValueError) as error:  # ValueError: not ASCII
        raise bad_request("Invalid URL: the KV key is not base64") from error
