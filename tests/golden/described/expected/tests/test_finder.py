"""Tests of `finder`: The actor `finder`."""

from __future__ import annotations

from described_client import DescribedClient


async def test_finder_is_created_when_it_is_first_called(
    client: DescribedClient,
) -> None:
    finder = client.finder.get_or_create(name="name")
    assert await finder.resolve() == await finder.resolve()
