"""Tests of `everything`: Uses every part of an actor.

\"\"\" and \\ and {{ braces }} and {% tags %} stay text.
"""

from __future__ import annotations

from everything_client import EverythingClient


async def test_everything_is_created_when_it_is_first_called(
    client: EverythingClient,
) -> None:
    everything = client.everything.get_or_create(
        org="org", list="list", input_org="org", token="token"
    )
    assert await everything.resolve() == await everything.resolve()
