"""Kills processes that write to databases of actors: ``killed_sql.py DIR ROUNDS SEED``.

One process forks all writers, which saves the time to start Python. It prints one JSON
object: how many writes were confirmed, and every sentence about something lost.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import struct
import sys
import time
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from rivetgen_runtime.core.sql_ports import Interruption, SqlStatement
from rivetgen_runtime.storage.sql_files import DATABASES_FOLDER, SqlFiles

if TYPE_CHECKING:
    from rivetgen_runtime.storage.sql_files import SqlFile

ACTORS = 6
SHORTEST_LIFE_S, LONGEST_LIFE_S = 0.05, 0.3
MESSAGE = struct.Struct("<BIQ")
"""What a writer tells: whether this was confirmed, which actor, which number."""

TABLE = "CREATE TABLE IF NOT EXISTS turns (number INTEGER NOT NULL, filler BLOB)"
INSERT = "INSERT INTO turns VALUES (?, ?)"


async def run(file: SqlFile, sql: str, *parameters: Any) -> list[Any]:
    rows = await file.run(SqlStatement(sql, parameters), Interruption())
    return [value for row in rows for value in row.values()]


async def write(databases: SqlFiles, pipe: int, actor: int) -> None:
    """Write two rows a time, together, and tell before and after."""
    file = databases.database(f"actor{actor}", is_busy=lambda: False)
    await run(file, TABLE)
    (number,) = await run(file, "SELECT coalesce(max(number), 0) FROM turns")
    while True:
        number += 1
        os.write(pipe, MESSAGE.pack(0, actor, number))
        await run(file, "BEGIN")
        await run(file, INSERT, number, bytes(number % 5_000))
        await run(file, INSERT, number, b"")
        await run(file, "COMMIT")
        os.write(pipe, MESSAGE.pack(1, actor, number))


async def run_writers(directory: Path, pipe: int) -> None:
    """Go on from what is stored until the end comes."""
    databases = SqlFiles(directory)
    os.write(pipe, MESSAGE.pack(2, 0, 0))
    await asyncio.gather(*(write(databases, pipe, actor) for actor in range(ACTORS)))


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


def losses(
    directory: Path, attempted: dict[int, int], confirmed: dict[int, set[int]]
) -> list[str]:
    """Compare what is stored with what was told."""
    found: list[str] = []
    for actor, numbers in confirmed.items():
        path = directory / DATABASES_FOLDER / f"actor{actor}.db"
        with closing(sqlite3.connect(path)) as database:
            rows = database.execute("SELECT number FROM turns").fetchall()
        stored = Counter(number for (number,) in rows)
        if lost := numbers - stored.keys():
            found.append(f"{actor}: {sorted(lost)} were confirmed and are lost")
        if torn := [number for number, count in stored.items() if count != 2]:
            found.append(f"{actor}: {torn} survived in part")
        if max(stored, default=0) > attempted[actor]:
            found.append(f"{actor}: rows were invented")
    return found


def main(directory: Path, rounds: int, random: Random) -> None:
    """Kill as often as asked; look at the databases after every third time."""
    attempted: dict[int, int] = {}
    confirmed: defaultdict[int, set[int]] = defaultdict(set)
    found: list[str] = []
    for number in range(rounds):
        pid, pipe = fork_writers(directory)
        told = os.read(pipe, MESSAGE.size)
        time.sleep(random.uniform(SHORTEST_LIFE_S, LONGEST_LIFE_S))
        os.kill(pid, signal.SIGKILL)
        with os.fdopen(pipe, "rb") as rest:
            told += rest.read()
        os.waitpid(pid, 0)
        whole = len(told) - len(told) % MESSAGE.size
        for kind, actor, turn in MESSAGE.iter_unpack(told[:whole]):
            if kind == 0:
                attempted[actor] = max(turn, attempted.get(actor, 0))
            elif kind == 1:
                confirmed[actor].add(turn)
        # Looking repairs the log; often enough the next writers have to do that.
        if number % 3 == 2 or number == rounds - 1:
            found += losses(directory, attempted, confirmed)
    count = sum(len(numbers) for numbers in confirmed.values())
    print(json.dumps({"confirmed": count, "losses": found}))  # noqa: T201 - for the test


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Random(int(sys.argv[3])))
