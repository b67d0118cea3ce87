"""What tools see and change of one actor that is awake: the inspector without I/O."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from rivetgen_client.types import dump, load
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.actions import answer_call
from rivetgen_runtime.core.definitions import invalid_arguments
from rivetgen_runtime.core.kv_values import StoredValue
from rivetgen_runtime.core.ports import Area, PutValue
from rivetgen_runtime.core.queues.errors import QueueNotFoundError
from rivetgen_runtime.core.queues.sending import encode_message
from rivetgen_runtime.core.schedule_inspection import ScheduleInspection
from rivetgen_runtime.core.sql_inspection import SqlInspection
from rivetgen_runtime.errors import (
    DatabaseNotEnabledError,
    NotAcceptedError,
    StateNotEnabledError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation, Services
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.ports import Store
    from rivetgen_runtime.core.watching import Watchers

__all__ = ["TOKEN_KEY", "Inspector", "read_token", "token_of"]

TOKEN_KEY: Final = b"\x03"
"""Key of the inspector's token: in ``Area.META``, and in the management API."""

_TOKEN_BYTES: Final = 32


async def read_token(store: Store, actor_id: str) -> StoredValue | None:
    """The stored token of an actor; None when nobody asked for it so far."""
    values = await store.values(actor_id, frozenset({Area.META}))
    blob = values.get((Area.META, TOKEN_KEY))
    return None if blob is None else StoredValue.from_blob(blob)


async def token_of(activation: Activation) -> StoredValue:
    """The token of an actor that is awake: made when first asked for, then the same.

    Returns:
        43 characters of base64url; durable.

    Raises:
        ActorStoppingError: The actor saves nothing any more.
    """
    actor_id = activation.record.actor_id
    stored = await read_token(activation.services.store, actor_id)
    # Of several callers at once the first one makes the token.
    token = activation.inspector_token or stored
    if token is None:
        token = _new_token(activation.services)
        write = PutValue(actor_id, Area.META, TOKEN_KEY, token.to_blob())
        activation.turns.stage(write)
    activation.inspector_token = token
    await activation.turns.save()
    return token


def _new_token(services: Services) -> StoredValue:
    text = base64.urlsafe_b64encode(services.randomness.token_bytes(_TOKEN_BYTES))
    return StoredValue(text.rstrip(b"="), services.clock.now_ms())


class Inspector:
    """One actor as its inspector shows it; values are those of the wire.

    Args:
        activation: The actor, awake.
    """

    def __init__(self, activation: Activation) -> None:
        self._activation = activation
        self._definition = activation.definition

    @property
    def watchers(self) -> Watchers:
        """Tells when to look again."""
        return self._activation.turns.watchers

    async def wait_for_end(self) -> None:
        """Return when the actor has left memory."""
        await self._activation.ended.wait()

    @property
    def is_state_enabled(self) -> bool:
        """Whether the schema declares a state."""
        return self._definition.state is not None

    @property
    def state(self) -> Value:
        """The state; None for actors without one."""
        if not self.is_state_enabled:
            return None
        return dump(self._activation.state.value, self._definition.state_adapter)

    async def patch_state(self, value: Value) -> None:
        """Replace the whole state; returns when that is durable.

        Raises:
            NotAcceptedError: The actor stopped first.
            StateNotEnabledError: The schema declares no state.
            InvalidArgumentsError: The value does not fit the schema.
        """
        self._check_accepted()
        if not self.is_state_enabled:
            raise StateNotEnabledError(self._definition.name)
        try:
            state = load(self._definition.state_adapter, value)
        except ValidationError as error:
            raise invalid_arguments(error, "state") from error
        self._activation.turns.watch()
        self._activation.state.value = state
        await self._activation.turns.save()

    @property
    def is_database_enabled(self) -> bool:
        """Whether the schema declares a database."""
        return self._definition.has_database

    @property
    def schedules(self) -> ScheduleInspection:
        """What the actor calls later."""
        return ScheduleInspection(self._activation)

    @property
    def database(self) -> SqlInspection:
        """The database of the actor.

        Raises:
            DatabaseNotEnabledError: The schema declares none.
        """
        if self._activation.sql is None:
            raise DatabaseNotEnabledError(self._definition.name)
        return SqlInspection(self._activation.sql)

    @property
    def is_workflow_enabled(self) -> bool:
        """Whether the run handler of the actor is a workflow."""
        return self._activation.workflow is not None

    @property
    def workflow_state(self) -> str | None:
        """What the workflow does; None without one."""
        workflow = self._activation.workflow
        return None if workflow is None else workflow.state.value

    @property
    def workflow_history(self) -> dict[str, Value] | None:
        """What the workflow did so far, decoded; None without one."""
        workflow = self._activation.workflow
        return None if workflow is None else workflow.history_value()

    @property
    def packed_workflow_history(self) -> bytes | None:
        """The same as the BARE struct of the WebSocket."""
        workflow = self._activation.workflow
        return None if workflow is None else workflow.history_bytes()

    async def replay_workflow(self, entry_id: str | None) -> None:
        """Run the workflow again; returns when what it forgets is durably forgotten.

        Nothing happens without a workflow. The state of the actor stays as it is.

        Args:
            entry_id: The step to begin with; None for the beginning.

        Raises:
            NotAcceptedError: The actor stopped first.
            WorkflowInFlightError: The workflow is at work.
            ReplayTargetError: There is no such step.
        """
        self._check_accepted()
        workflow = self._activation.workflow
        if workflow is not None:
            await workflow.replay_from(entry_id)

    @property
    def queue_size(self) -> int:
        """Messages of all queues, those being handled included."""
        return len(self._activation.queues)

    def queue_status(self, limit: int) -> dict[str, Value]:
        """Messages of all queues without their bodies, at most ``limit``."""
        messages: list[Value] = [
            {
                "id": message.id,
                "name": message.name,
                "createdAtMs": message.created_at_ms,
            }
            for message in self._activation.queues
        ]
        return {
            "size": len(messages),
            "maxSize": self._definition.options.max_queue_size,
            "messages": messages[:limit],
            "truncated": len(messages) > limit,
        }

    async def send(self, name: str, body: Value) -> dict[str, Value]:
        """Send a message; returns when it is durable.

        Raises:
            NotAcceptedError: The actor stopped first.
            QueueNotFoundError: The schema declares no such queue.
            InvalidArgumentsError: The body does not fit the schema.
            QueueError: The queue does not take it.
        """
        self._check_accepted()
        binding = self._definition.queues.get(name)
        if binding is None:
            raise QueueNotFoundError(name)
        encoded = encode_message(binding.queue, binding.queue.load_message(body))
        message = self._activation.queues.send(name, encoded)
        await self._activation.turns.save()
        return {
            "id": str(message.id),
            "name": name,
            "createdAtMs": message.created_at_ms,
        }

    async def clear_queues(self) -> None:
        """Remove every message; returns when that is durable.

        Raises:
            NotAcceptedError: The actor stopped first.
        """
        self._check_accepted()
        self._activation.queues.clear()
        await self._activation.turns.save()

    @property
    def connections(self) -> list[Value]:
        """Every connection, those of running HTTP calls included."""
        return [
            {
                "type": None,
                "id": connection.id,
                "details": self._details(connection),
            }
            for connection in self._activation.connections
        ]

    @property
    def action_names(self) -> list[str]:
        """Wire names of the actions, sorted."""
        return sorted(self._definition.actions)

    async def call(self, name: str, args: Sequence[Value], *, ray_id: str) -> Value:
        """Call an action as any client would, without connection parameters.

        Raises:
            NotAcceptedError: The actor stopped first.
            RequestError: With what the caller may see.
        """
        return await answer_call(
            self._activation, name, args, params=UNDEFINED, ray_id=ray_id
        )

    def _check_accepted(self) -> None:
        if not self._activation.accepts_calls:
            raise NotAcceptedError

    def _details(self, connection: AnyConnection) -> dict[str, Value]:
        definition = self._definition
        has_params = definition.conn_params is not None
        has_state = definition.conn_state is not None
        return {
            "type": None,
            "params": dump(connection.params, definition.params_adapter)
            if has_params
            else None,
            "stateEnabled": has_state,
            "state": dump(connection.state, definition.conn_state_adapter)
            if has_state
            else None,
            "subscriptions": len(connection.subscriptions),
            "isHibernatable": connection.is_hibernatable,
        }
