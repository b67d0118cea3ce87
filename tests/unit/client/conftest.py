"""Fixtures of the client's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counter_client import CounterClient
from http_calls import Transports
from scripted_server import ScriptedServer, scripted_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rivetgen_client.http_transport import HttpTransport


@pytest.fixture
async def server() -> AsyncGenerator[ScriptedServer]:
    async with scripted_server() as running:
        yield running


@pytest.fixture
async def client(server: ScriptedServer) -> AsyncGenerator[CounterClient]:
    async with CounterClient(server.url, timeout_s=5) as running:
        yield running


@pytest.fixture
async def transports() -> AsyncGenerator[Transports]:
    made = Transports()
    yield made
    await made.aclose()


@pytest.fixture
def transport(transports: Transports, server: ScriptedServer) -> HttpTransport:
    return transports.make(server.url)
