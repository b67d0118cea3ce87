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
def command(project: Path | None, output_format: str, *, force: bool) -> None:  # noqa: ARG001
    """Write the code and the specs that follow from actors.yaml.

    Generated files are rewritten when they differ; files that are yours (the actors,
    app.py) are written once and never touched again.
    """
    from rivetgen.pipeline import generate  # noqa: PLC0415

    report = generate(settings_of(project), force=force)
    show_report(report)
    for change in report.changes:
        click.echo(f"{'removed' if change.text is None else 'wrote'} {change.path}")
    if not report.changes:
        click.echo("Everything is up to date.")
