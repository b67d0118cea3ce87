"""What editors make of a schema: the YAML language server reads our JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from language_server import language_server
from rivetgen_cli import run
from rivetgen_schema.vocabulary import SECTIONS
from workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from language_server import LanguageServer

pytestmark = pytest.mark.node

MODELINE = "# yaml-language-server: $schema=./.rivetgen/actors.schema.json\n"
HEADER = f"{MODELINE}rivet: 1\ninfo: {{ name: example, version: 1.0.0 }}\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project as `init` makes it."""
    folder = tmp_path_factory.mktemp("editor") / "shop"
    assert run("init", str(folder)).status == 0
    return folder


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[LanguageServer]:
    """One language server for all tests."""
    with language_server(project) as server:
        yield server


def opened(server: LanguageServer, project: Path, name: str, body: str) -> str:
    return server.open(project / name, HEADER + body)


def last_place(body: str) -> dict[str, int]:
    """Return the place after the last character of a document."""
    lines = (HEADER + body).split("\n")
    return {"line": len(lines) - 1, "column": len(lines[-1])}


@pytest.mark.parametrize(
    ("body", "section"),
    [
        ("", "document"),
        ("actors:\n  room:\n    ", "actor"),
        ("actors:\n  room:\n    actions:\n      join:\n        ", "action"),
        ("actors:\n  room:\n    queues:\n      jobs:\n        ", "queue"),
        ("actors:\n  room:\n    schedules:\n      daily:\n        ", "schedule"),
        ("actors:\n  room:\n    options:\n      ", "options"),
    ],
)
def test_every_key_of_a_section_is_proposed(
    server: LanguageServer, project: Path, body: str, section: str
) -> None:
    address = opened(server, project, f"keys-{section}.yaml", body)
    proposed = server.completions(address, **last_place(body))
    expected = set(SECTIONS[section]) - {"rivet", "info"}
    assert expected <= proposed.keys()


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("actors:\n  room:\n    run: ", {"loop", "workflow"}),
        ("actors:\n  room:\n    durability: ", {"reply", "interval"}),
        ("actors:\n  room:\n    state:\n      count: ", {"int", "string", "uuid"}),
        ("types:\n  Id: ", {"uuid", "list<string>", "string | null"}),
    ],
)
def test_values_are_proposed(
    server: LanguageServer, project: Path, body: str, values: set[str]
) -> None:
    name = f"values-{min(values)}.yaml"
    address = opened(server, project, name, body)
    assert values <= server.completions(address, **last_place(body)).keys()


def test_hover_shows_what_a_key_means(server: LanguageServer, project: Path) -> None:
    body = "actors:\n  room:\n    stateVersion: 2\n    state: { a: int = 0 }\n"
    address = opened(server, project, "hover.yaml", body)
    line = HEADER.count("\n") + 2
    shown = server.hover(address, line=line, column=6)
    assert SECTIONS["actor"]["stateVersion"] in shown.replace("\\", "")


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("actors:\n  room:\n    acitons: {}\n", 2),
        ("actors:\n  room:\n    run: loops\n", 2),
        ("actors:\n  room:\n    options:\n      actionTimeout: 5 seconds\n", 3),
        ("actors:\n  a b: {}\n", 1),
    ],
)
def test_mistakes_are_marked_on_their_line(
    server: LanguageServer, project: Path, body: str, line: int
) -> None:
    address = opened(server, project, f"mistake-{len(body)}.yaml", body)
    marked = server.wait_for_diagnostics(address)
    lines = {item["range"]["start"]["line"] for item in marked}
    assert lines == {HEADER.count("\n") + line}


@pytest.mark.parametrize("example", ["worked", "chat"])
def test_the_examples_have_no_marks(server: LanguageServer, example: str) -> None:
    path = ROOT / "examples" / example / "actors.yaml"
    address = server.open(path, path.read_text())
    assert server.wait_for_diagnostics(address) == []


def test_the_schema_that_init_writes_has_no_marks(
    server: LanguageServer, project: Path
) -> None:
    path = project / "actors.yaml"
    address = server.open(path, path.read_text())
    assert server.wait_for_diagnostics(address) == []
