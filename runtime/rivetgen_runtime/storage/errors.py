"""Why a data directory cannot be used.

::

    RivetgenRuntimeError
    └── DataDirectoryError          the store cannot be opened
        ├── DataDirectoryInUseError     another process has it open
        ├── ForeignDatabaseError        the file is not one of ours, or is newer
        └── DamagedDatabaseError        the file does not pass its check
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_runtime.errors import RivetgenRuntimeError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "DamagedDatabaseError",
    "DataDirectoryError",
    "DataDirectoryInUseError",
    "ForeignDatabaseError",
]


class DataDirectoryError(RivetgenRuntimeError):
    """The store cannot be opened.

    Attributes:
        path: The data directory, or the file in it that is the reason.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.path = path


class DataDirectoryInUseError(DataDirectoryError):
    """Another process has the data directory open; it is safe to try again later."""

    def __init__(self, path: Path) -> None:
        reason = (
            f"{path} is in use by another process. A data directory belongs to one "
            "server at a time: stop the other one, or choose another directory."
        )
        super().__init__(path, reason)


class ForeignDatabaseError(DataDirectoryError):
    """The database was not made by this software, or by a newer version of it."""


class DamagedDatabaseError(DataDirectoryError):
    """The database does not pass SQLite's own check.

    Attributes:
        findings: What the check reported, shortened.
    """

    def __init__(self, path: Path, findings: str) -> None:
        reason = (
            f"{path} is damaged ({findings}). Restore it from a backup; nothing was "
            "changed."
        )
        super().__init__(path, reason)
        self.findings = findings
