"""A disk whose power fails.

A ``Disk`` keeps files in memory, together with what it was told to write and not told
to sync. At a chosen operation the power fails; from then on every operation is an
error. What the platters hold then is the last synced image of each file and, of
everything later, a random choice of 512-byte sectors: writes are torn, reordered and
lost. ``Disk.survivors`` draws such a state; ``restore`` makes ordinary files of it, for
the program under test to start from; another ``Disk`` takes it, to crash once more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import apsw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from random import Random

SECTOR_BYTES: Final = 512
KEPT_SHARES: Final = (0.0, 0.5, 0.5, 1.0)
"""How likely an unsynced sector survives; drawn once for each loss of power."""


class PowerLossError(apsw.IOError):
    """There is no power: what SQLite knows as an input/output error."""

    result = apsw.SQLITE_IOERR
    extendedresult = apsw.SQLITE_IOERR


@dataclass(frozen=True, slots=True)
class _Write:
    offset: int
    data: bytes

    def apply(self, image: bytearray) -> None:
        end = self.offset + len(self.data)
        if len(image) < end:
            image.extend(bytes(end - len(image)))
        image[self.offset : end] = self.data

    def parts(self) -> Iterator[_Write]:
        """Yield the write, cut at the boundaries of sectors."""
        done = 0
        while done < len(self.data):
            offset = self.offset + done
            length = SECTOR_BYTES - offset % SECTOR_BYTES
            yield _Write(offset, self.data[done : done + length])
            done += length


@dataclass(frozen=True, slots=True)
class _Truncate:
    size: int

    def apply(self, image: bytearray) -> None:
        del image[self.size :]

    def parts(self) -> Iterator[_Truncate]:
        """Yield the truncation: it happens or not."""
        yield self


@dataclass(slots=True)
class _File:
    """One file.

    Attributes:
        current: What the running program reads.
        synced: What is on the platters for certain.
        unsynced: Changes since then, in order.
        is_linked: Whether its name is on the platters.
    """

    current: bytearray = field(default_factory=bytearray)
    synced: bytearray = field(default_factory=bytearray)
    unsynced: list[_Write | _Truncate] = field(
        default_factory=list["_Write | _Truncate"]
    )
    is_linked: bool = False

    @classmethod
    def on_platters(cls, content: bytes) -> _File:
        return cls(bytearray(content), bytearray(content), is_linked=True)

    def change(self, change: _Write | _Truncate) -> None:
        change.apply(self.current)
        self.unsynced.append(change)

    def sync(self) -> None:
        # Not a copy of everything: logs are long, and synced at each commit.
        for change in self.unsynced:
            change.apply(self.synced)
        self.unsynced.clear()

    def survivor(self, random: Random, kept_share: float) -> bytes:
        image = bytearray(self.synced)
        for change in self.unsynced:
            for part in change.parts():
                if random.random() < kept_share:
                    part.apply(image)
        return bytes(image)


class Disk:
    """The files of one folder on a machine whose power fails.

    Args:
        random: Decides what survives.
        fails_at: The operation during which the power fails; None for never.
        files: What is on the platters at first, by name.
        folder: Where programs look for names and sizes. Files appear there, without
            content, for what a program asks the operating system itself.

    Attributes:
        operations: Writes, truncations, syncs and deletions so far.
        has_power: False once the power has failed.
    """

    def __init__(
        self,
        random: Random,
        *,
        fails_at: int | None = None,
        files: Mapping[str, bytes] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.operations = 0
        self.has_power = True
        self._random = random
        self._fails_at = fails_at
        self._folder = folder
        self._unlinked: dict[str, _File] = {}
        self._shown: dict[str, int] = {}
        self._files = {
            name: _File.on_platters(content) for name, content in (files or {}).items()
        }
        for name in self._files:
            self._show(name)

    def fail(self) -> None:
        """Cut the power now."""
        self.has_power = False

    def fail_in(self, operations: int) -> None:
        """Cut the power during the operation that is so many from here."""
        self._fails_at = self.operations + operations

    def exists(self, name: str) -> bool:
        """Whether the running program sees a file of this name."""
        return name in self._files

    def size(self, name: str) -> int:
        """Bytes in a file."""
        return len(self._files[name].current)

    def open(self, name: str) -> None:
        """Create a file unless it exists."""
        self._check_power()
        self._files.setdefault(name, _File())
        self._show(name)

    def read(self, name: str, amount: int, offset: int) -> bytes:
        """Read a part of a file: less than asked for at its end."""
        self._check_power()
        return bytes(self._files[name].current[offset : offset + amount])

    def write(self, name: str, data: bytes, offset: int) -> None:
        """Write a part of a file; it may be lost until the file is synced."""
        self._change(name, _Write(offset, data))

    def truncate(self, name: str, size: int) -> None:
        """Cut a file; that may be undone until the file is synced."""
        self._change(name, _Truncate(size))

    def sync(self, name: str) -> None:
        """Put a file on the platters; if the power fails meanwhile, it is not.

        Names are put there too, of all files: journaling file systems commit creations
        and removals in order, and before the data of the file that is synced.
        """
        self._check_power()
        self._count()
        self._files[name].sync()
        self._unlinked.clear()
        for file in self._files.values():
            file.is_linked = True

    def delete(self, name: str, *, sync: bool) -> None:
        """Remove a file; it may come back until something is synced."""
        self._check_power()
        self._unlinked[name] = self._files.pop(name)
        self._show(name)
        self._count()
        if sync:
            self._unlinked.clear()

    def survivors(self) -> dict[str, bytes]:
        """Draw one state of the platters that the operations so far allow."""
        kept_share = self._random.choice(KEPT_SHARES)
        return {
            name: file.survivor(self._random, kept_share)
            for name, file in (self._unlinked | self._files).items()
            if self._has_name(name, file, kept_share)
        }

    def wreck(self) -> dict[str, bytes]:
        """Cut the power for good, and draw what is left.

        The contents are let go of: SQLite keeps the disk of a connection that it could
        not close.
        """
        self.fail()
        left = self.survivors()
        self._files = dict.fromkeys(self._files, _File.on_platters(b""))
        self._unlinked.clear()
        return left

    def _has_name(self, name: str, file: _File, kept_share: float) -> bool:
        is_certain = file.is_linked and name in self._files
        return is_certain or self._random.random() < kept_share

    def _change(self, name: str, change: _Write | _Truncate) -> None:
        self._check_power()
        self._files[name].change(change)
        self._show(name)
        self._count()

    def _check_power(self) -> None:
        if not self.has_power:
            raise PowerLossError

    def _count(self) -> None:
        self.operations += 1
        if self.operations == self._fails_at:
            self.fail()
            self._check_power()

    def _show(self, name: str) -> None:
        if self._folder is None:
            return
        path = self._folder / name
        if name not in self._files:
            path.unlink()
            del self._shown[name]
        elif self._shown.get(name) != self.size(name):
            with path.open("ab") as file:
                file.truncate(self.size(name))
            self._shown[name] = self.size(name)


def restore(survivors: Mapping[str, bytes], folder: Path) -> None:
    """Make ordinary files of what survived."""
    for name, content in survivors.items():
        (folder / name).write_bytes(content)
