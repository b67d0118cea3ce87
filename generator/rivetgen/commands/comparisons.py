"""What the commands share that compare a schema with an earlier version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rivetgen.commands.options import load_usable, show_findings
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from rivetgen.comparing import Comparison


def compared(
    schema: Path | None,
    project: Path | None,
    against: str,
    *,
    output_format: str = "text",
) -> Comparison:
    """Load both versions and compare them; stop if one of them cannot be used.

    Raises:
        BaselineError: The earlier version cannot be found.
    """
    from rivetgen.baselines import read_baseline  # noqa: PLC0415
    from rivetgen.comparing import compare_with  # noqa: PLC0415
    from rivetgen.places import find_schema  # noqa: PLC0415

    place = find_schema(project, schema)
    baseline = read_baseline(against, place)
    if baseline.schema is None:
        show_findings(baseline.findings, output_format)
        click.echo(f"Error: {baseline.name} cannot be used.", err=True)
        raise click.exceptions.Exit(ExitCode.SCHEMA)
    now = load_usable(place, output_format)
    return compare_with(baseline.schema, baseline, now)
