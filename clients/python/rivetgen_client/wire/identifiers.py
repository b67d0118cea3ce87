"""Ids of actors and rays: 30 base-36 digits around 16 random bytes.

The digits are those of a 19-byte little-endian integer, least significant first: format
version 1, sixteen random bytes, and the big-endian label of a datacenter. Clients treat
ids as opaque text.
"""

import re
from typing import Final

__all__ = ["actor_id_from_bytes", "is_actor_id"]

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS: Final = tuple(low + high for high in _DIGITS for low in _DIGITS)
"""Two digits at a time, least significant first: every request needs an id."""
_LENGTH: Final = 30
_RANDOM_BYTES: Final = 16
_ALL_BYTES: Final = 19
_VERSION: Final = b"\x01"
_ACTOR_ID: Final = re.compile(rf"[0-9a-z]{{{_LENGTH}}}", re.ASCII)


def actor_id_from_bytes(sixteen_random_bytes: bytes, *, datacenter: int = 1) -> str:
    """The id made of these random bytes.

    Args:
        sixteen_random_bytes: Where uniqueness comes from, for example a UUID's bytes.
        datacenter: Label of the datacenter, 0 to 65535.

    Raises:
        ValueError: For another number of bytes or a label out of range.
    """
    if len(sixteen_random_bytes) != _RANDOM_BYTES:
        reason = f"{_RANDOM_BYTES} bytes are needed, not {len(sixteen_random_bytes)}"
        raise ValueError(reason)
    if not 0 <= datacenter <= 0xFFFF:
        reason = f"datacenter labels have 16 bits, {datacenter} does not fit"
        raise ValueError(reason)
    data = _VERSION + sixteen_random_bytes + datacenter.to_bytes(2, "big")
    number = int.from_bytes(data, "little")
    pairs: list[str] = []
    for _ in range(_LENGTH // 2):
        number, pair = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[pair])
    return "".join(pairs)


def is_actor_id(text: str) -> bool:
    """Whether the text is an id of this format (version 1)."""
    if not _ACTOR_ID.fullmatch(text):
        return False
    number = int(text[::-1], len(_DIGITS))
    return number < 1 << (8 * _ALL_BYTES) and number & 0xFF == _VERSION[0]
