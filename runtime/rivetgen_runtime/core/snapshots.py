"""States as they are saved, cut into the parts that changes are looked for in.

A record is one part per field. So a save encodes everything, which costs little, but
only what has changed is checked against the schema, which costs ten times as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

import cbor2

from rivetgen_runtime.errors import StorageCorruptError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_client.wire.values import Value

__all__ = ["CODEC_CBOR", "LAYOUT_VERSION", "Snapshot", "decode_stored", "encode_stored"]

LAYOUT_VERSION: Final = 1
"""First byte of a stored value: how the rest is laid out."""

CODEC_CBOR: Final = 1
"""Second byte of a stored value: what the payload is encoded with."""

_PREFIX: Final = bytes((LAYOUT_VERSION, CODEC_CBOR))
_PAIR: Final = b"\x82"
"""Head of a CBOR array of two items (RFC 8949, section 3)."""
_MAP: Final = 0xA0
"""Major type of CBOR maps."""
_DAMAGED: Final = "A stored state cannot be read."
_KNOWN_FIELDS: Final = 4096


def encode_stored(value: Value, version: int) -> bytes:
    """Lay out a value with the schema's version of it.

    Layout byte, codec byte, then CBOR (RFC 8949) of ``[version, value]``. This is the
    store's own form: it keeps integers, bytes and sets as they are.
    """
    return Snapshot.of(value, version).blob


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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state, encoded.

    Attributes:
        version: The schema's version of the state.
        fields: Wire name to the CBOR of each field; None for a state that is no record.
        whole: CBOR of a state that is no record.
    """

    version: int
    fields: Mapping[str, bytes] | None
    whole: bytes = b""

    @classmethod
    def of(cls, value: Value, version: int) -> Snapshot:
        """Encode a state.

        Raises:
            cbor2.CBOREncodeError: It holds something that cannot be encoded.
        """
        if not isinstance(value, dict):
            return cls(version, None, cbor2.dumps(value))
        fields = {name: cbor2.dumps(item) for name, item in value.items()}
        return cls(version, fields)

    @property
    def blob(self) -> bytes:
        """What is stored."""
        head = _PREFIX + _PAIR + cbor2.dumps(self.version)
        if self.fields is None:
            return head + self.whole
        parts = [head, _map_head(len(self.fields))]
        for name, item in self.fields.items():
            parts += (_encoded_name(name), item)
        return b"".join(parts)

    @property
    def size(self) -> int:
        """Bytes of the values, which is nearly all that is stored."""
        fields = self.fields or {}
        return len(self.whole) + sum(map(len, fields.values()))

    def changed_fields(self, before: Snapshot | None) -> list[str] | None:
        """Names of the fields that differ; None when they cannot be told one by one."""
        if self.fields is None or before is None or before.fields is None:
            return None
        if self.fields.keys() != before.fields.keys():
            return None
        old = before.fields
        return [name for name, item in self.fields.items() if old[name] != item]


@lru_cache(maxsize=_KNOWN_FIELDS)
def _encoded_name(name: str) -> bytes:
    return cbor2.dumps(name)


def _map_head(count: int) -> bytes:
    """Head of a CBOR map, in its shortest form (RFC 8949, section 3)."""
    if count < 24:
        return bytes((_MAP | count,))
    for size, code in ((1, 24), (2, 25), (4, 26)):
        if count < 1 << 8 * size:
            return bytes((_MAP | code,)) + count.to_bytes(size, "big")
    message = "a map has more fields than fit into memory"
    raise ValueError(message)
