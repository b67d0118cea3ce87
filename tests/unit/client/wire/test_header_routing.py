"""Requests that name their actor in headers."""

from __future__ import annotations

import json

import pytest

from rivetgen_client.wire.errors import GatewayError
from rivetgen_client.wire.gateway import DirectTarget, GatewayRequest
from rivetgen_client.wire.header_routing import (
    is_header_routed,
    no_route,
    route_by_headers,
)
from wire_captures import Http, http_exchanges

HEADER_ROUTED = [
    exchange
    for exchange in http_exchanges("gateway_forms")
    if is_header_routed(exchange.request_headers) and exchange.method != "OPTIONS"
]


@pytest.mark.parametrize("exchange", HEADER_ROUTED, ids=str)
def test_headers_are_routed_as_the_engine_routes_them(exchange: Http) -> None:
    headers = exchange.request_headers

    if exchange.status < 400:
        request = route_by_headers(exchange.target, headers)
        assert request.target == DirectTarget(headers["x-rivet-actor"])
        return
    with pytest.raises(GatewayError) as failure:
        route_by_headers(exchange.target, headers)
    error = failure.value.error
    assert json.loads(exchange.response_body or b"") == {
        "group": error.group,
        "code": error.code,
        "message": error.message,
        "metadata": error.metadata,
    }


def test_path_and_query_reach_the_actor_untouched() -> None:
    headers = {"x-rivet-target": "actor", "x-rivet-actor": "id", "x-rivet-token": "t"}

    request = route_by_headers("/request/a%2Fb?c=+", headers)

    assert request == GatewayRequest(DirectTarget("id", "t"), "/request/a%2Fb", "c=+")


@pytest.mark.parametrize(
    ("host", "hostname"),
    [("a.example:80", "a.example"), ("a.example", "a.example"), ("[::1]", "[::1]")],
)
def test_errors_name_the_host_without_its_port(host: str, hostname: str) -> None:
    assert no_route(host, "/x").metadata == {"host": hostname, "path": "/x"}


def test_requests_without_a_target_are_routed_by_path() -> None:
    assert not is_header_routed({})
    assert not is_header_routed({"x-rivet-target": "api-public"})
