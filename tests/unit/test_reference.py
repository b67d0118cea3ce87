"""The reference: its tables follow the code, its schemas load."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from documents import Block, code_blocks
from rivetgen.json_models.findings import json_schema_findings
from rivetgen_schema import (
    LoadResult,
    client_spec_schema,
    lint_targets,
    load_schema,
    load_text,
    to_json,
    unsupported,
)
from rivetgen_schema.catalogue.explanation import HEADER
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "docs" / "reference"
PAGES = sorted(FOLDER.glob("*.md"))
FILE_NAME = re.compile(r"# ([\w/]+\.yaml)\n")
RAISES = re.compile(r"<!-- raises: (RG\d+) -->")
EXAMPLE = re.compile(r"^## (RG\d+)\n\n.*\n\n```yaml\n", re.MULTILINE)


def tables() -> Any:
    """Import the script that fills the tables."""
    specification = importlib.util.spec_from_file_location(
        "reference_tables", FOLDER / "tables.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_say_what_the_code_says(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == tables().filled(text), "run python docs/reference/tables.py"


def load(block: Block, folder: Path, others: list[Block]) -> LoadResult:
    """Load a block as a file; blocks that name their own file are beside it."""
    for other in others:
        if name := FILE_NAME.match(other.text):
            path = folder / name[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(other.text, "utf-8")
    is_whole = re.search("^rivet:", block.text, re.MULTILINE)
    path = folder / "actors.yaml"
    path.write_text(block.text if is_whole else HEADER + block.text, "utf-8")
    return load_schema(path)


def yaml_blocks(page: Path) -> list[Block]:
    return [b for b in code_blocks(page) if b.language == "yaml"]


def expected_codes(page: Path, block: Block) -> set[str]:
    """Return what a block must raise: nothing, unless a comment before it says so."""
    lines = page.read_text("utf-8").splitlines()
    marker = RAISES.fullmatch(lines[block.line - 2])
    if marker:
        return {marker[1]}
    return {"RG011"} if FILE_NAME.match(block.text) else set()


BLOCKS = [
    (page, block)
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if page.name != "diagnostics.md"
    for block in yaml_blocks(page)
]


@pytest.mark.parametrize(
    ("page", "block"), BLOCKS, ids=[f"{page.stem} {b}" for page, b in BLOCKS]
)
def test_schemas_of_the_pages_raise_what_is_said_beside_them(
    page: Path, block: Block, tmp_path: Path
) -> None:
    result = load(block, tmp_path, yaml_blocks(page))
    found = {finding.code for finding in result.findings}
    assert found == expected_codes(page, block), result.findings


def test_examples_of_the_diagnostics_page_raise_their_code_and_repairs_do_not(
    tmp_path: Path,
) -> None:
    text = (FOLDER / "diagnostics.md").read_text("utf-8")
    codes = EXAMPLE.findall(text)
    blocks = yaml_blocks(FOLDER / "diagnostics.md")
    assert len(blocks) == 2 * len(codes)
    for code, example, repaired in zip(codes, blocks[::2], blocks[1::2], strict=True):
        assert code in all_codes(load_whole(example, tmp_path)), str(example)
        assert code not in all_codes(load_whole(repaired, tmp_path)), str(repaired)


def load_whole(block: Block, folder: Path) -> LoadResult:
    path = folder / "actors.yaml"
    path.write_text(block.text, "utf-8")
    return load_schema(path)


def all_codes(result: LoadResult) -> set[str]:
    findings = list(result.findings)
    if result.schema is not None:
        findings += unsupported(result.schema, frozenset())
        findings += lint_targets(result.schema, frozenset({"swift"}))
        findings += json_schema_findings(result.schema)
    return {finding.code for finding in findings}


def blocks_of_the_client_spec() -> dict[str, str]:
    return {block.language: block.text for block in code_blocks(FOLDER / "ir.md")}


def test_the_schema_of_the_client_spec_page_becomes_its_document() -> None:
    blocks = blocks_of_the_client_spec()
    schema = load_text(blocks["yaml"]).schema
    assert schema is not None
    assert to_json(schema) == json.loads(blocks["json"])


def test_the_generator_of_the_client_spec_page_prints_what_it_says(
    tmp_path: Path,
) -> None:
    blocks = blocks_of_the_client_spec()
    (tmp_path / "kotlin.py").write_text(blocks["python"], "utf-8")
    (tmp_path / "client-spec.json").write_text(blocks["json"], "utf-8")
    command = [sys.executable, "kotlin.py", "client-spec.json"]
    output = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert output.stdout.decode("utf-8") == blocks["kotlin"]


def test_every_object_of_the_client_spec_has_its_table() -> None:
    text = (FOLDER / "ir.md").read_text("utf-8")
    definitions: Any = client_spec_schema()["$defs"]
    named = {name for name, shape in definitions.items() if "properties" in shape}
    assert named == set(re.findall(r"^#### (\w+)$", text, re.MULTILINE)) - {"Schema"}


def test_an_outdated_table_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- table: levels -->\nold\n<!-- end -->\n", "utf-8")
    script = tables()
    monkeypatch.setattr(script, "FOLDER", tmp_path)
    with pytest.raises(SystemExit, match=r"page\.md"):
        script.main(["--check"])
    script.main([])
    script.main(["--check"])


def test_every_page_is_listed() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert all(f"(reference/{page.name})" in index for page in PAGES)
