"""Actors for the inspector: ``worker`` of the recordings, and one that says no."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from yarl import URL

import rivetgen_runtime as _runtime
from recorded_actors import Connection, Context, CreateContext
from rivetgen_client import definitions as _definitions
from rivetgen_client import queue_definitions as _queues
from rivetgen_client import types as _types
from rivetgen_runtime.errors import UserError

if TYPE_CHECKING:
    import aiohttp

CREATION = {
    "name": "worker",
    "key": "a",
    "runner_name_selector": "default",
    "crash_policy": "sleep",
}
"""Body of a request that creates a worker."""


async def read_inspector_token(
    session: aiohttp.ClientSession, base: str, actor_id: str
) -> tuple[int, str]:
    """Ask the management API for the token of an actor's inspector.

    Returns:
        The status, and the token; no text without one.
    """
    path = f"/actors/{actor_id}/kv/keys/Aw%3D%3D?namespace=default"
    async with session.get(URL(base + path, encoded=True)) as response:
        body = await response.json()
        return response.status, base64.b64decode(body.get("value", "")).decode()


class WorkerState(_types.Model):
    """State of ``worker``."""

    seen: _types.Json = None


class Worker(_runtime.Actor[Context]):
    """Has a state, and one action that returns it."""

    definition = _runtime.ActorDefinition(
        name="worker",
        actions={
            "seen": _runtime.ActionBinding(
                _definitions.ActionDefinition(
                    "seen",
                    arguments=(_definitions.Argument("options", Any, absent=True),),
                    returns=Any,
                ),
                method="seen",
            ),
            "refuse": _runtime.ActionBinding(
                _definitions.ActionDefinition("refuse", arguments=(), returns=None),
                method="refuse",
            ),
        },
        queues={
            name: _runtime.QueueBinding(
                queue=_queues.QueueDefinition(name, message=Any)
            )
            for name in ("jobs", "fire")
        },
        state=WorkerState,
        context=Context,
        create_context=CreateContext,
        connection=Connection,
    )

    async def create_state(self, c: Any, input: Any) -> WorkerState:  # noqa: A002, ARG002
        return WorkerState(seen=[])

    async def seen(self, c: Any, options: Any) -> Any:  # noqa: ARG002
        return c.state.seen

    async def refuse(self, c: Any) -> None:  # noqa: ARG002
        raise UserError("Not now", "busy", {"until": 5})


class Stateless(_runtime.Actor[Context]):
    """Has nothing at all."""

    definition = _runtime.ActorDefinition(
        name="stateless",
        context=Context,
        create_context=CreateContext,
        connection=Connection,
    )
