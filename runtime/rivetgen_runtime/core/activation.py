"""One actor in memory: everything it holds between its start and its end."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from rivetgen_runtime.core.abort import AbortSignal
from rivetgen_runtime.core.activity import ActivityMonitor
from rivetgen_runtime.core.actor import hooks_of
from rivetgen_runtime.core.admission import RESTARTING_CLOSE
from rivetgen_runtime.core.background import Background
from rivetgen_runtime.core.callers import is_calling
from rivetgen_runtime.core.connection_records import ConnectionRecords
from rivetgen_runtime.core.connections import Connections
from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.core.gate import Emission
from rivetgen_runtime.core.hibernation import hibernate
from rivetgen_runtime.core.lifecycle import Lifecycle, Phase, Signal
from rivetgen_runtime.core.ports import PutRecord
from rivetgen_runtime.core.queues.actor_queues import ActorQueues
from rivetgen_runtime.core.raw_sockets import RawSockets
from rivetgen_runtime.core.run import RunHandler
from rivetgen_runtime.core.schedule_runner import ScheduleRunner
from rivetgen_runtime.core.sql import ActorDatabase
from rivetgen_runtime.core.state import StateCell
from rivetgen_runtime.core.stopping import stop
from rivetgen_runtime.core.timers import Timers
from rivetgen_runtime.core.turns import Turns
from rivetgen_runtime.core.workflows.run import WorkflowRun
from rivetgen_runtime.errors import ActorStoppingError, NotAcceptedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_client.transport import Transport
    from rivetgen_client.wire.messages import ToClient
    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.contexts import AnyContext
    from rivetgen_runtime.core.deadlines import Deadline
    from rivetgen_runtime.core.definitions import ActorDefinition
    from rivetgen_runtime.core.hibernation import HibernatingSocket, SleepingSockets
    from rivetgen_runtime.core.http_messages import Request
    from rivetgen_runtime.core.kv_values import StoredValue
    from rivetgen_runtime.core.ports import ActorRecord, Clock, Randomness, Store
    from rivetgen_runtime.core.schedule_infos import Fire
    from rivetgen_runtime.core.sql_ports import SqlDatabases
    from rivetgen_runtime.errors import StorageError
    from rivetgen_runtime.options import HostOptions

__all__ = ["Activation", "Services"]

_FIRST_CALL_S: Final = 0.05
"""How long an actor that asks for sleep at once waits for the call that woke it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What every actor of a host is given."""

    store: Store
    clock: Clock
    randomness: Randomness
    transport: Transport
    sleeping_sockets: SleepingSockets
    options: HostOptions
    databases: SqlDatabases | None = None


class Activation:
    """One stay of an actor in memory.

    Args:
        actor_class: The user's class.
        record: What is stored about the actor.
        services: Store, clock and what else the host provides.
        on_end: Called when the activation is over.

    Attributes:
        ended: Done when this activation is over and another one may start.
        running: Deadlines of the actions and raw requests that are being executed.
        quiet: Set while no action is being executed.
        sockets: Those that stay open when the actor sleeps, by connection id.
        accepts_calls: Whether what a call changes can still be saved.
        run_handler: The actor's background handler; None when it has none.
        workflow: The same if it is a workflow.
        inspector_token: Once somebody has asked for it.
    """

    __slots__ = (
        "_has_served",
        "_may_be_stored",
        "_on_end",
        "_requested",
        "_stopping",
        "abort_signal",
        "accepts_calls",
        "activity",
        "actor",
        "background",
        "connections",
        "definition",
        "ended",
        "hooks",
        "inspector_token",
        "key",
        "lifecycle",
        "log",
        "queues",
        "quiet",
        "raw_sockets",
        "record",
        "records",
        "run_handler",
        "running",
        "schedules",
        "services",
        "sockets",
        "sql",
        "state",
        "timers",
        "turns",
        "workflow",
    )

    def __init__(
        self,
        actor_class: type[AnyActor],
        record: ActorRecord,
        services: Services,
        *,
        on_end: Callable[[Activation], None],
    ) -> None:
        self.services = services
        self._on_end = on_end
        self.record = record
        self.definition: ActorDefinition = actor_class.definition
        self.hooks = hooks_of(actor_class)
        self.key: Any = self.definition.load_key(record.key or ())
        self.actor = actor_class()
        self.lifecycle = Lifecycle()
        self.abort_signal = AbortSignal()
        self.records = ConnectionRecords(record.actor_id, self.definition)
        self.sockets: dict[str, HibernatingSocket] = {}
        self.log = _logger(record)
        self.state = StateCell(self.definition, services.options.state)
        self.turns = self._make_turns()
        self.connections = Connections(self.turns.watchers)
        self.timers = Timers(self)
        self.turns.include(self.timers)
        self.turns.include(self.records, check=self.records.check)
        self.inspector_token: StoredValue | None = None
        self.schedules = ScheduleRunner(self)
        self.turns.include(self.schedules.book)
        self.turns.include(self.schedules.book.history)
        workflow = self.definition.workflow
        self.workflow = (
            None if workflow is None else WorkflowRun(self, workflow.workflow)
        )
        if self.workflow is not None:
            self.turns.include(self.workflow.journal)
        self.queues = ActorQueues(self)
        self.turns.include(self.queues.turn)
        self.activity = ActivityMonitor(
            services.clock, self.definition.options.sleep_timeout_s, self._on_idle
        )
        self.background = Background(self.activity, self.log, self.turns.end_quietly)
        run = self.definition.run
        self.run_handler = self.workflow if run is None else RunHandler(self, run)
        self.raw_sockets = RawSockets(self.activity)
        self.running: set[Deadline] = set()
        self.sql = self._make_database()
        self._may_be_stored = record.generation > 0
        self.quiet = asyncio.Event()
        self.quiet.set()
        self.ended = asyncio.Event()
        self.accepts_calls = True
        self._has_served = False
        self._requested: Signal | None = None
        self._stopping: asyncio.Task[None] | None = None

    # Turns

    def context(
        self,
        connection: AnyConnection | None = None,
        *,
        request: Request | None = None,
        waits: bool | None = None,
        is_read_only: bool = False,
        fire: Fire | None = None,
    ) -> AnyContext:
        """Make the ``c`` of a call; ``waits`` as in ``emit``."""
        durable = self.definition.is_durable if waits is None else waits
        return self.definition.context(
            self,
            connection=connection,
            request=request,
            waits=durable,
            is_read_only=is_read_only,
            fire=fire,
        )

    def emit(
        self,
        recipients: tuple[AnyConnection, ...],
        message: ToClient,
        *,
        waits: bool | None = None,
    ) -> None:
        """Send a message in order.

        Args:
            recipients: Whom it goes to; all get the same object.
            message: The message.
            waits: Whether what changed before must be durable first; None for what the
                schema says about the actor.
        """
        durable = self.definition.is_durable if waits is None else waits
        self.turns.emit(Emission(recipients, message), waits=durable)

    def put_record(self, **changes: Any) -> None:
        """Change what is stored about the actor, in this turn."""
        self.record = replace(self.record, **changes)
        self._may_be_stored = True
        self.turns.stage(PutRecord(self.record))

    # Running actions

    def begin(self, deadline: Deadline) -> None:
        """An action begins."""
        self._has_served = True
        self.running.add(deadline)
        self.activity.enter()
        self.quiet.clear()

    def finish(self, deadline: Deadline) -> None:
        """It ends."""
        self.running.discard(deadline)
        if self.sql is not None:
            self.sql.rest()
        self.activity.leave()
        if not self.running:
            self.quiet.set()

    @property
    def serves_caller(self) -> bool:
        """Whether a call that is made now is served by this activation.

        Not only a running one does: what runs while it stops may call its own actor.
        """
        if self.lifecycle.is_running:
            return True
        is_stopping = self.lifecycle.is_leaving and self.accepts_calls
        return is_stopping and is_calling(self.record)

    def end_call(self, context: AnyContext) -> None:
        """A call ends: what it has begun by hand in the database is undone."""
        if self.sql is not None:
            self.sql.end_call(context)

    def refuse_calls(self) -> None:
        """Let no action begin any more; the last batch is about to be made."""
        self.accepts_calls = False

    def interrupt(self, error: Exception) -> None:
        """Cancel everything that runs; callers of actions get the error."""
        for deadline in tuple(self.running):
            deadline.interrupt(error)
        self.background.cancel()
        if self.run_handler is not None:
            self.run_handler.cancel()
        self.raw_sockets.cancel()

    # Ready, stopping, over

    def become_ready(self) -> None:
        """Serve calls; carry out what start hooks asked for."""
        self.lifecycle.signal(Signal.READY)
        if not self.definition.options.no_sleep:
            self.activity.watch()
        self.timers.start()
        if self._requested is Signal.DESTROY:
            self._begin_stop(Signal.DESTROY)
            return
        if self.run_handler is not None:
            self.run_handler.start()
        if self._requested is not None:
            self.ask_to_sleep()

    def ask_to_sleep(self) -> None:
        """Sleep as user code asks for it; nothing when the actor stops already.

        An actor that is asked before it has served a call is on its way to serve the
        one that woke it. If it did not get the time, one that always sleeps in
        ``on_wake`` would start and stop for ever.
        """
        if self._has_served or not self.lifecycle.is_running:
            self.request_sleep()
        else:
            self.services.clock.call_later(_FIRST_CALL_S, self.request_sleep)

    def request_sleep(self) -> None:
        """Begin to sleep; nothing happens when the actor stops already."""
        self._request(Signal.SLEEP)

    def request_destroy(self) -> None:
        """Destroy soon.

        Raises:
            ActorStoppingError: The actor stops already.
        """
        if not self._request(Signal.DESTROY):
            raise ActorStoppingError

    def end(self, signal: Signal) -> None:
        """The activation is over; nothing that it does from now on is saved."""
        self.lifecycle.signal(signal)
        self.refuse_calls()
        self.timers.stop()
        self.activity.stop()
        self.abort_signal.abort()
        self.turns.close(ActorStoppingError())
        if self.sql is not None:
            self.sql.close(removes=self._leaves_nothing)
        # Whoever waits for an answer asks the next activation for it.
        self.queues.close(NotAcceptedError())
        self._on_end(self)
        self.ended.set()

    def fail(self, error: StorageError) -> None:
        """Drop the activation: its memory is ahead of what is stored."""
        if self.lifecycle.is_over:
            return
        self.log.error("dropped from memory: it could not be saved", exc_info=error)
        self.turns.close(error)
        self.turns.gate.fail(as_request_error(error, record=self.record).body)
        self.end(Signal.FAIL)
        self.interrupt(error)
        for connection in self.connections:
            connection.close(*RESTARTING_CLOSE)

    def _request(self, signal: Signal) -> bool:
        match self.lifecycle.phase:
            case Phase.RUNNING:
                self._begin_stop(signal)
            case Phase.CREATED | Phase.STARTING if (
                self._requested is not Signal.DESTROY
            ):
                self._requested = signal
            case _:
                return False
        return True

    def _begin_stop(self, signal: Signal) -> None:
        self.lifecycle.signal(signal)
        self.timers.stop()
        self.activity.stop()
        self._stopping = asyncio.create_task(self._stop(signal))

    async def _stop(self, signal: Signal) -> None:
        try:
            await stop(self, signal)
        finally:
            # Whatever happened, requests must not wait for this activation for ever.
            if not self.lifecycle.is_over:
                self.end(Signal.FAIL)
            hibernate(self)

    def _on_idle(self) -> None:
        if self.lifecycle.is_running:
            self._begin_stop(Signal.SLEEP)

    def _make_turns(self) -> Turns:
        return Turns(
            self.record.actor_id,
            state=self.state,
            store=self.services.store,
            clock=self.services.clock,
            interval_s=self.definition.options.state_save_interval_s,
            on_state_change=self._state_change_hook(),
            on_failure=self.fail,
            log=self.log,
        )

    def _make_database(self) -> ActorDatabase | None:
        databases = self.services.databases
        if databases is None or not self.definition.has_database:
            return None
        return ActorDatabase(
            databases.database(
                self.record.actor_id, is_busy=lambda: bool(self.running)
            ),
            clock=self.services.clock,
            limits=self.services.options.sql,
            log=self.log,
        )

    @property
    def _leaves_nothing(self) -> bool:
        """Whether the actor is destroyed, or was never stored."""
        return self.lifecycle.phase is Phase.DESTROYED or not self._may_be_stored

    def _state_change_hook(self) -> Callable[[], None] | None:
        if not self.hooks.on_state_change:
            return None
        return lambda: self.actor.on_state_change(self.context())


def _logger(record: ActorRecord) -> logging.LoggerAdapter[Any]:
    facts = {"actor": record.name, "actor_id": record.actor_id, "key": record.key}
    return logging.LoggerAdapter(logging.getLogger("rivetgen.actor"), facts)
