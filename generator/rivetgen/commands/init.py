"""`rivetgen init`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--name", help="Name of the project; the folder's name by default.")
def command(folder: Path, name: str | None) -> None:
    """Start a project in FOLDER: a small actors.yaml that works, and its settings."""
    from rivetgen.starting import project_name, start_project  # noqa: PLC0415

    name = project_name(folder.absolute().name) if name is None else name
    for path in start_project(folder, name):
        click.echo(f"wrote {folder / path}")
    steps = [
        "rivetgen generate",
        "pip install -e . -e clients/python --group test",
        "pytest",
        f"python -m {name.replace('-', '_')}",
    ]
    if folder != Path():
        steps.insert(0, f"cd {folder}")
    click.echo("\nNext:")
    for step in steps:
        click.echo(f"  {step}")
