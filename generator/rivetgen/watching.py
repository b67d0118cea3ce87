"""Generating again whenever the schema or the settings change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from watchfiles import DefaultFilter, watch

from rivetgen.errors import RivetgenError
from rivetgen.manifest import PATH, read_manifest
from rivetgen.pipeline import Report, generate
from rivetgen.settings import FILE, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from watchfiles import Change

SUFFIXES: Final = (".yaml", ".yml", ".json")
"""Files that a schema may consist of."""
QUIET_MS: Final = 20
"""How long no further event must arrive before an edit counts as finished."""
LONGEST_WAIT_MS: Final = 150
"""Longest wait for that, so that the output follows an edit within 300 ms."""
IDLE_MS: Final = 200
"""How often the wait is interrupted to look for signals."""

Outcome: TypeAlias = Report | str
"""A report, or the sentence of an error that the next edit may remove."""


def watch_project(folder: Path) -> Iterator[Outcome]:
    """Generate at once and after every edit; yield what came of it.

    Raises:
        KeyboardInterrupt: Somebody ended it.
    """
    wanted = SchemaFilter(folder.resolve())
    # The first watch starts before the first run, so that no edit is lost between.
    edits = watch(
        folder,
        watch_filter=wanted,
        debounce=LONGEST_WAIT_MS,
        step=QUIET_MS,
        rust_timeout=IDLE_MS,
        yield_on_timeout=True,
    )
    next(edits, None)
    yield run_once(folder)
    for changes in edits:
        if changes:
            yield run_once(folder)


def run_once(folder: Path) -> Outcome:
    """Generate, and return the sentence of an error instead of raising it."""
    try:
        return generate(load_settings(folder))
    except RivetgenError as error:
        return str(error)


class SchemaFilter(DefaultFilter):
    """Lets events pass for the settings and for files that a schema may consist of.

    Caches, environments, repositories and what was generated are left out.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __call__(self, change: Change, path: str) -> bool:
        """Whether an event may change the output."""
        relative = self._relative(Path(path))
        if relative is None or not super().__call__(change, path):
            return False
        if relative == PATH or relative in read_manifest(self._folder).files:
            return False
        return relative == FILE or relative.endswith(SUFFIXES)

    def _relative(self, path: Path) -> str | None:
        if not path.is_relative_to(self._folder):
            return None
        return path.relative_to(self._folder).as_posix()
