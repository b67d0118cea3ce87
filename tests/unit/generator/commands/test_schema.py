"""`rivetgen schema`, and the file that `init` writes for editors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rivetgen_cli import run
from rivetgen_schema import editor_schema
from rivetgen_schema.ir_schema import client_spec_schema
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PATH = ".rivetgen/actors.schema.json"


def test_the_json_schema_for_editors_is_printed() -> None:
    result = run("schema")
    assert result.status == 0
    assert json.loads(result.output) == editor_schema()


def test_the_json_schema_of_the_client_spec_is_printed() -> None:
    result = run("schema", "--of", "client-spec")
    assert json.loads(result.output) == client_spec_schema()


def test_a_file_is_written_with_its_folder(shop: Path) -> None:
    result = run("schema", "--output", PATH)
    assert (result.status, result.output) == (0, f"wrote {PATH}\n")
    assert json.loads((shop / PATH).read_text()) == editor_schema()


def test_init_writes_the_line_and_the_file_that_editors_need(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    assert run("init", str(folder)).status == 0
    first, _ = (folder / "actors.yaml").read_text().split("\n", 1)
    assert first == f"# yaml-language-server: $schema=./{PATH}"
    assert (folder / PATH).read_text() == run("schema").output


def test_the_examples_carry_the_current_json_schema() -> None:
    text = (ROOT / "examples" / "chat" / PATH).read_text()
    assert text == run("schema").output, f"run rivetgen schema --output {PATH}"
