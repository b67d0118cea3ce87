"""`rivetgen check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rivetgen.commands.options import (
    format_option,
    project_option,
    settings_of,
    show_findings,
    show_report,
)
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from rivetgen.pipeline import Report
    from rivetgen_schema import Finding


@click.command()
@project_option
@format_option
@click.option("--full", is_flag=True, help="Compare even if no digest has changed.")
def command(project: Path | None, output_format: str, *, full: bool) -> ExitCode:
    """Tell whether the generated files are up to date; change nothing.

    Exits with 1 and names the files when they are not. If there is a rivetgen.lock,
    the schema must also keep what the last release promised, or have a version that
    says that it does not.
    """
    from rivetgen.lock_checking import lock_findings  # noqa: PLC0415
    from rivetgen.pipeline import check  # noqa: PLC0415

    settings = settings_of(project)
    report = check(settings, full=full)
    broken = lock_findings(settings) if report.is_usable else ()
    if output_format == "text":
        _tell(report, broken)
    else:
        _report(report, broken, output_format)
    return ExitCode.FINDINGS if report.changes or broken else ExitCode.FINE


def _tell(report: Report, broken: tuple[Finding, ...]) -> None:
    show_report(report)
    if broken:
        show_findings(broken)
        click.echo("Raise `info.version`, or undo these changes.", err=True)
    for change in report.changes:
        click.echo(str(change))
    if report.changes:
        click.echo("Run `rivetgen generate`.", err=True)
    elif not broken:
        click.echo("Everything is up to date.")


def _report(report: Report, broken: tuple[Finding, ...], output_format: str) -> None:
    from rivetgen.reporting import file_findings  # noqa: PLC0415

    files = file_findings(report.changes)
    show_findings([*report.findings, *broken, *files], output_format)
    if not report.is_usable:
        raise click.exceptions.Exit(ExitCode.SCHEMA)
