"""A server whose disk is full refuses changes, keeps its word, and goes on (A7).

The database may have so many pages; destroying an actor makes room. ``FULL_ROUNDS``
fills it more often than usual.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import pytest

from core_actors import Counter
from counter_server import Lab
from rivetgen_runtime.embedded import DEFAULT_EMBEDDED_OPTIONS
from rivetgen_runtime.serving import ServeOptions, serving
from rivetgen_runtime.storage.sqlite import SqliteOptions
from server_process import call, gateway_url

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = int(os.environ.get("FULL_ROUNDS", "5"))
DATABASE_BYTES = 2 << 20
NOTE_BYTES = 150_000
MOST_NOTES = 100


class Client:
    """Calls actors of one server."""

    def __init__(self, session: aiohttp.ClientSession, endpoint: str) -> None:
        self._session = session
        self._endpoint = endpoint

    async def call(self, actor: str, key: str, action: str, *args: object) -> object:
        """Call an action; its output, or the code of its error."""
        url = gateway_url(self._endpoint, actor, key, f"action/{action}")
        status, body = await call(self._session, url, *args)
        if status == 200:
            return body["output"]
        assert status == 507, body
        return body["code"]

    async def fill(self) -> list[str]:
        """Write until nothing fits; the keys of what was kept."""
        kept = list[str]()
        for number in range(MOST_NOTES):
            outcome = await self.call("lab", str(number), "work", NOTE_BYTES)
            if outcome == "storage_full":
                return kept
            kept.append(str(number))
        message = "the database was never full"
        raise AssertionError(message)

    async def destroy_all(self) -> None:
        """Destroy every actor that takes space."""
        listing = f"{self._endpoint}/actors?namespace=default&name=lab"
        async with self._session.get(listing) as response:
            actors = (await response.json())["actors"]
        for actor in actors:
            url = f"{self._endpoint}/actors/{actor['actor_id']}?namespace=default"
            async with self._session.delete(url) as response:
                assert response.status == 200

    async def is_healthy(self) -> bool:
        """Whether the server says that it is well."""
        async with self._session.get(f"{self._endpoint}/health") as response:
            return response.status == 200


@pytest.mark.timeout(60)
async def test_a_full_server_refuses_keeps_its_word_and_goes_on(tmp_path: Path) -> None:
    store = SqliteOptions(database_bytes=DATABASE_BYTES)
    embedded = replace(DEFAULT_EMBEDDED_OPTIONS, store=store)
    options = ServeOptions(port=0, data=tmp_path, embedded=embedded)
    count = written = refused = 0
    async with (
        serving([Counter, Lab], options) as running,
        aiohttp.ClientSession() as session,
    ):
        client = Client(session, running.endpoint)
        for _ in range(ROUNDS):
            outcome = await client.call("counter", "a", "increment", 1)
            count += 1
            assert outcome == count
            kept = await client.fill()
            written += len(kept)
            refused += 1
            # Reading goes on, and what was answered is there.
            assert await client.call("counter", "a", "getCount") == count
            assert await client.is_healthy()
            await client.destroy_all()
    async with (
        serving([Counter, Lab], options) as running,
        aiohttp.ClientSession() as session,
    ):
        client = Client(session, running.endpoint)
        assert await client.call("counter", "a", "getCount") == count
    print(f"{ROUNDS} times full: {written} notes kept, {refused} refused, none lost")
    assert written > ROUNDS
