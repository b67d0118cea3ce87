"""The table of error codes, against what official servers and clients do."""

from __future__ import annotations

from typing import Any

import pytest

from rivetgen_client.wire.close_reasons import parse_close_reason
from rivetgen_client.wire.codec import Encoding, codec_for
from rivetgen_client.wire.error_codes import ERROR_RULES
from rivetgen_client.wire.error_rules import Retry
from rivetgen_client.wire.errors import (
    INTERNAL_ERROR_MESSAGE,
    ErrorBody,
    GatewayError,
    Origin,
    WireError,
    error_rule,
    http_status,
    is_public,
    masked,
)
from wire_captures import cases, http_exchanges

# What official servers hide although the caller needs it to find the mistake.
MORE_OPEN = {"actor.validation_error"}


@pytest.mark.parametrize("case", cases("error_matrix"), ids=lambda case: case["thrown"])
def test_errors_of_user_code_are_answered_as_official_servers_do(
    case: dict[str, Any],
) -> None:
    group, _, code = case["group_code"].partition(".")
    error = ErrorBody(group, code, "the message", metadata={"m": 1})

    if case["group_code"] in MORE_OPEN:
        assert masked(error) is error
        assert http_status(group, code) == 400
        return
    assert http_status(group, code) == case["status"]
    assert masked(error).message == case["message"]
    assert masked(error).metadata == case["metadata"]
    assert is_public(group, code) is case["exposed"]


HOST_ERRORS = [
    exchange
    for exchange in http_exchanges(
        "gateway_forms", "management_js", "management_raw", "routing_misc"
    )
    if exchange.status >= 400
    and exchange.response_body
    and exchange.response_body.startswith(b'{"group"')
]


@pytest.mark.parametrize("exchange", HOST_ERRORS, ids=str)
def test_errors_of_the_host_have_the_status_of_the_table(exchange: Any) -> None:
    error = codec_for(Encoding.JSON).decode_http_error(exchange.response_body)

    # The engine says 500 when a fetch failed because of a bad percent sign, and so does
    # the default rule.
    assert http_status(error.group, error.code, origin=Origin.HOST) == exchange.status


ATTEMPTS = {
    ("getOrCreate", Retry.KEY_HANDLES): 60,
    ("get", Retry.KEY_HANDLES): 24,
    ("getOrCreate", Retry.ANY_HANDLE): 5,
    ("get", Retry.ANY_HANDLE): 5,
    ("getForId", Retry.ANY_HANDLE): 5,
}


@pytest.mark.parametrize(
    "case",
    [case for case in cases("client_http_retries") if case["op"] == "action"],
    ids=lambda case: f"{case['error']}-{case['handle']}",
)
def test_calls_are_retried_when_the_javascript_client_retries_them(
    case: dict[str, Any],
) -> None:
    group, _, code = case["error"].partition(".")

    expected = ATTEMPTS.get((case["handle"], error_rule(group, code).retry), 1)

    assert case["attempts"] == expected


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in cases("client_close_behaviour")
        if case["phase"] == "before_init"
    ],
    ids=lambda case: f"{case['close_code']}-{case['close_reason']}-{case['handle']}",
)
def test_connections_are_reopened_when_the_javascript_client_reopens_them(
    case: dict[str, Any],
) -> None:
    reason = parse_close_reason(case["close_reason"])
    retry = error_rule(reason.group, reason.code).reconnect if reason else Retry.NEVER
    reopens = retry is Retry.ANY_HANDLE or (
        retry is Retry.KEY_HANDLES and case["handle"] != "getForId"
    )

    assert (case["attempts"] > 1) is reopens


def test_a_masked_error_keeps_group_and_code_only() -> None:
    error = ErrorBody("mygroup", "mycode", "secret", metadata={"secret": 1})

    assert masked(error) == ErrorBody("mygroup", "mycode", INTERNAL_ERROR_MESSAGE)


def test_exact_rules_win_over_those_of_the_group() -> None:
    assert is_public("queue", "full")
    assert not is_public("queue", "other")
    assert error_rule("queue", "other").status == 400


def test_no_retried_error_is_one_after_which_something_was_executed() -> None:
    retried = {name for name, rule in ERROR_RULES.items() if rule.retry != Retry.NEVER}

    assert ("actor", "action_timed_out") not in retried
    assert ("rivetgen", "storage_failed") not in retried
    assert not {name for name in retried if name[0] == "user"}


def test_gateway_errors_say_what_is_wrong() -> None:
    error = GatewayError(ErrorBody("guard", "no_route", "No route."))

    assert str(error) == "guard.no_route: No route."
    assert isinstance(error, WireError)
