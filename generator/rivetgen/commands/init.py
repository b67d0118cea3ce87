"""`rivetgen init`."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Start a project."""
