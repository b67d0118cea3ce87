"""`rivetgen diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rivetgen.commands.comparisons import compared
from rivetgen.commands.options import (
    against_option,
    project_option,
    schema_argument,
    wants_color,
)
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rivetgen.comparing import Comparison
    from rivetgen_schema.compatibility import Change

COLORS = {"wire": "red", "durable": "red", "addition": "green"}


@click.command()
@schema_argument
@project_option
@against_option
def command(schema: Path | None, project: Path | None, against: str) -> ExitCode:
    """Say in words what changed since an earlier version.

    Changes are listed by actor, with what each of them breaks and where it is now.
    `rivetgen breaking` says the same with an exit status.
    """
    comparison = compared(schema, project, against)
    click.echo("\n".join(_lines(comparison)), color=None if wants_color() else False)
    return ExitCode.FINE


def _lines(comparison: Comparison) -> Iterator[str]:
    versions = f"{comparison.old.version} -> {comparison.new.version}"
    yield f"{comparison.new.name} {versions} (against {comparison.against})"
    if comparison.differs_in_text_only:
        yield "\nOnly texts differ: descriptions, examples, icons or the version."
    elif not comparison.changes:
        yield "\nNothing changed."
    for subject, changes in _by_subject(comparison).items():
        yield f"\n{click.style(subject, bold=True)}"
        yield from (_line(change) for change in changes)


def _by_subject(comparison: Comparison) -> dict[str, list[Change]]:
    """Group changes by actor, or by what else they are about."""
    actors = {actor.name for actor in (*comparison.old.actors, *comparison.new.actors)}
    groups: dict[str, list[Change]] = {}
    for change in comparison.changes:
        first = change.element.split(".")[0].split(":")[0]
        subject = first if first in actors else "types and errors"
        groups.setdefault(subject, []).append(change)
    return dict(sorted(groups.items()))


def _line(change: Change) -> str:
    sign = _sign(change)
    color = COLORS.get(change.level, "yellow")
    place = f"  {change.position}" if change.position else ""
    levels = "" if change.level == "addition" else f" [{', '.join(change.levels)}]"
    return f"  {click.style(sign, fg=color)} {change.message}{levels}{place}"


def _sign(change: Change) -> str:
    if change.rule.endswith("-added"):
        return "+"
    return "-" if change.rule.endswith("-removed") else "~"
