"""The typed state of one actor, and what of it is saved.

Changes are found by comparing what would be saved with what was saved last: one
serialisation per turn, and none for calls that declare to change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import cbor2
from pydantic import ValidationError

from rivetgen_client.types import dump, load
from rivetgen_runtime.errors import StateInvalidError, StorageCorruptError

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.definitions import ActorDefinition

__all__ = [
    "CODEC_CBOR",
    "LAYOUT_VERSION",
    "StateCell",
    "decode_stored",
    "encode_stored",
]

LAYOUT_VERSION: Final = 1
"""First byte of a stored value: how the rest is laid out."""

CODEC_CBOR: Final = 1
"""Second byte of a stored value: what the payload is encoded with."""

_PREFIX: Final = bytes((LAYOUT_VERSION, CODEC_CBOR))
_DAMAGED: Final = "A stored state cannot be read."


def encode_stored(value: Value, version: int) -> bytes:
    """Lay out a value with the schema's version of it.

    Layout byte, codec byte, then CBOR (RFC 8949) of ``[version, value]``. This is the
    store's own form: it keeps integers, bytes and sets as they are.
    """
    return _PREFIX + cbor2.dumps([version, value])


def decode_stored(blob: bytes) -> tuple[int, Value]:
    """Read the version and the value.

    Raises:
        StorageCorruptError: The bytes are nothing that ``encode_stored`` wrote.
    """
    if blob[:2] != _PREFIX:
        raise StorageCorruptError(_DAMAGED)
    try:
        content: object = cbor2.loads(blob[2:])
    except (cbor2.CBORDecodeError, ValueError) as error:
        raise StorageCorruptError(_DAMAGED) from error
    if not isinstance(content, list):
        raise StorageCorruptError(_DAMAGED)
    match cast("list[Value]", content):
        case [int() as version, value]:
            return version, value
        case _:
            raise StorageCorruptError(_DAMAGED)


class StateCell:
    """Holds the state of one activation.

    Attributes:
        value: The typed state; None before it is loaded or made, and for actors that
            declare none.
    """

    __slots__ = ("_definition", "_settled", "value")

    def __init__(self, definition: ActorDefinition) -> None:
        self._definition = definition
        self._settled: bytes | None = None
        self.value: Any = None

    def load(self, blob: bytes) -> None:
        """Take what was saved.

        Raises:
            StorageCorruptError: The bytes are damaged.
            StateInvalidError: They do not fit the schema.
        """
        version, stored = decode_stored(blob)
        known = self._definition.state_version
        if version > known:
            detail = f"it was saved as version {version}, the schema has {known}"
            raise StateInvalidError(self._definition.name, detail)
        self.value = self._validated(stored)
        self._settled = blob

    def dump_change(self) -> bytes | None:
        """Return what must be saved, or None when that is what was saved last.

        Raises:
            StateInvalidError: The state does not fit the schema; ``restore`` it.
        """
        if self._definition.state is None:
            return None
        value, blob = self._dumped()
        if blob == self._settled:
            return None
        # Assignments are not checked. What could not be loaded again must not be saved.
        self._validated(value)
        return blob

    def settle(self, blob: bytes) -> None:
        """Compare with this from now on."""
        self._settled = blob

    def restore(self) -> None:
        """Go back to what was settled last, undoing what came after."""
        if self._settled is not None:
            self.load(self._settled)

    def _dumped(self) -> tuple[Value, bytes]:
        try:
            value = dump(self.value, self._definition.state_adapter)
            blob = encode_stored(value, self._definition.state_version)
        except (cbor2.CBOREncodeError, ValueError) as error:  # ValueError: pydantic's
            raise StateInvalidError(self._definition.name, str(error)) from error
        return value, blob

    def _validated(self, value: Value) -> Any:
        try:
            return load(self._definition.state_adapter, value)
        except ValidationError as error:
            raise StateInvalidError(self._definition.name, str(error)) from error
