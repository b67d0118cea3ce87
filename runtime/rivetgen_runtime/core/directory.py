"""Which actors exist and which are awake: one activation per actor, at most.

Everything that brings an actor into memory or removes it runs as a task of its own, one
per actor or key at a time. Requests wait for that task and share its outcome; one that
gives up does not stop it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar

from rivetgen_client.wire.identifiers import actor_id_from_bytes
from rivetgen_client.wire.keys import serialize_key
from rivetgen_runtime.core.activation import Activation
from rivetgen_runtime.core.admission import NORMAL_CLOSE
from rivetgen_runtime.core.alarms import AlarmClock
from rivetgen_runtime.core.failures import as_request_error, host_error
from rivetgen_runtime.core.lifecycle import Phase
from rivetgen_runtime.core.ports import ActorRecord, Batch, DeleteActor
from rivetgen_runtime.core.start_failures import StartFailures
from rivetgen_runtime.core.start_tries import StartTries
from rivetgen_runtime.core.start_waits import StartWaits
from rivetgen_runtime.core.starting import start
from rivetgen_runtime.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import (
        Awaitable,
        Callable,
        Coroutine,
        Hashable,
        Iterable,
        Mapping,
    )

    from rivetgen_runtime.core.activation import Services
    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.errors import RequestError

__all__ = ["Creation", "Directory", "not_found"]

T = TypeVar("T")
P = ParamSpec("P")

Address: TypeAlias = tuple[str, tuple[str, ...]]
"""Name and key of an actor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """What a new actor is made of.

    Attributes:
        key: None for an actor that is reached by its id alone.
        input: CBOR; None for none.
    """

    name: str
    key: tuple[str, ...] | None
    input: bytes | None = None
    pool: str | None = None
    crash_policy: str = "sleep"


class Directory:
    """Finds, creates, wakes and destroys the actors of one host.

    Args:
        actors: Classes by wire name.
        services: What each activation is given.
    """

    def __init__(
        self, actors: Mapping[str, type[AnyActor]], services: Services
    ) -> None:
        self._actors = actors
        self._services = services
        self._active: dict[str, Activation] = {}
        self._by_address: dict[Address, Activation] = {}
        self._pending: dict[Hashable, asyncio.Task[Any]] = {}
        self._waits = StartWaits()
        self._start_failures = StartFailures()
        self._is_closing = False
        self._alarms = AlarmClock(
            services.store,
            services.clock,
            services.options.namespace,
            is_running=lambda actor_id: self.running(actor_id) is not None,
            wake=self.awake,
        )

    def open(self) -> None:
        """Wake sleeping actors when their alarms are due, until ``close``."""
        self._alarms.start()

    @property
    def activations(self) -> Iterable[Activation]:
        """Everything that is in memory now."""
        return self._active.values()

    def running(self, actor_id: str) -> Activation | None:
        """The activation of an actor that serves calls right now."""
        activation = self._active.get(actor_id)
        if activation is not None and activation.serves_caller:
            return activation
        return None

    def running_at(self, name: str, key: tuple[str, ...]) -> Activation | None:
        """The same by name and key."""
        activation = self._by_address.get((name, key))
        if activation is not None and activation.serves_caller:
            return activation
        return None

    def start_failure(self, actor_id: str) -> str | None:
        """Why an actor could not be started the last time; None when it could."""
        return self._start_failures.of(actor_id)

    async def awake(self, actor_id: str) -> Activation:
        """Return an actor that serves calls, waking it when it sleeps.

        Raises:
            RequestError: There is no such actor, or it could not start.
        """
        while True:
            serving = self.running(actor_id)
            if serving is None or serving.lifecycle.is_running:
                self._check_open()
            if serving is not None:
                return serving
            activation = self._active.get(actor_id)
            if activation is not None and activation.lifecycle.is_leaving:
                await activation.ended.wait()
            else:
                await self._shared(actor_id, self._wake, actor_id)

    async def find(self, name: str, key: tuple[str, ...]) -> ActorRecord | None:
        """The record of the living actor with this key; it is not woken."""
        activation = self._by_address.get((name, key))
        if activation is not None and not activation.lifecycle.is_leaving:
            return activation.record
        if activation is not None:
            await activation.ended.wait()
        namespace = self._services.options.namespace
        return await self._services.store.find(namespace, name, key)

    async def get_or_create(self, creation: Creation) -> tuple[ActorRecord, bool]:
        """Return the actor with this key, and whether this call created it.

        Of many calls at once one creates it, with its own input.

        Raises:
            RequestError: It could not be created.
        """
        self._check(creation)
        address = (creation.name, creation.key or ())
        while True:
            activation = self._by_address.get(address)
            if activation is not None and activation.lifecycle.is_leaving:
                await activation.ended.wait()
                continue
            if activation is not None:
                return activation.record, False
            if address not in self._pending:
                return await self._shared(address, self._find_or_create, creation)
            record, _ = await self._shared(address, self._find_or_create, creation)
            return record, False

    async def create(self, creation: Creation) -> ActorRecord:
        """Create an actor that must not exist yet.

        Raises:
            RequestError: Its key is taken, or it could not be created.
        """
        if creation.key is None:
            self._check(creation)
            return await self._create(creation)
        record, created = await self.get_or_create(creation)
        if not created:
            raise _duplicate_key(creation.key, record.actor_id)
        return record

    async def destroy(self, actor_id: str) -> None:
        """Destroy an actor; one that is destroyed already stays so.

        Raises:
            RequestError: There never was such an actor, or the store failed.
        """
        while True:
            activation = self._active.get(actor_id)
            if activation is not None and not activation.lifecycle.is_starting:
                if activation.lifecycle.is_running:
                    activation.request_destroy()
                await activation.ended.wait()
                if activation.lifecycle.phase is Phase.DESTROYED:
                    return
            elif actor_id in self._pending:
                await asyncio.wait([self._pending[actor_id]])
            else:
                await self._shared(actor_id, self._destroy_sleeping, actor_id)
                return

    async def sleep(self, actor_id: str) -> None:
        """Send an actor to sleep and wait until it does; harmless for others."""
        activation = self._active.get(actor_id)
        if activation is not None:
            activation.request_sleep()
            await activation.ended.wait()

    async def request_sleep(self, actor_id: str) -> None:
        """Let an actor begin to sleep; harmless when it sleeps already.

        Raises:
            RequestError: There is no such actor.
        """
        activation = self._active.get(actor_id)
        if activation is not None:
            activation.request_sleep()
            return
        record = await self._read(self._services.store.record(actor_id))
        if record is None or record.destroyed_at_ms is not None:
            raise not_found()

    async def close(self) -> None:
        """Send everything to sleep; requests are refused from now on."""
        self._is_closing = True
        await self._alarms.stop()
        while self._active or self._pending:
            if self._pending:
                await asyncio.wait(self._pending.values())
            sleeps = [self.sleep(actor_id) for actor_id in self._active]
            await asyncio.gather(*sleeps)

    # Tasks, one per actor or address at a time

    async def _wake(self, actor_id: str) -> None:
        record = await self._read(self._services.store.record(actor_id))
        if record is None or record.destroyed_at_ms is not None:
            raise not_found()
        with self._start_failures.noting(actor_id):
            await self._start(record, is_new=False)

    async def _find_or_create(self, creation: Creation) -> tuple[ActorRecord, bool]:
        key = creation.key or ()
        namespace = self._services.options.namespace
        store = self._services.store
        record = await self._read(store.find(namespace, creation.name, key))
        if record is not None:
            return record, False
        return await self._create(creation), True

    async def _create(self, creation: Creation) -> ActorRecord:
        self._check_open()
        record = self._new_record(creation)
        with self._start_failures.noting(record.actor_id):
            activation = await self._shared(
                record.actor_id, self._start, record, is_new=True
            )
        if record.key is not None and not activation.lifecycle.is_over:
            self._by_address[(record.name, record.key)] = activation
        return activation.record

    async def _destroy_sleeping(self, actor_id: str) -> None:
        record = await self._read(self._services.store.record(actor_id))
        if record is None:
            raise not_found()
        if record.destroyed_at_ms is None:
            now_ms = self._services.clock.now_ms()
            tombstone = replace(record, destroyed_at_ms=now_ms, alarm_at_ms=None)
            batch = Batch((DeleteActor(tombstone),))
            await self._read(self._services.store.commit(batch))
            if self._services.databases is not None:
                self._services.databases.remove(actor_id)
        self._services.sleeping_sockets.close(actor_id, NORMAL_CLOSE, "")
        self._start_failures.forget(actor_id)

    # How it works

    async def _shared(
        self,
        key: Hashable,
        work: Callable[P, Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Join the task of this key, or start it with this work.

        Raises:
            RequestError: What the work raised, or that it waits for the one that asks.
        """
        task = self._pending.get(key)
        if task is None:
            task = self._waits.begin(work(*args, **kwargs))
            self._pending[key] = task
            task.add_done_callback(lambda _: self._pending.pop(key))
        return await self._waits.join(task)

    def _activate(self, record: ActorRecord) -> Activation:
        actor_class = self._class_of(record.name)
        try:
            activation = Activation(
                actor_class, record, self._services, on_end=self._remove
            )
        except Exception as error:
            # A key of other parts than declared, or a constructor of user code.
            raise as_request_error(error) from error
        self._active[record.actor_id] = activation
        return activation

    async def _start(self, record: ActorRecord, *, is_new: bool) -> Activation:
        """Start an actor; what may pass is tried again."""
        tries = StartTries(self._services.clock, self._services.options.start_retries)
        while True:
            activation = self._activate(record)
            if record.key is not None and not is_new:
                self._by_address[(record.name, record.key)] = activation
            try:
                await start(activation, is_new=is_new)
            except Exception as error:
                if not tries.may_help(error):
                    known = None if is_new else activation.record
                    raise as_request_error(error, record=known) from error
                if self._is_closing or not await tries.wait(activation.log, error):
                    raise tries.exhausted(record.actor_id) from error
            else:
                return activation
            # A new actor whose ``on_wake`` failed exists: it is not created again.
            stored = await self._read(self._services.store.record(record.actor_id))
            record, is_new = (record, is_new) if stored is None else (stored, False)

    def _remove(self, activation: Activation) -> None:
        record = activation.record
        del self._active[record.actor_id]
        address = (record.name, record.key or ())
        if self._by_address.get(address) is activation:
            del self._by_address[address]
        if activation.lifecycle.phase is Phase.FAILED:
            self._alarms.postpone(record.actor_id)
        elif activation.lifecycle.phase is Phase.SLEEPING:
            self._alarms.expect(record.alarm_at_ms)

    async def _read(self, reading: Awaitable[T]) -> T:
        try:
            return await reading
        except StorageError as error:
            raise as_request_error(error) from error

    def _new_record(self, creation: Creation) -> ActorRecord:
        options = self._services.options
        return ActorRecord(
            actor_id=actor_id_from_bytes(self._services.randomness.token_bytes(16)),
            name=creation.name,
            key=creation.key,
            namespace=options.namespace,
            pool=creation.pool or options.pool,
            crash_policy=creation.crash_policy,
            created_at_ms=self._services.clock.now_ms(),
            input=creation.input,
        )

    def _class_of(self, name: str) -> type[AnyActor]:
        actor_class = self._actors.get(name)
        if actor_class is None:
            message = f"No actor named '{name}' is registered."
            raise host_error("actor", "not_registered", message)
        return actor_class

    def _check(self, creation: Creation) -> None:
        self._check_open()
        self._class_of(creation.name)
        options = self._services.options
        parts = creation.key or ()
        text = serialize_key(parts)
        limit = options.key_bytes
        too_large = (
            any(len(part.encode()) > options.key_part_bytes for part in parts)
            or len(text.encode()) > limit
        )
        if too_large:
            raise _key_too_large(text, limit)

    def _check_open(self) -> None:
        if self._is_closing:
            message = "The server is shutting down."
            raise host_error("guard", "service_unavailable", message)


def not_found() -> RequestError:
    """The answer when there is no such actor, or no more."""
    message = "The actor does not exist or was destroyed."
    return host_error("actor", "not_found", message)


def _duplicate_key(key: tuple[str, ...], actor_id: str) -> RequestError:
    text = serialize_key(key)
    return host_error(
        "actor",
        "duplicate_key",
        f"Actor key '{text}' already in use for actor '{actor_id}'",
        metadata={"existing_actor_id": actor_id, "key": text},
    )


def _key_too_large(text: str, limit: int) -> RequestError:
    preview = text[:limit]
    return host_error(
        "actor",
        "key_too_large",
        f"Key label too large (max {limit} bytes): {preview}",
        metadata={"key_preview": preview, "max_size": limit},
    )
