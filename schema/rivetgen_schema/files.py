"""Reading files below the schema's folder, and nothing outside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_schema.yaml_tree import MAXIMUM_FILE_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from rivetgen_schema.findings import FindingLog
    from rivetgen_schema.reading import Reading
    from rivetgen_schema.yaml_tree import Scalar

MAXIMUM_FILES = 200
"""Files that one schema may be split into."""

_WILDCARDS = frozenset("*?[")


def read_bytes(
    log: FindingLog, path: Path, *, at: Scalar | None = None
) -> bytes | None:
    """Return the bytes of a file, one more than allowed at the most."""
    try:
        with path.open("rb") as file:
            return file.read(MAXIMUM_FILE_BYTES + 1)
    except OSError as error:
        log.add(
            "RG114",
            at.position if at else None,
            f"`{path.name}` cannot be read: {error.strerror or error}.",
            fix="Check the name and the permissions of the file.",
        )
    return None


def find_files(reading: Reading, pattern: Scalar) -> list[Path]:
    """Return the files below the schema's folder that a pattern names, sorted."""
    folder = reading.folder
    if folder is None or not _stays_below(pattern.value):
        _report_outside(reading.log, pattern)
        return []
    try:
        found = sorted(path for path in folder.glob(pattern.value) if path.is_file())
    except (OSError, ValueError, NotImplementedError, RecursionError):
        found = []
    inside = [path for path in found if path.resolve().is_relative_to(folder.resolve())]
    if len(inside) < len(found):
        _report_outside(reading.log, pattern)
    elif not found:
        reading.log.add(
            "RG140",
            pattern.position,
            f"No file is called `{pattern.value[:60]}`.",
            fix="Check the path; it starts at the folder of the schema.",
        )
    return inside


def is_pattern(text: str) -> bool:
    """Return whether a path has wildcards."""
    return bool(_WILDCARDS & set(text))


def _stays_below(pattern: str) -> bool:
    parts = pattern.replace("\\", "/").split("/")
    return bool(pattern) and ":" not in pattern and parts[0] != "" and ".." not in parts


def _report_outside(log: FindingLog, pattern: Scalar) -> None:
    log.add(
        "RG141",
        pattern.position,
        f"`{pattern.value[:60]}` is not below the folder of the schema.",
        fix="Move the file there and write its path from that folder.",
    )
