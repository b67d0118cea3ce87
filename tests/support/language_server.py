"""The YAML language server that editors use, driven over standard input and output."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from official_client import FOLDER as NODE_PACKAGES
from official_client import NODE

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

SERVER = NODE_PACKAGES / "node_modules" / "yaml-language-server" / "bin"
EXIT_TIMEOUT_S = 10


@dataclass(kw_only=True)
class LanguageServer:
    """One server process and the documents that are open in it.

    Attributes:
        process: The process.
        diagnostics: The latest diagnostics, by address of the document.
    """

    process: subprocess.Popen[bytes]
    diagnostics: dict[str, list[dict[str, Any]]] = field(
        default_factory=dict[str, "list[dict[str, Any]]"]
    )
    sent: int = 0

    def open(self, path: Path, text: str) -> str:
        """Open a document and return its address."""
        address = path.as_uri()
        document = {
            "uri": address,
            "languageId": "yaml",
            "version": 1,
            "text": text,
        }
        self.notify("textDocument/didOpen", {"textDocument": document})
        return address

    def completions(self, address: str, *, line: int, column: int) -> dict[str, Any]:
        """Return what is proposed at a place, by label; both numbers count from 0."""
        answer = self.request("textDocument/completion", place(address, line, column))
        return {item["label"]: item for item in answer["items"]}

    def hover(self, address: str, *, line: int, column: int) -> str:
        """Return what is shown for a place."""
        answer = self.request("textDocument/hover", place(address, line, column))
        return str(answer["contents"]["value"]) if answer else ""

    def wait_for_diagnostics(self, address: str) -> list[dict[str, Any]]:
        """Return the first diagnostics of a document."""
        while address not in self.diagnostics:
            self._handle(self._receive())
        return self.diagnostics[address]

    def request(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """Send a request and return its result."""
        self.sent += 1
        number = self.sent
        self._send({"id": number, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            self._handle(message)

    def notify(self, method: str, parameters: Mapping[str, Any]) -> None:
        """Send a message that has no answer."""
        self._send({"method": method, "params": parameters})

    def _handle(self, message: dict[str, Any]) -> None:
        if message.get("method") == "textDocument/publishDiagnostics":
            parameters = message["params"]
            self.diagnostics[parameters["uri"]] = parameters["diagnostics"]
        elif "id" in message and "method" in message:
            items = message.get("params", {}).get("items", [])
            self._send({"id": message["id"], "result": [None for _ in items]})

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server ended"
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message


def place(address: str, line: int, column: int) -> dict[str, Any]:
    """Return a place as the protocol writes it."""
    position = {"line": line, "character": column}
    return {"textDocument": {"uri": address}, "position": position}


@contextmanager
def language_server(folder: Path) -> Generator[LanguageServer]:
    """Run a server for a folder until the block ends; it must then end by itself."""
    if not SERVER.exists():
        pytest.fail("Node packages are missing: run python3 noxfile.py -s conformance")
    command = [str(NODE), str(SERVER / "yaml-language-server"), "--stdio"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        try:
            server = LanguageServer(process=process)
            parameters = {
                "processId": None,
                "rootUri": folder.as_uri(),
                "capabilities": {"workspace": {"configuration": True}},
            }
            server.request("initialize", parameters)
            server.notify("initialized", {})
            yield server
            server.request("shutdown", {})
            server.notify("exit", {})
            assert process.wait(EXIT_TIMEOUT_S) == 0
        finally:
            process.kill()
