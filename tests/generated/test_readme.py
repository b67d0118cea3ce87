"""The README, executed block by block in a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from documents import Block, code_blocks
from official_client import FOLDER as NODE_PACKAGES
from official_client import NODE
from workspace import ROOT

README = ROOT / "README.md"
START_TIMEOUT_S = 15.0
RESULT = re.compile(
    r"^.*(?:print|console\.log)\(.*\)\S*\s+(?:#|//) (.+)$", re.MULTILINE
)
SERVER = re.compile(r"(?:\w+=\S+ )*python -m hello")


@dataclass(kw_only=True)
class Reader:
    """Somebody who follows the README in an empty folder."""

    folder: Path
    port: int
    servers: list[subprocess.Popen[bytes]] = field(
        default_factory=list[subprocess.Popen[bytes]]
    )

    def follow(self, block: Block) -> None:
        """Do what a block says and compare with what it promises."""
        actions = {
            "sh": self.run_commands,
            "yaml": self.find_in_project,
            "python": self.read_python,
            "js": self.run_javascript,
            "console": self.run_console,
        }
        assert block.language in actions, f"nothing executes the {block}"
        actions[block.language](block)

    def run_commands(self, block: Block) -> None:
        """Run the lines of a shell block; a server stays in the background."""
        for line in block.text.splitlines():
            if line.startswith("cd "):
                self.folder /= line.removeprefix("cd ")
            elif SERVER.fullmatch(line):
                self.start_server(line)
            else:
                self.run(["bash", "-c", line])

    def start_server(self, line: str) -> None:
        """Start a server and wait until it listens."""
        command = ["bash", "-c", f"exec env {line}"]
        server = subprocess.Popen(command, cwd=self.folder, env=self.environment)
        self.servers.append(server)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not is_listening(self.port):
            assert server.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not listen"
            time.sleep(0.05)

    def find_in_project(self, block: Block) -> None:
        """Find an excerpt in the project that was started, word for word."""
        files = [path for path in self.folder.rglob("*.*") if path.is_file()]
        texts = [path.read_text() for path in files if path.suffix in {".py", ".yaml"}]
        assert any(block.text in text for text in texts), f"no file has the {block}"

    def read_python(self, block: Block) -> None:
        """Run a program; an indented block is an excerpt."""
        if block.text.startswith(" "):
            self.find_in_project(block)
            return
        script = self.folder / "call.py"
        script.write_text(self.at_port(block.text))
        command = f"PYTHONPATH=clients/python {sys.executable} {script}"
        printed = self.run(["bash", "-c", command])
        assert printed.splitlines() == RESULT.findall(block.text)

    def run_javascript(self, block: Block) -> None:
        """Run a program with the official client."""
        command = [str(NODE), "--input-type=module", "-e", self.at_port(block.text)]
        printed = self.run(command, folder=NODE_PACKAGES)
        assert printed.splitlines() == RESULT.findall(block.text)

    def run_console(self, block: Block) -> None:
        """Run a command of a console block and compare with the output below it."""
        match = re.fullmatch(r"\$ ((?:.*\\\n)*.*\n)([^$]*)", block.text)
        assert match, f"the {block} is no command with its output"
        assert (
            self.run(["bash", "-c", self.at_port(match[1])]).strip() == match[2].strip()
        )

    def run(self, command: list[str], *, folder: Path | None = None) -> str:
        """Run a command and return what it printed."""
        done = subprocess.run(
            command,
            cwd=folder or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def at_port(self, text: str) -> str:
        """Replace the default port, which may be taken on this machine."""
        return text.replace("127.0.0.1:6420", f"127.0.0.1:{self.port}")

    @property
    def environment(self) -> dict[str, str]:
        """The reader's environment: our programs first, the server on a free port."""
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {
            **os.environ,
            "PATH": programs,
            "RIVETGEN_PORT": str(self.port),
            "RIVET_LOG_LEVEL": "silent",
        }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.node
@pytest.mark.timeout(90)
def test_every_block_of_the_readme_works_as_written(tmp_path: Path) -> None:
    assert NODE.exists(), "Node is not installed: run python3 noxfile.py -s conformance"
    assert shutil.which("curl"), "curl is not installed: run .ci/run, which does that"
    sessions, *blocks = code_blocks(README)
    reader = Reader(folder=tmp_path, port=free_port())
    try:
        for block in blocks:
            reader.follow(block)
    finally:
        for server in reader.servers:
            server.kill()
            server.wait()
    # The first block would run this very test; its sessions must at least exist.
    listed = reader.run([sys.executable, "-m", "nox", "-l"], folder=ROOT)
    for line in sessions.text.splitlines():
        command, _, session = line.rpartition(" ")
        assert command == "python3 noxfile.py -s"
        assert re.search(rf"^[*-] {session} -> ", listed, re.MULTILINE)
