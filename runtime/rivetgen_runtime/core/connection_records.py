"""What is stored of connections, so that they are there again after a sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import cbor2
from pydantic import ValidationError

from rivetgen_client.types import dump, load
from rivetgen_runtime.core.held_connections import held, let_go
from rivetgen_runtime.core.ports import Area, DeleteValue, PutValue
from rivetgen_runtime.core.snapshots import decode_stored, encode_stored
from rivetgen_runtime.errors import StateInvalidError, StorageCorruptError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.definitions import ActorDefinition
    from rivetgen_runtime.core.ports import Write

__all__ = ["ConnectionRecords"]

_VERSION: Final = 1
"""Of the record's layout: a list of parameters, state and subscriptions."""


class _Stored(NamedTuple):
    """A connection as it was stored."""

    params: Any
    state: Any
    subscriptions: list[str]


class ConnectionRecords:
    """Finds out which connections differ from what is stored; one part of each turn.

    A connection is looked at when it is new, when its subscriptions changed, and when
    its state was handed out: user code may have changed that in place. It is looked at
    once more when the turn of the call ends that it was handed to.

    Args:
        actor_id: Whose connections they are.
        definition: How parameters and states are written.
    """

    __slots__ = ("_actor_id", "_blobs", "_definition", "_ended", "_suspects")

    def __init__(self, actor_id: str, definition: ActorDefinition) -> None:
        self._actor_id = actor_id
        self._definition = definition
        self._suspects: dict[AnyConnection, None] = {}
        self._blobs: dict[AnyConnection, bytes] = {}
        self._ended: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._blobs or self._ended)

    def suspect(self, connection: AnyConnection) -> None:
        """A connection may have changed; only those that outlive a sleep are kept."""
        if connection.is_hibernatable:
            self._suspects[connection] = None

    def erase(self, connection: AnyConnection) -> None:
        """A connection has ended, and everything that follows from it has run."""
        connection.is_hibernatable = False
        self._suspects.pop(connection, None)
        if connection.record is not None:
            connection.record = None
            self._ended.add(connection.id)

    def forget(self, connection_id: str) -> None:
        """Remove a record that cannot be read."""
        self._ended.add(connection_id)

    def check(self) -> None:
        """Look for what has changed.

        Raises:
            StateInvalidError: The state of a connection does not fit the schema.
        """
        self._blobs.clear()
        self._suspect_held()
        for connection in self._suspects:
            blob = self._encode(connection)
            if blob != connection.record:
                self._blobs[connection] = blob

    def _suspect_held(self) -> None:
        for connection in held():
            if not connection.is_hibernatable:
                let_go(connection)
            elif connection.belongs_to(self):
                self._suspects[connection] = None

    def writes(self) -> Iterator[Write]:
        """The writes that make these changes."""
        for connection_id in self._ended:
            yield DeleteValue(self._actor_id, Area.CONNECTION, connection_id.encode())
        for connection, blob in self._blobs.items():
            key = connection.id.encode()
            yield PutValue(self._actor_id, Area.CONNECTION, key, blob)

    def settle(self) -> None:
        """The next batch has the changes.

        While actions of a connection run they may hold its state: it stays suspect.
        """
        for connection, blob in self._blobs.items():
            connection.record = blob
        self._blobs.clear()
        self._ended.clear()
        idle = [connection for connection in self._suspects if not connection.running]
        for connection in idle:
            del self._suspects[connection]

    def discard(self) -> None:
        """Undo changes of states; who is there and who subscribed is no part of it."""
        self._blobs.clear()
        for connection in tuple(self._suspects):
            if connection.record is not None:
                connection.state = self._decode(connection.record).state

    def read(
        self, activation: Activation, connection_id: str, blob: bytes
    ) -> AnyConnection:
        """Make a connection again from its record; it has no socket yet.

        Raises:
            StorageCorruptError: It is nothing that was written here.
            StateInvalidError: It does not fit the schema.
        """
        stored = self._decode(blob)
        connection = self._definition.connection(
            activation,
            connection_id,
            params=stored.params,
            state=stored.state,
            sink=None,
            is_hibernatable=True,
        )
        connection.record = blob
        connection.subscriptions.update(stored.subscriptions)
        return connection

    def _decode(self, blob: bytes) -> _Stored:
        """Read a record.

        Raises:
            StorageCorruptError: It is nothing that was written here.
            StateInvalidError: It does not fit the schema.
        """
        version, content = decode_stored(blob)
        match content:
            case [params, state, list() as events] if version == _VERSION:
                names = cast("list[str]", events)
                return _Stored(*self._loaded(params, state), names)
            case _:
                message = "A stored connection cannot be read."
                raise StorageCorruptError(message)

    def _loaded(self, params: Value, state: Value) -> tuple[Any, Any]:
        definition = self._definition
        try:
            if definition.conn_params is not None:
                params = load(definition.params_adapter, params)
            if definition.conn_state is not None:
                state = load(definition.conn_state_adapter, state)
        except ValidationError as error:
            raise StateInvalidError(definition.name, f"connection: {error}") from error
        return params, state

    def _encode(self, connection: AnyConnection) -> bytes:
        subscriptions = sorted(connection.subscriptions)
        try:
            params, state = self._dumped(connection)
            blob = encode_stored([params, state, subscriptions], _VERSION)
        except (cbor2.CBOREncodeError, ValueError) as error:  # ValueError: pydantic's
            name = self._definition.name
            raise StateInvalidError(name, f"connection: {error}") from error
        if blob != connection.record:
            # What could not be loaded again must not be saved.
            self._loaded(params, state)
        return blob

    def _dumped(self, connection: AnyConnection) -> tuple[Value, Value]:
        definition = self._definition
        params: Value = None
        state: Value = None
        if definition.conn_params is not None:
            params = dump(connection.params, definition.params_adapter)
        if definition.conn_state is not None:
            state = dump(connection.state, definition.conn_state_adapter)
        return params, state
