"""Tests of `archive`: A key whose last part stands for all that follow."""

from __future__ import annotations

from everything_client import EverythingClient


async def test_archive_is_created_when_it_is_first_called(
    client: EverythingClient,
) -> None:
    archive = client.archive.get_or_create(year=1, path=[])
    assert await archive.resolve() == await archive.resolve()
