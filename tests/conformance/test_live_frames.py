"""Frames between the official client and the server are as ``asyncapi.json`` says.

They are looked at while they pass by, in the JSON encoding, in both directions.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from chat_server import chat_server
from described_frames import frame_violations
from fronts import running_front
from official_client import official_client
from recorded_socket_actors import SOCKET_ACTORS
from recording_proxy import recording_proxy

if TYPE_CHECKING:
    from pathlib import Path

    from recording_proxy import RecordedFrame

pytestmark = pytest.mark.node

CHAT = (
    *("event", "eventBeforeReply", "unsubscribe", "typedEvent"),
    *("connection", "concurrentActionsOnOneConnection", "typedError"),
)
RECORDED = (*("sleepWhileConnected", "callsWhileAsleep", "deniedSubscription"),)


def play(endpoint: str, scenarios: tuple[str, ...]) -> None:
    """Run scenarios with the official client."""
    with official_client(endpoint, "json") as client:
        for scenario in scenarios:
            client.observe(scenario)


def violations(frames: list[RecordedFrame]) -> tuple[Counter[str], list[str]]:
    """Count frames by what they are, and say what about them is not as described."""
    tags, found = Counter[str](), list[str]()
    for frame in frames:
        if frame.path.endswith("/connect") and isinstance(frame.data, str):
            value = json.loads(frame.data)
            tags[value["body"]["tag"]] += 1
            found += frame_violations(value)
    return tags, found


async def test_frames_of_the_example_are_as_described(tmp_path: Path) -> None:
    with chat_server(tmp_path / "data") as server:
        async with recording_proxy(server.endpoint) as proxy:
            await asyncio.to_thread(play, proxy.url, CHAT)
    tags, found = violations(proxy.frames)
    assert found == []
    assert tags.keys() >= {"Init", "Event", "ActionRequest", "ActionResponse"}
    assert tags.total() > 20


async def test_frames_across_a_sleep_are_as_described() -> None:
    async with (
        running_front(SOCKET_ACTORS) as endpoint,
        recording_proxy(endpoint) as proxy,
    ):
        await asyncio.to_thread(play, proxy.url, RECORDED)
    tags, found = violations(proxy.frames)
    assert found == []
    assert tags["Init"] >= 1
