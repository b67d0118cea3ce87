"""Writing what was generated: below the project only, and never over other work.

`compare` looks at the disk and changes nothing; `apply` carries the plan out. What
happens to a file is one row of `STATES`.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rivetgen.errors import OutputError
from rivetgen.manifest import PATH, Manifest, digest, is_ours, is_pristine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE_MODE = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedFile:
    """A file that a target wants to exist.

    Attributes:
        path: Where, relative to the project, with `/` between the parts.
        text: The whole content, with LF line ends.
        once: The file belongs to the user after it was written the first time.
    """

    path: str
    text: str
    once: bool = False


class FileState(StrEnum):
    """How a file on disk relates to what would be generated now."""

    CURRENT = "current"
    MISSING = "missing"
    OUTDATED = "outdated"
    EDITED = "edited"
    FOREIGN = "foreign"
    STALE = "stale"
    STALE_EDITED = "stale and edited"
    KEPT = "kept"


STATES: Mapping[FileState, str] = {
    FileState.CURRENT: "is as it would be generated",
    FileState.MISSING: "is missing",
    FileState.OUTDATED: "is outdated",
    FileState.EDITED: "was edited by hand",
    FileState.FOREIGN: "is in the way: rivetgen did not write it",
    FileState.STALE: "is no longer generated",
    FileState.STALE_EDITED: "is no longer generated, but was edited by hand",
    FileState.KEPT: "belongs to you",
}
"""What each state means, as the rest of a sentence that starts with the path."""

WRITTEN = frozenset({FileState.MISSING, FileState.OUTDATED, FileState.EDITED})
REMOVED = frozenset({FileState.STALE, FileState.STALE_EDITED})
SETTLED = frozenset({FileState.CURRENT, FileState.KEPT})
NEEDS_FORCE = frozenset({FileState.EDITED, FileState.STALE_EDITED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file and what is to be done about it; `text` is `None` for stale files."""

    path: str
    state: FileState
    text: str | None

    def __str__(self) -> str:
        """Return a sentence about the file."""
        return f"{self.path} {STATES[self.state]}"


def compare(
    project: Path,
    files: Iterable[GeneratedFile],
    manifest: Manifest,
    *,
    restore: bool = False,
) -> tuple[Change, ...]:
    """Compare what would be generated with what is on disk; ordered by path.

    Args:
        project: Folder of the project.
        files: What would be generated.
        manifest: What was generated before.
        restore: Miss files of the user, too, that the user has deleted.

    Raises:
        OutputError: A path leaves the project or runs through a symbolic link, or two
            targets write the same file.
    """
    files = list(files)
    wanted = {file.path: file for file in files}
    _check_distinct(files)
    stale = sorted(manifest.files.keys() - wanted.keys())
    check_paths(project, [*wanted, *stale])
    deleted = set[str]() if restore else _deleted(project, manifest.once)
    changes = [
        _change(project, file, manifest)
        for file in files
        if not (file.once and file.path in deleted)
    ]
    for path in stale:
        current = read_text(project / path)
        if current is not None:
            known = _is_known(current, manifest.files[path])
            state = FileState.STALE if known else FileState.STALE_EDITED
            changes.append(Change(path=path, state=state, text=None))
    return tuple(sorted(changes, key=lambda change: change.path))


def apply(
    project: Path, changes: Iterable[Change], *, force: bool = False
) -> tuple[Change, ...]:
    """Write and remove files; return the changes that touched the disk.

    Raises:
        OutputError: A foreign file is in the way, or an edited one without `force`.
            Nothing was written then.
    """
    changes = tuple(changes)
    _refuse(changes, force=force)
    for change in changes:
        if change.state in WRITTEN and change.text is not None:
            write_file(project, change.path, change.text)
        elif change.state in REMOVED:
            remove_file(project, change.path)
    return tuple(change for change in changes if change.state not in SETTLED)


def write_file(project: Path, path: str, text: str) -> None:
    """Write one file whole or not at all, with LF line ends.

    Raises:
        OutputError: The path leaves the project or runs through a symbolic link.
    """
    check_paths(project, [path])
    target = project / path
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, text)


def replace_file(target: Path, text: str, *, mode: int = FILE_MODE) -> None:
    """Write one file whole or not at all, as UTF-8."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".rivetgen-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def remove_file(project: Path, path: str) -> None:
    """Remove one file and the folders that are empty without it."""
    check_paths(project, [path])
    (project / path).unlink(missing_ok=True)
    for folder in PurePosixPath(path).parents[:-1]:
        with suppress(OSError):  # not empty, or already gone: both are fine
            (project / folder).rmdir()


def owned_digests(files: Iterable[GeneratedFile]) -> Mapping[str, str]:
    """Return the digest of each file that stays ours."""
    return {file.path: digest(file.text) for file in files if not file.once}


def write_manifest(project: Path, manifest: Manifest) -> None:
    """Write the manifest unless it is already the same."""
    text = manifest.to_text()
    if read_text(project / PATH) != text:
        write_file(project, PATH, text)


def check_paths(project: Path, paths: Iterable[str]) -> None:
    """Check that paths stay below the project and follow no symbolic link.

    Raises:
        OutputError: At least one does not; all of them are named.
    """
    problems = [problem for path in paths if (problem := _problem(project, path))]
    if problems:
        raise OutputError(problems)


def _check_distinct(files: Iterable[GeneratedFile]) -> None:
    counts = Counter(file.path for file in files)
    problems = [
        f"{path} is written by two targets; give them different places"
        for path, count in counts.items()
        if count > 1
    ]
    if problems:
        raise OutputError(problems)


def _deleted(project: Path, once: Iterable[str]) -> set[str]:
    """Return files of the user that are gone while their folder is still there."""
    paths = (path for path in once if (project / path).parent.is_dir())
    return {path for path in paths if not (project / path).exists()}


def _problem(project: Path, path: str) -> str | None:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or "\\" in path or not parts.parts:
        return f"{path} is not below the project folder"
    place = project
    for part in parts.parts:
        place /= part
        if place.is_symlink():
            return f"{path} runs through the symbolic link {part}"
        if place != project / path and place.exists() and not place.is_dir():
            return f"{path} needs a folder where the file {part} is"
    if place.is_dir():
        return f"{path} is a folder"
    return None


def _change(project: Path, file: GeneratedFile, manifest: Manifest) -> Change:
    current = read_text(project / file.path)
    state = _state(file, current, manifest.files.get(file.path))
    return Change(path=file.path, state=state, text=file.text)


def _state(file: GeneratedFile, current: str | None, known: str | None) -> FileState:
    if current is None:
        return FileState.MISSING
    if file.once:
        return FileState.KEPT
    if digest(current) == digest(file.text):
        return FileState.CURRENT
    if _is_known(current, known):
        return FileState.OUTDATED
    ours = known is not None or is_ours(current)
    return FileState.EDITED if ours else FileState.FOREIGN


def _is_known(text: str, known: str | None) -> bool:
    return digest(text) == known or is_pristine(text)


def read_text(path: Path) -> str | None:
    """Return a file as text, whatever its bytes are; `None` if it does not exist."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def _refuse(changes: Iterable[Change], *, force: bool) -> None:
    problems: list[str] = []
    for change in changes:
        if change.state is FileState.FOREIGN:
            problems.append(f"{change}; move or delete it")
        elif change.state in NEEDS_FORCE and not force:
            problems.append(f"{change}; --force discards the edit")
    if problems:
        raise OutputError(problems)
