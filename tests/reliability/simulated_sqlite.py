"""SQLite on a disk whose power fails.

``connect`` stands in for ``sqlite3.connect``, so that a program is tested unchanged: it
is apsw that allows to put another file system below SQLite.
"""

# ruff: noqa: N802 - SQLite names the methods of a file system

from __future__ import annotations

import itertools
import sqlite3
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import apsw

from .powerloss import SECTOR_BYTES, PowerLossError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from .powerloss import Disk

_Parameter: TypeAlias = str | int | float | bytes | None
_Row: TypeAlias = tuple[Any, ...]  # the columns that the statement names


def connect(disk: Disk, name: str) -> sqlite3.Connection:
    """Open a database, autocommitting, with what our code uses of a connection.

    Such a file system has no shared memory, so write-ahead logging needs
    ``locking_mode = EXCLUSIVE`` before it is switched on.
    """
    return cast("sqlite3.Connection", _Connection(disk, name))


@contextmanager
def expecting_power_loss() -> Generator[None]:
    """Silence losses of power that SQLite swallows and apsw then cannot raise."""
    usual = sys.unraisablehook

    def hook(unraisable: sys.UnraisableHookArgs, /) -> None:
        if not isinstance(unraisable.exc_value, PowerLossError):
            usual(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = usual


class _OpenFile:
    """What SQLite calls for one open file: the methods of ``apsw.VFSFile``.

    Locks are granted: a disk belongs to one connection.
    """

    def __init__(self, disk: Disk, name: str, *, is_temporary: bool) -> None:
        self._disk = disk
        self._name = name
        self._is_temporary = is_temporary
        disk.open(name)

    def xRead(self, amount: int, offset: int) -> bytes:
        return self._disk.read(self._name, amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.write(self._name, bytes(data), offset)

    def xTruncate(self, newsize: int) -> None:
        self._disk.truncate(self._name, newsize)

    def xSync(self, _flags: int) -> None:
        self._disk.sync(self._name)

    def xFileSize(self) -> int:
        return self._disk.size(self._name)

    def xClose(self) -> None:
        if self._is_temporary and self._disk.has_power:
            self._disk.delete(self._name, sync=False)

    def xLock(self, _level: int) -> None:
        """Grant the lock."""

    def xUnlock(self, _level: int) -> None:
        """Take the lock back."""

    def xCheckReservedLock(self) -> bool:
        return False

    def xFileControl(self, _operation: int, _pointer: int) -> bool:
        return False

    def xSectorSize(self) -> int:
        return SECTOR_BYTES

    def xDeviceCharacteristics(self) -> int:
        # As on the platforms that we run on: a torn write leaves its neighbours alone.
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE


class _FileSystem(apsw.VFS):
    """The file system of one disk, registered with SQLite under a name of its own."""

    _numbers = itertools.count()

    def __init__(self, disk: Disk) -> None:
        self.name = f"powerloss-{next(self._numbers)}"
        self._disk = disk
        super().__init__(self.name, base="")

    def xFullPathname(self, name: str) -> str:
        return name.rpartition("/")[2]

    def xOpen(
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        flags[1] = flags[0]
        text = name.filename() if isinstance(name, apsw.URIFilename) else name
        file = _OpenFile(
            self._disk,
            text or f"temporary-{next(self._numbers)}",
            is_temporary=bool(flags[0] & apsw.SQLITE_OPEN_DELETEONCLOSE),
        )
        return cast("apsw.VFSFile", file)

    def xAccess(self, pathname: str, flags: int) -> bool:
        del flags  # whoever sees a file may use it
        return self._disk.exists(pathname)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        if not self._disk.exists(filename):
            raise apsw.exception_for(apsw.SQLITE_IOERR_DELETE_NOENT)
        self._disk.delete(filename, sync=syncdir)


# --- Above SQLite ---------------------------------------------------------------------


@dataclass(slots=True)
class _Cursor:
    """The rows of one statement, all fetched."""

    rows: Iterator[_Row]
    description: tuple[tuple[str], ...] | None

    def __iter__(self) -> Iterator[_Row]:
        return self.rows

    def fetchone(self) -> _Row | None:
        return next(self.rows, None)

    def fetchall(self) -> list[_Row]:
        return [*self.rows]


class _Connection:
    """The part of ``sqlite3.Connection`` that our code uses, with its errors."""

    def __init__(self, disk: Disk, name: str) -> None:
        # The connection keeps its file system registered.
        self._file_system = _FileSystem(disk)
        with _sqlite3_errors():
            self._connection = apsw.Connection(name, vfs=self._file_system.name)

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, statement: str, parameters: Sequence[_Parameter] = ()) -> _Cursor:
        with _sqlite3_errors():
            # apsw's annotations name a Buffer that Python 3.11 does not have.
            cursor = self._connection.execute(statement, tuple(parameters))  # pyright: ignore[reportUnknownMemberType]
            description = _description(cursor)
            rows = [*cursor]
        return _Cursor(iter(rows), description)

    def setlimit(self, category: int, limit: int) -> None:
        self._connection.limit(category, limit)

    def set_progress_handler(self, handler: Callable[[], bool], steps: int) -> None:
        self._connection.set_progress_handler(handler, steps)

    def set_authorizer(self, authorizer: apsw.Authorizer | None) -> None:
        self._connection.authorizer = authorizer

    def close(self) -> None:
        # Like sqlite3, which does not say that a last checkpoint failed.
        with suppress(PowerLossError):
            self._connection.close(force=True)


def _description(cursor: apsw.Cursor) -> tuple[tuple[str], ...] | None:
    try:
        columns = cursor.get_description()
    except apsw.ExecutionCompleteError:
        return None  # a statement without rows has run already
    return tuple((column[0],) for column in columns)


@contextmanager
def _sqlite3_errors() -> Generator[None]:
    try:
        yield
    except apsw.Error as error:
        # Errors of Python code below SQLite come without a code.
        code: int = getattr(error, "extendedresult", apsw.SQLITE_ERROR)
        translated = sqlite3.OperationalError(str(error) or "disk I/O error")
        translated.sqlite_errorcode = code
        translated.sqlite_errorname = _error_name(code)
        raise translated from error


def _error_name(code: int) -> str:
    names = (apsw.mapping_extended_result_codes, apsw.mapping_result_codes)
    return next((str(table[code]) for table in names if code in table), "SQLITE_ERROR")
