"""`rivetgen release`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rivetgen.commands.options import load_usable, project_option, schema_argument
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from rivetgen_schema import Lock, Schema


@click.command()
@schema_argument
@project_option
@click.option("--force", is_flag=True, help="Do it even if the version is too low.")
def command(schema: Path | None, project: Path | None, *, force: bool) -> ExitCode:
    """Remember this version of the schema in rivetgen.lock.

    The lock holds everything that clients and stored data rely on, argument order and
    the state of every `stateVersion` included. Commit it: `rivetgen check` and
    `rivetgen breaking` compare with it. The command refuses a version that is too low
    for what changed.
    """
    from rivetgen.baselines import lock_of  # noqa: PLC0415
    from rivetgen.output import replace_file  # noqa: PLC0415
    from rivetgen.places import find_schema  # noqa: PLC0415
    from rivetgen_schema import make_lock, write_lock  # noqa: PLC0415

    place = find_schema(project, schema)
    previous = lock_of(place)
    now = load_usable(place).schema
    problem = None if previous is None or force else _problem(previous, now)
    if problem:
        click.echo(f"Error: {problem}", err=True)
        return ExitCode.FINDINGS
    lock = make_lock(now, previous=previous)
    if previous == lock:
        click.echo(f"{place.lock_path} holds {now.name} {now.version} already.")
        return ExitCode.FINE
    replace_file(place.lock_path.absolute(), write_lock(lock))
    click.echo(f"wrote {place.lock_path}: {now.name} {now.version}")
    return ExitCode.FINE


def _problem(previous: Lock, now: Schema) -> str | None:
    """Return why the version cannot be released, if it cannot."""
    from rivetgen.commands.changelog import suggestion  # noqa: PLC0415
    from rivetgen.versions import advise, parse_version  # noqa: PLC0415
    from rivetgen_schema import compare  # noqa: PLC0415

    advice = advise(previous.schema.version, now.version, compare(previous.schema, now))
    old, new = parse_version(advice.old), parse_version(advice.new)
    if old is not None and new is not None and new < old:
        return f"{advice.new} is lower than {advice.old}, which was released already."
    return None if advice.is_enough else suggestion(advice)
