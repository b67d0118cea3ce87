"""The command `rivetgen`: finds the subcommand, turns errors into sentences.

Commands import what they need when they run, so that `--help` stays quick.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING

import click

from rivetgen.commands import COMMANDS
from rivetgen.errors import EmissionError, FormattingError, RivetgenError
from rivetgen.exit_codes import ExitCode
from rivetgen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "rivetgen"
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
        module = import_module(f"rivetgen.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        command.name = cmd_name
        return command

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


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(str(VERSION), prog_name=NAME)
@click.option("--debug", is_flag=True, help="Show the traceback of internal errors.")
def rivetgen(*, debug: bool) -> None:
    """Turn actors.yaml into server stubs, typed clients and specs."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with the status that `ExitCode` describes."""
    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))


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
    return ExitCode.USAGE


def _internal(error: Exception, *, debug: bool) -> int:
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True)
    what = str(error) or type(error).__name__
    click.echo(f"Internal error: {type(error).__name__}: {what}", err=True)
    if not debug:
        click.echo("`rivetgen --debug ...` shows where it happened.", err=True)
    return ExitCode.INTERNAL
