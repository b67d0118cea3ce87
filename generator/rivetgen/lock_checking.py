"""Whether a schema keeps what its last release promised, for `rivetgen check`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rivetgen.manifest import read_manifest
from rivetgen.output import read_text
from rivetgen.pipeline import is_current
from rivetgen.places import SchemaPlace, shown_path

if TYPE_CHECKING:
    from rivetgen.settings import Settings
    from rivetgen_schema import Finding

_HEADER_DIGEST: Final = re.compile(
    r"^# schema:? (?:sha256 )?([0-9a-f]{64})$", re.MULTILINE
)
_LOCK_DIGEST: Final = re.compile(r'"digest": "([0-9a-f]{64})"')
_START: Final = 1_000
"""Characters of a file that hold its digest."""


def lock_findings(settings: Settings) -> tuple[Finding, ...]:
    """Return the changes since the last release that its clients cannot bear.

    Breaking changes are fine when the version was raised enough, so they are findings
    only until then. Nothing is loaded when digests prove that nothing changed.

    Raises:
        BaselineError: The lock cannot be used.
    """
    place = SchemaPlace(path=shown_path(settings.schema_path), folder=settings.project)
    if not place.lock_path.exists() or _is_released(settings, place):
        return ()
    return _compare(place)


def _is_released(settings: Settings, place: SchemaPlace) -> bool:
    """Whether the generated code proves that the schema is that of the lock."""
    start = (read_text(place.lock_path) or "")[:_START]
    locked = _LOCK_DIGEST.search(start)
    return (
        locked is not None
        and locked[1] == _generated_digest(settings)
        and is_current(settings)
    )


def _generated_digest(settings: Settings) -> str | None:
    for path in read_manifest(settings.project).files:
        if path.endswith(".py"):
            text = read_text(settings.project / path) or ""
            if match := _HEADER_DIGEST.search(text[:_START]):
                return match[1]
    return None


def _compare(place: SchemaPlace) -> tuple[Finding, ...]:
    from rivetgen.baselines import lock_of  # noqa: PLC0415
    from rivetgen.reporting import change_findings  # noqa: PLC0415
    from rivetgen.versions import advise  # noqa: PLC0415
    from rivetgen_schema import compare, load_schema  # noqa: PLC0415
    from rivetgen_schema.compatibility import FAILING  # noqa: PLC0415

    lock, result = lock_of(place), load_schema(place.path)
    if lock is None or result.schema is None:
        return ()
    changes = compare(lock.schema, result.schema)
    if advise(lock.schema.version, result.schema.version, changes).is_enough:
        return ()
    failing = [change for change in changes if change.fails]
    return change_findings(failing, failing=FAILING, files=result.files)
