"""Serving in this process: addresses, tokens, orderly stops."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from core_actors import Counter, LabBase, LabContext
from rivetgen_client.wire.error_rules import Retry
from rivetgen_client.wire.errors import error_rule
from rivetgen_runtime.front.server import ListenError
from rivetgen_runtime.serving import (
    ExposedWithoutTokenError,
    Running,
    ServeOptions,
    serving,
)
from rivetgen_runtime.storage.errors import DataDirectoryInUseError
from server_process import call, gateway_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


class Lab(LabBase):
    """Answers after a while."""

    async def look(self, c: LabContext, argument: Any) -> Any:
        """Answer after this many seconds."""
        del c
        await asyncio.sleep(float(argument))
        return "done"

    async def work(self, c: LabContext, argument: Any) -> Any:
        """Change the state, then answer after this many seconds, whatever happens."""
        c.state.value += 1
        try:
            await asyncio.sleep(float(argument))
        except asyncio.CancelledError:
            await asyncio.sleep(60)
        return c.state.value


ACTORS = (Counter, Lab)


@pytest.fixture
def options(tmp_path: Path) -> ServeOptions:
    return ServeOptions(port=0, data=tmp_path / "data", grace_period_s=1.0)


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def action(running: Running, actor: str, name: str) -> str:
    return gateway_url(running.endpoint, actor, "a", f"action/{name}")


async def test_state_outlives_the_server(
    options: ServeOptions, session: aiohttp.ClientSession
) -> None:
    for expected in (5, 10):
        async with serving(ACTORS, options) as running:
            url = action(running, "counter", "increment")
            assert await call(session, url, 5) == (200, {"output": expected})


# Addresses


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8", "::1"])
async def test_loopback_needs_no_token(
    options: ServeOptions, session: aiohttp.ClientSession, host: str
) -> None:
    async with (
        serving(ACTORS, replace(options, host=host)) as running,
        session.get(f"{running.endpoint}/health") as response,
    ):
        assert response.status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "example.com", ""])  # noqa: S104
async def test_every_other_address_needs_a_token(
    options: ServeOptions, host: str
) -> None:
    with pytest.raises(ExposedWithoutTokenError):
        async with serving(ACTORS, replace(options, host=host)):
            pass
    assert not options.data.exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
async def test_an_address_that_is_not_ours_is_refused(
    options: ServeOptions, host: str
) -> None:
    with pytest.raises(ListenError, match="Cannot listen on"):
        async with serving(ACTORS, replace(options, host=host, token="t")):  # noqa: S106
            pass


async def test_a_server_that_cannot_listen_frees_its_data_directory(
    options: ServeOptions,
) -> None:
    other = replace(options, data=options.data.with_name("other"))
    async with serving(ACTORS, options) as running:
        port = int(running.endpoint.rpartition(":")[2])
        with pytest.raises(ListenError):
            async with serving(ACTORS, replace(other, port=port)):
                pass
    async with serving(ACTORS, other):
        pass


async def test_two_servers_cannot_share_a_data_directory(options: ServeOptions) -> None:
    async with serving(ACTORS, options):
        with pytest.raises(DataDirectoryInUseError):
            async with serving(ACTORS, options):
                pass


# Tokens


async def test_with_a_token_only_those_who_show_it_are_served(
    options: ServeOptions, session: aiohttp.ClientSession
) -> None:
    secret = "s3cret"  # noqa: S105
    async with serving(ACTORS, replace(options, token=secret)) as running:
        url = action(running, "counter", "increment")
        status, body = await call(session, url, 1)
        assert (status, body["group"], body["code"]) == (401, "api", "unauthorized")
        assert await call(session, f"{url}&rvt-token=wrong", 1) == (401, body)
        assert await call(session, f"{url}&rvt-token={secret}", 1) == (
            200,
            {"output": 1},
        )


async def test_management_needs_the_token_too(
    options: ServeOptions, session: aiohttp.ClientSession
) -> None:
    secret = "s3cret"  # noqa: S105
    async with serving(ACTORS, replace(options, token=secret)) as running:
        url = f"{running.endpoint}/actors?namespace=default&name=counter"
        async with session.get(url) as response:
            assert response.status == 401
        shown = {"authorization": f"Bearer {secret}"}
        async with session.get(url, headers=shown) as response:
            assert response.status == 200


async def test_health_and_metadata_need_none(
    options: ServeOptions, session: aiohttp.ClientSession
) -> None:
    async with serving(ACTORS, replace(options, token="t")) as running:  # noqa: S106
        for path in ("health", "metadata"):
            async with session.get(f"{running.endpoint}/{path}") as response:
                assert response.status == 200


# Stopping


async def test_a_stop_waits_for_running_actions(
    options: ServeOptions, session: aiohttp.ClientSession
) -> None:
    async with serving(ACTORS, options) as running:
        url = action(running, "lab", "look")
        calling = asyncio.create_task(call(session, url, 0.5))
        await asyncio.sleep(0.2)
    assert await calling == (200, {"output": "done"})


async def test_a_stopping_server_accepts_no_connections(
    options: ServeOptions, session: aiohttp.ClientSession
) -> None:
    async with serving(ACTORS, options) as running:
        look, health = action(running, "lab", "look"), f"{running.endpoint}/health"
        calling = asyncio.create_task(call(session, look, 0.6))
        await asyncio.sleep(0.2)
        late = asyncio.create_task(refused_after(health, delay_s=0.2))
    assert await late
    assert (await calling)[0] == 200


async def refused_after(url: str, *, delay_s: float) -> bool:
    await asyncio.sleep(delay_s)
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(url):
                return False
        except aiohttp.ClientConnectorError:
            return True


async def test_a_stop_takes_no_longer_than_the_grace_period_and_a_second(
    options: ServeOptions, session: aiohttp.ClientSession
) -> None:
    async with serving(ACTORS, options) as running:
        url = action(running, "lab", "work")
        calling = asyncio.create_task(call(session, url, 60))
        await asyncio.sleep(0.2)
        began_s = time.monotonic()
    assert time.monotonic() - began_s <= options.grace_period_s + 1
    with pytest.raises(aiohttp.ClientError):
        await calling


async def test_open_connections_are_told_to_come_back(
    options: ServeOptions, session: aiohttp.ClientSession
) -> None:
    async with serving(ACTORS, options) as running:
        url = gateway_url(running.endpoint, "counter", "a", "connect")
        protocols = ("rivet", "rivet_encoding.json")
        socket = await session.ws_connect(url, protocols=protocols)
        assert "Init" in await socket.receive_str()
        ending = asyncio.create_task(socket.receive())
        await asyncio.sleep(0)
    message = await ending
    assert message.type is aiohttp.WSMsgType.CLOSE
    group, _, code = str(message.extra).partition(".")
    assert error_rule(group, code).reconnect is Retry.ANY_HANDLE


async def test_idle_keep_alive_connections_do_not_delay_a_stop(
    options: ServeOptions, session: aiohttp.ClientSession
) -> None:
    async with serving(ACTORS, options) as running:
        async with session.get(f"{running.endpoint}/health") as response:
            await response.read()
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 0.5
