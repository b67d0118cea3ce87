"""Tests of `super`: Its state was released in another shape."""

from __future__ import annotations

from everything_client import EverythingClient


async def test_super_is_created_when_it_is_first_called(
    client: EverythingClient,
) -> None:
    super = client.super.get_or_create()
    assert await super.resolve() == await super.resolve()
