"""The documents about connections, events and raw calls, against a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from documented_servers import execute
from rivetgen_client.wire.limits import DEFAULT_LIMITS
from rivetgen_runtime import HostOptions
from rivetgen_runtime.front.options import FrontOptions
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "docs" / "actors"


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
    monkeypatch.chdir(tmp_path)
    path = FOLDER / f"{document}.md"
    promised = await execute(path, name, actor, monkeypatch=monkeypatch)
    assert capsys.readouterr().out.splitlines() == promised
    assert promised


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
