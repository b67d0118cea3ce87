"""The files of a schema as they were in a revision of a Git repository."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

from rivetgen.errors import BaselineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIXES: Final = (".yaml", ".yml", ".json")
"""Files that a schema may consist of."""
REGULAR_FILES: Final = ("100644", "100755")
TIMEOUT_S: Final = 60


def check_out(revision: str, source: Path, target: Path) -> Path:
    """Write a schema of a revision, with the files it may import, below a folder.

    Args:
        revision: Anything that names a commit, such as `HEAD` or `main`.
        source: The schema file in the working tree.
        target: An empty folder.

    Returns:
        Path of the schema file below `target`.

    Raises:
        BaselineError: There is no repository, no such revision, or no schema in it.
    """
    folder = source.absolute().parent
    commit = _commit(revision, folder)
    blobs = dict(_blobs(commit, folder))
    if source.name not in blobs:
        msg = f"{source.name} does not exist in the revision {revision!r}"
        raise BaselineError(msg)
    schema = target / source.name
    text = _run(folder, "cat-file", "blob", blobs.pop(source.name))
    schema.write_bytes(text)
    # Most schemas are one file; the others are only fetched for those that are not.
    if b"imports" in text or b"jsonSchema" in text:
        for path, blob in blobs.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(_run(folder, "cat-file", "blob", blob))
    return schema


def _commit(revision: str, folder: Path) -> str:
    if not revision or revision.startswith("-"):
        msg = f"{revision!r} is no revision"
        raise BaselineError(msg)
    _run(folder, "rev-parse", "--git-dir")
    try:
        name = f"{revision}^{{commit}}"
        return _run(folder, "rev-parse", "--verify", name).decode().strip()
    except BaselineError as error:
        msg = f"there is no revision {revision!r} in this repository"
        raise BaselineError(msg) from error


def _blobs(commit: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield path, relative to the folder, and object name of each possible file."""
    listing = _run(folder, "ls-tree", "-r", "-z", commit).decode("utf-8", "replace")
    for line in listing.split("\0"):
        facts, _, path = line.partition("\t")
        if path.endswith(SUFFIXES) and facts.startswith(REGULAR_FILES):
            yield path, facts.split()[2]


def _run(folder: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - the revision cannot be an option
            command, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except FileNotFoundError as error:
        msg = "git is not installed, so no revision can be read"
        raise BaselineError(msg) from error
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        msg = f"git says: {reason[-1] if reason else 'nothing'}"
        raise BaselineError(msg)
    return done.stdout
