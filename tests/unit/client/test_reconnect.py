"""Tests of the reconnect rules against what the official client was recorded to do."""

from __future__ import annotations

from typing import Any

import pytest

from rivetgen_client import _reconnect
from rivetgen_client._reconnect import Ending, delay_s, error_of, is_final
from rivetgen_client.errors import (
    ActorError,
    ConnectionClosedError,
    ConnectionFailedError,
    DeadlineExceededError,
    MalformedResponseError,
    RivetgenError,
)
from rivetgen_client.transport import ChannelClosedError
from rivetgen_client.wire.close_reasons import parse_close_reason
from wire_captures import cases

PHASES = {"before_init": False, "after_init": True}
CLOSES = [row for row in cases("client_close_behaviour") if row["phase"] in PHASES]


def deviates(case: dict[str, Any]) -> bool:
    """Whether this client differs from the official one, on purpose."""
    reason = parse_close_reason(case["close_reason"])
    if case["phase"] == "after_init":
        # The official client comes back for ever when a subscription is forbidden.
        return reason is not None and (reason.group, reason.code) in _reconnect.FINAL
    # It gives up before Init at every reason without a group and a code.
    passing = case["close_code"] in _reconnect.PASSING_CLOSE_CODES
    return reason is None and passing


def ending_of(case: dict[str, Any]) -> Ending:
    closed = ChannelClosedError(case["close_code"], case["close_reason"])
    return Ending(
        error=error_of(closed),
        after_init=PHASES[case["phase"]],
        by_key=case["handle"] == "getOrCreate",
    )


def label(case: dict[str, Any]) -> str:
    closed = f"{case['close_code']} {case['close_reason']}"
    return f"{case['phase']} {case['handle']} {closed}"


@pytest.mark.parametrize("case", CLOSES, ids=label)
def test_connections_come_back_when_the_official_client_does(
    case: dict[str, Any],
) -> None:
    came_back = case["attempts"] > 1

    assert is_final(ending_of(case)) == (came_back == deviates(case))


def ending(error: RivetgenError, *, after_init: bool = False) -> Ending:
    return Ending(error=error, after_init=after_init, by_key=True)


@pytest.mark.parametrize(
    "error",
    [ConnectionFailedError("http://h", "refused"), DeadlineExceededError(1)],
    ids=["refused", "silent"],
)
@pytest.mark.parametrize("after_init", [True, False])
def test_a_network_that_is_down_may_come_back(
    error: RivetgenError, after_init: bool
) -> None:
    assert not is_final(ending(error, after_init=after_init))


def test_a_peer_that_does_not_speak_the_protocol_is_left() -> None:
    assert is_final(ending(MalformedResponseError("no message"), after_init=True))


@pytest.mark.parametrize(("code", "final"), [(1001, False), (1002, True), (4000, True)])
def test_before_init_the_close_code_decides_when_there_is_no_reason(
    code: int, final: bool
) -> None:
    assert is_final(ending(ConnectionClosedError(code, "because"))) is final


def test_a_structured_reason_becomes_an_actor_error() -> None:
    error = error_of(ChannelClosedError(1011, "auth.forbidden#ray1"))

    assert isinstance(error, ActorError)
    assert (error.name, error.ray_id) == ("auth.forbidden", "ray1")


def test_any_other_reason_stays_what_it_is() -> None:
    error = error_of(ChannelClosedError(4001, "custom reason"))

    assert isinstance(error, ConnectionClosedError)
    assert (error.code, error.reason) == (4001, "custom reason")


def test_delays_grow_to_their_limit() -> None:
    delays = [delay_s(failures, 1.0) for failures in range(12)]

    assert delays[:5] == [0.0, 0.25, 0.5, 1.0, 2.0]
    assert delays == sorted(delays)
    assert delays[-1] == _reconnect.LONGEST_DELAY_S


def test_jitter_takes_away_up_to_half() -> None:
    assert delay_s(3, 0.0) == delay_s(3, 1.0) / 2
