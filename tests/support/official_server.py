"""The official server: the engine, and a Node process that hosts actors on it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from official_client import FOLDER, NODE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

SERVER = FOLDER / "official" / "server.mjs"
FIND_ENGINE = 'console.log(require("@rivetkit/engine-cli").getEnginePath())'
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0


@contextmanager
def official_server(folder: Path) -> Generator[str]:
    """Run engine and host on free ports of 127.0.0.1, with data in a new folder.

    Yields:
        The endpoint for clients.
    """
    guard, peer, metrics = _free_ports(3)
    endpoint = f"http://127.0.0.1:{guard}"
    with ExitStack() as stack:
        engine = stack.enter_context(
            _process(
                [_engine(), "start"],
                _engine_settings(guard, peer, metrics, folder / "data"),
                folder / "engine.log",
            )
        )
        _wait(engine, "the engine", lambda: _get(f"{endpoint}/health"))
        host = stack.enter_context(
            _process(
                [str(NODE), str(SERVER)],
                {"RIVET_ENDPOINT": endpoint},
                folder / "host.log",
            )
        )
        hosts = f"{endpoint}/envoys?namespace=default&name=default"
        _wait(host, "the host of actors", lambda: _get(hosts)["envoys"])
        yield endpoint


def _engine() -> str:
    found = subprocess.run(
        [str(NODE), "--eval", FIND_ENGINE],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        pytest.fail("The engine is not installed: python3 noxfile.py -s conformance")
    return found.stdout.strip()


def _engine_settings(
    guard: int, peer: int, metrics: int, data: Path
) -> Mapping[str, str]:
    listening = {"GUARD": guard, "API_PEER": peer, "METRICS": metrics}
    settings = {
        "FILE_SYSTEM__PATH": str(data),
        "TELEMETRY__ENABLED": "false",
        # It sheds load on a busy machine otherwise, and actors do not start.
        "RUNTIME__WORKER_CPU_MAX": "1000000",
    }
    for part, port in listening.items():
        settings |= {f"{part}__HOST": "127.0.0.1", f"{part}__PORT": str(port)}
    return {f"RIVET__{name}": value for name, value in settings.items()}


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def _process(
    command: list[str], environment: Mapping[str, str], log: Path
) -> Generator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_TIMEOUT_S)


def _wait(
    process: subprocess.Popen[bytes], name: str, is_ready: Callable[[], Any]
) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if is_ready():
                return
        except OSError:
            pass  # it does not listen yet
        time.sleep(0.05)
    pytest.fail(f"{name} did not start", pytrace=False)


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - http
        return json.loads(response.read())
