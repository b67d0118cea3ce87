"""The documents about connections, events and raw calls, against a server."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from documents import code_blocks
from rivetgen_cli import run
from rivetgen_client.wire.limits import DEFAULT_LIMITS
from rivetgen_runtime import HostOptions, ServeOptions
from rivetgen_runtime.front.options import FrontOptions
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "docs" / "actors"
HEAD = """\
from collections.abc import AsyncIterator
from typing_extensions import override
from rivetgen_runtime import Request, Response, UserError, WebSocket
from .._generated.{actor} import *
"""
SETTINGS = """\
[tool.rivetgen.python-server]
package = "{name}"
[tool.rivetgen.python-client]
output = "clients/python"
distribution = "{name}-client"
package = "{name}_client"
"""


@pytest.mark.parametrize(
    ("document", "name", "actor"),
    [
        ("connections", "lobby", "room"),
        ("events", "board", "board"),
        ("raw-http", "depot", "shelf"),
        ("raw-websockets", "studio", "booth"),
    ],
)
async def test_the_blocks_print_what_they_promise(
    document: str,
    name: str,
    actor: str,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    blocks = [*code_blocks(FOLDER / f"{document}.md")]
    schema, server, *clients = [block.text for block in blocks]
    assert [block.language for block in blocks] == [
        "yaml",
        *["python"] * (1 + len(clients)),
    ]
    (tmp_path / "actors.yaml").write_text(schema)
    (tmp_path / "pyproject.toml").write_text(SETTINGS.format(name=name))
    monkeypatch.chdir(tmp_path)
    generated = run("generate")
    assert generated.status == 0, generated.errors
    stub = tmp_path / "src" / name / "actors" / f"{actor}.py"
    stub.write_text(HEAD.format(actor=actor) + server)
    packages = [str(tmp_path / "src"), str(tmp_path / "clients" / "python")]
    monkeypatch.setattr(sys, "path", [*packages, *sys.path])
    registry: Any = importlib.import_module(f"{name}.app").registry
    client_class: Any = getattr(
        importlib.import_module(f"{name}_client"), f"{name.title()}Client"
    )
    options = ServeOptions(port=0, data=tmp_path / "data")
    async with (
        registry.serving(options) as running,
        client_class(running.endpoint) as client,
    ):
        await follow(clients, client)
    promised = re.findall(r"^ *print\(.*\)  # (.*)$", "".join(clients), re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised
    assert promised


async def follow(blocks: list[str], client: object) -> None:
    """Run blocks one after the other; later ones see the names of earlier ones."""
    actor_error = importlib.import_module("rivetgen_client").ActorError
    names: dict[str, Any] = {"client": client, "ActorError": actor_error}
    for block in blocks:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        await eval(compile(block, "document", "exec", flags=flags), names)  # noqa: S307 - our own


def test_the_document_names_the_limits() -> None:
    text = (FOLDER / "connections.md").read_text(encoding="utf-8")
    host, front = HostOptions(), FrontOptions()
    for number in (
        *(host.connections_per_actor, host.running_actions_per_connection),
        *(host.subscriptions_per_connection, front.queued_messages),
        DEFAULT_LIMITS.incoming_message_bytes,
    ):
        assert f" {number:,} " in text
    assert f"{front.queued_bytes >> 20} MiB" in text


def test_the_document_about_raw_sockets_names_their_limits() -> None:
    text = (FOLDER / "raw-websockets.md").read_text(encoding="utf-8")
    host, front = HostOptions(), FrontOptions()
    for number in (
        *(host.unread_messages_per_socket, host.unread_bytes_per_socket),
        *(host.running_actions_per_connection, front.queued_messages),
    ):
        assert f" {number:,} " in text
    assert f"{front.queued_bytes >> 20} MiB" in text
    assert f"{front.limits.websocket_message_bytes >> 20} MiB" in text


def test_the_document_about_raw_requests_names_their_limits() -> None:
    text = (FOLDER / "raw-http.md").read_text(encoding="utf-8")
    front = FrontOptions()
    assert f"{front.limits.http_body_bytes >> 20} MiB" in text
    assert f"{front.body_timeout_s:g} seconds" in text
