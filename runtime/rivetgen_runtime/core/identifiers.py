"""Identifiers that the core makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Randomness

__all__ = ["uuid4_text"]


def uuid4_text(randomness: Randomness) -> str:
    """UUID text of version 4 (RFC 9562, section 5.4)."""
    octets = bytearray(randomness.token_bytes(16))
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
