"""What happened in a simulated life, as clients and watchers saw it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

__all__ = ["KEYS", "Trace"]

KEYS: Final = ("a", "b")
"""Keys of the actors that live it."""


@dataclass
class Trace:
    """What happened, as clients and watchers saw it.

    Attributes:
        steps: Everything in its order; equal for equal seeds.
        acknowledged: Position by entry, per key.
        sent: Messages that were said to be in the queue, per key.
        told: Entries whose actor tells another one first.
        scheduled: Entries whose actor schedules a further one.
        unknown: Entries whose fate nobody was told.
        refused: Entries that were said not to be kept.
        seen: What each watcher was sent, connection by connection.
    """

    steps: list[str] = field(default_factory=list[str])
    acknowledged: dict[str, dict[str, int]] = field(
        default_factory=lambda: {key: {} for key in KEYS}
    )
    sent: dict[str, set[str]] = field(
        default_factory=lambda: {key: set[str]() for key in KEYS}
    )
    told: set[str] = field(default_factory=set[str])
    scheduled: set[str] = field(default_factory=set[str])
    unknown: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])
    seen: dict[str, list[list[tuple[int, str]]]] = field(
        default_factory=lambda: {key: [] for key in KEYS}
    )
