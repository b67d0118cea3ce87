"""Events as the unmodified official client sees them, in every encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from official_client import OfficialClient

pytestmark = pytest.mark.node


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
