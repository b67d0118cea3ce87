"""Options that several commands share, and how results are shown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen.pipeline import Report
    from rivetgen.places import SchemaPlace, UsableSchema
    from rivetgen.settings import Settings
    from rivetgen_schema import Finding

FORMATS: Final = ("text", "json", "github", "sarif")

project_option = click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder of pyproject.toml; the nearest one upwards by default.",
)
format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="For people, for programs, for GitHub, or for code scanning.",
)
schema_argument = click.argument(
    "schema",
    required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
against_option = click.option(
    "--against",
    default="lock",
    show_default=True,
    metavar="VERSION",
    help="git:REVISION, a file (schema, lock or client-spec.json), or lock.",
)


def settings_of(project: Path | None) -> Settings:
    """Return the settings of the given or of the nearest project.

    Raises:
        SettingsError: They are missing or wrong.
    """
    from rivetgen.settings import find_project, load_settings  # noqa: PLC0415

    folder = find_project(Path.cwd()) if project is None else project.absolute()
    return load_settings(folder)


def load_usable(place: SchemaPlace, output_format: str = "text") -> UsableSchema:
    """Load a schema; show what is wrong and stop if it cannot be used."""
    from rivetgen.places import UsableSchema  # noqa: PLC0415
    from rivetgen_schema import load_schema  # noqa: PLC0415

    result = load_schema(place.path)
    if result.schema is None:
        show_findings(result.findings, output_format)
        raise click.exceptions.Exit(ExitCode.SCHEMA)
    return UsableSchema(schema=result.schema, files=result.files)


def show_findings(findings: Iterable[Finding], output_format: str = "text") -> None:
    """Write findings: for people to standard error, for programs to standard output."""
    from rivetgen.reporting import rendered  # noqa: PLC0415

    text = rendered(findings, output_format, color=wants_color())
    click.echo(text, nl=False, err=output_format == "text")


def wants_color() -> bool:
    """Whether colours are wanted; click drops them where they would not be shown."""
    return not os.environ.get("NO_COLOR")


def show_report(report: Report, output_format: str = "text") -> None:
    """Write the findings, and stop if they make the schema unusable."""
    if report.findings or output_format != "text":
        show_findings(report.findings, output_format)
    if not report.is_usable:
        raise click.exceptions.Exit(ExitCode.SCHEMA)
