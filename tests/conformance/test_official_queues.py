"""Queues through the unmodified official client, in every encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from official_client import facts, official_client
from recorded_actors import ACTORS
from threaded_server import threaded_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from official_client import OfficialClient

pytestmark = pytest.mark.node


@pytest.fixture(scope="module", params=["json", "cbor", "bare"])
def official(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OfficialClient]:
    """The official client of the recorded actors in one encoding."""
    data = tmp_path_factory.mktemp("queues") / "data"
    with (
        threaded_server(ACTORS, data) as endpoint,
        official_client(endpoint, request.param) as client,
    ):
        yield client


def test_a_message_is_stored_and_a_request_is_answered(
    official: OfficialClient,
) -> None:
    assert official.observe("queueSend") == {
        "nothing": True,
        "answer": {"status": "completed", "response": {"r": 4}},
        "seen": [{"n": 1}, {"n": 2}],
    }


def test_a_connection_sends_messages(official: OfficialClient) -> None:
    observed = official.observe("queueOfConnection")
    assert observed == {"status": "completed", "response": {"r": 10}}


def test_messages_are_handled_in_the_order_of_their_sender(
    official: OfficialClient,
) -> None:
    assert official.observe("queueOrder") == [*range(21)]


def test_a_request_times_out_and_its_message_stays(official: OfficialClient) -> None:
    assert official.observe("queueTimedOut") == {
        "answer": {"status": "timedOut"},
        "later": {"status": "completed", "response": {"r": 6}},
        "seen": [{"n": 99}, {"n": 3}],
    }


def test_refused_messages_are_errors_with_metadata(official: OfficialClient) -> None:
    observed = official.observe("queueErrors")
    assert {name: facts(error) for name, error in observed.items()} == {
        "large": ("queue", "message_too_large"),
        "full": ("queue", "full"),
        "unknown": ("queue", "not_found"),
        "invalid": ("actor", "validation_error"),
        "waiting": ("queue", "full"),
    }
    assert observed["full"]["message"] == "Queue is full. Limit is 2 messages."
    assert observed["full"]["metadata"] == {"limit": 2}


def test_an_actor_may_drop_messages_to_queues_that_it_does_not_declare(
    official: OfficialClient,
) -> None:
    assert official.observe("undeclaredQueue") == {"status": "completed"}
