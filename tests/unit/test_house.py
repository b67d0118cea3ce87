"""What holds for the repository as a whole."""

from __future__ import annotations

import ast
import os
import re
from typing import TYPE_CHECKING

import pytest

from documents import code_blocks, prose
from workspace import (
    MEMBERS,
    ROOT,
    Member,
    Module,
    hand_written_files,
    modules,
    parsed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FUNCTION_LINES = 60
MODULE_LINES = 600
README_LINES = 150
FRAGMENT_NAME = re.compile(
    r"(\d+|\+[a-z0-9-]+)\.(added|changed|fixed|removed|security)\.md"
)
MACHINE_PATH = re.compile(r"/(work|home|Users|root|opt|tmp)/\w")

EVERY_MEMBER = pytest.mark.parametrize("member", MEMBERS, ids=lambda m: m.package)
EVERY_FILE = pytest.mark.parametrize(
    "path", sorted(hand_written_files()), ids=lambda path: str(path.relative_to(ROOT))
)


def test_all_distributions_have_the_same_version() -> None:
    versions = {member.pyproject["project"]["version"] for member in MEMBERS}
    assert len(versions) == 1, versions


@EVERY_MEMBER
def test_members_pin_each_other_to_their_own_minor_version(member: Member) -> None:
    project = member.pyproject["project"]
    minor = project["version"].rpartition(".")[0]
    siblings = [line for line in project["dependencies"] if line.startswith("rivetgen")]
    assert all(line.endswith(f"=={minor}.*") for line in siblings), siblings


@EVERY_MEMBER
def test_every_distribution_carries_readme_license_and_type_marker(
    member: Member,
) -> None:
    assert (member.folder / "README.md").read_text().startswith("# ")
    assert (member.folder / "LICENSE").resolve() == ROOT / "LICENSE"
    assert (member.folder / member.package / "py.typed").is_file()


@EVERY_MEMBER
def test_every_dependency_has_a_lower_bound(member: Member) -> None:
    loose = [
        line
        for line in member.pyproject["project"]["dependencies"]
        if not re.search(r">=|==", line)
    ]
    assert not loose


def test_the_readme_starts_with_the_two_commands() -> None:
    first = next(code_blocks(ROOT / "README.md"))
    assert first.text.splitlines() == [
        "python3 noxfile.py -s demo",
        "python3 noxfile.py -s tests",
    ]


def test_ci_ends_with_the_test_command_of_the_readme() -> None:
    command = next(code_blocks(ROOT / "README.md")).text.splitlines()[-1]
    script = ROOT / ".ci" / "run"
    assert script.read_text().splitlines()[-1] == f"exec {command}"
    assert os.access(script, os.X_OK)


def test_the_readme_fits_its_limit() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_paths_named_in_documents_exist(path: Path) -> None:
    missing = [
        target
        for target in linked_paths(path)
        if not (path.parent / target).exists() and not (ROOT / target).exists()
    ]
    assert not missing, f"{path.name} names {missing}"


def linked_paths(path: Path) -> Iterator[str]:
    """Yield relative link targets, and inline code that is written as a folder."""
    text = prose(path)
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in target:
            yield target
    yield from re.findall(r"`([\w.-]+(?:/[\w.-]+)*/)`", text)


def test_every_session_says_in_one_line_what_it_does() -> None:
    sessions = [
        node
        for node in parsed(ROOT / "noxfile.py").body
        if isinstance(node, ast.FunctionDef) and node.decorator_list
    ]
    documents = {node.name: ast.get_docstring(node) or "" for node in sessions}
    assert {"demo", "tests"} <= documents.keys()
    assert all(text and "\n" not in text for text in documents.values()), documents


@EVERY_FILE
def test_functions_and_modules_stay_within_their_limits(path: Path) -> None:
    tree = parsed(path)
    lines = len(path.read_text().splitlines())
    assert lines <= MODULE_LINES
    long = [
        f"{node.name} (line {node.lineno})"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and body_lines(node) > FUNCTION_LINES
    ]
    assert not long


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    end = node.end_lineno or node.lineno
    return end - body[0].lineno + 1 if body else 0


@EVERY_FILE
def test_every_hand_written_file_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert not text or ast.get_docstring(parsed(path)), f"{path} has no docstring"


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_sources_name_no_path_of_a_machine(module: Module) -> None:
    assert not MACHINE_PATH.findall(module.path.read_text())


@pytest.mark.parametrize("path", sorted((ROOT / ".changelog").glob("*.md")))
def test_changelog_fragments_are_well_formed(path: Path) -> None:
    assert FRAGMENT_NAME.fullmatch(path.name), f"{path.name} is not N.type.md"
    text = path.read_text().strip()
    assert text.endswith("."), f"{path.name} is not a sentence"
