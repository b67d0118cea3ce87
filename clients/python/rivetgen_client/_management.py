"""Requests of the management API and what their answers say.

The API is JSON only and strict: it refuses fields that it does not know, so nothing is
sent that is not needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from ._http import Request
from .errors import MalformedResponseError
from .wire import json
from .wire.errors import MalformedMessageError
from .wire.gateway import CrashPolicy, encode_api_input, encode_uri_component
from .wire.keys import serialize_key
from .wire.values import UNDEFINED

if TYPE_CHECKING:
    from ._http import Answer
    from .endpoint import Endpoint
    from .transport import KeyTarget, NewActor

_JSON: Final = "application/json"


def get_or_create_request(endpoint: Endpoint, target: KeyTarget) -> Request:
    """Return the request for the id of an actor that is created when needed."""
    return _with_body(endpoint, "PUT", _new_actor(endpoint, target))


def create_request(endpoint: Endpoint, actor: NewActor) -> Request:
    """Return the request for a new actor."""
    return _with_body(endpoint, "POST", _new_actor(endpoint, actor))


def find_request(endpoint: Endpoint, target: KeyTarget) -> Request:
    """Return the request for the living actor with a name and key."""
    query = _query(name=target.name, key=serialize_key(target.key))
    return Request(
        method="GET",
        url=f"{_actors_url(endpoint)}&{query}",
        headers=_headers(endpoint),
    )


def metadata_request(endpoint: Endpoint) -> Request:
    """Return the request for where clients should talk to."""
    query = _query(namespace=endpoint.namespace)
    return Request(
        method="GET",
        url=f"{endpoint.url}/metadata?{query}",
        headers=_headers(endpoint),
    )


def redirected(endpoint: Endpoint, answer: Answer) -> Endpoint:
    """Return where the server wants clients to talk to; often the endpoint itself.

    Raises:
        ConfigurationError: What it names is no endpoint.
    """
    body = json_object(answer)
    url = body.get("clientEndpoint")
    if not isinstance(url, str):
        return endpoint
    namespace, token = body.get("clientNamespace"), body.get("clientToken")
    return endpoint.redirected(
        url,
        namespace=namespace if isinstance(namespace, str) else None,
        token=token if isinstance(token, str) else None,
    )


def _actors_url(endpoint: Endpoint) -> str:
    return f"{endpoint.url}/actors?{_query(namespace=endpoint.namespace)}"


def _query(**parameters: str) -> str:
    return "&".join(
        f"{name}={encode_uri_component(value)}" for name, value in parameters.items()
    )


def _headers(endpoint: Endpoint) -> dict[str, str]:
    headers = {"accept": _JSON}
    if endpoint.token:
        headers["authorization"] = f"Bearer {endpoint.token}"
    return headers


def _with_body(endpoint: Endpoint, method: str, body: dict[str, str]) -> Request:
    return Request(
        method=method,
        url=_actors_url(endpoint),
        headers={**_headers(endpoint), "content-type": _JSON},
        body=json.encode(body),
    )


def _new_actor(endpoint: Endpoint, actor: KeyTarget | NewActor) -> dict[str, str]:
    body = {
        "name": actor.name,
        "key": serialize_key(actor.key),
        "runner_name_selector": endpoint.pool,
        "crash_policy": CrashPolicy.SLEEP.value,
    }
    if actor.region is not None:
        body["datacenter"] = actor.region
    if actor.input is not UNDEFINED:
        body["input"] = encode_api_input(actor.input)
    return body


def created_actor_id(answer: Answer) -> str:
    """Return the id in the answer to a creation.

    Raises:
        MalformedResponseError: There is none.
    """
    actor = json_object(answer).get("actor")
    return _actor_id(actor, answer)


def found_actor_id(answer: Answer) -> str | None:
    """Return the id of the first actor of a list; None when the list is empty.

    Raises:
        MalformedResponseError: The answer is no list of actors.
    """
    actors = json_object(answer).get("actors")
    if not isinstance(actors, list):
        reason = "a list of actors was expected"
        raise MalformedResponseError(reason, status=answer.status)
    rows = cast("list[object]", actors)
    return _actor_id(rows[0], answer) if rows else None


def _actor_id(actor: object, answer: Answer) -> str:
    found = (
        cast("dict[str, object]", actor).get("actor_id")
        if isinstance(actor, dict)
        else None
    )
    if not isinstance(found, str):
        reason = "an actor with an actor_id was expected"
        raise MalformedResponseError(reason, status=answer.status)
    return found


def json_object(answer: Answer) -> dict[str, Any]:
    """Return the body as a JSON object.

    Raises:
        MalformedResponseError: It is none.
    """
    try:
        parsed = json.parse(answer.body)
    except MalformedMessageError as error:
        reason = "a JSON object was expected"
        raise MalformedResponseError(reason, status=answer.status) from error
    if not isinstance(parsed, dict):
        reason = "a JSON object was expected"
        raise MalformedResponseError(reason, status=answer.status)
    return cast("dict[str, Any]", parsed)
