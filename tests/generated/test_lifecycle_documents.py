"""The documents about the life of actors, executed against a server."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

from documented_servers import execute
from rivetgen_runtime.options import StartRetries, StateLimits
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "docs" / "actors"


@pytest.mark.parametrize(
    ("document", "name", "actor"),
    [
        ("lifecycle", "house", "lamp"),
        ("run", "office", "clerk"),
        ("state", "bank", "account"),
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


def test_the_diagram_shows_the_table_of_transitions() -> None:
    spec = importlib.util.spec_from_file_location(
        "reference_tables", ROOT / "docs" / "reference" / "tables.py"
    )
    assert spec is not None
    assert spec.loader is not None
    tables: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    text = (FOLDER / "lifecycle.md").read_text("utf-8")
    assert text == tables.filled(text), "run python docs/reference/tables.py"


def test_the_documents_name_the_limits() -> None:
    limits, retries = StateLimits(), StartRetries()
    state = (FOLDER / "state.md").read_text("utf-8")
    assert f"{limits.advised_bytes >> 10} KiB" in state
    assert f"{limits.maximum_bytes >> 20} MiB" in state
    assert (retries.count, retries.within_s) == (8, 5.0)
    lifecycle = (FOLDER / "lifecycle.md").read_text("utf-8")
    assert "at most eight times within five seconds" in lifecycle
