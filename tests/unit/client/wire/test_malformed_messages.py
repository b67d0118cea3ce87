"""Nearly right messages are read, or refused with the one exception for that."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from mutations import mutated
from rivetgen_client.wire import cbor, json
from rivetgen_client.wire.codec import codec_for
from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.errors import MalformedMessageError
from wire_captures import frames, http_exchanges

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = 20_261_127
TRIALS = 100_000

Reader: TypeAlias = "tuple[Callable[[Any], object], list[bytes]]"


def recorded_frames(encoding: Encoding, *, to_server: bool) -> list[bytes]:
    found = {
        frame.payload if isinstance(frame.payload, bytes) else frame.payload.encode()
        for frame in frames(f"ws_conn_{encoding}")
        if frame.to_server is to_server
    }
    return sorted(data for data in found if len(data) < 500)


def recorded_bodies(encoding: Encoding, *, of_requests: bool) -> list[bytes]:
    found = {
        exchange.request_body if of_requests else exchange.response_body
        for exchange in http_exchanges(f"http_actions_{encoding}")
        if exchange.encoding is encoding
    }
    return sorted(data for data in found if data and len(data) < 500)


def readers(encoding: Encoding) -> list[Reader]:
    """Everything that reads bytes of an encoding, with recorded bytes for it."""
    codec = codec_for(encoding)

    def text(read: Callable[[str | bytes], object]) -> Callable[[bytes], object]:
        if encoding is not Encoding.JSON:
            return read
        return lambda data: read(data.decode(errors="replace"))

    requests = recorded_bodies(encoding, of_requests=True)
    answers = recorded_bodies(encoding, of_requests=False)
    return [
        (text(codec.decode_to_server), recorded_frames(encoding, to_server=True)),
        (text(codec.decode_to_client), recorded_frames(encoding, to_server=False)),
        (codec.decode_http_action_request, requests),
        (codec.decode_http_action_response, answers),
        (codec.decode_http_error, answers),
    ]


READERS: list[Reader] = [
    *(reader for encoding in Encoding for reader in readers(encoding)),
    (json.decode, recorded_bodies(Encoding.JSON, of_requests=True)),
    (cbor.decode, recorded_bodies(Encoding.CBOR, of_requests=True)),
]


@pytest.mark.parametrize("part", range(10))
def test_mutated_messages_are_read_or_refused(part: int) -> None:
    dice = random.Random(SEED + part)
    refused = 0
    for trial in range(TRIALS // 10):
        read, samples = READERS[trial % len(READERS)]
        data = mutated(dice.choice(samples), dice)
        try:
            read(data)
        except MalformedMessageError:
            refused += 1

    assert TRIALS // 100 < refused < TRIALS // 10
