"""Code that keeps the event loop is noticed, and told by its place."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import aiohttp

from core_actors import Counter, LabBase, LabContext
from rivetgen_runtime.loop_watch import LoopWatch
from rivetgen_runtime.serving import ServeOptions, serving
from server_process import call, gateway_url

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    import pytest

PAUSE_S = 0.1


def compute(seconds: float) -> None:
    """Let nothing else run."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        pass


async def test_the_log_says_where_code_keeps_the_loop(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = LoopWatch(PAUSE_S)
    watch.start()
    await asyncio.sleep(PAUSE_S)
    compute(6 * PAUSE_S)
    await asyncio.sleep(PAUSE_S)
    watch.stop()
    assert "nothing is served while this runs" in caplog.text
    assert "in compute" in caplog.text
    assert "nothing was served for" in caplog.text
    assert watch.paused_s > PAUSE_S


async def test_a_loop_that_comes_round_is_not_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = LoopWatch(longest_pause_s=5.0)
    watch.start()
    for _ in range(20):
        await asyncio.sleep(0.01)
    watch.stop()
    assert not caplog.records
    assert watch.paused_s == 0


async def test_a_stopped_watch_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    watch = LoopWatch(PAUSE_S)
    watch.start()
    watch.stop()
    watch.stop()
    compute(3 * PAUSE_S)
    await asyncio.sleep(PAUSE_S)
    assert not caplog.records


class Greedy(LabBase):
    """Computes without letting others run (catalogue E5)."""

    async def work(self, c: LabContext, argument: Any) -> Any:
        del c
        compute(float(argument))
        return "done"


async def test_an_actor_that_computes_is_told_and_the_others_are_served_afterwards(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = ServeOptions(port=0, data=tmp_path)
    async with (
        serving([Greedy, Counter], options) as running,
        aiohttp.ClientSession() as session,
    ):
        greedy = gateway_url(running.endpoint, "lab", "a", "action/work")
        counters = [
            gateway_url(running.endpoint, "counter", str(key), "action/increment")
            for key in range(16)
        ]
        computing = asyncio.create_task(call(session, greedy, 1.6))
        await asyncio.sleep(0.05)
        answers = await asyncio.gather(*(call(session, url, 1) for url in counters))
        assert await computing == (200, {"output": "done"})
        async with session.get(f"{running.endpoint}/metrics") as response:
            metrics = await response.text()
    assert answers == [(200, {"output": 1})] * 16
    assert "in compute" in caplog.text
    (line,) = [each for each in metrics.splitlines() if each.startswith(PAUSES)]
    assert float(line.split()[1]) > 1


PAUSES = "rivetgen_paused_seconds_total "
