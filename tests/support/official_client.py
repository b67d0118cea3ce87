"""The unmodified official client, driven through a Node process."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator

FOLDER = ROOT / "tests" / "conformance"
NODE = FOLDER / "node_modules" / ".bin" / "node"
EXIT_TIMEOUT_S = 10


@dataclass(frozen=True, kw_only=True)
class OfficialClient:
    """One Node process that runs the scenarios in one encoding."""

    encoding: str
    process: subprocess.Popen[str]

    def observe(self, scenario: str) -> Any:
        """Run a scenario on actors of its own and return what the client saw."""
        answer = self._ask({"scenario": scenario, "key": f"{scenario}-{self.encoding}"})
        if "failed" in answer:
            stack = answer["failed"].pop("stack", "")
            error = json.dumps(answer["failed"], indent=2)
            pytest.fail(f"{scenario} failed in Node: {error}\n{stack}", pytrace=False)
        return answer["observed"]

    def _ask(self, request: dict[str, str]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(request)}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


def facts(error: dict[str, Any]) -> tuple[str, str]:
    """Return what tells one error from another."""
    return error["group"], error["code"]


@contextmanager
def official_client(endpoint: str, encoding: str) -> Generator[OfficialClient]:
    """Run the driver until the block ends; it must then end by itself."""
    if not NODE.exists():
        pytest.fail("Node is not installed: run python3 noxfile.py -s conformance")
    command = [str(NODE), str(FOLDER / "driver.mjs"), endpoint, encoding]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield OfficialClient(encoding=encoding, process=process)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(EXIT_TIMEOUT_S) == 0
        finally:
            process.kill()
