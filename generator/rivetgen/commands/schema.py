"""`rivetgen schema`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rivetgen.exit_codes import ExitCode


@click.command()
@click.option(
    "--of",
    "document",
    type=click.Choice(["actors", "client-spec"]),
    default="actors",
    show_default=True,
    help="The document that is described: actors.yaml or client-spec.json.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write instead of standard output.",
)
def command(document: str, output: Path | None) -> ExitCode:
    """Print the JSON Schema that editors complete, explain and check actors.yaml with.

    Editors find it through the first line of a schema:

    \b
    # yaml-language-server: $schema=./.rivetgen/actors.schema.json

    `rivetgen init` writes both that line and the file. After an update of rivetgen,
    `rivetgen schema --output .rivetgen/actors.schema.json` brings it up to date.
    """  # noqa: D301 - keeps click from joining the lines
    text = schema_text(document)
    if output is None:
        click.echo(text, nl=False)
        return ExitCode.FINE
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, "utf-8")
    click.echo(f"wrote {output}")
    return ExitCode.FINE


def schema_text(document: str) -> str:
    """Return the JSON Schema of a document as text."""
    from rivetgen.editor_files import editor_schema_text  # noqa: PLC0415

    if document == "actors":
        return editor_schema_text()
    from rivetgen_schema.ir_schema import client_spec_schema  # noqa: PLC0415

    return f"{json.dumps(client_spec_schema(), indent=2)}\n"
