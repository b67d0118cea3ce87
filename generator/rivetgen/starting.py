"""The files of a new project."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from rivetgen.editor_files import EDITOR_SCHEMA_PATH, editor_schema_text
from rivetgen.emission import Code, code, render
from rivetgen.errors import OutputError, SettingsError
from rivetgen.output import GeneratedFile, check_paths, write_file
from rivetgen.version import RELEASE
from rivetgen_schema.names import pascal_case

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def project_name(folder_name: str) -> str:
    """Return the name of a distribution for a folder, `my-chat` for `My Chat`.

    Raises:
        SettingsError: The folder name has no letters to make a name of.
    """
    name = _NOT_IN_NAMES.sub("-", folder_name.lower()).strip("-")
    if _NAME.fullmatch(name) is None or keyword.iskeyword(name):
        msg = f"{folder_name!r} gives no name for a package; use --name"
        raise SettingsError([msg])
    return name


def start_project(folder: Path, name: str) -> list[str]:
    """Write the files of a new project and return their paths.

    Raises:
        OutputError: One of the files exists; nothing was written.
    """
    files = list(project_files(name))
    folder.mkdir(parents=True, exist_ok=True)
    check_paths(folder, [file.path for file in files])
    existing = [file.path for file in files if (folder / file.path).exists()]
    if existing:
        raise OutputError([f"{path} exists already" for path in existing])
    for file in files:
        write_file(folder, file.path, file.text)
    return [file.path for file in files]


def project_files(name: str) -> Iterator[GeneratedFile]:
    """Yield the files of a project with this distribution name."""
    distribution = _checked(name)
    package = _checked(name.replace("-", "_"))
    values = {
        "distribution": distribution,
        "package": package,
        "client": code("{}Client", Code(pascal_case(package))),
        "release": RELEASE,
    }
    yield _file("actors.yaml", render("init/actors.yaml.jinja", **values))
    yield _file("pyproject.toml", render("init/pyproject.toml.jinja", **values))
    yield _file("README.md", render("init/README.md.jinja", **values))
    yield _file(".gitignore", render("init/gitignore.jinja"))
    yield GeneratedFile(path=EDITOR_SCHEMA_PATH, text=editor_schema_text(), once=True)
    stub = render("init/counter.py.jinja")
    yield _file(f"src/{package}/actors/counter.py", stub)


def _file(path: str, text: Code) -> GeneratedFile:
    return GeneratedFile(path=path, text=f"{text}\n", once=True)


def _checked(name: str) -> Code:
    if _NAME.fullmatch(name.replace("_", "-")) is None or keyword.iskeyword(name):
        msg = f"{name!r} is no name of a package; use words like `my-chat`"
        raise SettingsError([msg])
    return Code(name)
