"""`rivetgen check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rivetgen.commands.options import (
    format_option,
    project_option,
    settings_of,
    show_report,
)
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@project_option
@format_option
@click.option("--full", is_flag=True, help="Compare even if no digest has changed.")
def command(project: Path | None, output_format: str, *, full: bool) -> None:  # noqa: ARG001
    """Tell whether the generated files are up to date; change nothing.

    Exits with 1 and names the files when they are not.
    """
    from rivetgen.pipeline import check  # noqa: PLC0415

    report = check(settings_of(project), full=full)
    show_report(report)
    for change in report.changes:
        click.echo(str(change))
    if report.changes:
        click.echo("Run `rivetgen generate`.", err=True)
        raise click.exceptions.Exit(ExitCode.FINDINGS)
    click.echo("Everything is up to date.")
