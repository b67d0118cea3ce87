"""Serving below a path of another application."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from core_actors import Counter
from rivetgen_runtime.mounting import MountOptions
from rivetgen_runtime.registry import Registry
from rivetgen_runtime.storage.errors import DataDirectoryInUseError
from server_process import call, gateway_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


@asynccontextmanager
async def application(*mounts: MountOptions) -> AsyncGenerator[str]:
    """Run an application with a page of its own; the value is its address."""

    async def page(request: web.Request) -> web.Response:
        del request
        return web.Response(text="ours")

    app = web.Application()
    app.router.add_get("/page", page)
    for options in mounts:
        Registry((Counter,)).mount(app, options)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_actors_are_served_below_the_path(tmp_path: Path) -> None:
    for expected in (3, 6):
        async with (
            application(MountOptions(data=tmp_path, path="/actors")) as address,
            aiohttp.ClientSession() as session,
        ):
            url = gateway_url(f"{address}/actors", "counter", "a", "action/increment")
            assert await call(session, url, 3) == (200, {"output": expected})


async def test_percent_signs_reach_the_gateway_untouched(tmp_path: Path) -> None:
    async with (
        application(MountOptions(data=tmp_path, path="/actors")) as address,
        aiohttp.ClientSession() as session,
    ):
        url = gateway_url(f"{address}/actors", "counter", "a/b,c%", "action/getCount")
        status, _ = await call(session, url)
        assert status == 400  # two parts, while the schema declares one
        url = gateway_url(f"{address}/actors", "counter", "a/b%", "action/getCount")
        assert await call(session, url) == (200, {"output": 0})


async def test_pages_of_the_application_stay_its_own(tmp_path: Path) -> None:
    async with (
        application(MountOptions(data=tmp_path, path="/actors")) as address,
        aiohttp.ClientSession() as session,
        session.get(f"{address}/page") as response,
    ):
        assert await response.text() == "ours"


async def test_without_a_path_everything_else_is_served(tmp_path: Path) -> None:
    async with (
        application(MountOptions(data=tmp_path)) as address,
        aiohttp.ClientSession() as session,
    ):
        for path, status in (("page", 200), ("health", 200), ("nothing", 404)):
            async with session.get(f"{address}/{path}") as response:
                assert response.status == status


async def test_sockets_are_closed_when_the_application_stops(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        async with application(MountOptions(data=tmp_path)) as address:
            url = gateway_url(address, "counter", "a", "connect")
            socket = await session.ws_connect(url, protocols=("rivet",))
            assert "Init" in await socket.receive_str()
        message = await socket.receive()
        assert message.type is aiohttp.WSMsgType.CLOSE


async def test_an_application_does_not_start_on_a_directory_in_use(
    tmp_path: Path,
) -> None:
    async with application(MountOptions(data=tmp_path)):
        with pytest.raises(DataDirectoryInUseError):
            async with application(MountOptions(data=tmp_path)):
                pass
