"""What must hold after a simulated life: the promises of docs/runtime.md, by number."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .trace import Trace

__all__ = ["BrokenPromiseError", "check_actor", "check_all", "check_equal"]


class BrokenPromiseError(AssertionError):
    """The server did what it promises not to do."""


def check_equal(key: str, notes: list[str], entries: list[str]) -> None:
    """State and KV, which are always changed in one turn, say the same."""
    length = max(len(notes), len(entries))
    differing = [
        at for at in range(length) if notes[at : at + 1] != entries[at : at + 1]
    ]
    _require("P2 state and KV agree", key, differing)


def check_actor(key: str, notes: list[str], trace: Trace) -> None:
    """Check what one actor alone promises."""
    acknowledged = trace.acknowledged[key]
    _require("P1 nothing acknowledged is lost", key, acknowledged.keys() - set(notes))
    _require(
        "P1 acknowledged entries stay where they were",
        key,
        [entry for entry, position in acknowledged.items() if notes[position] != entry],
    )
    _require("P1 every message is handled", key, trace.sent[key] - set(notes))
    _require(
        "P5 nothing is executed and no message completed twice",
        key,
        [
            entry
            for entry, times in Counter(notes).items()
            if times > 1 and not entry.startswith("fired ")
        ],
    )
    _require("P2 what was refused left nothing", key, trace.refused & set(notes))
    _check_schedules(key, notes, trace)
    for seen in trace.seen[key]:
        strangers = [each for each in seen if notes[each[0] : each[0] + 1] != [each[1]]]
        _require("P1 events speak of what is kept", key, strangers)
        positions = [position for position, _ in seen]
        _require("P4 events keep their order", key, _inversions(positions))


def check_all(notes: Mapping[str, list[str]], trace: Trace) -> None:
    """Check what actors promise each other: who is told knows it before it is kept."""
    for key, kept in notes.items():
        others = {note for other in notes if other != key for note in notes[other]}
        told = {entry for entry in kept if entry in trace.told}
        untold = [entry for entry in told if f"{key} told {entry}" not in others]
        _require("P1 what an actor was told it has kept", key, untold)


def _check_schedules(key: str, notes: list[str], trace: Trace) -> None:
    _require(
        "P6 nothing is early",
        key,
        [entry for entry in notes if entry.startswith("early ")],
    )
    kept = {f"fired {entry}" for entry in notes if entry in trace.scheduled}
    fired = {entry for entry in notes if entry.startswith("fired ")}
    _require("P6 what is scheduled fires", key, kept - fired)
    _require("P2 what is not scheduled does not fire", key, fired - kept)


def _inversions(positions: list[int]) -> list[int]:
    return [later for earlier, later in pairwise(positions) if later <= earlier]


def _require(promise: str, key: str, exceptions: Iterable[object]) -> None:
    found = list(exceptions)
    if found:
        message = f"{promise}: {found} of {key}"
        raise BrokenPromiseError(message)
