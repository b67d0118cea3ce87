"""The JSON and the CBOR encoding of messages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from . import _maps as maps
from . import cbor, json
from ._fields import Fields, as_fields
from .encoding import Encoding
from .errors import MalformedMessageError
from .messages import (
    HttpActionRequest,
    HttpActionResponse,
    HttpQueueSendRequest,
    HttpQueueSendResponse,
    HttpResponseError,
    ToClient,
    ToServer,
)
from .values import BigInt, decode_compat

__all__ = ["CBOR_CODEC", "JSON_CODEC", "MapCodec"]


@dataclass(frozen=True, slots=True)
class MapForm:
    """What differs between the encodings that write maps.

    Attributes:
        encoding: Which one this is.
        write: A map to bytes.
        write_frame: A map to one WebSocket message.
        read_request: Body or frame to a value, leniently, as servers read.
        read_response: Body or frame to a value, strictly, as clients read.
        marks: How integers are marked as BigInt.
        sorted_keys: Whether frames to clients list their fields alphabetically; no
            reader cares, but official servers do it.
    """

    encoding: Encoding
    write: Callable[[maps.WireMap], bytes]
    write_frame: Callable[[maps.WireMap], str | bytes]
    read_request: Callable[[str | bytes], Any]
    read_response: Callable[[str | bytes], Any]
    marks: maps.IntegerMarks
    sorted_keys: bool


class MapCodec:
    """Encodes messages as maps; see ``codec.Codec`` for the methods."""

    def __init__(self, form: MapForm) -> None:
        self._form = form
        self.encoding = form.encoding
        self.content_type = form.encoding.content_type
        self.text_frames = form.encoding is Encoding.JSON

    def _request(self, data: str | bytes) -> Fields:
        return as_fields(self._form.read_request(data), "message")

    def _response(self, data: str | bytes) -> Fields:
        return as_fields(self._form.read_response(data), "message")

    def encode_http_action_request(self, message: HttpActionRequest) -> bytes:
        return self._form.write(maps.http_action_request_to_map(message))

    def decode_http_action_request(self, data: bytes) -> HttpActionRequest:
        return maps.http_action_request_from_map(self._request(data))

    def encode_http_action_response(self, message: HttpActionResponse) -> bytes:
        return self._form.write(maps.http_action_response_to_map(message))

    def decode_http_action_response(self, data: bytes) -> HttpActionResponse:
        return maps.http_action_response_from_map(self._response(data))

    def encode_http_queue_send_request(self, message: HttpQueueSendRequest) -> bytes:
        return self._form.write(maps.http_queue_send_request_to_map(message))

    def decode_http_queue_send_request(self, data: bytes) -> HttpQueueSendRequest:
        return maps.http_queue_send_request_from_map(self._request(data))

    def encode_http_queue_send_response(self, message: HttpQueueSendResponse) -> bytes:
        return self._form.write(maps.http_queue_send_response_to_map(message))

    def decode_http_queue_send_response(self, data: bytes) -> HttpQueueSendResponse:
        return maps.http_queue_send_response_from_map(self._response(data))

    def encode_http_error(self, message: HttpResponseError) -> bytes:
        return self._form.write(maps.http_error_to_map(message))

    def decode_http_error(self, data: bytes) -> HttpResponseError:
        return maps.http_error_from_map(self._response(data))

    def encode_to_server(self, message: ToServer) -> str | bytes:
        return self._form.write_frame(maps.to_server_to_map(message, self._form.marks))

    def decode_to_server(self, frame: str | bytes) -> ToServer:
        return maps.to_server_from_map(self._request(frame))

    def encode_to_client(self, message: ToClient) -> str | bytes:
        frame = maps.to_client_to_map(message, self._form.marks)
        if self._form.sorted_keys:
            body = frame["body"]
            body["val"] = dict(sorted(body["val"].items()))
        return self._form.write_frame(frame)

    def decode_to_client(self, frame: str | bytes) -> ToClient:
        return maps.to_client_from_map(self._response(frame))


def _write_json_text(message: maps.WireMap) -> str:
    return json.serialize(json.to_plain(message))


JSON_CODEC: Final = MapCodec(
    MapForm(
        encoding=Encoding.JSON,
        write=json.encode,
        write_frame=_write_json_text,
        read_request=json.decode,
        read_response=json.decode,
        marks=maps.IntegerMarks(id=BigInt, generation=int),
        sorted_keys=True,
    )
)


def _binary(frame: str | bytes) -> bytes:
    if isinstance(frame, str):
        reason = "a CBOR message in a text frame"
        raise MalformedMessageError(reason)
    return frame


def _read_cbor_request(frame: str | bytes) -> Any:
    return decode_compat(cbor.parse(_binary(frame)), cbor.LENIENT_CBOR_PROFILE)


def _read_cbor_response(frame: str | bytes) -> Any:
    return cbor.decode(_binary(frame), exactly=True)


CBOR_CODEC: Final = MapCodec(
    MapForm(
        encoding=Encoding.CBOR,
        write=cbor.encode,
        write_frame=cbor.encode_frame,
        read_request=_read_cbor_request,
        read_response=_read_cbor_response,
        marks=maps.IntegerMarks(id=cbor.WideUint, generation=cbor.WideUint),
        sorted_keys=False,
    )
)
