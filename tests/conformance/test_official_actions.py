"""Actions of the unmodified official client, in every encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from official_client import facts

if TYPE_CHECKING:
    from official_client import OfficialClient

pytestmark = pytest.mark.node

OVERFLOW = {
    "group": "user",
    "code": "overflow",
    "message": "The counter would pass its limit.",
    "metadata": {"limit": 1000},
}


def test_a_stateless_action_returns_its_result(official: OfficialClient) -> None:
    assert official.observe("statelessAction") == [3, 4, 4]


def test_actions_travel_over_a_connection(official: OfficialClient) -> None:
    assert official.observe("connection") == {"answers": [2, 2], "after": 2}


def test_concurrent_actions_on_one_connection_are_all_answered(
    official: OfficialClient,
) -> None:
    observed = official.observe("concurrentActionsOnOneConnection")
    assert observed == list(range(1, 21))


def test_an_unknown_action_is_a_typed_error(official: OfficialClient) -> None:
    observed = official.observe("unknownAction")
    assert facts(observed["stateless"]) == ("actor", "action_not_found")
    assert facts(observed["connection"]) == ("actor", "action_not_found")


def test_a_string_is_not_an_int(official: OfficialClient) -> None:
    observed = official.observe("wrongArgumentType")
    assert facts(observed["error"]) == ("actor", "validation_error")
    assert observed["countAfterwards"] == 0


def test_a_typed_error_keeps_group_code_message_and_metadata(
    official: OfficialClient,
) -> None:
    observed = official.observe("typedError")
    assert observed["stateless"] == OVERFLOW
    assert observed["connection"] == OVERFLOW
    assert observed["countAfterwards"] == 0
