"""A server stops in time, whatever its actions do."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from core_actors import Counter
from rivetgen_runtime.serving import ServeOptions, serving
from server_process import LISTENING, call, gateway_url

PROGRAM = Path(__file__).parents[1] / "support" / "stubborn_server.py"
GRACE_S = 1.0


async def start(data: Path) -> tuple[asyncio.subprocess.Process, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM), "--port", "0", "--data", str(data)),
        *("--grace-period", str(GRACE_S)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    announced = LISTENING.fullmatch(await process.stdout.readline())
    assert announced
    return process, announced[1].decode()


@pytest.mark.parametrize("action", ["look", "work"])
async def test_an_action_that_ignores_its_end_does_not_keep_the_server(
    tmp_path: Path, action: str
) -> None:
    process, endpoint = await start(tmp_path)
    async with aiohttp.ClientSession() as session:
        increment = gateway_url(endpoint, "counter", "a", "action/increment")
        assert await call(session, increment, 5) == (200, {"output": 5})
        stubborn = gateway_url(endpoint, "lab", "a", f"action/{action}")
        pending = asyncio.create_task(call(session, stubborn))
        await asyncio.sleep(0.3)
        began_s = time.monotonic()
        process.terminate()
        _, log = await asyncio.wait_for(process.communicate(), 15)
        assert time.monotonic() - began_s < GRACE_S + 1.5
        assert process.returncode == 0
        assert b"it is abandoned" in log
        assert b"Traceback" not in log
        await asyncio.gather(pending, return_exceptions=True)
        async with serving([Counter], ServeOptions(port=0, data=tmp_path)) as running:
            count = gateway_url(running.endpoint, "counter", "a", "action/getCount")
            assert await call(session, count) == (200, {"output": 5})
