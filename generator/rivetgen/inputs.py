"""Digests of everything that decides what is generated.

When none of them changed and no file was touched, `check` need not load the schema.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING

from rivetgen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rivetgen.settings import Settings


def input_digests(
    settings: Settings, files: Iterable[Path] | None = None
) -> Mapping[str, str]:
    """Return the digest per input; the schema alone unless its files are given.

    Raises:
        OSError: A file cannot be read.
    """
    paths = [settings.schema_path] if files is None else list(files)
    digests = {_name(path, settings.project): _file_digest(path) for path in paths}
    return {**digests, "rivetgen": str(VERSION), "settings": _settings_digest(settings)}


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
