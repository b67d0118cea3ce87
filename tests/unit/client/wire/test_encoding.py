"""The three encodings."""

from __future__ import annotations

import pytest

from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.errors import UnknownEncodingError


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("json", Encoding.JSON),
        ("cbor", Encoding.CBOR),
        ("bare", Encoding.BARE),
        ("xml", Encoding.JSON),
        ("BARE", Encoding.JSON),
        ("", Encoding.JSON),
        (None, Encoding.JSON),
    ],
)
def test_requests_in_no_known_encoding_are_json(
    header: str | None, encoding: Encoding
) -> None:
    assert Encoding.of_request(header) is encoding


def test_connections_must_name_a_known_encoding() -> None:
    assert Encoding.named("cbor") is Encoding.CBOR
    with pytest.raises(UnknownEncodingError):
        Encoding.named("xml")


def test_only_json_has_a_content_type_of_its_own() -> None:
    assert Encoding.JSON.content_type == "application/json"
    assert Encoding.CBOR.content_type == "application/octet-stream"
    assert Encoding.BARE.content_type == "application/octet-stream"
