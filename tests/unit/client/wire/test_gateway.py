"""Request lines of the gateway."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_client.wire.errors import GatewayError, UnsupportedValueError
from rivetgen_client.wire.gateway import (
    CrashPolicy,
    DirectTarget,
    GatewayRequest,
    GetMethod,
    QueryTarget,
    Target,
    action_path,
    encode_api_input,
    encode_query_input,
    encode_uri_component,
    format_gateway_request,
    is_gateway_target,
    parse_gateway_request,
    queue_path,
)
from rivetgen_client.wire.keys import split_query_key
from rivetgen_client.wire.values import UNDEFINED, BigInt, Value
from wire_captures import Http, capture, cases, http_exchanges
from wire_values import is_same, values

QUERY = "rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default"


def of_client(name: str, key: tuple[str, ...], **options: Any) -> QueryTarget:
    """What the JavaScript client addresses with getOrCreate."""
    target = QueryTarget(
        name=name,
        namespace="default",
        method=GetMethod.GET_OR_CREATE,
        key=key,
        pool="default",
        crash_policy=CrashPolicy.SLEEP,
    )
    return replace(target, **options)


# Against recordings of the engine

GATEWAY_REQUESTS = [
    exchange
    for exchange in http_exchanges("gateway_forms")
    if is_gateway_target(exchange.target) and exchange.method != "OPTIONS"
]


def answered_by_the_gateway(exchange: Http) -> bool:
    """Whether the engine's answer is about the request line itself."""
    name = exchange.response_headers.get("x-rivet-error", "")
    return name.startswith("guard.query_") or b'"group":"api"' in (
        exchange.response_body or b""
    )


@pytest.mark.parametrize("exchange", GATEWAY_REQUESTS, ids=str)
def test_request_lines_are_routed_as_the_engine_routes_them(exchange: Http) -> None:
    if not answered_by_the_gateway(exchange):
        parse_gateway_request(exchange.target)
        return

    with pytest.raises(GatewayError) as failure:
        parse_gateway_request(exchange.target)

    error = failure.value.error
    body: dict[str, Any] = {
        "group": error.group,
        "code": error.code,
        "message": error.message,
    }
    if error.metadata is not None:
        body["metadata"] = error.metadata
    assert body == json.loads(exchange.response_body or b"")


@pytest.mark.parametrize(
    ("raw", "rest", "query"),
    [
        (f"/gateway/a/action/x?{QUERY}", "/action/x", ""),
        (f"/gateway/a?{QUERY}", "/", ""),
        (f"/gateway/a/?{QUERY}", "/", ""),
        (f"/gateway/a/request/x%2Fy?u=1&{QUERY}", "/request/x%2Fy", "u=1"),
        (f"/gateway/a/x?u=%zz&{QUERY}&v=+&u", "/x", "u=%zz&v=+&u"),
        (f"/gateway/a/x?&{QUERY}&", "/x", "&"),
    ],
)
def test_what_is_not_the_gateways_own_is_passed_on_untouched(
    raw: str, rest: str, query: str
) -> None:
    request = parse_gateway_request(raw)

    assert isinstance(request.target, QueryTarget)
    assert (request.rest, request.query) == (rest, query)


@pytest.mark.parametrize(
    ("raw", "request_"),
    [
        ("/gateway/id", GatewayRequest(DirectTarget("id"))),
        ("/gateway/id/", GatewayRequest(DirectTarget("id"))),
        ("/gateway/id/x?a=1", GatewayRequest(DirectTarget("id"), "/x", "a=1")),
        ("/gateway/id@tok/x", GatewayRequest(DirectTarget("id", "tok"), "/x")),
        (
            "/gateway/a%20b%2Fc%40d@t%26%3D/x",
            GatewayRequest(DirectTarget("a b/c@d", "t&="), "/x"),
        ),
        (
            "/gateway/id/x?rv=1&xrvt-key=2",
            GatewayRequest(DirectTarget("id"), "/x", "rv=1&xrvt-key=2"),
        ),
    ],
)
def test_direct_forms_name_an_actor_by_its_id(
    raw: str, request_: GatewayRequest
) -> None:
    assert parse_gateway_request(raw) == request_


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("/", "not_found"),
        ("/gatewayx/id", "not_found"),
        ("/gateway", "not_found"),
        ("/gateway/", "not_found"),
        ("/gateway/id//x", "not_found"),
        ("/gateway/@tok/x", "not_found"),
        ("/gateway/%zz/x", "query_invalid_percent_encoding"),
        ("/gateway/%ff/x", "query_invalid_percent_encoding"),
        ("/gateway/id@%/x", "query_invalid_percent_encoding"),
        (f"/gateway?{QUERY}", "query_empty_actor_name"),
        (f"/gateway/%zz?{QUERY}", "query_invalid_percent_encoding"),
        (f"/gateway/a?{QUERY}&rvt-key", "query_param_missing_equals"),
        (f"/gateway/a?{QUERY}&rvt-pool=x", "query_invalid_params"),
        (f"/gateway/a?{QUERY}&rvt-=1", "query_invalid_params"),
        (f"/gateway/a?{QUERY}&rvt-input=", "query_invalid_cbor_input"),
        (f"/gateway/a?{QUERY}&rvt-input=AQE", "query_invalid_cbor_input"),
        (
            "/gateway/a?rvt-namespace=d&rvt-method=get&rvt-input=AQ",
            "query_get_disallowed_params",
        ),
    ],
)
def test_other_request_lines_are_refused(raw: str, code: str) -> None:
    with pytest.raises(GatewayError) as failure:
        parse_gateway_request(raw)

    assert failure.value.error.code == code


@given(st.text(alphabet="/gateway@%?&=+rvt-keymethodinput \x00é0"))
def test_no_request_line_breaks_the_gateway(text: str) -> None:
    for raw in (text, f"/gateway/{text}", f"/gateway/a?{text}&{QUERY}"):
        try:
            parse_gateway_request(raw)
        except GatewayError:
            continue


NAMES = st.text(st.characters(codec="utf-8"), min_size=1)
QUERY_TARGETS = st.builds(
    QueryTarget,
    name=NAMES,
    namespace=st.text(),
    method=st.just(GetMethod.GET_OR_CREATE),
    key=st.lists(st.text()).map(tuple),
    pool=st.text(),
    input=st.just(UNDEFINED) | st.integers() | st.text() | st.lists(st.booleans()),
    region=st.none() | st.text(),
    crash_policy=st.none() | st.sampled_from(CrashPolicy),
    token=st.none() | st.text(),
    skip_ready_wait=st.booleans(),
)


@given(QUERY_TARGETS)
def test_what_a_client_writes_a_server_reads(target: QueryTarget) -> None:
    raw = format_gateway_request(GatewayRequest(target, "/action/x", "u=1"))

    request = parse_gateway_request(raw)

    assert (request.rest, request.query) == ("/action/x", "u=1")
    assert isinstance(request.target, QueryTarget)
    assert request.target.key == split_query_key(",".join(target.key))
    for name in ("name", "namespace", "pool", "input", "region", "token"):
        assert getattr(request.target, name) == getattr(target, name)
    assert request.target.crash_policy is target.crash_policy
    assert request.target.skip_ready_wait is target.skip_ready_wait


@given(NAMES, st.none() | NAMES)
def test_ids_and_tokens_of_any_text_survive(actor_id: str, token: str | None) -> None:
    request = GatewayRequest(DirectTarget(actor_id, token), "/connect")

    assert parse_gateway_request(format_gateway_request(request)) == request


# Against request lines of the JavaScript client

CLIENT_KEYS = [
    (form, case)
    for form, case in zip(capture("client_forms")["keys"], cases("keys"), strict=True)
]


@pytest.mark.parametrize(
    ("form", "case"),
    CLIENT_KEYS,
    ids=[case["serialized"][:40] for _, case in CLIENT_KEYS],
)
def test_keys_are_put_into_request_lines_as_javascript_does(
    form: dict[str, Any], case: dict[str, Any]
) -> None:
    key = tuple(case["parts"])
    get_or_create = GatewayRequest(of_client("a", key), action_path("m"))
    get = GatewayRequest(
        QueryTarget(name="a", namespace="default", method=GetMethod.GET, key=key),
        action_path("m"),
    )

    assert format_gateway_request(get_or_create) == form["gateway_url"]
    assert format_gateway_request(get) == form["get_gateway_url"]


JAVASCRIPT_INPUTS: list[tuple[Value, str]] = [
    (None, "9g"),
    (0, "AA"),
    ("", "YA"),
    ("x", "YXg"),
    (False, "9A"),
    ([], "gA"),
    (1.5, "-z_4AAAAAAAA"),
]


@pytest.mark.parametrize(("value", "text"), JAVASCRIPT_INPUTS)
def test_inputs_are_put_into_request_lines_as_javascript_does(
    value: Value, text: str
) -> None:
    forms = [form["gateway_url"] for form in capture("client_forms")["inputs"]]
    request = GatewayRequest(of_client("a", ("i",), input=value), action_path("m"))

    assert encode_query_input(value) == text
    assert format_gateway_request(request) in forms


READ_INPUTS: list[tuple[str, Value]] = [
    ("uQAA", {}),
    ("uQABZXN0YXJ0BQ", {"start": 5}),
    ("uQABYnU4gmskVWludDhBcnJheWRBUUk9", {"u8": b"\x01\x02"}),
    ("uQABY2JpZ4JnJEJpZ0ludGIxMA", {"big": BigInt(10)}),
    ("uQABYW3ZAQOhYWEB", {"m": {"a": 1}}),
    ("uQABYXOCZCRTZXSBAQ", {"s": {1}}),
    ("uQABYXWCaiRVbmRlZmluZWQA", {"u": UNDEFINED}),
]


@pytest.mark.parametrize(("text", "value"), READ_INPUTS)
def test_inputs_of_javascript_are_read(text: str, value: Value) -> None:
    request = parse_gateway_request(f"/gateway/a?{QUERY}&rvt-input={text}")

    assert isinstance(request.target, QueryTarget)
    assert request.target.input == value


@given(values())
def test_every_value_survives_as_input(value: Value) -> None:
    raw = f"/gateway/a?{QUERY}&rvt-input={encode_query_input(value)}"

    request = parse_gateway_request(raw)

    assert isinstance(request.target, QueryTarget)
    assert is_same(value, request.target.input)


def test_inputs_of_the_management_api_are_padded() -> None:
    assert encode_api_input("x") == "YXg="
    assert encode_api_input(1.5) == "+z/4AAAAAAAA"


def option(label: str) -> str:
    """The request line of one recorded client option."""
    options = capture("client_forms")["options"]
    [row] = [row for row in options if row["label"] == label]
    url: str = row["requests"][0]["url"]
    return url


@pytest.mark.parametrize(
    ("label", "request_"),
    [
        (
            "region",
            GatewayRequest(of_client("a", ("o",), region="us-east"), "/action/m"),
        ),
        (
            "getOrCreate_pool",
            GatewayRequest(of_client("a", ("o",), pool="p1"), "/action/m"),
        ),
        (
            "getForId",
            GatewayRequest(DirectTarget("aaaaaaaaaaaaaaaaaaaaaaaaaaal00"), "/action/m"),
        ),
        ("getForId_special", GatewayRequest(DirectTarget("a b/c@d"), "/action/m")),
        ("name_special", GatewayRequest(of_client("my actor/é", ("o",)), "/action/m")),
        (
            "method_special",
            GatewayRequest(of_client("a", ("o",)), action_path("we/ird na.me?é")),
        ),
        ("fetch_plain", GatewayRequest(of_client("a", ("o",)), "/request/x/y", "z=1")),
        (
            "skipReadyWait_dyn",
            GatewayRequest(of_client("a", ("o",), skip_ready_wait=True), "/action/m"),
        ),
        ("queue_wait", GatewayRequest(of_client("a", ("o",)), queue_path("jo/bs"))),
    ],
)
def test_request_lines_are_those_of_the_javascript_client(
    label: str, request_: GatewayRequest
) -> None:
    assert format_gateway_request(request_) == option(label)
    assert parse_gateway_request(option(label)) == request_


RECORDED_LINES = [
    exchange.target
    for exchange in http_exchanges(
        "min_sequence",
        "http_actions_json",
        "http_queue_json",
        "management_js",
        "routing_misc",
    )
    if is_gateway_target(exchange.target) and exchange.status == 200
]


# JavaScript writes maps with 16-bit lengths, here they have the shortest form; and it
# writes the key [""] as an empty parameter, which every server reads as no key at all.
READ_DIFFERENTLY = ("rvt-input=uQAE", "rvt-key=&")


@pytest.mark.parametrize("raw", sorted(set(RECORDED_LINES)))
def test_recorded_request_lines_are_written_again_byte_for_byte(raw: str) -> None:
    request = parse_gateway_request(raw)

    written = format_gateway_request(request)

    if any(form in raw for form in READ_DIFFERENTLY):
        assert parse_gateway_request(written) == request
    else:
        assert written == raw


@pytest.mark.parametrize(
    "target",
    [
        of_client("\ud800", ()),
        of_client("a", ("\ud800",)),
        DirectTarget("\ud800"),
        DirectTarget("a", "\ud800"),
    ],
)
def test_text_that_is_not_unicode_is_refused(target: Target) -> None:
    with pytest.raises(UnsupportedValueError):
        format_gateway_request(GatewayRequest(target))


def test_components_are_encoded_as_javascript_does() -> None:
    text = "aZ09-_.!~*'() /?#[]@:$&+,;=%é😀"

    assert encode_uri_component(text) == (
        "aZ09-_.!~*'()%20%2F%3F%23%5B%5D%40%3A%24%26%2B%2C%3B%3D%25%C3%A9%F0%9F%98%80"
    )
