"""Runs the command in this process, and makes small projects for it."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.cli import run as run_command

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """\
[tool.rivetgen.python-server]
package = "shop"

[tool.rivetgen.python-client]
output = "clients/python"
distribution = "shop-client"
package = "shop_client"

[tool.rivetgen.spec]
output = "specs"
"""

SCHEMA = """\
rivet: 1
info: { name: shop, version: 0.1.0 }
actors:
  counter:
    key: [name: string]
    state: { count: int = 0 }
    actions:
      increment: { args: [amount: int = 1], returns: int }
      getCount: { returns: int, readOnly: true }
    events:
      newCount: int
"""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one run of the command gave."""

    status: int
    output: str
    errors: str


def run(*arguments: str) -> Result:
    """Run the command with these arguments."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        status = run_command(list(arguments))
    return Result(status=status, output=output.getvalue(), errors=errors.getvalue())


def project(folder: Path, *, schema: str = SCHEMA, extra: str = "") -> Path:
    """Write a project with all targets and return its folder."""
    (folder / "pyproject.toml").write_text(SETTINGS)
    (folder / "actors.yaml").write_text(schema + extra)
    return folder
