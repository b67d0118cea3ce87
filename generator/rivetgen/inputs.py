"""Digests of everything that decides what is generated.

When none of them changed and no file was touched, `check` need not load the schema.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from rivetgen.places import LOCK_FILE
from rivetgen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from rivetgen.settings import Settings


LOCK: Final = "lock"
"""The input that only schemas with migrated states have."""
_NO_LOCK: Final = "none"


def input_digests(
    settings: Settings, imports: Iterable[str], *, uses_lock: bool
) -> Mapping[str, str]:
    """Return the digest per input.

    Args:
        settings: What to generate from which schema.
        imports: Patterns of further schema files, as the schema writes them.
        uses_lock: Whether earlier states are generated from the lock.

    Raises:
        OSError: A file cannot be read.
        ValueError: A file is outside the project, or a pattern is none.
    """
    paths = {settings.schema_path, *_imported(settings, imports)}
    digests = {_name(path, settings.project): _file_digest(path) for path in paths}
    if uses_lock:
        digests[LOCK] = _lock_digest(settings.project / LOCK_FILE)
    return {**digests, "rivetgen": str(VERSION), "settings": _settings_digest(settings)}


def _imported(settings: Settings, imports: Iterable[str]) -> Iterator[Path]:
    folder = settings.schema_path.parent
    for pattern in imports:
        if PurePosixPath(pattern).is_absolute() or ".." in pattern:
            msg = f"{pattern!r} leaves the folder of the schema"
            raise ValueError(msg)
        yield from (path for path in folder.glob(pattern) if path.is_file())


def _lock_digest(path: Path) -> str:
    return _file_digest(path) if path.is_file() else _NO_LOCK


def _name(path: Path, project: Path) -> str:
    return f"file {path.resolve().relative_to(project.resolve()).as_posix()}"


def _file_digest(path: Path) -> str:
    # Git may have changed the line ends.
    data = path.read_bytes().replace(b"\r\n", b"\n")
    return hashlib.sha256(data).hexdigest()


def _settings_digest(settings: Settings) -> str:
    values = dataclasses.asdict(settings)
    del values["project"]
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
