"""The document about workflows, executed against a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from documented_servers import execute
from rivetgen_runtime import StepOptions
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = ROOT / "docs" / "actors" / "workflows.md"


@pytest.mark.parametrize(
    ("part", "name", "actor"),
    [(0, "shop", "order"), (1, "travel", "trip"), (2, "assembly", "poll")],
)
async def test_the_blocks_print_what_they_promise(
    part: int,
    name: str,
    actor: str,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    promised = await execute(DOCUMENT, name, actor, part=part, monkeypatch=monkeypatch)
    assert capsys.readouterr().out.splitlines() == promised
    assert promised


def test_the_document_names_the_defaults_of_steps() -> None:
    options, text = StepOptions(), DOCUMENT.read_text("utf-8")
    assert f"| `max_retries` | {options.max_retries} |" in text
    shortest, longest = options.backoff_minimum_s, options.backoff_maximum_s
    assert f"`backoff_maximum_s` | {shortest:g}, {longest:g} |" in text
    assert options.timeout_s is not None
    assert f"| `timeout_s` | {options.timeout_s:g} |" in text
