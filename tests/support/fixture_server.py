"""The fixture actors of the conformance suite: generated, served, driven from Node."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chat_server import STOP_TIMEOUT_S, wait_for_endpoint
from official_client import NODE
from workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

FIXTURES = ROOT / "tests" / "conformance" / "actors"
CASES = ROOT / "tests" / "conformance" / "cases"
CASES_TIMEOUT_S = 240
_CASE = re.compile(r'^  async "(.+)"\(', re.MULTILINE)


def generated_fixtures(into: Path) -> Path:
    """Copy the project of the fixture actors and generate what is not committed."""
    project = into / "actors"
    written_by_machine = shutil.ignore_patterns("_generated", ".rivetgen", "clients")
    shutil.copytree(FIXTURES, project, ignore=written_by_machine)
    command = [sys.executable, "-m", "rivetgen", "generate", "--project", str(project)]
    subprocess.run(command, check=True, capture_output=True)
    return project


@contextmanager
def fixture_server(project: Path, data: Path) -> Generator[str]:
    """Serve the fixture actors on a free port and yield where they listen."""
    output = data.with_suffix(".log")
    command = [sys.executable, "-m", "fixtures", "--port", "0", "--data", str(data)]
    command.append("--hibernation-probe")
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


def case_names() -> list[str]:
    """Return the names of all cases, read from their sources."""
    return [
        name
        for path in sorted(CASES.glob("*.mjs"))
        for name in _CASE.findall(path.read_text())
    ]


def run_cases(endpoint: str, encoding: str) -> dict[str, str | None]:
    """Run all cases; returns why each failed, or None."""
    command = [str(NODE), str(CASES / "driver.mjs"), endpoint, encoding]
    finished = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=CASES_TIMEOUT_S
    )
    reports = [json.loads(line) for line in finished.stdout.splitlines()]
    return {report["case"]: report.get("failed") for report in reports}
