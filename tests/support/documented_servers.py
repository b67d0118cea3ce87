"""Documents whose blocks are a schema, the server of it, and then its clients."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from documents import code_blocks
from rivetgen_cli import run
from rivetgen_runtime import ServeOptions

if TYPE_CHECKING:
    import pytest

    from documents import Block

LANGUAGES = ("yaml", "python")
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


async def execute(
    document: Path,
    name: str,
    actor: str,
    *,
    part: int = 0,
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    """Generate, serve and call what a document describes, in the working directory.

    Args:
        document: A schema, the actor, then blocks of clients; perhaps more of that.
        name: Name of the schema.
        actor: Name of the actor.
        part: Which of its schemas, from zero, with what follows it.
        monkeypatch: Makes the generated packages importable.

    Returns:
        What the clients are promised to print, line by line.
    """
    schema, server, *clients = _parts(document)[part]
    _generate(schema, server, name=name, actor=actor)
    packages = [str(Path.cwd() / folder) for folder in ("src", "clients/python")]
    monkeypatch.setattr(sys, "path", [*packages, *sys.path])
    registry: Any = importlib.import_module(f"{name}.app").registry
    client_class: Any = getattr(
        importlib.import_module(f"{name}_client"), f"{name.title()}Client"
    )
    async with (
        registry.serving(ServeOptions(port=0, data=Path("data"))) as running,
        client_class(running.endpoint) as client,
    ):
        await _follow(clients, client)
    texts = "".join(block.text for block in clients)
    return re.findall(r"^ *print\(.*\)  # (.*)$", texts, re.MULTILINE)


def _parts(document: Path) -> list[list[Block]]:
    parts: list[list[Block]] = []
    for block in code_blocks(document):
        if block.language == LANGUAGES[0]:
            parts.append([])
        if block.language in LANGUAGES:
            parts[-1].append(block)
    return parts


def _generate(schema: Block, server: Block, *, name: str, actor: str) -> None:
    assert (schema.language, server.language) == LANGUAGES
    Path("actors.yaml").write_text(schema.text)
    Path("pyproject.toml").write_text(SETTINGS.format(name=name))
    generated = run("generate")
    assert generated.status == 0, generated.errors
    stub = Path("src") / name / "actors" / f"{actor}.py"
    stub.write_text(HEAD.format(actor=actor) + server.text)


async def _follow(blocks: list[Block], client: object) -> None:
    """Run blocks one after the other; later ones see the names of earlier ones."""
    actor_error = importlib.import_module("rivetgen_client").ActorError
    names: dict[str, Any] = {"client": client, "ActorError": actor_error}
    for block in blocks:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        await eval(compile(block.text, "document", "exec", flags=flags), names)  # noqa: S307 - our own
