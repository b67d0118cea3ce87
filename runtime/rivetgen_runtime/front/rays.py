"""Ids of requests (rays): one for each, so they have to be cheap."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from rivetgen_client.wire.identifiers import actor_id_from_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ray_ids"]

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS: Final = tuple(low + high for high in _DIGITS for low in _DIGITS)
_PAIR_AT: Final = 4
"""From here on digits say nothing about the version: 36**4 is a multiple of 256."""


def ray_ids() -> Iterator[str]:
    """Ids without end, all different: they are for finding log lines, not secrets.

    1,296 in a row share what is random and differ in two digits, which takes a tenth of
    the time of making each from random bytes.
    """
    while True:
        root = actor_id_from_bytes(os.urandom(16))
        head, tail = root[:_PAIR_AT], root[_PAIR_AT + 2 :]
        for pair in _PAIRS:
            yield f"{head}{pair}{tail}"
