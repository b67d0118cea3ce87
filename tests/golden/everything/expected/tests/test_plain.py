"""Tests of `plain`: Nothing but an action."""

from __future__ import annotations

from everything_client import EverythingClient


async def test_plain_is_created_when_it_is_first_called(
    client: EverythingClient,
) -> None:
    plain = client.plain.get_or_create()
    assert await plain.resolve() == await plain.resolve()
