"""The actors of tests/conformance/official: their client, and the server in Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chat_server import STOP_TIMEOUT_S, wait_for_endpoint
from rivetgen_cli import run
from workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

TWINS = ROOT / "tests" / "conformance" / "official"


def generated_twins(into: Path) -> Path:
    """Copy the project and generate its client and what the server stands on."""
    project = into / "twins"
    written_by_machine = shutil.ignore_patterns("_generated", ".rivetgen", "clients")
    shutil.copytree(TWINS, project, ignore=written_by_machine)
    result = run("generate", "--project", str(project))
    if result.status:
        raise RuntimeError(result.output + result.errors)
    return project


@contextmanager
def twin_server(project: Path, data: Path) -> Generator[str]:
    """Serve the actors on a free port and yield where they listen."""
    output = data.with_suffix(".log")
    command = [sys.executable, "-m", "twin", "--port", "0", "--data", str(data)]
    environment = {**os.environ, "PYTHONPATH": str(project / "src")}
    with output.open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env=environment
        )
    try:
        yield wait_for_endpoint(process, output)
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        finally:
            process.kill()
