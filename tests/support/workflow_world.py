"""An actor in the shape of generated code whose workflow is that of a test."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

import pydantic as _pydantic

import rivetgen_runtime as _runtime
from core_world import World
from rivetgen_client import definitions as _definitions
from rivetgen_client import queue_definitions as _queues
from rivetgen_client import types as _types
from rivetgen_client.key_definitions import KeyDefinition
from rivetgen_client.transport import QueueAnswer, QueueMessage
from rivetgen_runtime.core.ports import Area
from rivetgen_runtime.core.watching import Watchers
from rivetgen_runtime.core.workflows.journal import Journal
from rivetgen_runtime.core.workflows.run import WorkflowRun
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.ports import ActorRecord
    from rivetgen_runtime.core.workflows.entries import WorkflowState

    Body: TypeAlias = "Callable[[FlowWorkflow], Awaitable[object]]"

SLEEP_S = 10.0
GRACE_S = 5.0


class FlowKey(NamedTuple):
    """Key of ``flow``."""

    name: str


_KEY = KeyDefinition(FlowKey, (_definitions.Argument("name", _types.Str),))


class FlowState(_types.Model):
    """State of ``flow``."""

    notes: list[_types.Str] = _pydantic.Field(default_factory=list[str])
    total: _types.Int = 0


class AskMessage(_types.Model):
    """What ``ask`` takes."""

    question: _types.Str


class AskReply(_types.Model):
    """What ``ask`` is answered with."""

    answer: _types.Str


JOBS: _queues.QueueDefinition[Any, None] = _queues.QueueDefinition(
    "jobs", message=_types.Json
)
OTHER: _queues.QueueDefinition[Any, None] = _queues.QueueDefinition(
    "other", message=_types.Json
)
ASK: _queues.QueueDefinition[AskMessage, AskReply] = _queues.QueueDefinition(
    "ask", message=AskMessage, reply=AskReply
)


class JobsDelivery(_runtime.Delivery[Any]):
    """One delivery of ``jobs``."""

    queue: ClassVar[_queues.QueueDefinition[Any, Any]] = JOBS


class OtherDelivery(_runtime.Delivery[Any]):
    """One delivery of ``other``."""

    queue: ClassVar[_queues.QueueDefinition[Any, Any]] = OTHER


class AskDelivery(_runtime.ReplyingDelivery[AskMessage, AskReply]):
    """One delivery of ``ask``."""

    queue: ClassVar[_queues.QueueDefinition[Any, Any]] = ASK


AnyDelivery: TypeAlias = JobsDelivery | OtherDelivery | AskDelivery


class FlowQueues(_runtime.Queues[AnyDelivery, str]):
    """Queues of ``flow``."""

    _kinds = (JobsDelivery, OtherDelivery, AskDelivery)

    @property
    def jobs(self) -> _runtime.Queue[JobsDelivery, Any]:
        """Messages without a reply."""
        return _runtime.Queue(self._context, JobsDelivery)

    @property
    def ask(self) -> _runtime.ReplyingQueue[AskDelivery, AskMessage, AskReply]:
        """Messages with a reply."""
        return _runtime.ReplyingQueue(self._context, AskDelivery)


class FlowWorkflowQueues(_runtime.WorkflowQueues[AnyDelivery, str]):
    """Queues of the workflow."""

    _kinds = (JobsDelivery, OtherDelivery, AskDelivery)

    @property
    def jobs(self) -> _runtime.WorkflowQueue[JobsDelivery]:
        """Messages without a reply."""
        return _runtime.WorkflowQueue(self._workflow, JobsDelivery)

    @property
    def ask(self) -> _runtime.WorkflowQueue[AskDelivery]:
        """Messages with a reply."""
        return _runtime.WorkflowQueue(self._workflow, AskDelivery)


class FlowConnection(_runtime.Connection[Any, Any]):
    """A connection to ``flow``."""


class FlowContext(_runtime.Context[FlowKey, FlowState, FlowConnection]):
    """What a method of ``flow`` works with."""

    @property
    def queues(self) -> FlowQueues:
        """Queues of the actor."""
        return FlowQueues(self)


class FlowCreateContext(_runtime.CreateContext[FlowKey]):
    """What ``flow`` works with before it has a state."""


class FlowWorkflow(_runtime.Workflow[FlowKey, FlowContext]):
    """The workflow of ``flow``."""

    @property
    def queues(self) -> FlowWorkflowQueues:
        """Messages that it waits for."""
        return FlowWorkflowQueues(self)


def _action(name: str) -> _runtime.ActionBinding:
    definition: _definitions.ActionDefinition[Any] = _definitions.ActionDefinition(
        name,
        arguments=(_definitions.Argument("argument", _types.Json, default=None),),
        returns=_types.Json,
    )
    return _runtime.ActionBinding(definition, method=name)


class FlowBase(_runtime.Actor[FlowContext]):
    """An actor with a workflow."""

    definition: ClassVar[_runtime.ActorDefinition] = _runtime.ActorDefinition(
        name="flow",
        key=_KEY,
        state=FlowState,
        actions={"work": _action("work"), "look": _action("look")},
        queues={
            "jobs": _runtime.QueueBinding(queue=JOBS),
            "other": _runtime.QueueBinding(queue=OTHER, retry=None),
            "ask": _runtime.QueueBinding(queue=ASK),
        },
        context=FlowContext,
        create_context=FlowCreateContext,
        connection=FlowConnection,
        workflow=_runtime.WorkflowDefinition(workflow=FlowWorkflow),
        options=_runtime.ActorOptions(
            sleep_timeout_s=SLEEP_S, sleep_grace_period_s=GRACE_S
        ),
    )

    async def create_state(
        self,
        c: FlowCreateContext,  # noqa: ARG002 - the signature of generated code
        input: None,  # noqa: A002, ARG002
    ) -> FlowState:
        """Return the first state of a new actor."""
        return FlowState()

    async def look(self, c: FlowContext, argument: Any) -> Any:  # noqa: ARG002
        """Return what was noted."""
        return list(c.state.notes)


class FlowWorld(World):
    """A world whose actor runs a workflow of a test.

    Args:
        body: The workflow; another one takes over with ``deploy``.

    Attributes:
        did: What was done to the world outside: no crash takes it back.
        failures: What the hook of the actor was told.
        works: What the action ``work`` does.
    """

    def __init__(self, body: Body, **options: Any) -> None:
        self.body = body
        self.did: list[str] = []
        self.failures: list[_runtime.WorkflowFailure] = []
        self.works: Callable[[FlowContext, Any], Awaitable[Any]] | None = None
        world = self

        class Flow(FlowBase):
            async def run(self, w: FlowWorkflow) -> None:
                await world.body(w)

            async def on_workflow_error(
                self, c: FlowContext, failure: _runtime.WorkflowFailure
            ) -> None:
                del c
                world.failures.append(failure)

            async def work(self, c: FlowContext, argument: Any) -> Any:
                assert world.works is not None
                return await world.works(c, argument)

        super().__init__(Flow, **options)

    async def wake(self) -> ActorRecord:
        """Let the actor be awake, and let everything run that is ready."""
        self.host.start()
        record = await self.locate("flow")
        await settle()
        return record

    async def restart(self) -> None:
        """Kill the process and wake the actor in another one."""
        self.kill()
        await self.wake()

    def kill(self) -> None:
        """Lose everything in memory, the running workflow included."""
        lost = [task for task in asyncio.all_tasks() if _runs_workflow(task)]
        super().kill()
        for task in lost:
            task.cancel()

    async def deploy(self, body: Body) -> None:
        """Kill the process; the next one runs other code."""
        self.body = body
        await self.restart()

    async def sleep(self) -> None:
        """Send the actor to sleep."""
        record = await self.record()
        await self.host.sleep(record.actor_id)

    async def record(self) -> ActorRecord:
        """What is stored about the actor."""
        found = await self.host.find("flow", ("a",))
        assert found is not None
        return found

    async def is_asleep(self) -> bool:
        """Whether the actor sleeps."""
        return (await self.record()).slept_at_ms is not None

    async def notes(self) -> Any:
        """What the actor has noted in its state."""
        return await self.call("look", name="flow")

    async def send(self, queue: str, body: Value = None, **options: Any) -> QueueAnswer:
        """Send a message as an HTTP client does."""
        record = await self.locate("flow")
        message = QueueMessage(name=queue, body=body, **options)
        answer = await self.host.send_message(record, message, ray_id="ray")
        await settle()
        return answer

    async def ask(self, question: str = "?", **options: Any) -> asyncio.Task[Any]:
        """Send a request that waits, and let everything run that is ready."""
        body: Value = {"question": question}
        task = asyncio.create_task(self.send("ask", body, waits=True, **options))
        await settle()
        return task

    async def rows(self) -> dict[bytes, bytes]:
        """What is stored of the journal."""
        record = await self.record()
        values = await self.store.values(record.actor_id, frozenset({Area.JOURNAL}))
        return {key: row for (_, key), row in values.items()}

    async def journal(self) -> Journal:
        """What is stored of the journal, read."""
        journal = Journal("", self.randomness, Watchers())
        journal.load(await self.rows())
        return journal

    async def paths(self) -> list[str]:
        """Paths of all entries that are stored, sorted."""
        journal = await self.journal()
        return sorted(journal.path_of(entry.location) for entry in journal)

    async def state(self) -> WorkflowState:
        """Where the workflow is in its life, as stored."""
        return (await self.journal()).state


def _runs_workflow(task: asyncio.Task[Any]) -> bool:
    coroutine: Any = task.get_coro()
    name: str = coroutine.__qualname__
    return name == f"{WorkflowRun.__name__}._supervise"


def noting(note: str, did: list[str] | None = None) -> Callable[[FlowContext], Any]:
    """Body of a step that notes something in the state, and outside if wanted."""

    async def note_it(c: FlowContext) -> str:
        c.state.notes.append(note)
        if did is not None:
            did.append(note)
        return note

    return note_it
