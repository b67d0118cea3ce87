"""The typed state of one actor, and what of it is saved.

Changes are found by comparing what would be saved with what was saved last: one
serialisation per turn, and none for calls that declare to change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import cbor2
import pydantic
from pydantic import ValidationError

from rivetgen_client.types import load
from rivetgen_runtime.core.snapshots import Snapshot, decode_stored
from rivetgen_runtime.core.state_migrations import migrated
from rivetgen_runtime.errors import StateInvalidError, StateTooLargeError
from rivetgen_runtime.options import DEFAULT_STATE_LIMITS

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.core.definitions import ActorDefinition
    from rivetgen_runtime.options import StateLimits

__all__ = ["StateCell"]


class StateCell:
    """Holds the state of one activation.

    Args:
        definition: What the schema says about it.
        limits: How large it may be.

    Attributes:
        value: The typed state; None before it is loaded or made, and for actors that
            declare none.
    """

    __slots__ = (
        "_advised_bytes",
        "_definition",
        "_loaded",
        "_maximum_bytes",
        "_settled",
        "_taken",
        "value",
    )

    def __init__(
        self, definition: ActorDefinition, limits: StateLimits = DEFAULT_STATE_LIMITS
    ) -> None:
        self._definition = definition
        self._maximum_bytes = limits.maximum_bytes
        self._advised_bytes = limits.advised_bytes
        self._loaded: bytes | None = None
        self._settled: Snapshot | None = None
        self._taken: Snapshot | None = None
        self.value: Any = None

    def load(self, blob: bytes, actor: AnyActor | None = None) -> None:
        """Take what was saved, bringing it to the version of the schema.

        Args:
            blob: What was saved.
            actor: Whose methods migrate a state of an earlier version.

        Raises:
            StorageCorruptError: The bytes are damaged.
            StateInvalidError: They do not fit the schema, or nothing migrates them.
            Exception: Whatever a migration raised.
        """
        version, stored = decode_stored(blob)
        known = self._definition.state_version
        if version > known:
            detail = f"it was saved as version {version}, the schema has {known}"
            raise StateInvalidError(self._definition.name, detail)
        if version < known:
            stored = migrated(self._definition, actor, stored, version=version)
        else:
            self._loaded = blob
        self.value = self._validated(stored)

    def take(self) -> Snapshot | None:
        """Encode the state as it is now; None for an actor that declares none.

        Assignments are not checked. What could not be loaded again must not be saved,
        so whatever differs from what was taken last is checked here.

        Raises:
            StateInvalidError: The state does not fit the schema; ``restore`` it.
            StateTooLargeError: It is larger than the limit.
        """
        if self._definition.state is None:
            return None
        value, snapshot = self._encoded()
        if self._loaded is not None:
            self._compare_with_loaded(snapshot)
        if snapshot != self._taken:
            self._check(value, snapshot)
            self._taken = snapshot
        return snapshot

    @property
    def taken(self) -> Snapshot | None:
        """What was taken last."""
        return self._taken

    def dump_change(self) -> bytes | None:
        """Return what must be saved, or None when that is what was saved last.

        Raises:
            StateInvalidError: As ``take``.
        """
        snapshot = self.take()
        return None if snapshot == self._settled or snapshot is None else snapshot.blob

    def settle(self) -> None:
        """Compare with what was taken last from now on."""
        self._settled = self._taken
        self._loaded = None

    def advice(self, size_bytes: int) -> str | None:
        """What the log should say about a state of this size; only once."""
        advised = self._advised_bytes
        if size_bytes <= advised:
            return None
        self._advised_bytes = self._maximum_bytes
        return (
            f"the state has {size_bytes:,} bytes and is saved as a whole; keep what"
            f" grows in c.kv (advised: at most {advised:,})"
        )

    def restore(self, snapshot: Snapshot | None = None) -> None:
        """Go back to a snapshot, or to what was settled last.

        The object stays the same where it can: code that holds it goes on with it.
        """
        wanted = snapshot or self._settled
        blob = self._loaded if wanted is None else wanted.blob
        if blob is None:
            return
        _, stored = decode_stored(blob)
        restored = self._validated(stored)
        is_model = isinstance(restored, pydantic.BaseModel)
        if is_model and type(restored) is type(self.value):
            _become(self.value, restored)
        else:
            self.value = restored
        self._taken = wanted

    def _compare_with_loaded(self, snapshot: Snapshot) -> None:
        if snapshot.blob == self._loaded:
            self._taken = self._settled = snapshot
            self._loaded = None

    def _encoded(self) -> tuple[Value, Snapshot]:
        try:
            value = self._definition.dump_state(self.value)
            return value, Snapshot.of(value, self._definition.state_version)
        except (cbor2.CBOREncodeError, ValueError) as error:  # ValueError: pydantic's
            raise StateInvalidError(self._definition.name, str(error)) from error

    def _check(self, value: Value, snapshot: Snapshot) -> None:
        maximum = self._maximum_bytes
        if snapshot.size > maximum:
            raise StateTooLargeError(self._definition.name, snapshot.size, maximum)
        changed = snapshot.changed_fields(self._taken)
        names = self._definition.state_fields
        if changed is None or not names.keys() >= set(changed):
            self._validated(value)
            return
        fields = cast("dict[str, Value]", value)
        try:
            for name in changed:
                self._check_field(names[name], fields[name])
        except ValidationError:
            # Read again as a whole, which knows about undefined, for the message.
            self._validated(value)

    def _check_field(self, name: str, value: Value) -> None:
        scratch = self._definition.scratch_state
        scratch.__pydantic_validator__.validate_assignment(scratch, name, value)

    def _validated(self, value: Value) -> Any:
        try:
            return load(self._definition.state_adapter, value)
        except ValidationError as error:
            raise StateInvalidError(self._definition.name, str(error)) from error


def _become(value: pydantic.BaseModel, other: pydantic.BaseModel) -> None:
    """Give a model the fields of another one, as pydantic itself does it."""
    for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__"):
        object.__setattr__(value, name, getattr(other, name))
