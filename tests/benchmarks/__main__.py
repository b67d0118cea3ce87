"""Measures the chat example beside bare aiohttp: ``python -m tests.benchmarks``.

The example, the bare server and the load generator are three processes. Every row is
the median of several rounds in which both servers take turns, so that a slow minute of
the machine hits both.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from chat_server import chat_server

from .bare_server import bare_server
from .cases import CASES, Case, Targets
from .report import Row, print_table, row_of, write_json


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.2, help="per measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements per row")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--output", type=Path, default=Path("bench-results/bench.json"))
    return parser.parse_args(arguments)


async def measure(
    cases: list[Case], targets: Targets, *, seconds: float, rounds: int
) -> list[Row]:
    """Run every case in every round, one measurement at a time."""
    measured = {case: [await case.measure(targets, seconds)] for case in cases}
    for _ in range(rounds - 1):
        for case, measurements in measured.items():
            measurements.append(await case.measure(targets, seconds))
    return [row_of(case, measurements) for case, measurements in measured.items()]


def main(arguments: list[str]) -> None:
    """Start both servers, measure, print the table and write the JSON file."""
    options = parse_arguments(arguments)
    cases = [case for case in CASES if options.only in case.name]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        example = stack.enter_context(chat_server(folder / "data"))
        bare = stack.enter_context(bare_server())
        targets = Targets(example=example.endpoint, bare=bare)
        amount = {"seconds": options.seconds, "rounds": options.rounds}
        rows = asyncio.run(measure(cases, targets, **amount))
    print_table(rows)
    write_json(rows, options.output)
    print(f"\nwritten to {options.output}")


if __name__ == "__main__":
    main(sys.argv[1:])
