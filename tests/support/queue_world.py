"""An actor with queues, in the shape of generated code, that runs scripts of tests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

import rivetgen_runtime as _runtime
from core_world import World
from rivetgen_client import definitions as _definitions
from rivetgen_client import queue_definitions as _queues
from rivetgen_client import types as _types
from rivetgen_client.key_definitions import KeyDefinition
from rivetgen_client.transport import QueueAnswer, QueueMessage
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_client.wire.values import Value

ATTEMPTS = 3
BACKOFF_S = 1.0
MAX_QUEUE_SIZE = 50


class DeskKey(NamedTuple):
    """Key of ``desk``."""

    name: str


_KEY = KeyDefinition(DeskKey, (_definitions.Argument("name", _types.Str),))


class DeskState(_types.Model):
    """State of ``desk``."""

    total: _types.Int = 0


class DeskAskMessage(_types.Model):
    """What ``ask`` takes."""

    question: _types.Str


class DeskAskReply(_types.Model):
    """What ``ask`` is answered with."""

    answer: _types.Str


def _json_queue(name: str) -> _queues.QueueDefinition[Any, None]:
    return _queues.QueueDefinition(name, message=_types.Json)


JOBS = _json_queue("jobs")
OTHER = _json_queue("other")
FAILED = _json_queue("failed")
ONCE = _json_queue("once")
KEPT = _json_queue("kept")
GUARDED = _json_queue("guarded")
ASK: _queues.QueueDefinition[DeskAskMessage, DeskAskReply] = _queues.QueueDefinition(
    "ask", message=DeskAskMessage, reply=DeskAskReply
)


class JobsDelivery(_runtime.Delivery[Any]):
    """One delivery of ``jobs``."""

    queue: ClassVar[_queues.QueueDefinition[Any, Any]] = JOBS


class OtherDelivery(_runtime.Delivery[Any]):
    """One delivery of ``other``."""

    queue: ClassVar[_queues.QueueDefinition[Any, Any]] = OTHER


class FailedDelivery(_runtime.Delivery[Any]):
    """One delivery of ``failed``."""

    queue: ClassVar[_queues.QueueDefinition[Any, Any]] = FAILED


class OnceDelivery(_runtime.Delivery[Any]):
    """One delivery of ``once``."""

    queue: ClassVar[_queues.QueueDefinition[Any, Any]] = ONCE


class KeptDelivery(_runtime.Delivery[Any]):
    """One delivery of ``kept``."""

    queue: ClassVar[_queues.QueueDefinition[Any, Any]] = KEPT


class AskDelivery(_runtime.ReplyingDelivery[DeskAskMessage, DeskAskReply]):
    """One delivery of ``ask``."""

    queue: ClassVar[_queues.QueueDefinition[Any, Any]] = ASK


AnyDelivery: TypeAlias = (
    JobsDelivery
    | OtherDelivery
    | FailedDelivery
    | OnceDelivery
    | KeptDelivery
    | AskDelivery
)


class DeskQueues(_runtime.Queues[AnyDelivery, str]):
    """Queues of ``desk``."""

    _kinds = (
        JobsDelivery,
        OtherDelivery,
        FailedDelivery,
        OnceDelivery,
        KeptDelivery,
        AskDelivery,
    )

    @property
    def jobs(self) -> _runtime.Queue[JobsDelivery, Any]:
        """Messages that are tried a few times."""
        return _runtime.Queue(self._context, JobsDelivery)

    @property
    def other(self) -> _runtime.Queue[OtherDelivery, Any]:
        """The same."""
        return _runtime.Queue(self._context, OtherDelivery)

    @property
    def failed(self) -> _runtime.Queue[FailedDelivery, Any]:
        """Dead letters of ``jobs``."""
        return _runtime.Queue(self._context, FailedDelivery)

    @property
    def once(self) -> _runtime.Queue[OnceDelivery, Any]:
        """Messages that are delivered at most once."""
        return _runtime.Queue(self._context, OnceDelivery)

    @property
    def kept(self) -> _runtime.Queue[KeptDelivery, Any]:
        """Messages that are tried for ever."""
        return _runtime.Queue(self._context, KeptDelivery)

    @property
    def ask(self) -> _runtime.ReplyingQueue[AskDelivery, DeskAskMessage, DeskAskReply]:
        """Messages with replies."""
        return _runtime.ReplyingQueue(self._context, AskDelivery)


class DeskConnection(_runtime.Connection[Any, Any]):
    """A connection to ``desk``."""


class DeskContext(_runtime.Context[DeskKey, DeskState, DeskConnection]):
    """What a method of ``desk`` works with."""

    @property
    def queues(self) -> DeskQueues:
        """Queues of the actor."""
        return DeskQueues(self)


class DeskCreateContext(_runtime.CreateContext[DeskKey]):
    """What ``desk`` works with before it has a state."""


def _action(name: str, *, read_only: bool = False) -> _runtime.ActionBinding:
    definition: _definitions.ActionDefinition[Any] = _definitions.ActionDefinition(
        name,
        arguments=(_definitions.Argument("argument", _types.Json, default=None),),
        returns=_types.Json,
        read_only=read_only,
    )
    return _runtime.ActionBinding(definition, method=name)


RETRY = _runtime.RetryPolicy(
    attempts=ATTEMPTS, backoff_minimum_s=BACKOFF_S, backoff_maximum_s=60.0
)


class DeskBase(_runtime.Actor[DeskContext]):
    """An actor with one queue of each kind."""

    definition: ClassVar[_runtime.ActorDefinition] = _runtime.ActorDefinition(
        name="desk",
        key=_KEY,
        state=DeskState,
        actions={
            "work": _action("work"),
            "look": _action("look", read_only=True),
        },
        queues={
            "jobs": _runtime.QueueBinding(
                queue=JOBS, retry=RETRY, dead_letter="failed"
            ),
            "other": _runtime.QueueBinding(queue=OTHER, retry=RETRY),
            "failed": _runtime.QueueBinding(queue=FAILED),
            "once": _runtime.QueueBinding(queue=ONCE, retry=None),
            "kept": _runtime.QueueBinding(queue=KEPT, retry=RETRY),
            "ask": _runtime.QueueBinding(queue=ASK, retry=RETRY, dead_letter="failed"),
            "guarded": _runtime.QueueBinding(
                queue=GUARDED, guard="can_publish_guarded"
            ),
        },
        context=DeskContext,
        create_context=DeskCreateContext,
        connection=DeskConnection,
        options=_runtime.ActorOptions(
            max_queue_size=MAX_QUEUE_SIZE, max_queue_message_bytes=200
        ),
    )

    async def create_state(
        self,
        c: DeskCreateContext,  # noqa: ARG002 - the signature of generated code
        input: None,  # noqa: A002, ARG002
    ) -> DeskState:
        """Return the first state of a new actor."""
        return DeskState()

    async def can_publish_guarded(self, c: DeskContext) -> bool:  # noqa: ARG002
        """Let everyone send."""
        return True


Script: TypeAlias = "Callable[[DeskContext], Awaitable[object]]"


class DeskWorld(World):
    """A world whose actor runs what each test gives it.

    Args:
        base: Class of the actor below the scripts.
    """

    def __init__(self, base: type[DeskBase] = DeskBase, **options: Any) -> None:
        scripts: dict[str, Script] = {}
        failures: dict[str, Exception] = {}
        self.scripts = scripts
        self.failures = failures

        class Desk(base):  # type: ignore[misc, valid-type]
            async def work(self, c: DeskContext, argument: Any) -> Any:
                try:
                    return await scripts[argument](c)
                except Exception as error:
                    failures[argument] = error
                    raise

            async def look(self, c: DeskContext, argument: Any) -> Any:
                return await self.work(c, argument)

        super().__init__(Desk, **options)

    def start(
        self, script: Script, *, action: str = "work", key: str = "a"
    ) -> asyncio.Task[Value]:
        """Run a script as an action of its own."""
        return asyncio.create_task(self.run(script, action=action, key=key))

    async def run(
        self, script: Script, *, action: str = "work", key: str = "a"
    ) -> Value:
        """Run a script as an action; what it raises is raised."""
        number = str(len(self.scripts))
        self.scripts[number] = script
        try:
            return await self.call(action, number, name="desk", key=key)
        except Exception:
            if number in self.failures:
                raise self.failures[number] from None
            raise

    async def send(
        self,
        queue: str,
        body: Value = None,
        *,
        waits: bool = False,
        wait_s: float | None = None,
        idempotency_key: str | None = None,
        params: Value = UNDEFINED,
        key: str = "a",
    ) -> QueueAnswer:
        """Send a message as an HTTP client does."""
        record = await self.locate("desk", key)
        message = QueueMessage(
            name=queue,
            body=body,
            key=idempotency_key,
            waits=waits,
            wait_s=wait_s,
            params=params,
        )
        return await self.host.send_message(record, message, ray_id="ray")

    async def ask(self, question: str = "?", **options: Any) -> asyncio.Task[Any]:
        """Send a request that waits, and let everything run that is ready."""
        body: Value = {"question": question}
        task = asyncio.create_task(self.send("ask", body, waits=True, **options))
        await settle()
        return task


def bodies(deliveries: list[Any]) -> list[Any]:
    """The messages alone."""
    return [delivery.body for delivery in deliveries]


async def drain(c: DeskContext) -> list[Any]:
    """Take and complete everything that is ready, over all queues but ``ask``."""
    names = ("jobs", "other", "failed", "once", "kept")
    return bodies(await c.queues.try_next_batch(*names, count=MAX_QUEUE_SIZE))
