"""``GET /metrics``: what is counted, and under which names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from fronts import running_front
from recorded_actors import ACTORS
from rivetgen_runtime.core.host import Host
from rivetgen_runtime.front.metrics import Metrics
from rivetgen_runtime.serving import ServeOptions, serving
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.system import SystemClock, SystemRandomness

if TYPE_CHECKING:
    from pathlib import Path

QUERY = "?rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default&rvt-key=a"


async def read(session: aiohttp.ClientSession, base: str) -> dict[str, float]:
    """The samples by name and labels, as Prometheus reads them."""
    async with session.get(f"{base}/metrics") as response:
        assert response.status == 200
        assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
        return samples_of(await response.text())


def samples_of(text: str) -> dict[str, float]:
    """The same of the text."""
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def call(session: aiohttp.ClientSession, base: str, action: str) -> int:
    url = f"{base}/gateway/counter/action/{action}{QUERY}"
    async with session.post(url, json={"args": []}) as response:
        return response.status


async def test_requests_are_counted_by_actor_route_and_status() -> None:
    async with running_front(ACTORS) as base, aiohttp.ClientSession() as session:
        statuses = [await call(session, base, name) for name in ("get", "get", "no")]
        async with session.get(f"{base}/nothing") as response:
            assert response.status == 404
        samples = await read(session, base)

    assert statuses == [200, 200, 404]
    assert samples["rivetgen_requests_total['200', 'call_action', 'counter']"] == 2
    assert samples["rivetgen_requests_total['404', 'call_action', 'counter']"] == 1
    assert samples["rivetgen_requests_total['', '', '404']"] == 1
    assert samples["rivetgen_request_seconds_count['call_action', 'counter']"] == 3
    assert samples["rivetgen_request_seconds_sum['call_action', 'counter']"] > 0


async def test_requests_are_sorted_into_buckets_by_the_time_they_took() -> None:
    host = Host(
        ACTORS,
        store=MemoryStore(),
        clock=SystemClock(),
        randomness=SystemRandomness(),
    )
    metrics = Metrics(host)
    for seconds in (0.0004, 0.0005, 0.003, 0.003, 61.0):
        metrics.count("counter", "call_action", 200, seconds=seconds)
    samples = samples_of(metrics.text().decode())

    def within(bound: str) -> float:
        labels = sorted((bound, "call_action", "counter"))
        return samples[f"rivetgen_request_seconds_bucket{labels}"]

    bounds = ("0.0005", "0.001", "0.0025", "0.005", "60.0", "+Inf")
    assert [within(bound) for bound in bounds] == [2, 2, 2, 4, 4, 5]
    counted = "rivetgen_request_seconds_count['call_action', 'counter']"
    assert samples[counted] == 5


async def test_callers_cannot_make_up_series() -> None:
    async with running_front(ACTORS) as base, aiohttp.ClientSession() as session:
        before = await read(session, base)
        for number in range(20):
            async with session.get(f"{base}/made-up/{number}") as response:
                assert response.status == 404
            async with session.get(f"{base}/gateway/made{number}/x{QUERY}") as response:
                assert response.status == 400
            await call(session, base, f"made{number}")
        after = await read(session, base)

    names = {name for name in after.keys() - before.keys() if "made" in name}
    assert names == set()


async def test_actors_and_sockets_are_counted_while_they_are_there() -> None:
    url = f"/gateway/counter/connect{QUERY}"
    protocols = ("rivet", "rivet_encoding.json")
    async with (
        running_front(ACTORS) as base,
        aiohttp.ClientSession() as session,
        session.ws_connect(base + url, protocols=protocols) as socket,
    ):
        await socket.receive_json(timeout=10)
        samples = await read(session, base)

    assert samples["rivetgen_actors_awake['counter']"] == 1
    assert samples["rivetgen_connections['counter']"] == 1
    assert samples["rivetgen_open_sockets[]"] == 1


async def test_a_server_counts_what_its_store_keeps(tmp_path: Path) -> None:
    options = ServeOptions(port=0, data=tmp_path)
    async with (
        serving(ACTORS, options) as running,
        aiohttp.ClientSession() as session,
    ):
        before = await read(session, running.endpoint)
        assert await call(session, running.endpoint, "increment") == 200
        after = await read(session, running.endpoint)

    assert after["rivetgen_commits_total[]"] > before["rivetgen_commits_total[]"]
    assert after["rivetgen_flushes_total[]"] > before["rivetgen_flushes_total[]"]
    assert after["rivetgen_waiting_commits[]"] == 0
