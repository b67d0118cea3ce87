"""Messages as maps: the shape that the JSON and the CBOR encoding share.

Values inside the maps are values of the protocol; the encodings turn them into compat
tuples and bytes. Readers ignore fields they do not know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar, cast

from . import _fields as fields
from ._fields import Fields
from .errors import MalformedMessageError
from .messages import (
    ActionRequest,
    ActionResponse,
    ActorSpecifier,
    Error,
    Event,
    HttpActionRequest,
    HttpActionResponse,
    HttpQueueSendRequest,
    HttpQueueSendResponse,
    HttpResponseError,
    Init,
    SubscriptionRequest,
    ToClient,
    ToServer,
)
from .values import UNDEFINED, Value

__all__ = [
    "IntegerMarks",
    "http_action_request_from_map",
    "http_action_request_to_map",
    "http_action_response_from_map",
    "http_action_response_to_map",
    "http_error_from_map",
    "http_error_to_map",
    "http_queue_send_request_from_map",
    "http_queue_send_request_to_map",
    "http_queue_send_response_from_map",
    "http_queue_send_response_to_map",
    "normalized_args",
    "to_client_from_map",
    "to_client_to_map",
    "to_server_from_map",
    "to_server_to_map",
]

WireMap: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class IntegerMarks:
    """How frames mark integers that JavaScript has to read as BigInt.

    Attributes:
        id: For ids of actions.
        generation: For the generation of an actor.
    """

    id: Callable[[int], int]
    generation: Callable[[int], int]


def normalized_args(value: Value) -> list[Value]:
    """Arguments as servers understand them: null is none, a scalar or map is one."""
    if isinstance(value, list):
        return value
    return [] if value is None or value is UNDEFINED else [value]


def _strict_args(fields_: Fields) -> list[Value]:
    value = fields.required(fields_, "args")
    if not isinstance(value, list):
        reason = "args is not an array"
        raise MalformedMessageError(reason)
    return cast("list[Value]", value)


def _set_unless_none(target: WireMap, **items: object) -> WireMap:
    target.update((name, item) for name, item in items.items() if item is not None)
    return target


# HTTP bodies


def http_action_request_to_map(message: HttpActionRequest) -> WireMap:
    return {"args": message.args}


def http_action_request_from_map(body: Fields) -> HttpActionRequest:
    return HttpActionRequest(normalized_args(body.get("args")))


def http_action_response_to_map(message: HttpActionResponse) -> WireMap:
    return {"output": message.output}


def http_action_response_from_map(body: Fields) -> HttpActionResponse:
    return HttpActionResponse(fields.required(body, "output"))


def http_queue_send_request_to_map(message: HttpQueueSendRequest) -> WireMap:
    return _set_unless_none(
        {"body": message.body},
        name=message.name,
        wait=message.wait,
        timeout=message.timeout_ms,
    )


def http_queue_send_request_from_map(body: Fields) -> HttpQueueSendRequest:
    return HttpQueueSendRequest(
        # JSON.stringify leaves out undefined.
        body=body.get("body", UNDEFINED),
        name=fields.optional_text(body, "name"),
        wait=fields.optional_boolean(body, "wait"),
        timeout_ms=fields.optional_identifier(body, "timeout"),
    )


def http_queue_send_response_to_map(message: HttpQueueSendResponse) -> WireMap:
    if message.response is UNDEFINED:
        return {"status": message.status}
    return {"response": message.response, "status": message.status}


def http_queue_send_response_from_map(body: Fields) -> HttpQueueSendResponse:
    return HttpQueueSendResponse(
        fields.text(body, "status"), body.get("response", UNDEFINED)
    )


def http_error_to_map(message: HttpResponseError) -> WireMap:
    body: WireMap = {}
    if message.actor is not None:
        body["actor"] = _actor_to_map(message.actor, int)
    body |= {
        "code": message.code,
        "group": message.group,
        "message": message.message,
    }
    if message.metadata is not UNDEFINED:
        body["metadata"] = message.metadata
    return body


def http_error_from_map(body: Fields) -> HttpResponseError:
    return HttpResponseError(
        group=fields.text(body, "group"),
        code=fields.text(body, "code"),
        message=fields.text(body, "message"),
        metadata=body.get("metadata", UNDEFINED),
        actor=_optional_actor(body),
    )


def _actor_to_map(actor: ActorSpecifier, mark: Callable[[int], int]) -> WireMap:
    return _set_unless_none(
        {"actorId": actor.actor_id, "generation": mark(actor.generation)},
        key=actor.key,
    )


def _optional_actor(body: Fields) -> ActorSpecifier | None:
    actor = fields.optional_map(body, "actor")
    if actor is None:
        return None
    return ActorSpecifier(
        fields.text(actor, "actorId"),
        fields.identifier(actor, "generation"),
        fields.optional_text(actor, "key"),
    )


# Frames


def _frame(tag: str, content: WireMap) -> WireMap:
    return {"body": {"tag": tag, "val": content}}


def _opened(frame: Fields) -> tuple[str, Fields]:
    body = fields.as_fields(fields.required(frame, "body"), "body")
    return fields.text(body, "tag"), fields.as_fields(
        fields.required(body, "val"), "val"
    )


def to_server_to_map(message: ToServer, marks: IntegerMarks) -> WireMap:
    if isinstance(message, ActionRequest):
        content: WireMap = {
            "id": marks.id(message.id),
            "name": message.name,
            "args": message.args,
        }
        return _frame("ActionRequest", content)
    content = {"eventName": message.event_name, "subscribe": message.subscribe}
    return _frame("SubscriptionRequest", content)


def to_server_from_map(frame: Fields) -> ToServer:
    return _read(frame, _TO_SERVER_READERS)


def _action_request(content: Fields) -> ActionRequest:
    return ActionRequest(
        fields.identifier(content, "id"),
        fields.text(content, "name"),
        normalized_args(fields.required(content, "args")),
    )


def _subscription_request(content: Fields) -> SubscriptionRequest:
    return SubscriptionRequest(
        fields.text(content, "eventName"), fields.boolean(content, "subscribe")
    )


def to_client_to_map(message: ToClient, marks: IntegerMarks) -> WireMap:
    match message:
        case ActionResponse():
            content: WireMap = {"id": marks.id(message.id), "output": message.output}
        case Event():
            content = {"name": message.name, "args": message.args}
        case Init():
            content = {
                "actorId": message.actor_id,
                "connectionId": message.connection_id,
            }
        case _:
            content = _error_content(message, marks)
    return _frame(type(message).__name__, content)


def _error_content(message: Error, marks: IntegerMarks) -> WireMap:
    content: WireMap = {
        "group": message.group,
        "code": message.code,
        "message": message.message,
    }
    if message.metadata is not UNDEFINED:
        content["metadata"] = message.metadata
    if message.actor is not None:
        content["actor"] = _actor_to_map(message.actor, marks.generation)
    action_id = message.action_id
    content["actionId"] = None if action_id is None else marks.id(action_id)
    return content


def to_client_from_map(frame: Fields) -> ToClient:
    return _read(frame, _TO_CLIENT_READERS)


def _init(content: Fields) -> Init:
    return Init(fields.text(content, "actorId"), fields.text(content, "connectionId"))


def _error(content: Fields) -> Error:
    return Error(
        group=fields.text(content, "group"),
        code=fields.text(content, "code"),
        message=fields.text(content, "message"),
        metadata=content.get("metadata", UNDEFINED),
        action_id=fields.optional_identifier(content, "actionId"),
        actor=_optional_actor(content),
    )


def _action_response(content: Fields) -> ActionResponse:
    return ActionResponse(
        fields.identifier(content, "id"), fields.required(content, "output")
    )


def _event(content: Fields) -> Event:
    return Event(fields.text(content, "name"), _strict_args(content))


_TO_SERVER_READERS: Final[Mapping[str, Callable[[Fields], ToServer]]] = {
    "ActionRequest": _action_request,
    "SubscriptionRequest": _subscription_request,
}
_TO_CLIENT_READERS: Final[Mapping[str, Callable[[Fields], ToClient]]] = {
    "Init": _init,
    "Error": _error,
    "ActionResponse": _action_response,
    "Event": _event,
}

MessageT = TypeVar("MessageT")


def _read(
    frame: Fields, readers: Mapping[str, Callable[[Fields], MessageT]]
) -> MessageT:
    tag, content = _opened(frame)
    reader = readers.get(tag)
    if reader is None:
        reason = f"unknown message {tag[:32]!r}"
        raise MalformedMessageError(reason)
    return reader(content)
