"""No answer leaves before the disk has what it speaks of (catalogue A6).

The system calls of a server are traced: between a request and its answer stand a write
to the log of the database, and a sync that began after it and has ended.
``TRACED_ANSWERS`` looks at more answers than usual.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
import pytest

from server_process import call, gateway_url, running_process

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

ANSWERS = int(os.environ.get("TRACED_ANSWERS", "50"))
CALLS = "trace=pwrite64,pwritev,write,fsync,fdatasync,sendto,sendmsg,recvfrom,read"
SENDS = ("sendto(", "sendmsg(", "write(")
WRITES = ("pwrite64(", "pwritev(")
LINE = re.compile(r"(?P<thread>\d+) +(?P<call>.*)")

needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace is not installed"
)


class Event(NamedTuple):
    """Something that a thread of the server did.

    Attributes:
        kind: ``request``, ``write``, ``sync begins``, ``sync ends`` or ``answer``.
    """

    thread: str
    kind: str


def events(trace: str) -> Iterator[Event]:
    """Read what strace has written, in its order."""
    for line in trace.splitlines():
        match = LINE.fullmatch(line)
        if match is None:
            continue
        thread, text = match["thread"], match["call"]
        if "action/increment" in text and "POST" in text:
            yield Event(thread, "request")
        elif text.startswith(WRITES):
            yield Event(thread, "write")
        elif text.startswith(("fdatasync(", "fsync(")):
            yield Event(thread, "sync begins")
            if text.endswith("= 0"):
                yield Event(thread, "sync ends")
        elif re.match(r"<\.\.\. (fdatasync|fsync) resumed>.*= 0", text):
            yield Event(thread, "sync ends")
        elif text.startswith(SENDS) and r"\"output\":" in text:
            yield Event(thread, "answer")


def unsafe_answers(found: Iterator[Event]) -> tuple[int, int]:
    """Count the answers, and those that left too early."""
    answers = early = 0
    steps = ("request", "write", "sync begins", "sync ends")
    done = 0
    for event in found:
        if event.kind == "request":
            done = 1
        elif event.kind == "answer":
            answers += 1
            early += done < len(steps)
            done = 0
        elif done < len(steps) and event.kind == steps[done]:
            done += 1
    return answers, early


@asynccontextmanager
async def traced(pid: int, path: Path) -> AsyncGenerator[None]:
    """Trace a process and all its threads until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *("strace", "-f", "-s", "2000", "-e", CALLS, "-o", str(path), "-p", str(pid)),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    attached = await process.stderr.readline()
    if b"attached" not in attached:
        await process.wait()
        pytest.skip(f"this machine lets nobody trace: {attached.decode().strip()}")
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        await process.communicate()


@needs_strace
@pytest.mark.timeout(60)
async def test_each_answer_follows_a_sync_of_what_it_speaks_of(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    async with running_process(tmp_path / "data") as server:
        url = gateway_url(server.endpoint, "counter", "a", "action/increment")
        async with aiohttp.ClientSession() as session:
            await call(session, url, 1)
            async with traced(server.process.pid, trace):
                for _ in range(ANSWERS):
                    status, body = await call(session, url, 1)
                    assert status == 200, body
    answers, early = unsafe_answers(events(trace.read_text(errors="replace")))
    print(f"{answers} answers, {early} of them before their sync")
    assert answers == ANSWERS
    assert early == 0


@needs_strace
async def test_an_answer_without_a_sync_would_be_noticed(tmp_path: Path) -> None:
    """``durability: interval`` answers first."""
    trace = tmp_path / "trace"
    async with running_process(tmp_path / "data") as server:
        later = gateway_url(server.endpoint, "lab", "a", "action/later")
        async with aiohttp.ClientSession() as session:
            await call(session, later, 1)
            async with traced(server.process.pid, trace):
                for _ in range(5):
                    await call(session, later, 1)
    text = trace.read_text(errors="replace").replace("action/later", "action/increment")
    answers, early = unsafe_answers(events(text))
    assert answers == 5
    assert early > 0
