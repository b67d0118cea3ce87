"""The unmodified official client against the example server, in every encoding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from official_client import OfficialClient

pytestmark = pytest.mark.node

OVERFLOW = {
    "group": "user",
    "code": "overflow",
    "message": "The counter would pass its limit.",
    "metadata": {"limit": 1000},
}


def facts(error: dict[str, Any]) -> tuple[str, str]:
    return error["group"], error["code"]


def test_a_stateless_action_returns_its_result(official: OfficialClient) -> None:
    assert official.observe("statelessAction") == [3, 4, 4]


def test_actions_travel_over_a_connection(official: OfficialClient) -> None:
    assert official.observe("connection") == {"answers": [2, 2], "after": 2}


def test_concurrent_actions_on_one_connection_are_all_answered(
    official: OfficialClient,
) -> None:
    observed = official.observe("concurrentActionsOnOneConnection")
    assert observed == list(range(1, 21))


def test_every_connection_receives_events_in_order(official: OfficialClient) -> None:
    assert official.observe("event") == [[1, 2, 3], [1, 2, 3]]


def test_the_event_of_an_action_arrives_before_its_reply(
    official: OfficialClient,
) -> None:
    assert official.observe("eventBeforeReply") == [["event", 5], ["reply", 5]]


def test_a_listener_that_left_receives_nothing_more(official: OfficialClient) -> None:
    assert official.observe("unsubscribe") == {"first": [1], "second": [1, 2]}


def test_an_event_carries_the_message_that_was_posted(
    official: OfficialClient,
) -> None:
    observed = official.observe("typedEvent")
    assert observed["posted"]["text"] == "Grüße, 世界 👋"
    assert observed["posted"]["sender"] == "alice"
    assert observed["received"] == observed["posted"]
    assert observed["history"] == [observed["posted"]]


def test_a_typed_error_keeps_group_code_message_and_metadata(
    official: OfficialClient,
) -> None:
    observed = official.observe("typedError")
    assert observed["stateless"] == OVERFLOW
    assert observed["connection"] == OVERFLOW
    assert observed["countAfterwards"] == 0


def test_an_unknown_action_is_a_typed_error(official: OfficialClient) -> None:
    observed = official.observe("unknownAction")
    assert facts(observed["stateless"]) == ("actor", "action_not_found")
    assert facts(observed["connection"]) == ("actor", "action_not_found")


def test_a_string_is_not_an_int(official: OfficialClient) -> None:
    observed = official.observe("wrongArgumentType")
    assert facts(observed["error"]) == ("actor", "validation_error")
    assert observed["countAfterwards"] == 0


def test_every_part_of_a_compound_key_counts(official: OfficialClient) -> None:
    assert official.observe("compoundKey") == {
        "general": ["to general"],
        "random": ["to random"],
        "again": ["to general"],
    }


def test_slashes_in_a_key_are_kept_apart_from_its_parts(
    official: OfficialClient,
) -> None:
    assert official.observe("keyWithSlashes") == 7


def test_create_hands_over_input_and_refuses_a_taken_key(
    official: OfficialClient,
) -> None:
    observed = official.observe("createWithInput")
    assert observed["count"] == 42
    assert facts(observed["duplicate"]) == ("actor", "duplicate_key")
    assert observed["sameActor"]


def test_get_or_create_hands_over_input_once(official: OfficialClient) -> None:
    assert official.observe("getOrCreateWithInput") == [10, 10]


def test_an_actor_is_reached_by_its_id(official: OfficialClient) -> None:
    assert official.observe("getForId") == {"answers": [2, 3], "sameId": True}


def test_an_unknown_id_is_a_typed_error(official: OfficialClient) -> None:
    assert facts(official.observe("getForUnknownId")) == ("actor", "not_found")


def test_resolve_names_the_actor_that_actions_reach(official: OfficialClient) -> None:
    observed = official.observe("resolve")
    assert re.fullmatch(r"[0-9a-z]{30}", observed["id"])
    assert observed["getAgrees"]
    assert observed["otherKeyDiffers"]
    assert facts(observed["missing"]) == ("actor", "not_found")


def test_a_coordinator_creates_and_indexes_rooms(official: OfficialClient) -> None:
    observed = official.observe("coordinator")
    assert observed == {"listed": True, "sameRoom": True, "texts": ["first"]}
