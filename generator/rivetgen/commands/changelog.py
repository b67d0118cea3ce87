"""`rivetgen changelog`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rivetgen.commands.comparisons import compared
from rivetgen.commands.options import against_option, project_option, schema_argument
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from rivetgen.versions import VersionAdvice


@click.command()
@schema_argument
@project_option
@against_option
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Changelog that gets the new section; standard output by default.",
)
def command(
    schema: Path | None, project: Path | None, against: str, output: Path | None
) -> ExitCode:
    """Write down what changed since the last release, and suggest a version.

    Breaking changes ask for a new major version, additions for a minor one, the rest
    for a patch. The text names every element that changed.
    """
    from rivetgen.changelogs import changelog_section, with_section  # noqa: PLC0415
    from rivetgen.output import replace_file  # noqa: PLC0415

    comparison = compared(schema, project, against)
    advice = comparison.advice
    section = changelog_section(comparison, heading_version(advice))
    if output is None:
        click.echo(section, nl=False)
    else:
        text = output.read_text("utf-8") if output.exists() else ""
        replace_file(output.absolute(), with_section(text, section))
        click.echo(f"wrote {output}")
    click.echo(suggestion(advice), err=True)
    return ExitCode.FINE


def heading_version(advice: VersionAdvice) -> str:
    """Return the version that is written down: the schema's, if it is enough."""
    if advice.is_enough or advice.suggested is None:
        return advice.new
    return advice.suggested


def suggestion(advice: VersionAdvice) -> str:
    """Return one sentence about the version."""
    if advice.bump == "none":
        return f"The contract is that of {advice.old}; no new version is needed."
    if advice.suggested is None:
        return f"{advice.old} is not a semantic version; raise its {advice.bump} part."
    if advice.is_enough:
        return f"`info.version` is {advice.new}, which fits a {advice.bump} change."
    return (
        f"Set `info.version` to {advice.suggested} or higher: the last release was "
        f"{advice.old} and this is a {advice.bump} change."
    )
