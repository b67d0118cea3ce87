"""Bytes that are nearly messages: recorded ones with a few mistakes, by a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

INTERESTING = (0x00, 0x01, 0x7F, 0x80, 0x9F, 0xBF, 0xD8, 0xF6, 0xF7, 0xFB, 0xFF)


def mutated(data: bytes, dice: random.Random) -> bytes:
    """The bytes with one to four mistakes."""
    changed = bytearray(data)
    for _ in range(dice.randrange(1, 5)):
        _change(changed, dice)
    return bytes(changed)


def _change(data: bytearray, dice: random.Random) -> None:
    place = dice.randrange(len(data) + 1)
    match dice.randrange(6):
        case 0:  # another byte
            data[place : place + 1] = dice.randbytes(1)
        case 1:  # a byte that means something
            data[place : place + 1] = bytes((dice.choice(INTERESTING),))
        case 2:  # bytes more
            data[place:place] = dice.randbytes(dice.randrange(1, 9))
        case 3:  # bytes less
            del data[place : place + dice.randrange(1, 9)]
        case 4:  # the end is missing
            del data[place:]
        case _:  # a part twice
            data[place:place] = data[place : place + dice.randrange(1, 17)]
