"""Every recorded message is read and written again byte for byte.

What is deliberately written in another way is listed here with the reason; such
messages still have to mean the same after they were written again.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from recorded_bytes import assert_same, is_deliberate
from rivetgen_client.wire.codec import Codec, Encoding, codec_for
from rivetgen_client.wire.errors import MalformedMessageError
from wire_captures import Frame, Http, frames, http_exchanges

# Hand-made requests that lean on the leniency of servers.
LENIENT = {
    "action {} body",
    "action null args",
    "action scalar args",
    "action obj args",
    "action extra fields",
    "action bare v1",
    "action bare v2",
    "action bare v3",
    "action bare trailing",
    "action bare args not array",
    "args null",
    "args scalar",
    "params + plain int id",
    "json sent as binary frame",
    "bare v1 action",
    "bare v2 action",
    "bare v3 action",
    "bare trailing",
    "cbor small int id",
    "cbor tag2 bignum id (swift)",
    "cbor tag2 empty id (swift 0)",
    "cbor val before tag",
    "cbor extra keys",
    "cbor bytes arg",
}
# Hand-made requests that official servers refuse.
MALFORMED = {
    "action no body",
    "action bad json",
    "action bare bad version 9",
    "action bare v5",
    "action bare empty",
    "queue wait str",
}


def step(identifier: str) -> str:
    return identifier.partition("] ")[2]


CALLS = [
    exchange
    for exchange in http_exchanges(
        "min_sequence",
        *(
            f"http_{kind}_{encoding}"
            for kind in ("actions", "queue")
            for encoding in Encoding
        ),
        "error_matrix_raw",
        "gateway_forms",
        "routing_misc",
    )
    if re.search(r"/(action|queue)/", exchange.target) and exchange.method == "POST"
]


def kind_of(exchange: Http) -> str:
    return "http_action" if "/action/" in exchange.target else "http_queue_send"


def translate(codec: Codec, name: str, data: bytes) -> tuple[Any, bytes]:
    """Decode a body and encode the message again."""
    message = getattr(codec, f"decode_{name}")(data)
    return message, getattr(codec, f"encode_{name}")(message)


@pytest.mark.parametrize("exchange", CALLS, ids=str)
def test_recorded_requests_are_written_again(exchange: Http) -> None:
    if exchange.request_body is None:
        return  # too large for the recording
    codec = codec_for(exchange.encoding)
    name = f"{kind_of(exchange)}_request"

    if step(exchange.id) in MALFORMED:
        assert exchange.status == 400
        with pytest.raises(MalformedMessageError):
            translate(codec, name, exchange.request_body)
        return
    message, written = translate(codec, name, exchange.request_body)

    # NaN differs from itself, but not from its representation.
    assert repr(getattr(codec, f"decode_{name}")(written)) == repr(message)
    if step(exchange.id) not in LENIENT:
        assert_same(exchange.request_body, written, exchange.encoding)


@pytest.mark.parametrize("exchange", CALLS, ids=str)
def test_recorded_responses_are_written_again(exchange: Http) -> None:
    if exchange.response_body is None:
        return  # too large for the recording
    is_json = exchange.response_headers["content-type"] == "application/json"
    encoding = Encoding.JSON if is_json else exchange.encoding
    is_error = exchange.status != 200
    name = "http_error" if is_error else f"{kind_of(exchange)}_response"

    message, written = translate(codec_for(encoding), name, exchange.response_body)

    again = getattr(codec_for(encoding), f"decode_{name}")(written)
    assert repr(again) == repr(message)
    assert_same(exchange.response_body, written, encoding)


CONNECTION_FRAMES = list(
    frames(
        "min_sequence",
        *(f"ws_conn_{encoding}" for encoding in Encoding),
        "ws_protocol_raw",
    )
)
# Official servers refuse bytes in CBOR encoding; here they are a value like any other.
MORE_ACCEPTED = {"cbor bytes arg"}


@pytest.mark.parametrize("frame", CONNECTION_FRAMES, ids=str)
def test_recorded_frames_are_written_again(frame: Frame) -> None:
    codec = codec_for(frame.encoding)
    name = "to_server" if frame.to_server else "to_client"
    is_refused = frame.to_server and frame.closed_with == "actor.invalid_request"

    if is_refused and step(frame.id) not in MORE_ACCEPTED:
        with pytest.raises(MalformedMessageError):
            getattr(codec, f"decode_{name}")(frame.payload)
        return
    message = getattr(codec, f"decode_{name}")(frame.payload)
    written = getattr(codec, f"encode_{name}")(message)

    assert getattr(codec, f"decode_{name}")(written) == message
    if step(frame.id) not in LENIENT:
        assert isinstance(written, str) is codec.text_frames
        assert_same(as_bytes(frame.payload), as_bytes(written), frame.encoding)


def as_bytes(payload: str | bytes) -> bytes:
    return payload.encode() if isinstance(payload, str) else payload


def test_most_recorded_messages_are_written_again_without_any_excuse() -> None:
    recorded = [exchange.response_body for exchange in CALLS if exchange.response_body]
    frames_to_client = [
        as_bytes(frame.payload) for frame in CONNECTION_FRAMES if not frame.to_server
    ]

    excused = sum(is_deliberate(data, Encoding.JSON) for data in recorded)

    assert excused < len(recorded) * 0.2
    assert sum(is_deliberate(data, Encoding.JSON) for data in frames_to_client) < 20
