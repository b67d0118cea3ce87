"""The document about testing: its tests are run as a user would run them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from documents import code_blocks
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = ROOT / "docs" / "testing.md"
EXAMPLE = ROOT / "examples" / "chat"


def test_the_tests_of_the_document_pass(tmp_path: Path) -> None:
    with_server, in_a_world = (block.text for block in code_blocks(DOCUMENT))
    conftest = (EXAMPLE / "tests" / "conftest.py").read_text()
    (tmp_path / "conftest.py").write_text(conftest)
    imports = "from chat_client import ChatClient\n\n\n"
    (tmp_path / "test_with_server.py").write_text(imports + with_server)
    (tmp_path / "test_in_a_world.py").write_text(in_a_world)
    paths = "src", "clients/python"
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\npythonpath = "
        + " ".join(str(EXAMPLE / path) for path in paths)
    )
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert finished.returncode == 0, finished.stdout
    assert "2 passed" in finished.stdout
