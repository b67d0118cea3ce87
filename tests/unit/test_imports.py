"""Who may import whom, read from the sources."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import re
import sys
from typing import TYPE_CHECKING

import pytest

from workspace import MEMBERS, Member, Module, modules, modules_of

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = frozenset(member.package for member in MEMBERS)

# What each package may import of the others; the first matching prefix decides.
MAY_IMPORT = {
    "rivetgen_client.wire": frozenset({"rivetgen_client.wire"}),
    "rivetgen_schema": frozenset({"rivetgen_schema"}),
    "rivetgen_client": frozenset({"rivetgen_client"}),
    "rivetgen_runtime": frozenset({"rivetgen_runtime", "rivetgen_client"}),
    "rivetgen": frozenset({"rivetgen", "rivetgen_schema"}),
}

# Sockets, files, clocks, randomness and threads: what a core without I/O is handed.
INPUT_OUTPUT = frozenset(
    {
        *("socket", "ssl", "select", "selectors", "httpx", "aiohttp", "websockets"),
        *("asyncio.streams", "asyncio.transports", "asyncio.protocols"),
        *("asyncio.subprocess", "asyncio.base_events", "subprocess", "multiprocessing"),
        *("pathlib", "os", "io", "tempfile", "shutil", "sqlite3"),
        *("time", "random", "uuid", "secrets", "threading", "concurrent"),
    }
)
FORBIDDEN_WITHOUT_IO = {
    "rivetgen_client.wire": INPUT_OUTPUT | {"asyncio"},
    "rivetgen_runtime.core": INPUT_OUTPUT,
}
# Attributes that reach the same things through a module which is allowed.
CLOCK_READERS = frozenset({"now", "utcnow", "today"})
ASYNCIO_TRANSPORT = re.compile(
    r"open_(unix_)?connection|start_(unix_)?server|create_(connection|server|"
    r"datagram_endpoint|subprocess_\w+)|Stream(Reader|Writer)|\w*Transport|to_thread"
)

# Known to type checkers alone.
ANNOTATIONS_ONLY = frozenset({"_typeshed"})

EVERY_MODULE = pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def imported_names(module: Module) -> Iterator[str]:
    """Yield the absolute dotted name of everything a module imports, at any depth."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute_base(module, node)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def absolute_base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = (
        module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    )
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def modules_without_io() -> list[Module]:
    return [
        module
        for module in modules()
        if any(is_within(module.name, core) for core in FORBIDDEN_WITHOUT_IO)
    ]


@EVERY_MODULE
def test_imports_point_in_one_direction(module: Module) -> None:
    allowed = next(
        allowed for top, allowed in MAY_IMPORT.items() if is_within(module.name, top)
    )
    wrong = [
        name
        for name in imported_names(module)
        if name.partition(".")[0] in OURS
        and not any(is_within(name, package) for package in allowed)
    ]
    assert not wrong, f"{module.name} imports {wrong}"


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.package)
def test_every_import_is_a_declared_dependency(member: Member) -> None:
    declared = {
        normalised(line) for line in member.pyproject["project"]["dependencies"]
    }
    foreign = {
        top
        for module in modules_of(member)
        for top in (name.partition(".")[0] for name in imported_names(module))
        if top != member.package and top not in sys.stdlib_module_names
    }
    undeclared = {
        name
        for name in foreign - ANNOTATIONS_ONLY
        if not declared & {normalised(provider) for provider in providers(name)}
    }
    assert not undeclared, f"{member.folder.name}/pyproject.toml lacks {undeclared}"


def providers(package: str) -> list[str]:
    """Return the distributions that hold an import package."""
    if package in OURS:
        return [package]
    return importlib.metadata.packages_distributions().get(package, [])


def normalised(requirement: str) -> str:
    name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("module", modules_without_io(), ids=lambda m: m.name)
def test_a_core_without_io_imports_no_io(module: Module) -> None:
    forbidden = next(
        names
        for core, names in FORBIDDEN_WITHOUT_IO.items()
        if is_within(module.name, core)
    )
    wrong = [
        name
        for name in imported_names(module)
        if any(is_within(name, package) for package in forbidden)
    ]
    assert not wrong, f"{module.name} imports {wrong}"


@pytest.mark.parametrize("module", modules_without_io(), ids=lambda m: m.name)
def test_a_core_without_io_reads_no_clock_and_opens_no_transport(
    module: Module,
) -> None:
    wrong = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and reaches_outside(node)
    ]
    assert not wrong, f"{module.name}: {wrong}"


def reaches_outside(node: ast.Attribute) -> bool:
    owner = ast.unparse(node.value).lower()
    if owner.endswith(("datetime", "date")):
        return node.attr in CLOCK_READERS
    return owner == "asyncio" and bool(ASYNCIO_TRANSPORT.fullmatch(node.attr))


@EVERY_MODULE
def test_all_names_of_a_public_module_exist_and_are_listed(module: Module) -> None:
    if not module.is_public or module.name.endswith("__main__"):
        return
    loaded = importlib.import_module(module.name)
    listed = getattr(loaded, "__all__", None)
    if listed is None:
        assert not exported(module), f"{module.name} re-exports without __all__"
        return
    missing = [name for name in listed if not hasattr(loaded, name)]
    assert not missing, f"{module.name}.__all__ lists {missing}, which do not exist"
    assert sorted(set(listed)) == sorted(listed), f"{module.name}.__all__ repeats names"
    unlisted = (exported(module) | defined(module)) - set(listed)
    assert not unlisted, f"{module.name}.__all__ lacks {sorted(unlisted)}"


def exported(module: Module) -> set[str]:
    """Return what a package's ``__init__`` imports only to pass it on."""
    if not module.is_package:
        return set()
    top = module.name.partition(".")[0]
    nodes = [*ast.walk(module.tree)]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    imported = {
        alias.asname or alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        and is_within(absolute_base(module, node), top)
        for alias in node.names
    }
    return {name for name in imported - used if not name.startswith("_")}


def defined(module: Module) -> set[str]:
    """Return the public functions and classes that a module defines."""
    return {
        node.name
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
    }
