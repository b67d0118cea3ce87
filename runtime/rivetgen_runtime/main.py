"""The command line of a generated application."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.embedded import DEFAULT_EMBEDDED_OPTIONS
from rivetgen_runtime.errors import RivetgenRuntimeError
from rivetgen_runtime.front.options import DEFAULT_FRONT_OPTIONS, AddressLimits
from rivetgen_runtime.logs import LogFormat, log_handler
from rivetgen_runtime.options import DEFAULT_HOST_OPTIONS
from rivetgen_runtime.serving import DEFAULT_SERVE_OPTIONS, Running, ServeOptions, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rivetgen_runtime.core.actor import AnyActor

__all__ = ["main", "parse_arguments"]

logger = logging.getLogger(__name__)

_EXIT_FAILED: Final = 1
_EXIT_STORE_FAILED: Final = 74
"""``EX_IOERR`` of sysexits.h: a supervisor should look at the disk."""

_CANCELLATION_S: Final = 0.3
"""How long user code may take to end once the server has stopped."""

_GARBAGE_THRESHOLD: Final = 20_000
"""Objects between two collections of the youngest generation."""
_LARGEST_PORT: Final = 65_535
_LOG_LEVELS: Final = ("debug", "info", "warning", "error")


def main(
    actors: Iterable[type[AnyActor]],
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Serve actors until the process is told to stop.

    Args:
        actors: The user's classes.
        arguments: Without the program's name; None for those of the process.
        environment: ``RIVETGEN_HOST``, ``RIVETGEN_PORT``, ``RIVETGEN_DATA`` and
            ``RIVETGEN_TOKEN`` are the defaults of the options.

    Returns:
        The exit code: 0 after an orderly stop, 1 when it could not start, 74 when the
        store went out of service.
    """
    parsed = parse_arguments(arguments, environment)
    handlers = [log_handler(LogFormat(parsed.log_format))]
    logging.basicConfig(level=parsed.log_level.upper(), handlers=handlers)
    options = _serve_options(parsed, environment)

    def announce(running: Running) -> None:
        _collect_garbage_less_often()
        line = f"rivetgen listening on {running.endpoint} (data in {options.data})"
        print(line, flush=True)  # noqa: T201 - programs that start a server read this

    try:
        return asyncio.run(_serve(actors, options, announce))
    except RivetgenRuntimeError as error:
        print(f"rivetgen: error: {error}", file=sys.stderr)  # noqa: T201 - command line
        return _EXIT_FAILED


async def _serve(
    actors: Iterable[type[AnyActor]],
    options: ServeOptions,
    announce: Callable[[Running], object],
) -> int:
    failure = await run(actors, options, on_ready=announce)
    code = 0 if failure is None else _EXIT_STORE_FAILED
    if not await _everything_ends():
        logger.warning("some user code does not end: it is abandoned")
        logging.shutdown()
        # asyncio would wait for it. The store is closed: nothing answered is lost.
        os._exit(code)
    return code


async def _everything_ends() -> bool:
    """Cancel what user code has left behind; tells whether it obeys."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    threads = asyncio.get_running_loop().shutdown_default_executor()
    waited_for = {*tasks, asyncio.ensure_future(threads)}
    _, pending = await asyncio.wait(waited_for, timeout=_CANCELLATION_S)
    return not pending


def _collect_garbage_less_often() -> None:
    """Spare what was imported, and let requests pass between two collections.

    Every request leaves some cycles behind; looking for them after every 700 objects
    costs a tenth of the time of a small call.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD)


def parse_arguments(
    arguments: Sequence[str] | None, environment: Mapping[str, str]
) -> argparse.Namespace:
    """Read the command line.

    Raises:
        SystemExit: With code 2 when it is wrong, with code 0 after ``--help``.
    """
    default = DEFAULT_SERVE_OPTIONS
    parser = argparse.ArgumentParser(
        description="Serve the actors of this application.",
        epilog="RIVETGEN_TOKEN, if set, is what every caller has to show.",
    )
    parser.add_argument(
        "--host",
        default=environment.get("RIVETGEN_HOST", default.host),
        help="address to listen on [RIVETGEN_HOST] (default: %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=environment.get("RIVETGEN_PORT", str(default.port)),
        help="port to listen on, 0 for a free one [RIVETGEN_PORT] "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=environment.get("RIVETGEN_DATA", str(default.data)),
        help="where actors are kept [RIVETGEN_DATA] (default: %(default)s)",
    )
    parser.add_argument(
        "--grace-period",
        type=_seconds,
        metavar="SECONDS",
        default=default.grace_period_s,
        help="how long running actions may take at a stop (default: %(default)s)",
    )
    parser.add_argument(
        "--log-level",
        choices=_LOG_LEVELS,
        default="info",
        help="what is worth a line on stderr (default: %(default)s)",
    )
    parser.add_argument(
        "--log-format",
        choices=tuple(LogFormat),
        default=environment.get("RIVETGEN_LOG_FORMAT", LogFormat.TEXT),
        help="how a line is written [RIVETGEN_LOG_FORMAT] (default: %(default)s)",
    )
    _add_access(parser)
    _add_diagnostics(parser)
    return parser.parse_args(arguments)


def _add_diagnostics(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--hibernation-probe",
        action="store_true",
        help="answer the message with which official test suites ask how far a raw "
        "socket has come",
    )


def _add_access(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow-host",
        action="append",
        metavar="NAME",
        help="answer to this host name, * for every one (default: names of this "
        "machine, and every name when there is a token); may be repeated",
    )
    parser.add_argument(
        "--allow-origin",
        action="append",
        metavar="ORIGIN",
        help="let only pages of this origin call and connect; may be repeated",
    )
    parser.add_argument(
        "--rate-limit",
        type=_count,
        nargs="?",
        const=AddressLimits().requests,
        metavar="REQUESTS",
        help="serve each address so many requests per minute to each actor (%(const)s "
        f"when no number is given), {AddressLimits().in_flight} at a time (default: as "
        "many as it sends)",
    )
    parser.add_argument(
        "--proxies",
        type=_count,
        default=AddressLimits().proxies,
        metavar="COUNT",
        help="so many proxies stand in front and add to x-forwarded-for the address "
        "that they were called from; --rate-limit counts that of the outermost",
    )
    parser.add_argument(
        "--no-inspector",
        action="store_true",
        help="let no tool look into actors",
    )


def _serve_options(
    parsed: argparse.Namespace, environment: Mapping[str, str]
) -> ServeOptions:
    host = replace(DEFAULT_HOST_OPTIONS, hibernation_probe=parsed.hibernation_probe)
    front = replace(DEFAULT_FRONT_OPTIONS, address_limits=_address_limits(parsed))
    return ServeOptions(
        host=parsed.host,
        port=parsed.port,
        data=parsed.data,
        # Not an option: everyone on the machine can read command lines.
        token=environment.get("RIVETGEN_TOKEN") or None,
        grace_period_s=parsed.grace_period,
        allowed_hosts=_names(parsed.allow_host),
        allowed_origins=_names(parsed.allow_origin),
        inspector=not parsed.no_inspector,
        embedded=replace(DEFAULT_EMBEDDED_OPTIONS, host=host, front=front),
    )


def _address_limits(parsed: argparse.Namespace) -> AddressLimits | None:
    if parsed.rate_limit is None:
        return None
    return AddressLimits(requests=parsed.rate_limit, proxies=parsed.proxies)


def _names(listed: list[str] | None) -> frozenset[str] | None:
    return None if listed is None else frozenset(listed)


def _port(text: str) -> int:
    if (
        text.isascii()
        and text.isdigit()
        and len(text) < 6
        and int(text) <= _LARGEST_PORT
    ):
        return int(text)
    message = f"{text!r} is not a port from 0 to {_LARGEST_PORT}"
    raise argparse.ArgumentTypeError(message)


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    message = f"{text!r} is not a count"
    raise argparse.ArgumentTypeError(message)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if 0 <= seconds <= 3600:
        return seconds
    message = f"{text!r} is not a number of seconds from 0 to 3600"
    raise argparse.ArgumentTypeError(message)
