"""A queue takes as many messages as it may and refuses the rest (catalogue E4).

``QUEUE_SENDS`` sends more messages than usual.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter

import aiohttp
import pytest

from fronts import running_front
from limit_actors import new_limited
from rivetgen_runtime.options import ActorOptions
from server_process import gateway_url

SENDS = int(os.environ.get("QUEUE_SENDS", "1500"))
SENDERS = 25


@pytest.mark.timeout(60)
async def test_a_full_queue_takes_exactly_as_many_as_it_may() -> None:
    actor, outcomes = new_limited(ActorOptions()), Counter[str]()
    slowest_s = 0.0
    numbers = iter(range(SENDS))

    async def keep_sending(session: aiohttp.ClientSession, url: str) -> None:
        nonlocal slowest_s
        headers = {"x-rivet-encoding": "json", "content-type": "application/json"}
        for number in numbers:
            body, began_s = json.dumps({"body": str(number)}), time.perf_counter()
            async with session.post(url, data=body, headers=headers) as response:
                answer = await response.json()
            if response.status != 200:
                slowest_s = max(slowest_s, time.perf_counter() - began_s)
            outcomes[answer.get("status") or f"{answer['group']}.{answer['code']}"] += 1

    async with running_front([actor]) as base, aiohttp.ClientSession() as session:
        url = gateway_url(base, "lab", "a", "queue/kept")
        senders = [keep_sending(session, url) for _ in range(SENDERS)]
        await asyncio.gather(*senders)
    print(f"{dict(outcomes)}, the slowest refusal after {slowest_s * 1000:.1f} ms")
    limit = ActorOptions().max_queue_size
    assert outcomes == {"completed": limit, "queue.full": SENDS - limit}
