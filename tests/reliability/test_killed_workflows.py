"""A workflow does each thing exactly once, however often the server is killed.

For each question it takes a number, two branches sign it, and it answers: three steps
and a join, each a commit with the state. ``KILL_SEED`` kills at other moments.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from server_process import call, gateway_url
from server_zygotes import Server, Zygote

if TYPE_CHECKING:
    from pathlib import Path

SEED = int(os.environ.get("KILL_SEED", "1"))
ROUNDS = 12
ASKERS = 4
SHORTEST_LOAD_S, LONGEST_LOAD_S = 0.05, 0.4
LONGEST_WAIT_S = 60.0


class Questions:
    """Which questions were asked and answered.

    Attributes:
        open: Those that were not answered before the server was gone.
        answers: The answers, by question.
    """

    def __init__(self) -> None:
        self._new = map(str, itertools.count())
        self.open: set[str] = set()
        self.answers: dict[str, str] = {}

    def take(self) -> str:
        """An open question, or a new one."""
        return self.open.pop() if self.open else next(self._new)


async def ask(
    session: aiohttp.ClientSession, server: Server, questions: Questions
) -> None:
    """Ask a question, which is its own key, and wait for the answer."""
    question = questions.take()
    url = gateway_url(server.endpoint, "flow", "a", "queue/ask")
    headers = {
        "x-rivet-encoding": "json",
        "content-type": "application/json",
        "idempotency-key": question,
    }
    body = json.dumps({"body": {"question": question}, "wait": True})
    try:
        async with session.post(url, data=body, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
    except aiohttp.ClientError:
        questions.open.add(question)
        raise
    assert answer["status"] == "completed", answer
    questions.answers[question] = answer["response"]["answer"]


async def keep_asking(
    session: aiohttp.ClientSession, server: Server, questions: Questions
) -> None:
    """Ask until the server is gone."""
    while True:
        try:
            await ask(session, server, questions)
        except aiohttp.ClientError:
            return


async def run_round(server: Server, questions: Questions, random: Random) -> None:
    """Ask until the kill."""
    async with aiohttp.ClientSession() as session:
        asking = [
            asyncio.create_task(keep_asking(session, server, questions))
            for _ in range(ASKERS)
        ]
        await asyncio.sleep(random.uniform(SHORTEST_LOAD_S, LONGEST_LOAD_S))
        server.kill()
        await asyncio.gather(*asking)
        await server.gone()


@pytest.mark.timeout(180)
async def test_every_question_is_numbered_signed_and_answered_once(
    tmp_path: Path,
) -> None:
    random, questions = Random(SEED), Questions()
    async with Zygote.running() as zygote:
        for _ in range(ROUNDS):
            await run_round(await zygote.start(tmp_path), questions, random)
        server = await zygote.start(tmp_path)
        async with aiohttp.ClientSession() as session, asyncio.timeout(LONGEST_WAIT_S):
            while questions.open:
                await ask(session, server, questions)
            url = gateway_url(server.endpoint, "flow", "a", "action/look")
            status, body = await call(session, url)
        server.kill()
    assert status == 200, body
    wanted = [
        f"{side} {question} {number}"
        for question, number in questions.answers.items()
        for side in ("left", "right")
    ]
    assert Counter(body["output"]) == Counter(wanted)
    numbers = sorted(map(int, questions.answers.values()))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > ROUNDS
