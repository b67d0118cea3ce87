"""How much memory the servers under measurement use."""

from __future__ import annotations

import os
from pathlib import Path

from idle_sockets import resident_bytes


def resident_bytes_of_children() -> int:
    """Resident memory of all processes that this one has started, and of theirs."""
    parents = _parents()
    family = {os.getpid()}
    while True:
        larger = family | {child for child, its in parents.items() if its in family}
        if larger == family:
            return sum(map(resident_bytes, family - {os.getpid()}))
        family = larger


def _parents() -> dict[int, int]:
    """Every process of the machine with the one that started it."""
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue  # it has ended
            found[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    return found
