"""Tests of `journey`: A workflow that waits for messages."""

from __future__ import annotations

from everything_client import EverythingClient


async def test_journey_is_created_when_it_is_first_called(
    client: EverythingClient,
) -> None:
    journey = client.journey.get_or_create(id="id")
    assert await journey.resolve() == await journey.resolve()
