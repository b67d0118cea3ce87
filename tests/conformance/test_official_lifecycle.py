"""What connections tell the official client, and how they end, in every encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from official_client import facts

if TYPE_CHECKING:
    from official_client import OfficialClient

pytestmark = pytest.mark.node


def test_a_connection_tells_where_it_is(visitor: OfficialClient) -> None:
    observed = visitor.observe("connectionCallbacks")
    assert observed["log"] == ["connected", "open", "idle", "close"]
    assert observed["known"] == ["string", "string"]
    assert observed["status"] == "idle"


def test_whoever_asks_late_is_told_that_it_is_open(visitor: OfficialClient) -> None:
    assert visitor.observe("openedLongAgo") is True


def test_a_connection_that_the_server_closed_comes_back(
    visitor: OfficialClient,
) -> None:
    observed = visitor.observe("reconnectAfterServerClose")
    assert observed == {"counts": [1, 2], "renamed": True}


def test_a_connection_by_key_finds_the_successor_of_a_destroyed_actor(
    visitor: OfficialClient,
) -> None:
    assert visitor.observe("reconnectToSuccessor") == {"count": 0, "replaced": True}


def test_a_connection_by_id_ends_with_its_actor(visitor: OfficialClient) -> None:
    assert visitor.observe("destroyedForGood") == ["actor", "not_found"]


def test_a_refused_connection_is_told_why_and_stays_closed(
    visitor: OfficialClient,
) -> None:
    observed = visitor.observe("refused")
    assert facts(observed["error"]) == ("user", "unauthorized")
    assert observed["error"]["message"] == "Who are you?"
    # Once for the error and once for the reason of the close frame.
    assert observed["log"] == [*["error user.unauthorized"] * 2, "idle"]


def test_disposing_ends_calls_and_the_connection_on_the_server(
    visitor: OfficialClient,
) -> None:
    observed = visitor.observe("disposed")
    assert observed == {"pending": True, "later": True, "members": 1}


def test_disposing_a_client_closes_its_connections(visitor: OfficialClient) -> None:
    assert visitor.observe("disposedClient") == "idle"


def test_an_aborted_call_fails_at_once(visitor: OfficialClient) -> None:
    assert visitor.observe("aborted") == {"failed": True, "after": 2}


def test_a_listener_that_wants_one_event_gets_one(visitor: OfficialClient) -> None:
    assert visitor.observe("onceOnly") == [1]
