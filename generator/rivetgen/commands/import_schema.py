"""`rivetgen import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rivetgen.commands.options import show_findings
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from rivetgen.importing.reading import Imported


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--from",
    "form",
    type=click.Choice(["openapi", "json-schema"]),
    help="Format of FILE; found out by default.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Schema file to write; standard output by default.",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def command(
    file: Path, form: str | None, output: Path | None, *, force: bool
) -> ExitCode:
    """Make a schema from FILE, an OpenAPI 3 document or a JSON Schema.

    Schemas become types, operations become actions of one actor per tag. What the
    language cannot express is left out or becomes `json`, and is listed with its place
    in FILE; the command exits with 1 then.
    """
    from rivetgen.importing.reading import import_text  # noqa: PLC0415
    from rivetgen.output import replace_file  # noqa: PLC0415

    if output is not None and output.exists() and not force:
        msg = f"{output} exists already; --force replaces it."
        raise click.UsageError(msg)
    text = _read(file)
    shown = str(output or "actors.yaml")
    imported = import_text(
        text, file=str(file), output=shown, name=file.stem, form=form
    )
    if output is None:
        click.echo(imported.text, nl=False)
    else:
        replace_file(output.absolute(), imported.text)
        click.echo(f"wrote {output}")
    return _tell(imported)


def _tell(imported: Imported) -> ExitCode:
    findings = [*imported.notes, *imported.findings]
    show_findings(findings)
    if imported.notes:
        click.echo(f"Not expressed: {len(imported.notes)}.", err=True)
    return ExitCode.FINDINGS if findings else ExitCode.FINE


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file} cannot be read: {error}"
        raise click.UsageError(msg) from error
