"""Puts both servers under one load: ``python -m tests.benchmarks.official``.

Both run in turns in the same minutes, so their ratio means more than the figures. The
official server saves within a second; ours before it answers.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from official_server import official_server
from twin_server import generated_twins, twin_server

from .actors import RATES
from .measuring import LoadError

if TYPE_CHECKING:
    from .actors import Load

COLUMNS = "{:<46}{:>12}{:>14}{:>8}"


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="official", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="per measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements per row")
    return parser.parse_args(arguments)


async def measure(
    ours: str, official: str, *, seconds: float, rounds: int
) -> list[tuple[str, float, float]]:
    """Put both servers under each load in turn; return medians per second."""
    rows: list[tuple[str, float, float]] = []
    for name, load in RATES.items():
        mine: list[float] = []
        others: list[float] = []
        for _ in range(rounds):
            mine.append(await _rate(load, ours, seconds))
            others.append(await _rate(load, official, seconds))
        rows.append((name, median(mine), median(others)))
    return rows


async def _rate(load: Load, endpoint: str, seconds: float) -> float:
    """Answers per second; none when the server refuses or gives up on a call."""
    try:
        return (await load(endpoint, seconds)).rate_per_s
    except LoadError as error:
        print(f"{endpoint}: {error}", file=sys.stderr)
        return 0.0


def main(arguments: list[str]) -> None:
    """Start both servers and print one line per load."""
    options = parse_arguments(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        project = generated_twins(folder)
        ours = stack.enter_context(twin_server(project, folder / "data"))
        (folder / "official").mkdir()
        official = stack.enter_context(official_server(folder / "official"))
        amount = {"seconds": options.seconds, "rounds": options.rounds}
        rows = asyncio.run(measure(ours, official, **amount))
    print(COLUMNS.format("load", "per s", "official /s", "ratio"))
    for name, per_s, official_per_s in rows:
        ratio = f"{per_s / official_per_s:.1f}" if official_per_s else "-"
        print(COLUMNS.format(name, f"{per_s:.0f}", f"{official_per_s:.0f}", ratio))


if __name__ == "__main__":
    main(sys.argv[1:])
