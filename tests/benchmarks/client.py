"""Measures the Python client beside the libraries under it: ``-m …benchmarks.client``.

Client and library send the same requests to the same bare server from one process, in
turns. One call is in flight at a time, so a row is what one call costs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import httpx
import websockets

from counter_client import CounterClient
from rivetgen_client import Encoding
from rivetgen_client.wire.codec import codec_for
from rivetgen_client.wire.gateway import parse_gateway_request
from rivetgen_client.wire.messages import HttpActionRequest, HttpActionResponse

from .bare_server import bare_server
from .cases import fresh_key, gateway_path

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from rivetgen_client.wire.codec import Codec

    Call = Callable[[], Awaitable[object]]

HTTP_AIM = 1.3
SOCKET_AIM = 1.5
HEADERS = {"content-type": "application/json", "x-rivet-encoding": "json"}
BODY = b'{"args":[]}'
SUBPROTOCOLS = ["rivet", "rivet_encoding.json"]
CODEC_REPETITIONS = 20_000


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What one call costs with the client and without it; ``aim`` for the ratio."""

    name: str
    client_us: float
    library_us: float
    aim: float

    @property
    def ratio(self) -> float:
        """How much longer a call takes with the client."""
        return self.client_us / self.library_us


async def cost_us(call: Call, calls: int) -> float:
    """Return what one call costs on average, in microseconds."""
    started_s = time.perf_counter()
    for _ in range(calls):
        await call()
    return 1e6 * (time.perf_counter() - started_s) / calls


async def compared(
    name: str, client: Call, library: Call, *, aim: float, rounds: int, calls: int
) -> Comparison:
    """Let both take turns; the first round warms up and does not count."""
    costs = [
        (await cost_us(client, calls), await cost_us(library, calls))
        for _ in range(rounds + 1)
    ][1:]
    return Comparison(
        name=name,
        client_us=median(cost for cost, _ in costs),
        library_us=median(cost for _, cost in costs),
        aim=aim,
    )


async def compare_http(url: str, key: str, *, rounds: int, calls: int) -> Comparison:
    """Compare a read-only action with the same request of httpx."""
    path = url + gateway_path("action/getCount", key)
    async with (
        CounterClient(url, encoding=Encoding.JSON, metadata_lookup=False) as client,
        httpx.AsyncClient() as library,
    ):
        counter = client.counter.get(name=key)

        async def request() -> object:
            response = await library.post(path, headers=HEADERS, content=BODY)
            response.raise_for_status()
            return response.json()["output"]

        return await compared(
            "HTTP action beside httpx",
            counter.get_count,
            request,
            aim=HTTP_AIM,
            rounds=rounds,
            calls=calls,
        )


async def compare_socket(url: str, key: str, *, rounds: int, calls: int) -> Comparison:
    """Compare the same action over a connection with websockets."""
    async with (
        CounterClient(url, encoding=Encoding.JSON, metadata_lookup=False) as client,
        client.counter.get(name=key).connect() as connection,
        bare_connection(url, key) as request,
    ):
        return await compared(
            "WebSocket action beside websockets",
            connection.get_count,
            request,
            aim=SOCKET_AIM,
            rounds=rounds,
            calls=calls,
        )


@asynccontextmanager
async def bare_connection(url: str, key: str) -> AsyncGenerator[Call]:
    """Open the same connection with the library alone."""
    address = "ws" + url.removeprefix("http") + gateway_path("connect", key)
    async with websockets.connect(
        address,
        subprotocols=[websockets.Subprotocol(name) for name in SUBPROTOCOLS],
        compression=None,
    ) as socket:
        await socket.recv()  # Init
        message = {"id": ["$BigInt", "1"], "name": "getCount", "args": []}
        body = {"body": {"tag": "ActionRequest", "val": message}}

        async def request() -> object:
            await socket.send(json.dumps(body))
            return json.loads(await socket.recv())["body"]["val"]["output"]

        yield request


def repeated_us(work: Callable[[], object]) -> float:
    """Return what one repetition costs, in microseconds."""
    started_s = time.perf_counter()
    for _ in range(CODEC_REPETITIONS):
        work()
    return 1e6 * (time.perf_counter() - started_s) / CODEC_REPETITIONS


def parts_us() -> dict[str, float]:
    """Return what codec and router cost per request, in microseconds."""
    target = gateway_path("action/getCount", "bench")
    costs = {"router, one request line": repeated_us(lambda: routed(target))}
    for encoding in Encoding:
        name = f"{encoding}, request and response"
        costs[name] = repeated_us(both_ways(codec_for(encoding)))
    return costs


def routed(target: str) -> object:
    """Read one request line, as the server does."""
    return parse_gateway_request(target)


def both_ways(codec: Codec) -> Callable[[], object]:
    """Return the work of a client for one call."""
    request, body = (
        HttpActionRequest([1]),
        codec.encode_http_action_response(HttpActionResponse(5)),
    )

    def work() -> object:
        codec.encode_http_action_request(request)
        return codec.decode_http_action_response(body)

    return work


async def measure(url: str, *, rounds: int, calls: int) -> list[Comparison]:
    """Run every comparison."""
    key = fresh_key()
    return [
        await compare_http(url, key, rounds=rounds, calls=calls),
        await compare_socket(url, key, rounds=rounds, calls=calls),
    ]


def main(arguments: list[str]) -> None:
    """Measure, print what was measured and write the JSON file."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=1000, help="per round")
    parser.add_argument(
        "--output", type=Path, default=Path("bench-results/client.json")
    )
    options = parser.parse_args(arguments)
    with bare_server() as url:
        rows = asyncio.run(measure(url, rounds=options.rounds, calls=options.calls))
    parts = parts_us()
    for row in rows:
        print(
            f"{row.name:<36} {row.client_us:6.0f} µs / {row.library_us:4.0f} µs"
            f" = {row.ratio:.2f} (aim {row.aim})"
        )
    for name, cost in parts.items():
        print(f"{name:<36} {cost:6.1f} µs")
    options.output.parent.mkdir(exist_ok=True)
    facts = {"comparisons": [asdict(row) for row in rows], "parts_us": parts}
    options.output.write_text(json.dumps(facts, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
