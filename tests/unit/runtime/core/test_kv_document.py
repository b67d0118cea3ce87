"""The document about ``c.kv``, executed block by block."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from documents import code_blocks
from kv_world import ScriptedWorld, run
from rivetgen_runtime.options import KvLimits
from workspace import ROOT

if TYPE_CHECKING:
    from core_actors import LabContext
    from documents import Block

DOCUMENT = ROOT / "docs" / "actors" / "kv.md"


@pytest.mark.parametrize("block", [*code_blocks(DOCUMENT)], ids=str)
async def test_the_blocks_print_what_they_promise(
    block: Block, capsys: pytest.CaptureFixture[str]
) -> None:
    code = compile(block.text, "kv.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    async def script(c: LabContext) -> None:
        await eval(code, {"c": c})  # noqa: S307 - our own document

    await run(ScriptedWorld(), script)
    promised = re.findall(r"^print\(.*\)  # (.*)$", block.text, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised
    assert promised


def test_the_document_names_the_limits() -> None:
    limits = KvLimits()
    text = DOCUMENT.read_text(encoding="utf-8")
    for number in (
        *(limits.key_bytes, limits.value_bytes, limits.batch_keys),
        *(limits.batch_bytes, limits.list_entries),
    ):
        assert f" {number:,} " in text
