"""``docs/protocol.md``: its tables follow the code, its examples run."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import sys
from typing import Any

import pytest

from documents import Block, code_blocks
from fronts import running_front
from recorded_actors import ACTORS
from workspace import ROOT

DOCUMENT = ROOT / "docs" / "protocol.md"
DEFAULT_ADDRESS = "127.0.0.1:6420"
COMMANDS = [block for block in code_blocks(DOCUMENT) if block.language == "sh"]
EXPECTED = (
    ('"status":"ok"', '"counter":{"metadata":{}}'),
    ('{"output":3}',),
    ('"key":"room/1"',),
    ("x-rivet-ray-id: ",),
    ('"code":"action_not_found"',),
)
"""What the output of each block holds."""


def script() -> Any:
    """Import the script that fills the tables."""
    path = ROOT / "docs" / "protocol_tables.py"
    spec = importlib.util.spec_from_file_location("protocol_tables", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_tables_say_what_the_code_says() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text == script().filled(text), "run python docs/protocol_tables.py"


def test_the_errors_of_the_openapi_document_are_current() -> None:
    text = (ROOT / "openapi.json").read_text("utf-8")
    assert text == script().with_errors(text), "run python docs/protocol_tables.py"


async def run(block: Block, address: str) -> str:
    """Run a block against a server of ours and return what it prints."""
    shell = await asyncio.create_subprocess_exec(
        "sh",
        "-ec",
        block.text.replace(DEFAULT_ADDRESS, address),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await shell.communicate()
    assert shell.returncode == 0
    return output.decode()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_the_examples_print_what_the_text_promises() -> None:
    async with running_front(ACTORS) as base:
        outputs = [await run(block, base.removeprefix("http://")) for block in COMMANDS]

    missing = [
        (str(block), part)
        for block, output, parts in zip(COMMANDS, outputs, EXPECTED, strict=True)
        for part in parts
        if part not in output
    ]
    assert missing == []
