"""The document about the Python client, executed against the chat example."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from textwrap import indent
from typing import TYPE_CHECKING

from chat_server import EXAMPLE, chat_server
from documents import code_blocks
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = ROOT / "docs" / "clients" / "python.md"
PROGRAM = """\
import asyncio, sys

async def main(endpoint):
{body}

asyncio.run(main(sys.argv[1]))
"""


def test_the_blocks_print_what_they_promise(tmp_path: Path) -> None:
    blocks = [block.text for block in code_blocks(DOCUMENT)]
    body = "\n".join(blocks)
    program = PROGRAM.format(body=indent(body, "    "))
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLE / "clients" / "python")}

    with chat_server(tmp_path / "data") as server:
        finished = subprocess.run(
            [sys.executable, "-c", program, server.endpoint],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert finished.returncode == 0, finished.stderr
    promised = re.findall(
        r"^.*(?:print\(.*|increment\(\))\)?  # (.*)$", body, re.MULTILINE
    )
    assert finished.stdout.splitlines() == promised
