"""The codecs: messages to bytes and back, one per encoding."""

from typing import Final, Protocol

from ._bare_codec import BARE_CODEC
from ._map_codec import CBOR_CODEC, JSON_CODEC
from .encoding import Encoding
from .messages import (
    HttpActionRequest,
    HttpActionResponse,
    HttpQueueSendRequest,
    HttpQueueSendResponse,
    HttpResponseError,
    ToClient,
    ToServer,
)

__all__ = ["Codec", "Encoding", "codec_for"]


class Codec(Protocol):
    """One encoding of the protocol.

    What servers decode (requests, frames to the server) is read leniently: null or a
    single value as arguments, older versions, unknown fields, bytes after the message.
    What clients decode is read strictly. Every ``decode_`` method raises
    ``MalformedMessageError`` and nothing else; every ``encode_`` method raises
    ``UnsupportedValueError`` for values that the protocol cannot carry.

    Attributes:
        encoding: Which encoding this is.
        content_type: The ``content-type`` of HTTP bodies.
        text_frames: Whether WebSocket frames are text (JSON) or binary.
    """

    @property
    def encoding(self) -> Encoding:
        """Which encoding this is."""
        ...

    @property
    def content_type(self) -> str:
        """The ``content-type`` of HTTP bodies."""
        ...

    @property
    def text_frames(self) -> bool:
        """Whether WebSocket frames are text (JSON) or binary."""
        ...

    def encode_http_action_request(self, message: HttpActionRequest, /) -> bytes:
        """Body of an action call."""
        ...

    def decode_http_action_request(self, data: bytes, /) -> HttpActionRequest:
        """The reverse, as servers read."""
        ...

    def encode_http_action_response(self, message: HttpActionResponse, /) -> bytes:
        """Body of an answer."""
        ...

    def decode_http_action_response(self, data: bytes, /) -> HttpActionResponse:
        """The reverse, as clients read."""
        ...

    def encode_http_queue_send_request(self, message: HttpQueueSendRequest, /) -> bytes:
        """Body of a message to a queue."""
        ...

    def decode_http_queue_send_request(self, data: bytes, /) -> HttpQueueSendRequest:
        """The reverse, as servers read."""
        ...

    def encode_http_queue_send_response(
        self, message: HttpQueueSendResponse, /
    ) -> bytes:
        """Body of its answer."""
        ...

    def decode_http_queue_send_response(self, data: bytes, /) -> HttpQueueSendResponse:
        """The reverse, as clients read."""
        ...

    def encode_http_error(self, message: HttpResponseError, /) -> bytes:
        """Body of an error answer."""
        ...

    def decode_http_error(self, data: bytes, /) -> HttpResponseError:
        """The reverse, as clients read."""
        ...

    def encode_to_server(self, message: ToServer, /) -> str | bytes:
        """One WebSocket frame."""
        ...

    def decode_to_server(self, frame: str | bytes, /) -> ToServer:
        """The reverse, as servers read."""
        ...

    def encode_to_client(self, message: ToClient, /) -> str | bytes:
        """One WebSocket frame."""
        ...

    def decode_to_client(self, frame: str | bytes, /) -> ToClient:
        """The reverse, as clients read."""
        ...


_CODECS: Final[dict[Encoding, Codec]] = {
    Encoding.JSON: JSON_CODEC,
    Encoding.CBOR: CBOR_CODEC,
    Encoding.BARE: BARE_CODEC,
}


def codec_for(encoding: Encoding) -> Codec:
    """The codec of an encoding; codecs have no state and are shared."""
    return _CODECS[encoding]
