"""`rivetgen breaking`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from rivetgen.commands.comparisons import compared
from rivetgen.commands.options import (
    against_option,
    format_option,
    project_option,
    schema_argument,
    wants_color,
)
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from rivetgen.comparing import Comparison
    from rivetgen_schema.compatibility import Level

LEVELS = ("wire", "durable", "source-python", "source-ts", "source-swift", "behaviour")


@click.command()
@schema_argument
@project_option
@against_option
@click.option(
    "--fail-on",
    "failing",
    type=click.Choice(LEVELS),
    multiple=True,
    default=("wire", "durable"),
    show_default=True,
    help="Level that makes the command fail; may be given several times.",
)
@format_option
def command(
    schema: Path | None,
    project: Path | None,
    against: str,
    failing: tuple[str, ...],
    output_format: str,
) -> ExitCode:
    """Fail if the schema breaks what an earlier version promised.

    Every change has levels: `wire` breaks deployed clients, `durable` breaks stored
    data, `source-python`, `source-ts` and `source-swift` break code on upgrade, and
    `behaviour` may surprise. Changes of the levels in --fail-on make the command exit
    with 1; the others are warnings, additions are not shown.

    \b
    rivetgen breaking --against git:main
    rivetgen breaking --against old/actors.yaml
    """  # noqa: D301 - keeps click from joining the lines
    comparison = compared(schema, project, against, output_format=output_format)
    levels = frozenset(cast("tuple[Level, ...]", failing))
    _show(comparison, levels, output_format)
    failed = any(not levels.isdisjoint(change.levels) for change in comparison.changes)
    return ExitCode.FINDINGS if failed else ExitCode.FINE


def _show(
    comparison: Comparison, failing: frozenset[Level], output_format: str
) -> None:
    from rivetgen.reporting import (  # noqa: PLC0415
        change_findings,
        changes_json,
        rendered,
    )

    if output_format == "json":
        text = changes_json(comparison.changes, against=comparison.against)
        click.echo(text, nl=False)
        return
    changes = [change for change in comparison.changes if change.level != "addition"]
    findings = change_findings(changes, failing=failing, files=comparison.files)
    click.echo(rendered(findings, output_format, color=wants_color()), nl=False)
    if output_format == "text":
        click.echo(_summary(comparison, failing))


def _summary(comparison: Comparison, failing: frozenset[Level]) -> str:
    from rivetgen_schema.compatibility import LEVELS as ALL_LEVELS  # noqa: PLC0415

    counts = [
        f"{count} {level}"
        for level in ALL_LEVELS
        if (count := sum(change.level == level for change in comparison.changes))
    ]
    failed = any(not failing.isdisjoint(change.levels) for change in comparison.changes)
    verdict = "Breaks" if failed else "Does not break"
    return f"{verdict} {comparison.against}: {', '.join(counts) or 'no changes'}."
