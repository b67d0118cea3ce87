"""The document about calls quotes the examples, which have tests of their own."""

from __future__ import annotations

import ast
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from documents import Block, code_blocks
from workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = ROOT / "docs" / "actors" / "calling.md"
PATTERNS = ROOT / "examples" / "patterns"


def statements(nodes: list[ast.stmt]) -> list[str]:
    """What statements say, however they are laid out."""
    return [ast.dump(node) for node in nodes]


def methods_of_the_example() -> Iterator[list[str]]:
    for path in PATTERNS.glob("src/patterns/actors/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef):
                yield statements(node.body)


def holds(whole: list[str], part: list[str]) -> bool:
    starts = range(len(whole) - len(part) + 1)
    return any(whole[start : start + len(part)] == part for start in starts)


@pytest.mark.parametrize(
    "block",
    [block for block in code_blocks(DOCUMENT) if block.language == "python"],
    ids=str,
)
def test_every_python_block_stands_in_an_example(block: Block) -> None:
    quoted = statements(ast.parse(dedent(block.text)).body)
    assert any(holds(body, quoted) for body in methods_of_the_example())
