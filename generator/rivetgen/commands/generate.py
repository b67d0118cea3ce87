"""`rivetgen generate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rivetgen.commands.options import (
    format_option,
    project_option,
    settings_of,
    show_report,
)

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@project_option
@format_option
@click.option("--force", is_flag=True, help="Discard edits of generated files.")
def command(project: Path | None, output_format: str, *, force: bool) -> None:
    """Write the code and the specs that follow from actors.yaml.

    Generated files are rewritten when they differ; files that are yours (the actors,
    app.py) are written once and never touched again.
    """
    from rivetgen.pipeline import generate  # noqa: PLC0415

    report = generate(settings_of(project), force=force)
    show_report(report, output_format)
    # Programs get one document on standard output, so files go beside it.
    beside = output_format != "text"
    for change in report.changes:
        what = "removed" if change.text is None else "wrote"
        click.echo(f"{what} {change.path}", err=beside)
    for note in report.notes:
        click.echo(f"note: {note}", err=True)
    if not report.changes and not beside:
        click.echo("Everything is up to date.")
