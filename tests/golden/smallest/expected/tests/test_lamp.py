"""Tests of `lamp`: The actor `lamp`."""

from __future__ import annotations

from smallest_client import SmallestClient


async def test_lamp_is_created_when_it_is_first_called(client: SmallestClient) -> None:
    lamp = client.lamp.get_or_create()
    assert await lamp.resolve() == await lamp.resolve()
