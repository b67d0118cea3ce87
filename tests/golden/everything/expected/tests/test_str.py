"""Tests of `str`: An actor called like a type."""

from __future__ import annotations

from everything_client import EverythingClient


async def test_str_is_created_when_it_is_first_called(client: EverythingClient) -> None:
    str = client.str.get_or_create(property="property", count="count", input=[])
    assert await str.resolve() == await str.resolve()
