"""A large store is back in service at once: actors are loaded when they are used."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import aiohttp

from rivetgen_runtime.core.ports import ActorRecord, Area, Batch, PutRecord, PutValue
from rivetgen_runtime.core.snapshots import encode_stored
from rivetgen_runtime.storage.sqlite import SqliteStore
from server_process import call, gateway_url
from server_zygotes import Zygote

if TYPE_CHECKING:
    from pathlib import Path

ACTORS = 10_000
ACTORS_AT_A_TIME = 1_000
LONGEST_START_S = 2.0


def sleeping_counter(number: int) -> Batch:
    actor_id = f"{number:028}00"
    record = ActorRecord(
        actor_id=actor_id,
        name="counter",
        key=(f"counter-{number}",),
        generation=1,
        created_at_ms=1_700_000_000_000 + number,
    )
    state = encode_stored({"count": number % 1_000}, 1)
    return Batch((PutRecord(record), PutValue(actor_id, Area.STATE, b"", state)))


async def test_ten_thousand_actors_do_not_delay_the_first_answer(
    tmp_path: Path,
) -> None:
    store = await SqliteStore.open(tmp_path)
    for first in range(0, ACTORS, ACTORS_AT_A_TIME):
        numbers = range(first, first + ACTORS_AT_A_TIME)
        await asyncio.gather(
            *(store.commit(sleeping_counter(each)) for each in numbers)
        )
    await store.close()
    async with Zygote.running() as zygote, aiohttp.ClientSession() as session:
        for _ in range(2):  # the second time after a kill
            server = await zygote.start(tmp_path)
            began_s = time.monotonic()
            url = gateway_url(
                server.endpoint, "counter", "counter-7777", "action/getCount"
            )
            assert await call(session, url) == (200, {"output": 777})
            assert time.monotonic() - began_s < LONGEST_START_S
            server.kill()
            await server.gone()
