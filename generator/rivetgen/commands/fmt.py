"""`rivetgen fmt`."""

from __future__ import annotations

import sys
from pathlib import Path
from stat import S_IMODE
from typing import TYPE_CHECKING

import click

from rivetgen.commands.options import project_option, show_findings
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@project_option
@click.option("--check", "only_check", is_flag=True, help="Change nothing; only tell.")
@click.option("--diff", "show_diff", is_flag=True, help="Change nothing; show how.")
def command(
    files: tuple[Path, ...], project: Path | None, *, only_check: bool, show_diff: bool
) -> ExitCode:
    """Bring FILES, or the schema of the project, into the one layout.

    Comments stay where they are, and what a file says never changes. With `-` as the
    only file, standard input is formatted to standard output. With --check or --diff,
    the command exits with 1 when a file would change.
    """
    if files == (Path("-"),):
        return _format_input()
    is_dry = only_check or show_diff
    results = [
        _format_file(path, is_dry=is_dry, show_diff=show_diff)
        for path in files or _project_files(project)
    ]
    return max(results, default=ExitCode.FINE)


def _project_files(project: Path | None) -> Sequence[Path]:
    """Return the schema of the project with everything it imports."""
    from rivetgen.places import find_schema  # noqa: PLC0415
    from rivetgen_schema import load_schema  # noqa: PLC0415

    path = find_schema(project, None).path
    imported = [Path(file.name) for file in load_schema(path).files]
    return imported if path in imported else [path, *imported]


def _format_input() -> ExitCode:
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    formatted = _formatted(text, name="<stdin>")
    if formatted is None:
        return ExitCode.SCHEMA
    click.echo(formatted, nl=False)
    return ExitCode.FINE


def _format_file(path: Path, *, is_dry: bool, show_diff: bool) -> ExitCode:
    from rivetgen.output import replace_file  # noqa: PLC0415

    text = _read(path)
    formatted = _formatted(text, name=str(path))
    if formatted is None:
        return ExitCode.SCHEMA
    if formatted == text:
        return ExitCode.FINE
    if show_diff:
        _show_diff(path, text, formatted)
    elif is_dry:
        click.echo(f"{path} would change")
    else:
        target = path.resolve()
        replace_file(target, formatted, mode=S_IMODE(target.stat().st_mode))
        click.echo(f"formatted {path}")
    return ExitCode.FINDINGS if is_dry else ExitCode.FINE


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise click.UsageError(msg) from error


def _formatted(text: str, *, name: str) -> str | None:
    from rivetgen_schema import FormatError, format_text  # noqa: PLC0415

    try:
        return format_text(text, name=name)
    except FormatError as error:
        show_findings(error.findings)
        return None


def _show_diff(path: Path, text: str, formatted: str) -> None:
    from difflib import unified_diff  # noqa: PLC0415

    before = text.splitlines(keepends=True)
    after = formatted.splitlines(keepends=True)
    for line in unified_diff(before, after, str(path), str(path)):
        click.echo(line.rstrip("\r\n"))
