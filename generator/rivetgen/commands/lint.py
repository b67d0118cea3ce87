"""`rivetgen lint`."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rivetgen.commands.options import format_option, project_option, wants_color
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rivetgen_schema import Finding


@click.command()
@click.argument("files", nargs=-1)
@project_option
@format_option
def command(
    files: tuple[str, ...], project: Path | None, output_format: str
) -> ExitCode:
    """Say everything that is wrong with FILES, or with the schema of the project.

    FILES may hold wildcards, such as "examples/**/actors.yaml". Without FILES, what the
    targets of the project ask for is checked too. The command exits with 3 when a
    schema cannot be used, with 1 when there are warnings only; notes are shown and do
    not count.
    """
    from rivetgen.reporting import rendered  # noqa: PLC0415

    linted = _lint_files(_paths(files)) if files else _lint_project(project)
    findings = [finding for found in linted.values() for finding in found]
    click.echo(rendered(findings, output_format, color=wants_color()), nl=False)
    if output_format == "text":
        click.echo(_summary(len(linted), findings))
    return _exit_code(findings)


def _lint_files(paths: Iterable[Path]) -> dict[Path, tuple[Finding, ...]]:
    from rivetgen_schema import load_schema  # noqa: PLC0415

    return {path: load_schema(path).findings for path in paths}


def _lint_project(project: Path | None) -> dict[Path, tuple[Finding, ...]]:
    from rivetgen.pipeline import lint  # noqa: PLC0415
    from rivetgen.places import find_schema  # noqa: PLC0415

    place = find_schema(project, None)
    if place.settings is None:
        return _lint_files([place.path])
    return {place.path: lint(place.settings)}


def _paths(patterns: Sequence[str]) -> list[Path]:
    """Return the files that the patterns name, each once, in order."""
    paths: dict[Path, None] = {}
    for pattern in patterns:
        found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - absolute too
        if not found:
            msg = f"No file is called {pattern!r}."
            raise click.UsageError(msg)
        paths.update((Path(name), None) for name in found)
    return list(paths)


def _summary(count: int, findings: Sequence[Finding]) -> str:
    from rivetgen_schema.render import summary  # noqa: PLC0415

    files = "1 file" if count == 1 else f"{count} files"
    return f"{files}: {summary(findings)}"


def _exit_code(findings: Iterable[Finding]) -> ExitCode:
    severities = {finding.severity for finding in findings}
    if "error" in severities:
        return ExitCode.SCHEMA
    return ExitCode.FINDINGS if "warning" in severities else ExitCode.FINE
