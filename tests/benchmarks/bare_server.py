"""The yardstick: aiohttp that parses the same JSON and answers the same bytes.

It keeps nothing and checks nothing. ``python -m tests.benchmarks.bare_server`` serves
on a free port and prints its address.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from collections.abc import Generator

CONNECTIONS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("connections")
INIT = '{"body":{"tag":"Init","val":{"actorId":"actor","connectionId":"connection"}}}'
EVENT = '{"body":{"tag":"Event","val":{"name":"newCount","args":[1]}}}'


async def act(request: web.Request) -> web.Response:
    """Answer an action."""
    arguments = (await request.json())["args"]
    body = b'{"output":%d}' % sum(arguments)
    return web.Response(body=body, content_type="application/json")


async def broadcast(connections: set[web.WebSocketResponse]) -> None:
    """Send the event to everybody who is connected."""
    for connection in connections:
        await connection.send_str(EVENT)


async def connect(request: web.Request) -> web.WebSocketResponse:
    """Answer actions over a connection until it ends."""
    connection = web.WebSocketResponse(protocols=("rivet",), compress=False)
    await connection.prepare(request)
    connections = request.app[CONNECTIONS]
    connections.add(connection)
    await connection.send_str(INIT)
    try:
        async for message in connection:
            if message.type is WSMsgType.TEXT:
                await answer(connections, connection, json.loads(message.data)["body"])
    except ConnectionResetError:
        pass  # the load generator leaves with requests in flight
    finally:
        connections.discard(connection)
    return connection


async def answer(
    connections: set[web.WebSocketResponse],
    connection: web.WebSocketResponse,
    body: dict[str, Any],
) -> None:
    """Answer one action; a subscription has no answer."""
    if body["tag"] != "ActionRequest":
        return
    if body["val"]["args"]:
        await broadcast(connections)
    value = {"id": body["val"]["id"], "output": sum(body["val"]["args"])}
    reply = {"body": {"tag": "ActionResponse", "val": value}}
    await connection.send_str(json.dumps(reply, separators=(",", ":")))


def application() -> web.Application:
    """Return the application with the two routes of the gateway that are measured."""
    app = web.Application()
    app[CONNECTIONS] = set()
    app.router.add_post("/gateway/{actor}/action/{action}", act)
    app.router.add_get("/gateway/{actor}/connect", connect)
    return app


@contextmanager
def bare_server() -> Generator[str]:
    """Run the yardstick in a process of its own and give its address."""
    command = [sys.executable, "-m", "tests.benchmarks.bare_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def serve() -> None:
    """Serve on a free port of 127.0.0.1, print the address, and go on."""
    runner = web.AppRunner(application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
