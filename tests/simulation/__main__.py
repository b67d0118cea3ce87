"""Simulates many lives of a server: ``python -m tests.simulation``.

Every life follows from its seed: ``--life 17`` repeats one and shows its steps.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from .trial import BrokenPromiseError, simulate

AGAIN = "repeat it: python3 noxfile.py -s simulate -- --life"
CHUNK = 50
SHOWN_PROBLEMS = 10


def problem_of(seed: int) -> str | None:
    """Run one life; return what went wrong, or None."""
    logging.disable(logging.CRITICAL)
    try:
        simulate(seed)
    except Exception as error:  # noqa: BLE001 - every problem is reported with its seed
        return f"{type(error).__name__}: {error}\n  {AGAIN} {seed}"
    return None


def repeat(seed: int) -> int:
    """Show the steps of one life."""
    try:
        trace = simulate(seed)
    except BrokenPromiseError as error:
        print(error)
        return 1
    print("\n".join(trace.steps))
    return 0


def run(seeds: range) -> int:
    """Run many lives on all processors."""
    started_s = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = [*pool.map(problem_of, seeds, chunksize=CHUNK)]
    problems = [problem for problem in found if problem]
    print(f"{len(seeds):,} lives in {time.monotonic() - started_s:.0f} s")
    for problem in problems[:SHOWN_PROBLEMS]:
        print(problem)
    print(f"{len(problems):,} problems")
    return int(bool(problems))


def main(arguments: list[str]) -> int:
    """Run what the command line asks for; return 1 when there are problems."""
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="how many lives")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--life", type=int, help="repeat this one")
    options = parser.parse_args(arguments)
    if options.life is not None:
        return repeat(options.life)
    return run(range(options.first, options.first + options.count))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
