"""Raw requests and sockets of the unmodified official client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from official_client import official_client
from raw_server import raw_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from official_client import OfficialClient

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficialClient]:
    """The official client; raw calls are the same in every encoding."""
    data = tmp_path_factory.mktemp("raw") / "data"
    with raw_server(data) as endpoint, official_client(endpoint, "bare") as client:
        yield client


def test_a_request_reaches_the_actor_as_it_was_made(official: OfficialClient) -> None:
    assert official.observe("rawRequest") == {
        "status": 200,
        "actor": True,
        "method": "POST",
        "url": "http://127.0.0.1/seen?x=a%20b",
        "body": "hé",
        "params": {"token": "alice"},
        "own": "1",
    }


def test_a_request_object_keeps_its_url(official: OfficialClient) -> None:
    assert official.observe("rawRequestObject") == "https://example.com/seen?q=2"


def test_a_response_arrives_while_it_is_made(official: OfficialClient) -> None:
    observed = official.observe("rawStream")
    assert observed == {"chunks": True, "text": "data: 0\n\ndata: 1\n\ndata: 2\n\n"}


def test_errors_of_the_actor_are_responses(official: OfficialClient) -> None:
    observed = official.observe("rawErrors")
    assert observed == {"failed": [500, "broken"], "missing": [404, "?"]}


def test_an_actor_without_a_handler_answers_404(official: OfficialClient) -> None:
    assert official.observe("rawNoHandler") == [404, ""]


def test_a_megabyte_goes_up(official: OfficialClient) -> None:
    assert official.observe("rawUpload") == 1 << 20


def test_a_socket_carries_text_and_bytes_and_closes_as_it_is_told(
    official: OfficialClient,
) -> None:
    assert official.observe("rawSocket") == {
        "greeting": {
            "url": "http://127.0.0.1/websocket/room?x=1",
            "params": {"token": "alice"},
        },
        "echoes": ["text", [0, 255]],
        "opened": True,
        "protocol": "rivet",
        "closed": [3000, "done"],
    }


def test_a_close_of_the_actor_reaches_its_client(official: OfficialClient) -> None:
    assert official.observe("rawSocketClosedByActor") == [4001, "bye"]
