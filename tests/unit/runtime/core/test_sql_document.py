"""The document about ``c.db``, executed block by block."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from documents import code_blocks
from rivetgen_runtime.options import SqlLimits
from sql_world import SqlWorld
from workspace import ROOT

if TYPE_CHECKING:
    from documents import Block
    from sql_world import SqlContext

DOCUMENT = ROOT / "docs" / "actors" / "sql.md"


@pytest.mark.parametrize(
    "block",
    [block for block in code_blocks(DOCUMENT) if block.language == "python"],
    ids=str,
)
async def test_the_blocks_print_what_they_promise(
    block: Block, capsys: pytest.CaptureFixture[str]
) -> None:
    code = compile(block.text, "sql.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    async def script(c: SqlContext) -> None:
        await eval(code, {"c": c})  # noqa: S307 - our own document

    await SqlWorld().run(script)
    promised = re.findall(r"^ *print\(.*\)  # (.*)$", block.text, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised
    assert promised


def test_the_document_names_the_limits() -> None:
    limits = SqlLimits()
    text = DOCUMENT.read_text(encoding="utf-8")
    for field in fields(limits):
        number = int(getattr(limits, field.name))
        assert f" {number:,} " in text, field.name
