"""Every Python block in the README of a generated client runs as it stands."""

from __future__ import annotations

import ast
import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from chat.app import registry as chat
from chat_client import ChatClient
from everything_actors import registry as everything
from everything_client import EverythingClient
from rivetgen_runtime import ServeOptions
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from rivetgen_runtime import Registry

READMES: dict[str, tuple[Path, Registry, Any]] = {
    "chat": (ROOT / "examples" / "chat", chat, ChatClient),
    "everything": (
        ROOT / "tests" / "golden" / "everything" / "expected",
        everything,
        EverythingClient,
    ),
}
ENDPOINT = "http://127.0.0.1:6420"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(folder: Path) -> list[str]:
    text = (folder / "clients" / "python" / "README.md").read_text()
    found: list[str] = BLOCK.findall(text)
    return found


async def run_block(block: str, client: object) -> None:
    """Run top-level awaits the way `python -m asyncio` does."""
    code = compile(block, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    running = eval(code, {"client": client})  # noqa: S307 - our own README
    if running is not None:
        await running


@pytest.mark.filterwarnings("ignore:Use `paint`:DeprecationWarning")
@pytest.mark.parametrize("name", READMES)
async def test_the_blocks_of_the_readme_run(tmp_path: Path, name: str) -> None:
    folder, registry, client_class = READMES[name]
    first, *others = blocks(folder)
    async with registry.serving(ServeOptions(port=0, data=tmp_path)) as running:
        program = first.replace(ENDPOINT, running.endpoint)
        assert program != first
        await asyncio.to_thread(exec, program, {"__name__": "__main__"})
        async with client_class(running.endpoint) as client:
            for block in others:
                await run_block(block, client)
    assert len(others) == len(registry.actors)
