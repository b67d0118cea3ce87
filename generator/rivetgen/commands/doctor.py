"""`rivetgen doctor`."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import click

from rivetgen.commands.options import format_option, project_option, wants_color
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@project_option
@format_option
def command(project: Path | None, output_format: str) -> ExitCode:
    """Look for problems of a project and of what is installed; change nothing.

    Checks the installed versions, the settings, the schema, whether the generated code
    is up to date, the dependency ranges of the generated packages, rivetgen.lock and
    the JSON Schema for editors. Every problem is one sentence with one fix.
    """
    from rivetgen.diagnosis import diagnose, facts  # noqa: PLC0415
    from rivetgen.reporting import rendered  # noqa: PLC0415

    findings = diagnose(project)
    if output_format == "text":
        versions = ", ".join(f"{name} {version}" for name, version in facts().items())
        click.echo(f"Python {platform.python_version()}, {versions}\n")
    click.echo(rendered(findings, output_format, color=wants_color()), nl=False)
    if not findings and output_format == "text":
        click.echo("No problem was found.")
    return ExitCode.FINDINGS if findings else ExitCode.FINE
