"""Puts both servers under the same loads: ``python -m tests.benchmarks.official``.

Both run in turns in the same minutes, so their ratio means more than the figures. The
official server saves within a second; ours before it answers.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from official_server import official_server
from twin_server import generated_twins, twin_server

from . import loads
from .measuring import LoadError
from .memory import resident_bytes_of_children

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .loads import Load
    from .measuring import Measurement

COLUMNS = "{:<46}{:>10}{:>9}{:>9}{:>13}{:>9}{:>9}{:>8}"
SETTLING_S = 1.0
OURS_PER_OFFICIAL = 50
"""So many times more actors of ours are made: a few of them do not show."""


@dataclass(frozen=True, kw_only=True)
class Contest:
    """One load for both servers.

    Attributes:
        by_latency: Whether the median latency decides, and not the rate.
    """

    name: str
    load: Load
    by_latency: bool = False

    def merit(self, measured: Measurement) -> float:
        """The more, the better."""
        if self.by_latency:
            return 1 / max(measured.percentile_ms(50), 0.001)
        return measured.rate_per_s


CONTESTS = (
    Contest(
        name=f"create + first action, HTTP, {loads.CREATORS} callers", load=loads.create
    ),
    Contest(
        name=f"durable, {loads.IN_FLIGHT} in flight on one WebSocket", load=loads.add
    ),
    Contest(
        name=f"read-only, {loads.IN_FLIGHT} in flight on one WebSocket", load=loads.read
    ),
    Contest(name=f"queue: send, HTTP, {loads.SENDERS} senders", load=loads.send),
    Contest(name="queue: receive in a run handler", load=loads.receive),
    Contest(
        name=f"queue: request + reply, HTTP, {loads.SENDERS} senders",
        load=loads.request,
    ),
    Contest(name="first answer of a sleeping actor", load=loads.wake, by_latency=True),
    Contest(
        name=f"lateness of {loads.TIMERS} timers in 3 s",
        load=loads.fire,
        by_latency=True,
    ),
)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="official", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="per measurement")
    parser.add_argument("--rounds", type=int, default=1, help="measurements per row")
    parser.add_argument(
        "--awake", type=int, default=30, help="its actors for the memory"
    )
    return parser.parse_args(arguments)


async def measure(
    contest: Contest, endpoints: tuple[str, str], *, seconds: float, rounds: int
) -> None:
    """Put both servers under one load in turn, and print the medians of the rounds."""
    runs: tuple[list[Measurement], list[Measurement]] = ([], [])
    for _ in range(rounds):
        for endpoint, measured in zip(endpoints, runs, strict=True):
            try:
                measured.append(await contest.load(endpoint, seconds))
            except (LoadError, TimeoutError) as error:
                print(f"{endpoint}: {error}", file=sys.stderr)
    ours, official = runs
    shown = [cell for run in runs for cell in cells(run)]
    ratio = "-"
    if ours and official:
        merits = [median(map(contest.merit, run)) for run in runs]
        ratio = f"{merits[0] / merits[1]:.1f}"
    print(COLUMNS.format(contest.name, *shown, ratio), flush=True)


def cells(run: list[Measurement]) -> tuple[str, str, str]:
    """Rate and latencies; none when the server refused or gave up on a call."""
    if not run:
        return "-", "-", "-"

    def middle(value: Callable[[Measurement], float]) -> float:
        return median(map(value, run))

    return (
        f"{middle(lambda measured: measured.rate_per_s):,.0f}",
        f"{middle(lambda measured: measured.percentile_ms(50)):.1f}",
        f"{middle(lambda measured: measured.percentile_ms(99)):.1f}",
    )


async def bytes_each(make: Awaitable[None], count: int) -> float:
    """How much memory the processes grow for each of so many actors."""
    before = resident_bytes_of_children()
    await make
    await asyncio.sleep(SETTLING_S)
    return (resident_bytes_of_children() - before) / count


async def compare(endpoints: tuple[str, str], options: argparse.Namespace) -> None:
    """Print the table, one line at a time."""
    heads = ("per s", "p50 ms", "p99 ms", "official /s", "p50 ms", "p99 ms", "ratio")
    print(COLUMNS.format("load", *heads), flush=True)
    for contest in CONTESTS:
        amount = {"seconds": options.seconds, "rounds": options.rounds}
        await measure(contest, endpoints, **amount)
    counts = (options.awake * OURS_PER_OFFICIAL, options.awake)
    ours, official = [
        await bytes_each(loads.make(endpoint, count), count) / 1024
        for endpoint, count in zip(endpoints, counts, strict=True)
    ]
    print(f"awake actor: {ours:,.0f} KiB, official {official:,.0f} KiB")


def main(arguments: list[str]) -> None:
    """Start both servers and print one line per load."""
    options = parse_arguments(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        project = generated_twins(folder)
        ours = stack.enter_context(twin_server(project, folder / "data"))
        (folder / "official").mkdir()
        official = stack.enter_context(official_server(folder / "official"))
        asyncio.run(compare((ours, official), options))


if __name__ == "__main__":
    main(sys.argv[1:])
