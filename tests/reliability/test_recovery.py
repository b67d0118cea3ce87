"""A large store is back in service at once: actors are loaded when they are used."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import aiohttp

from server_process import call, gateway_url
from server_zygotes import Zygote
from sleeping_actors import counter_key, store_counters

if TYPE_CHECKING:
    from pathlib import Path

ACTORS = 10_000
LONGEST_START_S = 2.0


async def test_ten_thousand_actors_do_not_delay_the_first_answer(
    tmp_path: Path,
) -> None:
    await store_counters(tmp_path, ACTORS)
    async with Zygote.running() as zygote, aiohttp.ClientSession() as session:
        for _ in range(2):  # the second time after a kill
            server = await zygote.start(tmp_path)
            began_s = time.monotonic()
            url = gateway_url(
                server.endpoint, "counter", counter_key(7777), "action/getCount"
            )
            assert await call(session, url) == (200, {"output": 777})
            assert time.monotonic() - began_s < LONGEST_START_S
            server.kill()
            await server.gone()
