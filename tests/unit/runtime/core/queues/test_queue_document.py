"""The document about queues, executed block by block."""

from __future__ import annotations

import ast
import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from documents import code_blocks
from queue_world import (
    ASK,
    JOBS,
    DeskAskMessage,
    DeskAskReply,
    DeskContext,
    DeskWorld,
    bodies,
)
from rivetgen_client import (
    Address,
    Caller,
    Handle,
    KeyTarget,
    Queue,
    Queues,
    ReplyingQueue,
)
from rivetgen_runtime.options import ActorOptions, QueueLimits
from workspace import ROOT

if TYPE_CHECKING:
    from documents import Block
    from rivetgen_client.wire.values import Value

DOCUMENT = ROOT / "docs" / "actors" / "queues.md"
BLOCKS = [block for block in code_blocks(DOCUMENT) if block.language == "python"]


class SentQueues(Queues):
    """Queues of ``desk`` from outside."""

    @property
    def jobs(self) -> Queue[Any]:
        """The queue ``jobs``."""
        return Queue(self._address, JOBS)

    @property
    def ask(self) -> ReplyingQueue[DeskAskMessage, DeskAskReply]:
        """The queue ``ask``."""
        return ReplyingQueue(self._address, ASK)


class DeskHandle(Handle):
    """A handle of ``desk``."""

    @property
    def queues(self) -> SentQueues:
        """The queues of the actor."""
        return SentQueues(self._address)


class HandlerError(Exception):
    """What a handler of the document raises."""


class Reader:
    """What the blocks of the document take for granted."""

    def __init__(self, world: DeskWorld) -> None:
        self.world = world
        target = KeyTarget(name="desk", key=("a",), create=True)
        caller = Caller(world.host.transport)
        self.handle = DeskHandle(Address(caller=caller, target=target))

    async def take_all(self, queue: str) -> Value:
        """Take every message of a queue, in a call of its own."""

        async def script(c: DeskContext) -> list[Any]:
            return bodies(await c.queues.try_next_batch(queue, count=50))

        return await self.world.run(script)

    async def fail_with(self, queue: str) -> None:
        """Receive a message and fail, in a call of its own."""

        async def script(c: DeskContext) -> None:
            await c.queues.next(queue, timeout=0)
            raise HandlerError

        with pytest.raises(HandlerError):
            await self.world.run(script)

    async def answer_one(self, c: DeskContext) -> None:
        """Answer the next question."""
        delivery = await c.queues.ask.next()
        assert delivery is not None
        await delivery.complete(DeskAskReply(answer="because"))

    def names(self, c: DeskContext) -> dict[str, Any]:
        """The variables of a block."""
        return {
            "c": c,
            "handle": self.handle,
            "take_all": self.take_all,
            "fail_with": self.fail_with,
            "pass_time": self.world.clock.advance,
            "DeskAskMessage": DeskAskMessage,
            "DeskAskReply": DeskAskReply,
        }


@pytest.mark.parametrize("block", BLOCKS, ids=str)
async def test_the_blocks_print_what_they_promise(
    block: Block, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(block.text, "queues.md", "exec", flags=flags)
    world = DeskWorld()
    reader = Reader(world)
    others: list[asyncio.Task[Any]] = []
    if "queues.ask.request" in block.text:
        others.append(world.start(reader.answer_one))
    if "queues.ask.next" in block.text:
        others.append(await world.ask())

    async def script(c: DeskContext) -> None:
        result = eval(code, reader.names(c))  # noqa: S307 - our own document
        await result

    await world.run(script)
    await asyncio.gather(*others)
    promised = re.findall(r"^print\(.*\)  # (.*)$", block.text, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised


def test_the_document_names_the_limits() -> None:
    limits, options = QueueLimits(), ActorOptions()
    text = DOCUMENT.read_text(encoding="utf-8")
    for number in (
        *(options.max_queue_size, options.max_queue_message_bytes),
        *(limits.kept_keys, limits.key_bytes),
        *(round(limits.key_window_s), round(options.action_timeout_s)),
    ):
        assert f" {number:,} " in text
    assert f" {limits.kept_replies_bytes >> 20} MiB " in text
