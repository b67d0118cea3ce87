"""Kills processes that write to a store: ``python killed_store.py DIR ROUNDS SEED``.

One process forks all writers, which saves the time to start Python. It prints one JSON
object: how many batches were confirmed, and every sentence about something lost.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import struct
import sys
import time
from pathlib import Path
from random import Random
from typing import TypeAlias

from rivetgen_runtime.core.ports import Area, Batch, PutValue
from rivetgen_runtime.storage.database import Database
from rivetgen_runtime.storage.opening import open_connection
from rivetgen_runtime.storage.sqlite import SqliteStore

WRITERS = 16
SHORTEST_LIFE_S, LONGEST_LIFE_S = 0.002, 0.03
MESSAGE = struct.Struct("<BIQ")
"""What a writer tells: whether this was confirmed, which actor, which number."""

Numbers: TypeAlias = dict[int, int]


def actor_name(actor: int) -> str:
    return f"actor-{actor}"


def turn(actor: int, number: int) -> Batch:
    """Two values that belong together."""
    value = struct.pack("<Q", number)
    return Batch(
        (
            PutValue(actor_name(actor), Area.STATE, b"", value),
            PutValue(
                actor_name(actor), Area.KV, b"copy", value + bytes(number % 5_000)
            ),
        )
    )


async def write(store: SqliteStore, pipe: int, actor: int, number: int) -> None:
    """Write one turn after the other, and tell before and after each."""
    while True:
        number += 1
        os.write(pipe, MESSAGE.pack(0, actor, number))
        await store.commit(turn(actor, number))
        os.write(pipe, MESSAGE.pack(1, actor, number))


async def run_writers(directory: Path, pipe: int) -> None:
    """Go on from what is stored until the end comes."""
    store = await SqliteStore.open(directory)
    os.write(pipe, MESSAGE.pack(2, 0, 0))
    writers: list[asyncio.Task[None]] = []
    for actor in range(WRITERS):
        values = await store.values(actor_name(actor), frozenset(Area))
        number = int.from_bytes(values.get((Area.STATE, b""), b""), "little")
        writers.append(asyncio.create_task(write(store, pipe, actor, number)))
    await asyncio.gather(*writers)


def fork_writers(directory: Path) -> tuple[int, int]:
    """Return the process and the pipe that it tells through."""
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(readable)
        try:
            asyncio.run(run_writers(directory, writable))
        finally:
            os._exit(1)
    os.close(writable)
    return pid, readable


def read_all(pipe: int) -> bytes:
    with os.fdopen(pipe, "rb") as file:
        return file.read()


def take(told: bytes, attempted: Numbers, confirmed: Numbers) -> None:
    """Note what the writers told; the last message may be torn."""
    whole = len(told) - len(told) % MESSAGE.size
    for kind, actor, number in MESSAGE.iter_unpack(told[:whole]):
        if kind == 0:
            attempted[actor] = max(number, attempted.get(actor, 0))
        elif kind == 1:
            confirmed[actor] = max(number, confirmed.get(actor, 0))


def losses(directory: Path, attempted: Numbers, confirmed: Numbers) -> list[str]:
    """Compare what is stored with what was told."""
    database = Database(open_connection(directory))
    found: list[str] = []
    for actor, number in confirmed.items():
        values = database.values(actor_name(actor), frozenset(Area))
        stored = int.from_bytes(values[Area.STATE, b""], "little")
        copy = int.from_bytes(values[Area.KV, b"copy"][:8], "little")
        if not number <= stored <= attempted[actor] or copy != stored:
            found.append(f"{actor}: {number} confirmed, {stored} and {copy} stored")
    database.close()
    return found


def main(directory: Path, rounds: int, random: Random) -> None:
    """Kill as often as asked; look at the store after every third time."""
    attempted: Numbers = {}
    confirmed: Numbers = {}
    found: list[str] = []
    for number in range(rounds):
        pid, pipe = fork_writers(directory)
        told = os.read(pipe, MESSAGE.size)
        time.sleep(random.uniform(SHORTEST_LIFE_S, LONGEST_LIFE_S))
        os.kill(pid, signal.SIGKILL)
        told += read_all(pipe)
        os.waitpid(pid, 0)
        take(told, attempted, confirmed)
        # Looking repairs the log; often enough the next writers have to do that.
        if number % 3 == 2 or number == rounds - 1:
            found += losses(directory, attempted, confirmed)
    report = {"confirmed": sum(confirmed.values()), "losses": found}
    print(json.dumps(report))  # noqa: T201 - read by the test


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Random(int(sys.argv[3])))
