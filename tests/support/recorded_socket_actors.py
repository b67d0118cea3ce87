"""What the recordings of connections use beyond ``recorded_actors``."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import rivetgen_runtime as _runtime
from recorded_actors import (
    ACTORS,
    AnyError,
    Connection,
    Context,
    Counter,
    CreateContext,
)
from rivetgen_client import definitions as _definitions
from rivetgen_client import types as _types
from rivetgen_client.errors import InvalidArgumentsError
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.errors import UserError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from rivetgen_client.wire.values import Value


class RawAction(_definitions.ActionDefinition[Any]):
    """An action that takes any arguments and returns any value."""

    def load_arguments(self, wire_args: Sequence[Value]) -> tuple[object, ...]:
        return tuple(wire_args)

    def dump_result(self, value: object) -> Any:
        return value


def raw(name: str, method: str) -> tuple[str, _runtime.ActionBinding]:
    return name, _runtime.ActionBinding(RawAction(name), method=method)


class TalkingCounter(Counter):
    """``counter`` with what connections need."""

    definition = replace(
        Counter.definition,
        conn_params=Any,
        actions=dict(
            [
                *Counter.definition.actions.items(),
                raw("echo", "echo_raw"),
                raw("echo1", "echo_one"),
                raw("whoami", "who_am_i"),
                raw("sendMe", "send_me"),
                raw("broadcastMulti", "broadcast_multi"),
                raw("kick", "kick"),
                raw("conns", "list_connections"),
                raw("destroy", "destroy"),
                raw("goSleep", "go_to_sleep"),
                raw("rivetErrPublic", "public_error"),
            ]
        ),
    )

    async def echo_raw(self, c: Context, *args: Any) -> list[Any]:
        del c
        return [*args]

    async def echo_one(self, c: Context, value: Any) -> Any:
        del c
        return value

    async def who_am_i(self, c: Context) -> dict[str, Any]:
        return {
            "connId": c.conn.id,
            "params": c.conn.params or None,
            "key": list(c.key),
            "name": c.name,
            "actorId": c.actor_id,
            "region": "",
        }

    async def send_me(self, c: Context) -> str:
        c.conn.emit_event("direct", ["hi", c.conn.id])
        return str(c.conn.id)

    async def broadcast_multi(self, c: Context) -> Any:
        c.emit_event("multi", [1, "two", {"three": 3}])
        c.emit_event("none", [])
        return UNDEFINED

    async def kick(self, c: Context, reason: Any = "") -> Any:
        c.conn.disconnect(reason if isinstance(reason, str) else "")
        return UNDEFINED

    async def list_connections(self, c: Context) -> list[dict[str, Any]]:
        return [
            {"id": conn.id, "params": conn.params or None, "h": conn.is_socket}
            for conn in c.conns.values()
        ]

    async def destroy(self, c: Context) -> str:
        c.destroy()
        return "bye"

    async def go_to_sleep(self, c: Context) -> str:
        c.sleep()
        return "zzz"

    async def public_error(self, c: Context) -> Any:
        del c
        raise AnyError("mygroup", "mycode")

    async def on_request(
        self, c: Context, request: _runtime.Request
    ) -> _runtime.Response:
        match request.path:
            case "/throw":
                message = "raw secret"
                raise RuntimeError(message)
            case "/userthrow":
                raise UserError("raw user", code="raw_code")
            case "/status":
                return _runtime.Response(status=204)
            case "/stream":
                return _runtime.Response(
                    _events(), headers={"content-type": "text/event-stream"}
                )
            case _:
                body = _told(c, request) | {"body": await request.text()}
                return _runtime.Response.json(
                    body, status=201, headers={"x-custom": "yes"}
                )

    async def on_web_socket(self, c: Context, socket: _runtime.WebSocket) -> None:
        socket.send("welcome")
        async for data in socket:
            if data == "close-me":
                socket.close(4001, "custom reason")
            elif data == "path":
                seen = {
                    "url": c.request.url,
                    "params": c.conn.params or None,
                    "headers": dict(c.request.headers),
                }
                socket.send(json.dumps(seen))
            else:
                socket.send(f"echo:{data}" if isinstance(data, str) else data)


def _told(c: Context, request: _runtime.Request) -> dict[str, Any]:
    params = {"params": c.conn.params} if c.conn.params else {}
    return {
        "method": request.method,
        "url": request.url,
        "path": request.path,
        "search": f"?{request.query}" if request.query else "",
        "headers": dict(request.headers),
        "key": list(c.key),
        **params,
    }


async def _events() -> AsyncIterator[str]:
    for number in range(3):
        yield f"data: {number}\n\n"
        await asyncio.sleep(0.01)


class NoState(_types.Model):
    """State of actors that keep nothing."""


class Schemas(_runtime.Actor[Context]):
    """``schemas`` of the recordings."""

    definition = _runtime.ActorDefinition(
        name="schemas",
        state=NoState,
        conn_params=Any,
        actions=dict([raw("emit", "emit"), raw("emitPriv", "emit_private")]),
        subscription_guards={"priv": "can_subscribe_priv"},
        context=Context,
        create_context=CreateContext,
        connection=Connection,
    )

    async def create_state(self, c: Any, input: Any) -> NoState:  # noqa: A002
        del c, input
        return NoState()

    async def can_subscribe_priv(self, c: Context) -> bool:
        return bool(c.conn.params.get("admin"))

    async def emit(self, c: Context, number: Any) -> Any:
        if not isinstance(number, int):
            raise InvalidArgumentsError([{"path": "n", "message": "not a number"}])
        c.emit_event("typed", [{"n": number}])
        return UNDEFINED

    async def emit_private(self, c: Context) -> Any:
        c.emit_event("priv", ["s3cret"])
        return UNDEFINED


class SleepyState(_types.Model):
    """State of ``sleepy``."""

    n: _types.Int = 0


class Sleepy(_runtime.Actor[Context]):
    """``sleepy`` of the recordings."""

    definition = _runtime.ActorDefinition(
        name="sleepy",
        state=SleepyState,
        actions=dict([raw("inc", "increase")]),
        context=Context,
        create_context=CreateContext,
        connection=Connection,
        options=_runtime.ActorOptions(sleep_timeout_s=1.0),
    )

    async def create_state(self, c: Any, input: Any) -> SleepyState:  # noqa: A002
        del c, input
        return SleepyState()

    async def increase(self, c: Context) -> int:
        state: Any = c.state
        state.n += 1
        return int(state.n)


class Silent(_runtime.Actor[Context]):
    """``noraw`` of the recordings: it has no raw handlers."""

    definition = _runtime.ActorDefinition(
        name="noraw",
        context=Context,
        create_context=CreateContext,
        connection=Connection,
    )


SOCKET_ACTORS = (
    TalkingCounter,
    Silent,
    Schemas,
    Sleepy,
    *(actor for actor in ACTORS if actor is not Counter),
)
