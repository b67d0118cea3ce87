"""`rivetgen watch`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rivetgen.commands.options import project_option, show_findings
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from rivetgen.pipeline import Report


@click.command()
@project_option
def command(project: Path | None) -> ExitCode:
    """Generate now, and again after every edit of the schema or the settings.

    A schema that cannot be used changes nothing: what was generated last stays until
    the schema is repaired. Ctrl-C ends the command.
    """
    from rivetgen.settings import find_project  # noqa: PLC0415
    from rivetgen.watching import watch_project  # noqa: PLC0415

    folder = find_project(Path.cwd()) if project is None else project.absolute()
    try:
        for outcome in watch_project(folder):
            _tell(outcome)
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    return ExitCode.FINE


def _tell(outcome: Report | str) -> None:
    if isinstance(outcome, str):
        click.echo(f"Error: {outcome}", err=True)
    else:
        _tell_report(outcome)


def _tell_report(report: Report) -> None:
    if report.findings:
        show_findings(report.findings)
    if not report.is_usable:
        click.echo("The schema cannot be used; the last output stays.", err=True)
        return
    for change in report.changes:
        click.echo(f"{'removed' if change.text is None else 'wrote'} {change.path}")
    if not report.changes:
        click.echo("Everything is up to date.")
