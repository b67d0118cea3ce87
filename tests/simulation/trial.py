"""One simulated life of a server: clients, crashes, slow and full disks, from a seed.

What must hold afterwards are the promises of docs/runtime.md, by their numbers.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from rivetgen_client.errors import ActorError, UnknownOutcomeError
from rivetgen_client.transport import (
    ActionCall,
    Channel,
    ChannelClosedError,
    KeyTarget,
    QueueMessage,
)
from rivetgen_client.wire.messages import Event, SubscriptionRequest
from rivetgen_runtime.errors import StorageFullError
from rivetgen_runtime.testing import START_MS, VirtualTime, World
from rivetgen_runtime.testing.virtual_time import run

from .ledger import LONGEST_BACKOFF_S, Ledger, Wish
from .promises import BrokenPromiseError, check_actor, check_all, check_equal
from .trace import KEYS, Trace

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Batch

__all__ = ["BrokenPromiseError", "Trace", "simulate"]

CLIENTS: Final = 3
CALLS_PER_CLIENT: Final = 10
LONGEST_DELAY_MS: Final = 4_000
DISTURBANCES: Final = 6
LONGEST_COMMIT_S: Final = 0.2
FULL_DISK: Final = 0.02
"""How probable it is that the store refuses a batch."""


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
    for key in KEYS:
        await _empty(world, key)
    for watcher in watchers:
        watcher.cancel()
    notes: dict[str, list[str]] = {}
    for key in KEYS:
        notes[key], entries = await _look(world, key)
        check_equal(key, notes[key], entries)
        check_actor(key, notes[key], trace)
    check_all(notes, trace)
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
            await _ask(world, key, _wish(entry, key, trace, time), trace)
        except UnknownOutcomeError:
            trace.unknown.add(entry)
            trace.steps.append(f"{entry} unknown")
        except ActorError as error:
            trace.refused.add(entry)
            trace.steps.append(f"{entry} refused {error.group}.{error.code}")


def _wish(entry: str, key: str, trace: Trace, time: VirtualTime) -> Wish:
    match time.random.choice(("note", "note", "tell", "schedule", "send", "take")):
        case "tell":
            trace.told.add(entry)
            others = [other for other in KEYS if other != key]
            return Wish(entry, "tell", time.random.choice(others))
        case "schedule":
            trace.scheduled.add(entry)
            return Wish(entry, "schedule", int(time.random.random() * LONGEST_DELAY_MS))
        case what:
            return Wish(entry, what)


async def _ask(world: World, key: str, wish: Wish, trace: Trace) -> None:
    entry = wish.entry
    match wish.what:
        case "send":
            message = QueueMessage(name="kept", body=entry)
            await world.transport.send(_target(key), message)
            trace.sent[key].add(entry)
            trace.steps.append(f"{entry} {key} sent")
        case "take":
            was_there = await _call(world, key, "other")
            trace.steps.append(f"{entry} {key} took {was_there}")
        case _:
            position = await _call(world, key, "work", list(wish))
            trace.acknowledged[key][entry] = position
            trace.steps.append(f"{entry} {key} {position}")


async def _call(world: World, key: str, name: str, *args: Any) -> Any:
    call = ActionCall(name=name, args=list(args))
    return await world.transport.action(_target(key), call)


async def _empty(world: World, key: str) -> None:
    """Take what is left in a queue, also what is there again only after a while."""
    empty = 0
    while empty < 2:
        try:
            empty = 0 if await _call(world, key, "other") else empty + 1
        except ActorError:  # the disk is full now and then
            empty = 0
        await world.skip(seconds=LONGEST_BACKOFF_S * (1 + empty))


async def _look(world: World, key: str) -> Any:
    call = ActionCall(name="look", args=[], retryable=True)
    while True:
        try:
            return await world.transport.action(_target(key), call)
        except ActorError:  # the disk is full when the actor starts
            await world.skip(seconds=1)


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


async def _collect(channel: Channel, seen: list[tuple[int, str]]) -> None:
    while True:
        message = await channel.receive()
        if isinstance(message, Event):
            event: Any = message.args[0]
            seen.append((event[0], event[1]))


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
                with suppress(ActorError):  # the disk is full when it is created
                    actor_id = await world.transport.resolve(_target("a"))
                    await world.sleep(actor_id)
