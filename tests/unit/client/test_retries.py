"""Tests of the retry rules against what the official client was recorded to do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rivetgen_client._deadline import Deadline
from rivetgen_client._retries import (
    GET,
    GET_OR_CREATE,
    MAYBE_EXECUTED,
    ONCE,
    PASSING,
    CallKind,
    RetryPlan,
    key_plan,
    repeat,
)
from rivetgen_client.errors import ActorError, UnknownOutcomeError
from rivetgen_client.transport import ActorTarget, IdTarget, KeyTarget
from wire_captures import cases

TARGETS: dict[str, ActorTarget] = {
    "getOrCreate": KeyTarget(name="a", key=(), create=True),
    "get": KeyTarget(name="a", key=(), create=False),
    "getForId": IdTarget(name="a", actor_id="x"),
}
ACTIONS = [case for case in cases("client_http_retries") if case["op"] == "action"]


class Impatient(Deadline):
    """Does not wait between attempts."""

    async def sleep(self, delay_s: float) -> None:
        assert delay_s > 0


async def attempts(name: str, handle: str, *, retryable: bool) -> int:
    """Count how often a call is made that always fails with an error."""
    group, _, code = name.partition(".")
    made = 0

    async def attempt() -> None:
        nonlocal made
        made += 1
        raise ActorError(group, code, "Nope")

    kind = CallKind(name="x", retryable=retryable, key_plan=key_plan(TARGETS[handle]))
    with pytest.raises((ActorError, UnknownOutcomeError)):
        await repeat(attempt, kind, Impatient(None))
    return made


def label(case: dict[str, Any]) -> str:
    return f"{case['error']} on {case['handle']}"


@pytest.mark.parametrize("case", ACTIONS, ids=label)
async def test_calls_are_repeated_as_often_as_by_the_official_client(
    case: dict[str, Any],
) -> None:
    group, _, code = case["error"].partition(".")
    expected = case["attempts"]
    if (group, code) in MAYBE_EXECUTED:
        expected = 1  # on purpose: the action may have been executed

    assert await attempts(case["error"], case["handle"], retryable=False) == expected


@pytest.mark.parametrize("handle", list(TARGETS))
@pytest.mark.parametrize("name", sorted(".".join(pair) for pair in MAYBE_EXECUTED))
async def test_a_harmless_call_is_repeated_when_its_answer_was_lost(
    name: str, handle: str
) -> None:
    assert await attempts(name, handle, retryable=True) == PASSING.attempts


@pytest.mark.parametrize(
    ("plan", "total_s"), [(ONCE, 0), (GET_OR_CREATE, 6.2), (GET, 2.4), (PASSING, 0.52)]
)
def test_plans_take_about_as_long_as_documented(
    plan: RetryPlan, total_s: float
) -> None:
    gaps = [plan.gap_s(failures) for failures in range(1, plan.attempts)]

    assert sum(filter(None, gaps)) == pytest.approx(total_s, abs=0.05)
    assert plan.gap_s(plan.attempts) is None


async def test_a_cancelled_call_is_not_repeated() -> None:
    made = 0

    async def attempt() -> None:
        nonlocal made
        made += 1
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await repeat(attempt, CallKind(name="x", retryable=True), Deadline(None))

    assert made == 1
