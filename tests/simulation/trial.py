"""One simulated life of a server: clients, crashes, slow and full disks, from a seed.

What must hold afterwards are the promises of docs/runtime.md, by their numbers.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from rivetgen_client.errors import ActorError, UnknownOutcomeError
from rivetgen_client.transport import (
    ActionCall,
    Channel,
    ChannelClosedError,
    KeyTarget,
)
from rivetgen_client.wire.messages import Event, SubscriptionRequest
from rivetgen_runtime.errors import StorageFullError
from rivetgen_runtime.testing import START_MS, VirtualTime, World
from rivetgen_runtime.testing.virtual_time import run

from .ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_runtime.core.ports import Batch

__all__ = ["BrokenPromiseError", "Trace", "simulate"]

KEYS: Final = ("a", "b")
CLIENTS: Final = 3
CALLS_PER_CLIENT: Final = 12
DISTURBANCES: Final = 6
LONGEST_COMMIT_S: Final = 0.2
FULL_DISK: Final = 0.02
"""How probable it is that the store refuses a batch."""


class BrokenPromiseError(AssertionError):
    """The server did what it promises not to do."""


@dataclass
class Trace:
    """What happened, as clients and watchers saw it.

    Attributes:
        steps: Everything in its order; equal for equal seeds.
        acknowledged: Position by entry, per key.
        unknown: Entries whose fate nobody was told.
        refused: Entries that were said not to be kept.
        seen: What each watcher was sent, connection by connection.
    """

    steps: list[str] = field(default_factory=list[str])
    acknowledged: dict[str, dict[str, int]] = field(
        default_factory=lambda: {key: {} for key in KEYS}
    )
    unknown: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])
    seen: dict[str, list[list[str]]] = field(
        default_factory=lambda: {key: [] for key in KEYS}
    )


def simulate(seed: int) -> Trace:
    """Run one life and check the promises.

    Raises:
        BrokenPromiseError: One of them was broken.
    """
    return run(_life, seed=seed, start_ms=START_MS, shuffle=True)


async def _life(time: VirtualTime) -> Trace:
    trace = Trace()
    world = World([Ledger], time, commit_gate=_Disk(time))
    watchers = [asyncio.create_task(_watch(world, key, trace, time)) for key in KEYS]
    clients = [_client(world, number, trace, time) for number in range(CLIENTS)]
    await asyncio.gather(*clients, _disturb(world, trace, time))
    await world.skip(seconds=5)
    for watcher in watchers:
        watcher.cancel()
    for key in KEYS:
        notes, entries = await _look(world, key)
        _check(key, notes, entries, trace)
    return trace


class _Disk:
    """Confirms batches after a while, and is full now and then."""

    def __init__(self, time: VirtualTime) -> None:
        self._random = time.random

    async def __call__(self, batch: Batch) -> None:
        del batch
        await asyncio.sleep(self._random.random() * LONGEST_COMMIT_S)
        if self._random.random() < FULL_DISK:
            raise StorageFullError


async def _client(world: World, number: int, trace: Trace, time: VirtualTime) -> None:
    for count in range(CALLS_PER_CLIENT):
        await asyncio.sleep(time.random.random())
        key = time.random.choice(KEYS)
        entry = f"{number}-{count}"
        try:
            position = await _call(world, key, entry)
        except UnknownOutcomeError:
            trace.unknown.add(entry)
            trace.steps.append(f"{entry} unknown")
        except ActorError as error:
            trace.refused.add(entry)
            trace.steps.append(f"{entry} refused {error.group}.{error.code}")
        else:
            trace.acknowledged[key][entry] = position
            trace.steps.append(f"{entry} {key} {position}")


async def _call(world: World, key: str, entry: str) -> Any:
    call = ActionCall(name="work", args=[entry])
    return await world.transport.action(_target(key), call)


async def _look(world: World, key: str) -> Any:
    call = ActionCall(name="look", args=[], retryable=True)
    return await world.transport.action(_target(key), call)


def _target(key: str) -> KeyTarget:
    return KeyTarget(name="lab", key=(key,), create=True)


async def _watch(world: World, key: str, trace: Trace, time: VirtualTime) -> None:
    while True:
        try:
            channel = await world.transport.connect(_target(key), None)
            await channel.send(SubscriptionRequest("happened", subscribe=True))
            trace.seen[key].append([])
            await _collect(channel, trace.seen[key][-1])
        except (ChannelClosedError, ActorError):
            await asyncio.sleep(time.random.random())


async def _collect(channel: Channel, seen: list[str]) -> None:
    while True:
        message = await channel.receive()
        if isinstance(message, Event):
            seen.append(str(message.args[0]))


async def _disturb(world: World, trace: Trace, time: VirtualTime) -> None:
    for _ in range(DISTURBANCES):
        await asyncio.sleep(time.random.random() * 2)
        kind = time.random.choice(("crash", "crash", "sleep", "restart"))
        trace.steps.append(kind)
        match kind:
            case "crash":
                world.crash()
            case "restart":
                await world.restart()
            case _:
                actor_id = await world.transport.resolve(_target("a"))
                await world.sleep(actor_id)


def _check(key: str, notes: list[str], entries: dict[str, int], trace: Trace) -> None:
    acknowledged = trace.acknowledged[key]
    _require("P1 nothing acknowledged is lost", key, acknowledged.keys() - set(notes))
    _require(
        "P1 acknowledged entries stay where they were",
        key,
        [entry for entry, position in acknowledged.items() if notes[position] != entry],
    )
    _require(
        "P5 nothing is executed twice",
        key,
        [entry for entry, times in Counter(notes).items() if times > 1],
    )
    kept = {entry: position for position, entry in enumerate(notes)}
    _require("P2 state and KV agree", key, kept.items() ^ entries.items())
    _require("P2 what was refused left nothing", key, trace.refused & set(notes))
    for seen in trace.seen[key]:
        _require("P1 events speak of what is kept", key, set(seen) - set(notes))
        positions = [kept[entry] for entry in seen]
        _require("P4 events keep their order", key, _inversions(positions))


def _inversions(positions: list[int]) -> list[int]:
    return [later for earlier, later in pairwise(positions) if later <= earlier]


def _require(promise: str, key: str, exceptions: Iterable[object]) -> None:
    found = list(exceptions)
    if found:
        message = f"{promise}: {found} of {key}"
        raise BrokenPromiseError(message)
