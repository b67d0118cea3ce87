"""Tests of `silent`: A workflow without queues and state."""

from __future__ import annotations

from everything_client import EverythingClient


async def test_silent_is_created_when_it_is_first_called(
    client: EverythingClient,
) -> None:
    silent = client.silent.get_or_create()
    assert await silent.resolve() == await silent.resolve()
