"""The BARE encoding of messages: schema version 4, reading versions 1 to 4.

Every message is a 16-bit version and a struct or union of the schema. Values travel as
one CBOR item inside ``data`` fields. What the versions change:

- 1 has a third field in ``Init``, the connection token;
- before 3 there are no queue messages (they decode all the same);
- before 4 errors do not say which actor they came from.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from . import cbor
from ._maps import normalized_args
from .bare import Reader, Writer
from .encoding import Encoding
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

__all__ = ["BARE_CODEC", "BARE_VERSION", "BareCodec"]

BARE_VERSION: Final = 4
"""The version that is written; older ones are still read."""

_FIRST_VERSION: Final = 1
_VERSION_WITHOUT_TOKEN: Final = 2
_VERSION_WITH_ACTOR: Final = 4

MessageT = TypeVar("MessageT")


class BareCodec:
    """Encodes messages as BARE; see ``codec.Codec`` for the methods."""

    encoding = Encoding.BARE
    content_type = Encoding.BARE.content_type
    text_frames = False

    def encode_http_action_request(self, message: HttpActionRequest) -> bytes:
        return _start().data(cbor.encode(message.args)).getvalue()

    def decode_http_action_request(self, data: bytes) -> HttpActionRequest:
        reader, _ = _open(data)
        return HttpActionRequest(_lenient_args(reader))

    def encode_http_action_response(self, message: HttpActionResponse) -> bytes:
        return _start().data(cbor.encode(message.output)).getvalue()

    def decode_http_action_response(self, data: bytes) -> HttpActionResponse:
        return _whole(data, lambda reader, _: HttpActionResponse(_value(reader)))

    def encode_http_queue_send_request(self, message: HttpQueueSendRequest) -> bytes:
        writer = _start().data(cbor.encode(message.body))
        writer.optional(message.name, writer.string)
        writer.optional(message.wait, writer.boolean)
        writer.optional(message.timeout_ms, writer.u64)
        return writer.getvalue()

    def decode_http_queue_send_request(self, data: bytes) -> HttpQueueSendRequest:
        reader, _ = _open(data)
        return HttpQueueSendRequest(
            body=cbor.decode(reader.data()),
            name=reader.optional(reader.string),
            wait=reader.optional(reader.boolean),
            timeout_ms=reader.optional(reader.u64),
        )

    def encode_http_queue_send_response(self, message: HttpQueueSendResponse) -> bytes:
        writer = _start().string(message.status)
        _write_optional_value(writer, message.response)
        return writer.getvalue()

    def decode_http_queue_send_response(self, data: bytes) -> HttpQueueSendResponse:
        return _whole(
            data,
            lambda reader, _: HttpQueueSendResponse(
                reader.string(), _optional_value(reader)
            ),
        )

    def encode_http_error(self, message: HttpResponseError) -> bytes:
        writer = _start().string(message.group).string(message.code)
        writer.string(message.message)
        _write_optional_value(writer, message.metadata)
        _write_optional_actor(writer, message.actor)
        return writer.getvalue()

    def decode_http_error(self, data: bytes) -> HttpResponseError:
        return _whole(data, _http_error)

    def encode_to_server(self, message: ToServer) -> bytes:
        writer = _start()
        if isinstance(message, ActionRequest):
            writer.uint(0).uint(message.id).string(message.name)
            return writer.data(cbor.encode(message.args)).getvalue()
        writer.uint(1).string(message.event_name).boolean(message.subscribe)
        return writer.getvalue()

    def decode_to_server(self, frame: str | bytes) -> ToServer:
        reader, _ = _open(frame)
        tag = reader.uint()
        if tag == 0:
            return ActionRequest(reader.uint(), reader.string(), _lenient_args(reader))
        if tag == 1:
            return SubscriptionRequest(reader.string(), reader.boolean())
        raise _unknown_tag(tag)

    def encode_to_client(self, message: ToClient) -> bytes:
        writer = _start()
        match message:
            case Init():
                writer.uint(0).string(message.actor_id).string(message.connection_id)
            case Error():
                _write_error(writer, message)
            case ActionResponse():
                writer.uint(2).uint(message.id).data(cbor.encode(message.output))
            case _:
                writer.uint(3).string(message.name).data(cbor.encode(message.args))
        return writer.getvalue()

    def decode_to_client(self, frame: str | bytes) -> ToClient:
        return _whole(frame, _to_client)


BARE_CODEC: Final = BareCodec()


# Writing


def _start() -> Writer:
    return Writer().u16(BARE_VERSION)


def _write_optional_value(writer: Writer, value: Value) -> None:
    encoded = None if value is UNDEFINED else cbor.encode(value)
    writer.optional(encoded, writer.data)


def _write_optional_actor(writer: Writer, actor: ActorSpecifier | None) -> None:
    def write(actor: ActorSpecifier) -> None:
        writer.string(actor.actor_id).uint(actor.generation)
        writer.optional(actor.key, writer.string)

    writer.optional(actor, write)


def _write_error(writer: Writer, message: Error) -> None:
    writer.uint(1).string(message.group).string(message.code).string(message.message)
    _write_optional_value(writer, message.metadata)
    writer.optional(message.action_id, writer.uint)
    _write_optional_actor(writer, message.actor)


# Reading


def _open(data: str | bytes) -> tuple[Reader, int]:
    if isinstance(data, str):
        reason = "a BARE message in a text frame"
        raise MalformedMessageError(reason)
    reader = Reader(data)
    version = reader.u16()
    if not _FIRST_VERSION <= version <= BARE_VERSION:
        reason = f"unknown protocol version {version}"
        raise MalformedMessageError(reason)
    return reader, version


def _whole(data: str | bytes, read: Callable[[Reader, int], MessageT]) -> MessageT:
    """Read a message that ends where the data ends, as clients demand."""
    reader, version = _open(data)
    message = read(reader, version)
    if reader.remaining:
        reason = f"{reader.remaining} bytes follow the message"
        raise MalformedMessageError(reason)
    return message


def _lenient_args(reader: Reader) -> list[Value]:
    return normalized_args(cbor.decode(reader.data()))


def _value(reader: Reader) -> Value:
    return cbor.decode(reader.data(), exactly=True)


def _optional_value(reader: Reader) -> Value:
    return _value(reader) if reader.boolean() else UNDEFINED


def _optional_actor(reader: Reader, version: int) -> ActorSpecifier | None:
    if version < _VERSION_WITH_ACTOR:
        return None
    return reader.optional(
        lambda: ActorSpecifier(
            reader.string(), reader.uint(), reader.optional(reader.string)
        )
    )


def _http_error(reader: Reader, version: int) -> HttpResponseError:
    return HttpResponseError(
        group=reader.string(),
        code=reader.string(),
        message=reader.string(),
        metadata=_optional_value(reader),
        actor=_optional_actor(reader, version),
    )


def _to_client(reader: Reader, version: int) -> ToClient:
    tag = reader.uint()
    if tag == 0:
        return _init(reader, version)
    if tag == 1:
        return _error(reader, version)
    if tag == 2:
        return ActionResponse(reader.uint(), _value(reader))
    if tag == 3:
        return _event(reader)
    raise _unknown_tag(tag)


def _init(reader: Reader, version: int) -> Init:
    message = Init(reader.string(), reader.string())
    if version < _VERSION_WITHOUT_TOKEN:
        reader.string()
    return message


def _error(reader: Reader, version: int) -> Error:
    return Error(
        group=reader.string(),
        code=reader.string(),
        message=reader.string(),
        metadata=_optional_value(reader),
        action_id=reader.optional(reader.uint),
        actor=_optional_actor(reader, version),
    )


def _event(reader: Reader) -> Event:
    name, args = reader.string(), _value(reader)
    if not isinstance(args, list):
        reason = "args is not an array"
        raise MalformedMessageError(reason)
    return Event(name, args)


def _unknown_tag(tag: int) -> MalformedMessageError:
    return MalformedMessageError(f"unknown message {tag}")
