"""The reference: its tables follow the code, its schemas load."""

from __future__ import annotations

import importlib.util
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from documents import Block, code_blocks
from rivetgen.json_models.findings import json_schema_findings
from rivetgen_schema import LoadResult, lint_targets, load_schema, unsupported
from rivetgen_schema.catalogue.explanation import HEADER
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "docs" / "reference"
PAGES = sorted(FOLDER.glob("*.md"))
FILE_NAME = re.compile(r"# ([\w/]+\.yaml)\n")
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


def yaml_blocks(page: str) -> list[Block]:
    return [b for b in code_blocks(FOLDER / page) if b.language == "yaml"]


@pytest.mark.parametrize(
    "number", range(len(yaml_blocks("language.md"))), ids=lambda n: f"block {n}"
)
def test_schemas_of_the_language_page_load_without_a_finding(
    number: int, tmp_path: Path
) -> None:
    blocks = yaml_blocks("language.md")
    result = load(blocks[number], tmp_path, blocks)
    expected = ["RG011"] if FILE_NAME.match(blocks[number].text) else []
    assert [finding.code for finding in result.findings] == expected, result.findings


def test_examples_of_the_diagnostics_page_raise_their_code_and_repairs_do_not(
    tmp_path: Path,
) -> None:
    text = (FOLDER / "diagnostics.md").read_text("utf-8")
    codes = EXAMPLE.findall(text)
    blocks = yaml_blocks("diagnostics.md")
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


def test_every_page_is_listed() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert all(f"(reference/{page.name})" in index for page in PAGES)
