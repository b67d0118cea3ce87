"""Requests that mean harm: what they get, and what they must not break."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession

from core_actors import Counter
from rivetgen_runtime.serving import ServeOptions, serving

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

COUNTERS = "/actors?namespace=default&name=counter"


@pytest.fixture
async def session(tmp_path: Path) -> AsyncGenerator[ClientSession]:
    """A client of a complete server, with its store on disk."""
    options = ServeOptions(port=0, data=tmp_path)
    async with (
        serving([Counter], options) as running,
        ClientSession(running.endpoint) as session,
    ):
        yield session


async def increment(session: ClientSession, key: str = "a") -> Any:
    query = {
        "rvt-namespace": "default",
        "rvt-method": "getOrCreate",
        "rvt-runner": "default",
        "rvt-key": key,
    }
    async with session.post(
        "/gateway/counter/action/increment",
        params=query,
        json={"args": [1]},
        headers={"x-rivet-encoding": "json"},
    ) as answer:
        return await answer.json()


@pytest.mark.parametrize("cursor", ["nonsense", "9" * 19, "-1", "1e3"])
async def test_a_cursor_of_nobody_is_refused_and_the_store_goes_on(
    session: ClientSession, cursor: str
) -> None:
    async with session.get(f"{COUNTERS}&cursor={cursor}") as answer:
        assert answer.status == 400
        assert "is not a cursor" in (await answer.json())["message"]
    assert await increment(session) == {"output": 1}


@pytest.mark.parametrize("field", ["name", "key", "runner_name_selector", "unknown"])
async def test_half_a_surrogate_pair_in_a_body_is_a_bad_request(
    session: ClientSession, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = {
        "name": "counter",
        "key": "a",
        "runner_name_selector": "default",
        "crash_policy": "sleep",
        field: "\ud800",
    }
    async with session.put(
        "/actors?namespace=default",
        data=json.dumps(body),
        headers={"content-type": "application/json"},
    ) as answer:
        assert answer.status == 400
        assert (await answer.json())["code"] == "bad_request"
    assert not caplog.records
