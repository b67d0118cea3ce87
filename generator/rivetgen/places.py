"""Which schema a command works on, and where the lock of its last release is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rivetgen.errors import SettingsError
from rivetgen.settings import find_project, load_settings

if TYPE_CHECKING:
    from rivetgen.settings import Settings
    from rivetgen_schema.ir import Schema
    from rivetgen_schema.source import SourceFile

LOCK_FILE: Final = "rivetgen.lock"
SCHEMA_FILE: Final = "actors.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaPlace:
    """A schema file and the folder of the project it belongs to.

    Attributes:
        path: The schema file, as people would write it.
        folder: Where `rivetgen.lock` is.
        settings: What the project generates; `None` for a schema on its own.
    """

    path: Path
    folder: Path
    settings: Settings | None = None

    @property
    def lock_path(self) -> Path:
        """The lock of the last release, whether it exists or not."""
        return shown_path(self.folder / LOCK_FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsableSchema:
    """A schema that was loaded without errors.

    Attributes:
        schema: The schema.
        files: The files it came from, for excerpts.
    """

    schema: Schema
    files: tuple[SourceFile, ...]


def find_schema(project: Path | None, schema: Path | None) -> SchemaPlace:
    """Return the schema that is named, or else the one of the project.

    A folder with a schema but without settings is a project too.

    Raises:
        SettingsError: There is none, or the settings are wrong.
    """
    if schema is not None:
        return SchemaPlace(path=shown_path(schema), folder=schema.parent)
    here = Path.cwd()
    try:
        folder = find_project(here) if project is None else project.absolute()
    except SettingsError:
        if not (here / SCHEMA_FILE).is_file():
            raise
        return SchemaPlace(path=Path(SCHEMA_FILE), folder=here)
    settings = load_settings(folder)
    path = shown_path(settings.schema_path)
    return SchemaPlace(path=path, folder=folder, settings=settings)


def shown_path(path: Path) -> Path:
    """Return a path as people would write it: relative where that is shorter."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
