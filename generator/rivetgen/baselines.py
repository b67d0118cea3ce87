"""The earlier version that a schema is compared with.

It comes from the lock of the last release, from a Git revision, or from a file: a
schema, a lock, or a `client-spec.json`.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rivetgen.errors import BaselineError
from rivetgen_schema import LockError, from_json, load_schema, read_lock
from rivetgen_schema.errors import SchemaError

if TYPE_CHECKING:
    from rivetgen.places import SchemaPlace
    from rivetgen_schema import Finding, Lock, Position, Schema

GIT_PREFIX: Final = "git:"
LOCK_WORD: Final = "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """An earlier version of a schema.

    Attributes:
        schema: The schema; `None` when something is wrong with it.
        name: Where it came from, for people.
        findings: What is wrong with it, with positions in that version.
    """

    schema: Schema | None
    name: str
    findings: tuple[Finding, ...] = ()


def read_baseline(against: str, place: SchemaPlace) -> Baseline:
    """Return the version that `--against` names.

    Raises:
        BaselineError: It cannot be found, or it is no schema at all.
    """
    if against == LOCK_WORD:
        lock = lock_of(place)
        if lock is None:
            msg = (
                f"there is no {place.lock_path}; `rivetgen release` writes it, "
                "or name another version with --against"
            )
            raise BaselineError(msg)
        return Baseline(schema=lock.schema, name=str(place.lock_path))
    if against.startswith(GIT_PREFIX):
        return _from_git(against, place)
    return _from_file(Path(against))


def lock_of(place: SchemaPlace) -> Lock | None:
    """Return the lock of the last release; `None` when there was none.

    Raises:
        BaselineError: The file is there but cannot be used.
    """
    try:
        return read_lock(place.lock_path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{place.lock_path} cannot be read: {error}"
        raise BaselineError(msg) from error
    except LockError as error:
        msg = f"{place.lock_path}: {error}"
        raise BaselineError(msg, is_unusable=True) from error


def _from_git(against: str, place: SchemaPlace) -> Baseline:
    from rivetgen.git import check_out  # noqa: PLC0415

    revision = against.removeprefix(GIT_PREFIX)
    with tempfile.TemporaryDirectory() as name:
        result = load_schema(check_out(revision, place.path, Path(name)))
    moved = tuple(_moved(finding, name, against) for finding in result.findings)
    return Baseline(schema=result.schema, name=against, findings=moved)


def _moved(finding: Finding, folder: str, against: str) -> Finding:
    """Return a finding whose positions name the revision, not a temporary folder."""
    position = finding.position
    return replace(
        finding,
        position=_moved_position(position, folder, against) if position else None,
        related=tuple(
            _moved_position(place, folder, against) for place in finding.related
        ),
    )


def _moved_position(position: Position, folder: str, against: str) -> Position:
    path = Path(position.file).relative_to(folder).as_posix()
    return replace(position, file=f"{against}:{path}")


def _from_file(path: Path) -> Baseline:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read: {error}"
        raise BaselineError(msg) from error
    if text.lstrip().startswith("{"):
        return Baseline(schema=_from_json(path, text), name=str(path))
    result = load_schema(path)
    return Baseline(schema=result.schema, name=str(path), findings=result.findings)


def _from_json(path: Path, text: str) -> Schema:
    """Read a lock or a client spec; both are JSON."""
    try:
        # The text starts with a brace, so it is an object if it is JSON at all.
        document: dict[str, object] = json.loads(text)
        if "lock" in document:
            return read_lock(text).schema
        return from_json({k: v for k, v in document.items() if k != "digest"})
    except (SchemaError, ValueError, RecursionError) as error:
        msg = f"{path} is neither a schema, a lock nor a client spec: {error}"
        raise BaselineError(msg, is_unusable=True) from error
