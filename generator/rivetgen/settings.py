"""What to generate and where: `[tool.rivetgen]` of `pyproject.toml`.

Each table of the settings is one frozen dataclass; its fields are the allowed keys
(with `-` for `_`), their defaults the defaults. Unknown keys are errors.
"""

from __future__ import annotations

import difflib
import keyword
import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar, cast

from rivetgen.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field

FILE = "pyproject.toml"
_PACKAGE = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_CLASS = re.compile(r"[A-Z][A-Za-z0-9_]*", re.ASCII)
_DISTRIBUTION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonServerSettings:
    """`[tool.rivetgen.python-server]`.

    Attributes:
        package: Import name of the server package.
        source: Folder that holds the package.
        tests: Folder for the first tests, written once; empty writes none.
    """

    package: str
    source: str = "src"
    tests: str = "tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonClientSettings:
    """`[tool.rivetgen.python-client]`.

    Attributes:
        output: Folder of the client's distribution.
        distribution: Name on a package index.
        package: Import name.
        class_name: Name of the client class; empty derives it from `package`.
    """

    output: str
    distribution: str
    package: str
    class_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecSettings:
    """`[tool.rivetgen.spec]`.

    Attributes:
        output: Folder of `client-spec.json`.
    """

    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`[tool.rivetgen]`; a target without a table is not generated.

    Attributes:
        project: Folder of `pyproject.toml`; every path is relative to it.
        schema: Path of the schema.
    """

    project: Path
    schema: str = "actors.yaml"
    python_server: PythonServerSettings | None = None
    python_client: PythonClientSettings | None = None
    spec: SpecSettings | None = None

    @property
    def has_targets(self) -> bool:
        """Whether anything shall be generated."""
        return any((self.python_server, self.python_client, self.spec))

    @property
    def schema_path(self) -> Path:
        """Where the schema is."""
        return self.project / self.schema


TABLES: Mapping[str, type] = {
    "python-server": PythonServerSettings,
    "python-client": PythonClientSettings,
    "spec": SpecSettings,
}
"""The table of each target."""

_Table = TypeVar("_Table")


def find_project(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that has our settings.

    Raises:
        SettingsError: There is none.
    """
    for folder in (start, *start.parents):
        if (folder / FILE).is_file() and _table_of(folder / FILE) is not None:
            return folder
    msg = (
        f"no {FILE} with [tool.rivetgen] in {start} or above; "
        "`rivetgen init` writes one"
    )
    raise SettingsError([msg])


def load_settings(project: Path) -> Settings:
    """Read the settings of one project folder.

    Raises:
        SettingsError: They are missing or wrong; every problem is named.
    """
    table = _table_of(project / FILE)
    if table is None:
        raise SettingsError([f"{FILE} has no [tool.rivetgen]"])
    return _Reader().settings(project, table)


def _table_of(path: Path) -> dict[str, object] | None:
    try:
        document: object = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path} is not valid TOML: {error}"]) from error
    except OSError as error:
        raise SettingsError([f"{path} cannot be read: {error.strerror}"]) from error
    for part in ("tool", "rivetgen"):
        document = _entries(document).get(part)
    return None if document is None else _entries(document)


def _entries(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


@dataclass(slots=True)
class _Reader:
    problems: list[str] = field(default_factory=list[str])

    def settings(self, project: Path, table: dict[str, object]) -> Settings:
        tables = self._take_tables(table)
        plain = self._values(Settings, table, "tool.rivetgen", known=TABLES)
        settings = Settings(
            project=project,
            schema=plain.get("schema", "actors.yaml"),
            python_server=self._table(PythonServerSettings, tables, "python-server"),
            python_client=self._table(PythonClientSettings, tables, "python-client"),
            spec=self._table(SpecSettings, tables, "spec"),
        )
        if not self.problems:
            self._check(settings)
        if self.problems:
            raise SettingsError(self.problems)
        return settings

    def _take_tables(self, table: dict[str, object]) -> dict[str, dict[str, object]]:
        tables: dict[str, dict[str, object]] = {}
        for name in TABLES:
            value = table.pop(name, None)
            if isinstance(value, dict):
                tables[name] = _entries(cast("object", value))
            elif value is not None:
                self.problems.append(f"[tool.rivetgen.{name}] must be a table")
        return tables

    def _table(
        self, cls: type[_Table], tables: Mapping[str, dict[str, object]], name: str
    ) -> _Table | None:
        if name not in tables:
            return None
        place = f"tool.rivetgen.{name}"
        values = self._values(cls, tables[name], place)
        missing = [
            key
            for key, part in _keys(cls).items()
            if part.default is MISSING and part.name not in values
        ]
        self.problems += [f"[{place}] needs `{key}`" for key in missing]
        return None if self.problems else cls(**values)

    def _values(
        self,
        cls: type,
        table: dict[str, object],
        place: str,
        *,
        known: Mapping[str, object] | None = None,
    ) -> dict[str, str]:
        keys = _keys(cls)
        values: dict[str, str] = {}
        for key, value in table.items():
            if key not in keys:
                self.problems.append(_unknown(key, place, [*keys, *(known or ())]))
            elif not isinstance(value, str):
                self.problems.append(f"[{place}] `{key}` must be a string")
            else:
                values[keys[key].name] = value
        return values

    def _check(self, settings: Settings) -> None:
        self._path(settings.schema, "tool.rivetgen", "schema")
        if server := settings.python_server:
            place = "tool.rivetgen.python-server"
            self._match(_PACKAGE, server.package, place=place, key="package")
            self._path(server.source, place, "source")
            self._path(server.tests or ".", place, "tests")
        if client := settings.python_client:
            place = "tool.rivetgen.python-client"
            self._path(client.output, place, "output")
            self._match(_PACKAGE, client.package, place=place, key="package")
            self._match(
                _DISTRIBUTION, client.distribution, place=place, key="distribution"
            )
            if client.class_name:
                self._match(_CLASS, client.class_name, place=place, key="class-name")
        if settings.spec:
            self._path(settings.spec.output, "tool.rivetgen.spec", "output")

    def _path(self, text: str, place: str, key: str) -> None:
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts or "\\" in text or not text:
            self.problems.append(
                f"[{place}] `{key}` must be a path below the project folder, "
                "with / between its parts"
            )

    def _match(
        self, pattern: re.Pattern[str], text: str, *, place: str, key: str
    ) -> None:
        if pattern.fullmatch(text) is None or keyword.iskeyword(text):
            self.problems.append(f"[{place}] `{key}` is not a valid name: {text!r}")


def _keys(cls: type) -> dict[str, Field[object]]:
    return {
        part.name.replace("_", "-"): part for part in fields(cls) if part.type == "str"
    }


def _unknown(key: str, place: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean `{near[0]}`?" if near else f"; it knows {', '.join(known)}"
    return f"[{place}] has no setting `{key}`{hint}"
