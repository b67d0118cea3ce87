"""Starts the chat example as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

EXAMPLE = ROOT / "examples" / "chat"
START_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 15.0
LISTENING = re.compile(r"rivetgen listening on (http://\S+)")


@dataclass(frozen=True, kw_only=True)
class ChatServer:
    """A running example server."""

    endpoint: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End the server without giving it a chance to clean up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(STOP_TIMEOUT_S)

    def stop(self) -> int:
        """Ask the server to stop and return its exit code."""
        self.process.terminate()
        return self.process.wait(STOP_TIMEOUT_S)


@contextmanager
def chat_server(data: Path) -> Generator[ChatServer]:
    """Run the example on a free port of 127.0.0.1, with its data in a folder.

    Raises:
        RuntimeError: The server ended, or said no address in time.
    """
    data.mkdir(parents=True, exist_ok=True)
    output = data.with_suffix(".log")
    with output.open("wb") as log:
        command = [sys.executable, "-m", "chat", "--port", "0", "--data", str(data)]
        environment = {**os.environ, "PYTHONPATH": str(EXAMPLE / "src")}
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env=environment
        )
    try:
        yield ChatServer(endpoint=wait_for_endpoint(process, output), process=process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(STOP_TIMEOUT_S)


def wait_for_endpoint(process: subprocess.Popen[bytes], output: Path) -> str:
    """Return the address that the server announces on its first line."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        if announced := LISTENING.search(output.read_text()):
            return announced[1]
        time.sleep(0.02)
    message = f"the chat example did not start:\n{output.read_text()}"
    raise RuntimeError(message)
