"""The README of the client, executed block by block against the chat example."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from chat_server import EXAMPLE, ChatServer, chat_server
from workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator

README = ROOT / "clients" / "python" / "README.md"
BLOCKS = re.findall(r"(?ms)^```python\n(.*?)^```", README.read_text())
OUTPUT = ["3\n1000\n4\n", "5\n"]


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Generator[ChatServer]:
    with chat_server(tmp_path_factory.mktemp("chat") / "data") as running:
        yield running


def test_the_readme_fits_one_screen() -> None:
    assert len(README.read_text().splitlines()) <= 70


def test_every_block_prints_what_it_promises(chat: ChatServer) -> None:
    folder = str(EXAMPLE / "clients" / "python")
    environment = {**os.environ, "PYTHONPATH": folder, "RIVET_ENDPOINT": chat.endpoint}
    printed = [
        subprocess.run(
            [sys.executable, "-c", block],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for block in BLOCKS
    ]

    assert printed == OUTPUT
