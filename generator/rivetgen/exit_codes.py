"""What the exit status of the command says."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit status of every command."""

    FINE = 0
    FINDINGS = 1
    USAGE = 2
    SCHEMA = 3
    INTERNAL = 4
