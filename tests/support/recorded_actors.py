"""The actors that the recordings in tests/data/wire were made with.

Only what is served so far; arguments and results are any wire value.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import pydantic as _pydantic

import rivetgen_runtime as _runtime
from rivetgen_client import definitions as _definitions
from rivetgen_client import queue_definitions as _queues
from rivetgen_client import types as _types
from rivetgen_runtime.errors import CodedError, ForbiddenError, UserError


class AnyError(CodedError):
    """An error with a group of the caller's choice."""

    def __init__(self, group: str, code: str) -> None:
        super().__init__("the message", code=code, metadata={"m": 1})
        self.group = group


class State(_types.Model):
    """State of ``counter``."""

    count: _types.Int = 0
    input: _types.Json = None


class Context(_runtime.Context[Any, State, Any]):
    """The ``c`` of every actor here."""


class CreateContext(_runtime.CreateContext[Any]):
    """The ``c`` of ``create_state``."""


class Connection(_runtime.Connection[Any, Any]):
    """The ``c.conn`` of every actor here."""


def _optional(count: int) -> tuple[_definitions.Argument, ...]:
    return tuple(
        _definitions.Argument(f"argument{number}", Any, absent=True)
        for number in range(count)
    )


def _action(name: str, count: int = 0, *, void: bool = False) -> Any:
    definition: _definitions.ActionDefinition[Any] = _definitions.ActionDefinition(
        name, arguments=_optional(count), returns=None if void else Any
    )
    return definition


def _bindings(**methods: Any) -> dict[str, _runtime.ActionBinding]:
    return {
        action.name: _runtime.ActionBinding(action, method=method)
        for method, action in methods.items()
    }


def _definition(
    name: str, actions: dict[str, _runtime.ActionBinding], **fields: Any
) -> _runtime.ActorDefinition:
    return _runtime.ActorDefinition(
        name=name,
        actions=actions,
        context=Context,
        create_context=CreateContext,
        connection=Connection,
        **fields,
    )


class Counter(_runtime.Actor[Context]):
    """``counter`` of the recordings."""

    definition = _definition(
        "counter",
        _bindings(
            increment=_action("increment", 1),
            get_count=_action("get"),
            get_input=_action("getInput"),
            no_return=_action("noReturn", void=True),
            return_null=_action("retNull"),
            echo=_action("echo", 8),
            user_error=_action("userErr"),
            user_error_without_code=_action("userErr2"),
            plain_error=_action("plainErr"),
            throw_error=_action("throwErr", 4),
            forbidden=_action("forbidden"),
            slow=_action("slow", 1),
            big=_action("big", 1),
            inner=_action("ns.inner", 1),
            weird=_action("weird/name"),
        ),
        input=Any,
        state=State,
    )

    async def create_state(self, c: Any, input: Any) -> State:  # noqa: A002, ARG002
        fields: dict[str, Any] = input or {}
        return State(count=fields.get("start", 0), input=input)

    async def increment(self, c: Context, amount: Any) -> int:
        c.state.count += 1 if amount is _types.MISSING else amount
        c.emit_event("newCount", [c.state.count])
        return c.state.count

    async def get_count(self, c: Context) -> int:
        return c.state.count

    async def get_input(self, c: Context) -> Any:
        return c.state.input

    async def no_return(self, c: Context) -> None:
        pass

    async def return_null(self, c: Context) -> None:
        pass

    async def echo(self, c: Context, *args: Any) -> list[Any]:  # noqa: ARG002
        return [value for value in args if value is not _types.MISSING]

    async def user_error(self, c: Context) -> None:  # noqa: ARG002
        raise UserError("Nope", code="my_code", metadata={"a": 1})

    async def user_error_without_code(self, c: Context) -> None:  # noqa: ARG002
        raise UserError("Nope, no code")

    async def plain_error(self, c: Context) -> None:  # noqa: ARG002
        message = "secret stuff"
        raise RuntimeError(message)

    async def throw_error(self, c: Context, group: str, code: str, *rest: Any) -> None:  # noqa: ARG002
        raise AnyError(group, code)

    async def forbidden(self, c: Context) -> None:  # noqa: ARG002
        raise ForbiddenError

    async def slow(self, c: Context, milliseconds: float) -> str:  # noqa: ARG002
        await asyncio.sleep(milliseconds / 1000)
        return "done"

    async def big(self, c: Context, count: int) -> str:  # noqa: ARG002
        return "x" * count

    async def inner(self, c: Context, value: Any) -> str:  # noqa: ARG002
        return f"inner:{value}"

    async def weird(self, c: Context) -> str:  # noqa: ARG002
        return "weird"


def _queue(name: str, message: Any, reply: Any = None) -> _runtime.QueueBinding:
    definition: _queues.QueueDefinition[Any, Any] = _queues.QueueDefinition(
        name, message=message, reply=reply
    )
    return _runtime.QueueBinding(queue=definition)


class Tiny(_runtime.Actor[Context]):
    """``tiny`` of the recordings: its actions may take 300 ms."""

    definition = _definition(
        "tiny",
        _bindings(slow=_action("slow", 1)),
        queues={"q": _queue("q", Any)},
        options=_runtime.ActorOptions(
            action_timeout_s=0.3, max_queue_size=2, max_queue_message_bytes=200
        ),
    )

    async def slow(self, c: Context, milliseconds: float) -> int:  # noqa: ARG002
        await asyncio.sleep(milliseconds / 1000)
        return 1


class AuthBase(_runtime.Actor[Context]):
    """What a generator would write for ``auth``."""

    definition = _definition(
        "auth", _bindings(who=_action("who")), conn_params=Any, conn_state=Any
    )


class Auth(AuthBase):
    """``auth`` of the recordings: refuses some tokens."""

    async def on_before_connect(self, c: Context, params: Any) -> None:  # noqa: ARG002
        match params.get("token"):
            case "bad":
                raise UserError("bad token", code="unauthorized")
            case "boom":
                message = "boom secret"
                raise RuntimeError(message)
            case "forbid":
                raise ForbiddenError("Forbidden!")
            case _:
                return

    async def create_conn_state(self, c: Context, params: Any) -> Any:  # noqa: ARG002
        return {"user": params.get("token", "anon")}

    async def who(self, c: Context) -> Any:
        return c.conn.state["user"]


class Job(_types.Model):
    """A message to ``jobs``."""

    n: _types.Int


class Result(_types.Model):
    """A reply of ``jobs``."""

    r: _types.Int


class JobsDelivery(_runtime.ReplyingDelivery[Job, Result]):
    """One delivery of ``jobs``."""

    queue: ClassVar[_queues.QueueDefinition[Any, Any]] = _queues.QueueDefinition(
        "jobs", message=Job, reply=Result
    )


class WorkerState(_types.Model):
    """State of ``worker``."""

    seen: list[Any] = _pydantic.Field(default_factory=list[Any])


class WorkerBase(_runtime.Actor[Any]):
    """What a generator would write for ``worker``."""

    definition = _definition(
        "worker",
        _bindings(seen=_action("seen")),
        state=WorkerState,
        queues={"jobs": _runtime.QueueBinding(queue=JobsDelivery.queue)},
        drops_undeclared=True,
        run=_runtime.RunPolicy(),
    )


class Worker(WorkerBase):
    """``worker`` of the recordings: doubles numbers, and is slow with 99."""

    async def create_state(self, c: Any, input: Any) -> WorkerState:  # noqa: A002, ARG002
        return WorkerState()

    async def run(self, c: Any) -> None:
        queue: _runtime.ReplyingQueue[JobsDelivery, Job, Result]
        queue = _runtime.ReplyingQueue(c, JobsDelivery)
        async for delivery in queue.iter():
            number = delivery.body.n
            c.state.seen.append({"n": number})
            if number == 99:
                await asyncio.sleep(1.5)
            await delivery.complete(Result(r=number * 2))

    async def seen(self, c: Any) -> Any:
        return c.state.seen


class PlainQueue(_runtime.Actor[Any]):
    """``plainq`` of the recordings: has no queues, so that it receives nothing."""

    definition = _definition(
        "plainq", _bindings(receive=_action("recv")), drops_undeclared=True
    )

    async def receive(self, c: Any) -> None:
        pass


ACTORS = (Counter, Tiny, Auth, Worker, PlainQueue)
