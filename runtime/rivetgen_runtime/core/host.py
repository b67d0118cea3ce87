"""The host: what fronts call, whatever carries their requests."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from rivetgen_client.wire import cbor
from rivetgen_client.wire.gateway import DirectTarget, GetMethod
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.actions import answer_call
from rivetgen_runtime.core.activation import Services
from rivetgen_runtime.core.admission import FAILURE_CLOSE
from rivetgen_runtime.core.definitions import check_actor_class
from rivetgen_runtime.core.directory import Creation, Directory, not_found
from rivetgen_runtime.core.failures import as_request_error, host_error
from rivetgen_runtime.core.hibernation import SleepingSockets
from rivetgen_runtime.core.inspection import (
    TOKEN_KEY,
    Inspector,
    read_token,
    token_of,
)
from rivetgen_runtime.core.kv_values import WIRE_PREFIX, StoredValue, single_key
from rivetgen_runtime.core.ports import Area, ValueQuery
from rivetgen_runtime.core.queues.sending import answer_send
from rivetgen_runtime.core.raw_hibernation import open_hibernating_socket
from rivetgen_runtime.core.raw_requests import RawCall, answer_raw_request
from rivetgen_runtime.core.raw_sockets import open_raw_socket
from rivetgen_runtime.core.sockets import ClientSocket, open_socket, refuse_socket
from rivetgen_runtime.core.transport import InProcessTransport
from rivetgen_runtime.core.wakeful_sockets import Bed
from rivetgen_runtime.errors import (
    ActorStoppingError,
    DefinitionError,
    NotAcceptedError,
    RequestError,
    StorageError,
)
from rivetgen_runtime.options import DEFAULT_HOST_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rivetgen_client.transport import QueueAnswer, QueueMessage, Transport
    from rivetgen_client.wire.gateway import QueryTarget, Target
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.core.http_messages import Request
    from rivetgen_runtime.core.ports import (
        ActorRecord,
        Clock,
        ConnectionPort,
        ConnectionSink,
        NamePage,
        Randomness,
        RecordPage,
        RecordQuery,
        Store,
    )
    from rivetgen_runtime.core.raw_ports import RawPort, RawSink, ResponseSink
    from rivetgen_runtime.core.sql_ports import SqlDatabases
    from rivetgen_runtime.options import HostOptions

__all__ = ["AwakeCounts", "Host"]

_ATTEMPTS: Final = 20
"""How often an actor that is destroyed between creation and use is created again."""

_KEY_BYTES: Final = 16
"""Length of the keys that the host gives to messages whose senders wait."""


class AwakeCounts(NamedTuple):
    """What is in memory at one moment, by actor name."""

    actors: Counter[str]
    connections: Counter[str]
    queued_messages: Counter[str]


class Host:
    """All actors of one process.

    Every method raises ``RequestError`` for what a caller has to be told; its body is
    ready to be sent.

    Args:
        actors: The user's classes, one per actor of the schema.
        store: Where actors are kept; the host does not close it.
        clock: Time and timers.
        randomness: Where ids come from.
        options: Limits and names of this host.
        databases: Where SQL databases are kept; the host does not close it. None when
            no actor declares one.

    Raises:
        DefinitionError: A class does not fit its schema, or lacks a database.
    """

    def __init__(
        self,
        actors: Iterable[type[AnyActor]],
        *,
        store: Store,
        clock: Clock,
        randomness: Randomness,
        options: HostOptions = DEFAULT_HOST_OPTIONS,
        databases: SqlDatabases | None = None,
    ) -> None:
        by_name = {check_actor_class(actor).name: actor for actor in actors}
        if databases is None:
            _require_no_database(by_name.values())
        self._options = options
        self._store = store
        self._clock = clock
        self._randomness = randomness
        self._transport = InProcessTransport(self, clock)
        services = Services(
            store=store,
            clock=clock,
            randomness=randomness,
            transport=self._transport,
            sleeping_sockets=SleepingSockets(),
            options=options,
            databases=databases,
        )
        self._directory = Directory(by_name, services)
        self._bed = Bed(services.sleeping_sockets, self._directory.awake)
        self._actor_names = tuple(sorted(by_name))

    @property
    def clock(self) -> Clock:
        """Time of this host."""
        return self._clock

    @property
    def options(self) -> HostOptions:
        """Limits and names of this host."""
        return self._options

    @property
    def actor_names(self) -> tuple[str, ...]:
        """Wire names of the actors that can be created, in order."""
        return self._actor_names

    @property
    def transport(self) -> Transport:
        """Calls to the actors of this host without a network."""
        return self._transport

    def start(self) -> None:
        """Wake sleeping actors from now on when something of theirs is due.

        Whatever became due while no host ran is due at once. Calls are served without
        this, too.
        """
        self._directory.open()

    async def stop(self) -> None:
        """Send every actor to sleep, each within its grace period.

        Requests are refused from now on. Everything that was answered is durable; the
        store may be closed afterwards.
        """
        await self._directory.close()

    def awake_counts(self) -> AwakeCounts:
        """What is in memory now, by actor name."""
        actors: Counter[str] = Counter()
        connections: Counter[str] = Counter()
        messages: Counter[str] = Counter()
        for activation in self._directory.activations:
            actors[activation.record.name] += 1
            connections[activation.record.name] += len(activation.connections)
            messages[activation.record.name] += len(activation.queues)
        return AwakeCounts(actors, connections, messages)

    # Requests to actors

    async def locate(self, target: Target) -> ActorRecord:
        """Find the actor of a gateway request, create it when asked, and wake it.

        Returns:
            Its record, with the generation that serves the request.
        """
        if isinstance(target, DirectTarget):
            return (await self._directory.awake(target.actor_id)).record
        self.check_namespace(target.namespace)
        running = self._directory.running_at(target.name, target.key)
        if running is not None:
            return running.record
        if target.method is GetMethod.GET:
            return await self._locate_existing(target)
        return await self._locate_or_create(_creation(target))

    async def call_action(
        self,
        record: ActorRecord,
        name: str,
        args: Sequence[Value],
        *,
        params: Value = UNDEFINED,
        ray_id: str = "",
        request: Request | None = None,
    ) -> Value:
        """Call an action on a short-lived connection.

        Args:
            record: As returned by ``locate``.
            name: Wire name of the action.
            args: Wire values.
            params: Connection parameters; ``UNDEFINED`` for none.
            ray_id: Id of the request, for the log.
            request: What hooks see as ``c.request``; its body is not used.

        Returns:
            The output; what it depends on is durable.
        """
        while True:
            activation = await self._activation(record.actor_id)
            try:
                return await answer_call(
                    activation,
                    name,
                    args,
                    params=params,
                    ray_id=ray_id,
                    request=request,
                )
            except NotAcceptedError:
                # Nothing was executed: the next activation serves the call.
                continue

    async def send_message(
        self, record: ActorRecord, message: QueueMessage, *, ray_id: str = ""
    ) -> QueueAnswer:
        """Send a message to a queue, on a short-lived connection.

        Args:
            record: As returned by ``locate``.
            message: The message; its ``timeout_s`` is up to the caller.
            ray_id: Id of the request, for the log.

        Returns:
            The answer; the message, or its completion, is durable.
        """
        if message.waits and message.key is None:
            # The wait may outlast an activation: the next one has to know the message.
            key = self._randomness.token_bytes(_KEY_BYTES).hex()
            message = replace(message, key=key)
        started_s = self._clock.monotonic_s()
        while True:
            activation = await self._activation(record.actor_id)
            left = _still_to_wait(message, self._clock.monotonic_s() - started_s)
            try:
                return await answer_send(activation, left, ray_id=ray_id)
            except NotAcceptedError:
                continue

    async def open_connection(
        self,
        record: ActorRecord,
        sink: ConnectionSink,
        *,
        params: Value = UNDEFINED,
        ray_id: str = "",
        request: Request | None = None,
    ) -> ConnectionPort:
        """Open a connection; ``Init`` and all that follows go to the sink.

        When the actor refuses, the sink gets an ``Error`` message and is closed before
        ``RequestError`` is raised.
        """
        while True:
            try:
                activation = await self._activation(record.actor_id)
            except RequestError as refusal:  # gone since it was located
                refuse_socket(sink, refusal)
                raise
            socket = ClientSocket(
                sink,
                actor_id=record.actor_id,
                bed=self._bed,
                ray_id=ray_id,
            )
            try:
                await open_socket(activation, socket, params=params, request=request)
            except NotAcceptedError:
                continue
            return socket

    async def answer_request(
        self,
        record: ActorRecord,
        request: Request,
        sink: ResponseSink,
        *,
        params: Value = UNDEFINED,
        ray_id: str = "",
    ) -> None:
        """Let an actor answer a raw request, on a short-lived connection.

        When it raises ``RequestError`` after the sink was started, the response is
        incomplete and must not end as if it were whole.
        """
        while True:
            activation = await self._activation(record.actor_id)
            try:
                call = RawCall(request, params, ray_id)
                return await answer_raw_request(activation, call, sink)
            except NotAcceptedError:
                continue

    async def open_raw_socket(
        self,
        record: ActorRecord,
        request: Request,
        sink: RawSink,
        *,
        params: Value = UNDEFINED,
        ray_id: str = "",
    ) -> RawPort:
        """Let an actor serve a raw socket.

        When the actor refuses, the sink is closed before ``RequestError`` is raised.
        """
        call = RawCall(request, params, ray_id)
        while True:
            try:
                activation = await self._activation(record.actor_id)
                if not activation.definition.options.can_hibernate_web_socket:
                    return await open_raw_socket(activation, call, sink)
                return await open_hibernating_socket(
                    activation, call, sink, bed=self._bed
                )
            except NotAcceptedError:
                continue
            except RequestError as refusal:
                sink.close(FAILURE_CLOSE, refusal.body.name)
                raise

    # Management

    async def create(self, creation: Creation) -> ActorRecord:
        """Create an actor whose key, if it has one, must be free."""
        return await self._directory.create(creation)

    async def get_or_create(self, creation: Creation) -> tuple[ActorRecord, bool]:
        """Return the actor with a key, and whether this call created it."""
        return await self._directory.get_or_create(creation)

    async def find(self, name: str, key: tuple[str, ...]) -> ActorRecord | None:
        """The record of the living actor with a key; it is not woken."""
        try:
            return await self._directory.find(name, key)
        except StorageError as error:
            raise as_request_error(error) from error

    async def list_records(self, query: RecordQuery) -> RecordPage:
        """One page of records, newest first."""
        try:
            return await self._store.records(query)
        except StorageError as error:
            raise as_request_error(error) from error

    async def names(
        self, namespace: str, *, limit: int, cursor: str | None = None
    ) -> NamePage:
        """One page of the actor names in use."""
        try:
            return await self._store.names(namespace, limit=limit, cursor=cursor)
        except StorageError as error:
            raise as_request_error(error) from error

    async def kv_value(self, actor_id: str, key: bytes) -> StoredValue:
        """One durable KV value of an actor, which is not woken.

        Args:
            actor_id: The actor.
            key: With ``WIRE_PREFIX``, or that of the inspector's token: there is
                nothing at other keys.
        """
        if key == TOKEN_KEY and self._options.inspector:
            return await self.inspector_token(actor_id)
        keys = (single_key(key.removeprefix(WIRE_PREFIX)),)
        query = ValueQuery(actor_id=actor_id, area=Area.KV, ranges=keys, limit=1)
        try:
            if await self._store.record(actor_id) is None:
                raise not_found()
            found = await self._store.scan(query) if key[:1] == WIRE_PREFIX else []
            if not found:
                message = "The KV key does not exist for this actor."
                raise host_error("actor", "kv_key_not_found", message)
            return StoredValue.from_blob(found[0][1])
        except StorageError as error:
            raise as_request_error(error) from error

    async def inspector(self, record: ActorRecord) -> Inspector:
        """The inspector of an actor, which is woken."""
        return Inspector(await self._activation(record.actor_id))

    async def inspector_token(self, actor_id: str) -> StoredValue:
        """The token of an actor's inspector; an actor that has none yet is woken."""
        while True:
            try:
                stored = await read_token(self._store, actor_id)
                return stored or await token_of(await self._activation(actor_id))
            except ActorStoppingError:
                continue  # the next activation makes it
            except StorageError as error:
                raise as_request_error(error) from error

    async def destroy(self, actor_id: str) -> None:
        """Destroy an actor and wait until it is; harmless when it is already."""
        await self._directory.destroy(actor_id)

    def start_failure(self, actor_id: str) -> str | None:
        """Why an actor could not be started the last time; None when it could."""
        return self._directory.start_failure(actor_id)

    async def sleep(self, actor_id: str) -> None:
        """Send an actor to sleep and wait until it does."""
        await self._directory.sleep(actor_id)

    async def request_sleep(self, actor_id: str) -> None:
        """Let an actor begin to sleep; harmless when it sleeps already."""
        await self._directory.request_sleep(actor_id)

    def check_namespace(self, namespace: str) -> None:
        """Refuse every namespace but the one that is served."""
        if namespace != self._options.namespace:
            raise host_error("namespace", "not_found", "The namespace does not exist.")

    # How it works

    async def _activation(self, actor_id: str) -> Activation:
        running = self._directory.running(actor_id)
        return running or await self._directory.awake(actor_id)

    async def _locate_existing(self, target: QueryTarget) -> ActorRecord:
        record = await self.find(target.name, target.key)
        if record is None:
            raise not_found()
        return (await self._directory.awake(record.actor_id)).record

    async def _locate_or_create(self, creation: Creation) -> ActorRecord:
        for _ in range(_ATTEMPTS):
            record, _ = await self._directory.get_or_create(creation)
            try:
                return (await self._directory.awake(record.actor_id)).record
            except RequestError as error:
                # Destroyed in between: by key that is no reason to fail.
                if error.body.name != "actor.not_found":
                    raise
        code = "destroyed_while_waiting_for_ready"
        raise host_error("actor", code, "The actor was destroyed before it was ready.")


def _require_no_database(actors: Iterable[type[AnyActor]]) -> None:
    for actor in actors:
        if actor.definition.has_database:
            message = f"{actor.__qualname__} declares a database: the host has none"
            raise DefinitionError(message)


def _still_to_wait(message: QueueMessage, waited_s: float) -> QueueMessage:
    if message.wait_s is None:
        return message
    return replace(message, wait_s=max(0.0, message.wait_s - waited_s))


def _creation(target: QueryTarget) -> Creation:
    has_input = target.input is not UNDEFINED
    return Creation(
        name=target.name,
        key=target.key,
        input=cbor.encode(target.input) if has_input else None,
        pool=target.pool,
        crash_policy=target.crash_policy or "sleep",
    )
