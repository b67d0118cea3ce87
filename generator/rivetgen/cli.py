"""The command `rivetgen`: finds the subcommand, turns errors into sentences.

Commands import what they need when they run, so that `--help` stays quick.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from rivetgen.commands import COMMANDS, GROUPS
from rivetgen.errors import (
    BaselineError,
    EmissionError,
    FormattingError,
    RivetgenError,
)
from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "rivetgen"
GARBAGE_THRESHOLD = 500_000
"""Objects between two looks for garbage. A command keeps nearly all that it makes until
it ends, so the default of Python only costs time; `watch` still gets rid of garbage."""
INTERNAL = (EmissionError, FormattingError)


class CommandGroup(click.Group):
    """A group whose commands are modules, imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help text."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"rivetgen.commands.{COMMANDS[cmd_name].module}")
        command: click.Command = module.command
        command.name = cmd_name
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the commands under their headings, without importing them."""
        del ctx
        width = max(map(len, COMMANDS))
        for group in GROUPS:
            rows = [
                (name.ljust(width), row.summary)
                for name, row in COMMANDS.items()
                if row.group == group
            ]
            with formatter.section(group):
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest a name for one that does not exist."""
        from difflib import get_close_matches  # noqa: PLC0415

        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            ctx.fail(f"There is no command `{name}`.{hint}")
        return super().resolve_command(ctx, args)


def _show_version(ctx: click.Context, _: click.Parameter, wanted: object) -> None:
    if wanted and not ctx.resilient_parsing:
        from rivetgen.version import VERSION  # noqa: PLC0415

        click.echo(f"{NAME}, version {VERSION}")
        ctx.exit()


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of internal errors.")
def rivetgen(*, debug: bool) -> None:
    """Turn actors.yaml into server stubs, typed clients and specs.

    Every command exits with 0 when all is well, 1 when it found something, 2 when it
    was called the wrong way, 3 when a schema cannot be used and 4 after a defect.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with the status that `ExitCode` describes."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    status = run(sys.argv[1:] if arguments is None else list(arguments))
    gc.freeze()  # spares the interpreter a last look at everything
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Run the command and return the exit status."""
    debug = "--debug" in arguments
    try:
        result: object = rivetgen.main(arguments, prog_name=NAME, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except click.Abort:
        click.echo("Stopped.", err=True)
        return ExitCode.USAGE
    except INTERNAL as error:
        return _internal(error, debug=debug)
    except RivetgenError as error:
        return _refused(error)
    except Exception as error:  # noqa: BLE001 - the last resort shows no traceback
        return _internal(error, debug=debug)
    return result if isinstance(result, int) else ExitCode.FINE


def _refused(error: RivetgenError) -> int:
    for line in str(error).splitlines():
        click.echo(f"Error: {line}", err=True)
    unusable = isinstance(error, BaselineError) and error.is_unusable
    return ExitCode.SCHEMA if unusable else ExitCode.USAGE


def _internal(error: Exception, *, debug: bool) -> int:
    if debug:
        import traceback  # noqa: PLC0415

        click.echo("".join(traceback.format_exception(error)), err=True)
    what = str(error) or type(error).__name__
    click.echo(f"Internal error: {type(error).__name__}: {what}", err=True)
    if not debug:
        click.echo("`rivetgen --debug ...` shows where it happened.", err=True)
    return ExitCode.INTERNAL
