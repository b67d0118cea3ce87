"""Where things stand in the workspace, for the tests that read sources."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Member:
    """One distribution of the workspace."""

    folder: Path
    package: str

    @property
    def pyproject(self) -> dict[str, Any]:
        """The parsed pyproject.toml of this member."""
        return tomllib.loads((self.folder / "pyproject.toml").read_text())


@dataclass(frozen=True, kw_only=True)
class Module:
    """One source file of a distribution."""

    name: str
    path: Path

    @property
    def tree(self) -> ast.Module:
        """The parsed source."""
        return parsed(self.path)

    @property
    def is_package(self) -> bool:
        """Whether this is the ``__init__`` of a package."""
        return self.path.name == "__init__.py"

    @property
    def is_public(self) -> bool:
        """Whether no part of the dotted name starts with an underscore."""
        return not any(part.startswith("_") for part in self.name.split("."))


MEMBERS = (
    Member(folder=ROOT / "schema", package="rivetgen_schema"),
    Member(folder=ROOT / "generator", package="rivetgen"),
    Member(folder=ROOT / "clients" / "python", package="rivetgen_client"),
    Member(folder=ROOT / "runtime", package="rivetgen_runtime"),
)

GENERATED_PROJECTS = (
    ROOT / "examples" / "chat",
    ROOT / "examples" / "patterns",
    ROOT / "tests" / "conformance" / "actors",
)
"""Projects whose clients the generator writes into them."""


@cache
def parsed(path: Path) -> ast.Module:
    """Parse a source file once per test run."""
    return ast.parse(path.read_text(), filename=str(path))


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the four distributions, sorted by name."""
    found = (module for member in MEMBERS for module in modules_of(member))
    return tuple(sorted(found, key=lambda module: module.name))


def modules_of(member: Member) -> Iterator[Module]:
    """Yield the modules of one distribution."""
    for path in (member.folder / member.package).rglob("*.py"):
        parts = path.relative_to(member.folder).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        yield Module(name=name, path=path)


def hand_written_files() -> Iterator[Path]:
    """Yield every Python file that people write: sources, tests, examples."""
    skipped = {"expected", "node_modules", "_generated", "build", "dist"}
    models = ROOT / "clients" / "python" / "rivetgen_client" / "wire" / "models.py"
    emitted = [path / "clients" for path in GENERATED_PROJECTS]
    for top in ("schema", "generator", "clients", "runtime", "tests", "examples"):
        for path in (ROOT / top).rglob("*.py"):
            parts = path.relative_to(ROOT).parts
            is_emitted = path == models or any(map(path.is_relative_to, emitted))
            if not skipped.intersection(parts) and not is_emitted:
                yield path
    yield ROOT / "noxfile.py"
