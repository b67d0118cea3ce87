"""Options that several commands share, and how results are shown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen.pipeline import Report
    from rivetgen.settings import Settings
    from rivetgen_schema import Finding

project_option = click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder of pyproject.toml; the nearest one upwards by default.",
)
format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text"]),
    default="text",
    show_default=True,
    help="How findings are written.",
)


def settings_of(project: Path | None) -> Settings:
    """Return the settings of the given or of the nearest project.

    Raises:
        SettingsError: They are missing or wrong.
    """
    from rivetgen.settings import find_project, load_settings  # noqa: PLC0415

    folder = find_project(Path.cwd()) if project is None else project.absolute()
    return load_settings(folder)


def show_findings(findings: Iterable[Finding]) -> None:
    """Write findings for people to standard error."""
    from rivetgen_schema.render import render_findings  # noqa: PLC0415

    # click drops the colours again where they would not be shown.
    color = not os.environ.get("NO_COLOR")
    click.echo(render_findings(findings, color=color), nl=False, err=True)


def show_report(report: Report) -> None:
    """Write the findings, and stop if they make the schema unusable."""
    if report.findings:
        show_findings(report.findings)
    if not report.is_usable:
        raise click.exceptions.Exit(ExitCode.SCHEMA)
