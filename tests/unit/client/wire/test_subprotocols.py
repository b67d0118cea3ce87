"""Subprotocols of connections."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.errors import MalformedMessageError, UnknownEncodingError
from rivetgen_client.wire.subprotocols import (
    OfferedProtocols,
    format_connection_params,
    format_subprotocols,
    parse_connection_params,
    parse_subprotocols,
)
from rivetgen_client.wire.values import UNDEFINED
from wire_captures import capture
from wire_values import is_same

PARAMS: dict[str, Any] = {
    "none": UNDEFINED,
    "obj": {"a": 1, "s": "x y+z,é"},
    "empty_obj": {},
    "str": "tok",
}
RECORDED = [
    case
    for case in capture("client_forms")["params"]
    if case["label"] in PARAMS and case.get("ws_protocol")
]


@pytest.mark.parametrize(
    "case", RECORDED, ids=lambda case: f"{case['label']}-{case['encoding']}"
)
def test_the_offer_is_that_of_the_javascript_client(case: dict[str, Any]) -> None:
    encoding = Encoding(case["encoding"])
    params = PARAMS[case["label"]]

    assert ", ".join(format_subprotocols(encoding, params)) == case["ws_protocol"]
    assert parse_subprotocols(case["ws_protocol"]) == OfferedProtocols(
        encoding=encoding, params=params
    )


@pytest.mark.parametrize(
    "case",
    [case for case in RECORDED if "ws_skip_byid_protocol" in case],
    ids=lambda case: f"{case['label']}-{case['encoding']}",
)
def test_an_actor_may_be_named_in_the_offer(case: dict[str, Any]) -> None:
    encoding = Encoding(case["encoding"])
    params = PARAMS[case["label"]]
    actor_id, token = "aaaaaaaaaaaaaaaaaaaaaaaaaaal00", "tok"

    offer = format_subprotocols(
        encoding, params, actor_id=actor_id, token=token, skip_ready_wait=True
    )

    assert ", ".join(offer) == case["ws_skip_byid_protocol"]
    assert parse_subprotocols(case["ws_skip_byid_protocol"]) == OfferedProtocols(
        encoding=encoding,
        params=params,
        target="actor",
        actor_id=actor_id,
        token=token,
        skip_ready_wait=True,
    )


JSON_PARAMS = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 100) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(JSON_PARAMS, st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_parameters_and_ids_survive(params: Any, actor_id: str) -> None:
    offer = format_subprotocols(Encoding.BARE, params, actor_id=actor_id)

    offered = parse_subprotocols(", ".join(offer))

    assert is_same(params, offered.params)
    assert offered.actor_id == actor_id


@given(JSON_PARAMS)
def test_parameters_fit_into_a_header(params: Any) -> None:
    text = format_connection_params(params)

    assert text.isascii()
    assert text.isprintable()
    assert is_same(params, parse_connection_params(text))


@given(JSON_PARAMS)
def test_every_name_is_a_valid_token(params: Any) -> None:
    separators = set('()<>@,;:\\"/[]?={} \t')

    for name in format_subprotocols(Encoding.JSON, params):
        assert name.isascii()
        assert not separators & set(name)


def test_without_a_header_nothing_is_offered() -> None:
    assert parse_subprotocols(None) == OfferedProtocols(any_offered=False)
    assert parse_subprotocols("") == OfferedProtocols(any_offered=False)


def test_unknown_names_are_ignored() -> None:
    header = "chat,rivet,rivet_other.x,rivet_encoding.cbor"

    assert parse_subprotocols(header) == OfferedProtocols(encoding=Encoding.CBOR)


def test_of_two_encodings_the_first_counts() -> None:
    header = "rivet_encoding.cbor, rivet_encoding.bare"

    assert parse_subprotocols(header).encoding is Encoding.CBOR


def test_a_plus_sign_is_a_plus_sign() -> None:
    offered = parse_subprotocols("rivet, rivet_conn_params.%22a+b%22")

    assert offered.params == "a+b"


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(UnknownEncodingError, match="'xml'") as failure:
        parse_subprotocols("rivet, rivet_encoding.xml")

    assert failure.value.encoding == "xml"


@pytest.mark.parametrize("params", ["notjson", "%7B", "%ff", ""])
def test_parameters_that_are_not_json_are_malformed(params: str) -> None:
    with pytest.raises(MalformedMessageError):
        parse_subprotocols(f"rivet, rivet_conn_params.{params}")
