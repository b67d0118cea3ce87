"""Loads mutated schema files: ``python -m tests.fuzz``.

Every file follows from its seed: ``nox -s fuzz -- --seed 17`` repeats one trial and
shows the file, what was found, and the traceback if there is one.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from rivetgen_schema.codes import CODES

from .trials import LONGEST_S, MOST_MEMORY_MB, Outcome, attempt, mutated_file, trial

if TYPE_CHECKING:
    from collections.abc import Sequence

AGAIN = "python3 noxfile.py -s fuzz -- --seed"
CHUNK = 100
SHOWN_CHARACTERS = 4_000
SHOWN_PROBLEMS = 20


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=50_000, help="how many files")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="repeat this one")
    return parser.parse_args(arguments)


def repeat(seed: int) -> int:
    """Show one trial; a problem ends with its traceback."""
    text = mutated_file(seed).decode("utf-8", "backslashreplace")
    print(text[:SHOWN_CHARACTERS].encode("utf-8", "backslashreplace").decode())
    outcome = trial(seed)
    codes = ", ".join(sorted(outcome.codes)) or "no findings"
    print(f"\n{codes}: {numbers([outcome])}")
    return 0


def run(seeds: range) -> int:
    """Run many trials on all processors and print what they showed."""
    started_s = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        outcomes = [*pool.map(attempt, seeds, chunksize=CHUNK)]
    problems = [outcome for outcome in outcomes if outcome.problem]
    print(f"{len(seeds):,} files in {time.monotonic() - started_s:.0f} s")
    print_codes(outcomes)
    print(numbers(outcomes))
    for outcome in problems[:SHOWN_PROBLEMS]:
        print(f"\n{outcome.problem}\n  {AGAIN} {outcome.seed}")
    print(f"\n{len(problems):,} problems")
    return int(bool(problems))


def print_codes(outcomes: Sequence[Outcome]) -> None:
    """Print how the files ended, and which codes none of them raised."""
    usable = sum(outcome.is_usable for outcome in outcomes)
    raised = Counter(code for outcome in outcomes for code in outcome.codes)
    missing = [row.code for row in CODES if row.code not in raised]
    print(f"{usable:,} were still schemas, {len(outcomes) - usable:,} were not")
    print(f"{len(raised)} codes raised, not raised: {', '.join(missing) or 'none'}")


def numbers(outcomes: Sequence[Outcome]) -> str:
    """Return the longest time and the most memory of several trials."""
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    peak_mb = max(outcome.peak_mb for outcome in outcomes)
    return (
        f"slowest {slowest.seconds:.2f} s of {LONGEST_S} s (seed {slowest.seed}), "
        f"peak {peak_mb:.0f} MB of {MOST_MEMORY_MB} MB"
    )


def main(arguments: list[str]) -> int:
    """Run what the command line asks for; return 1 when there are problems."""
    options = parse_arguments(arguments)
    if options.seed is not None:
        return repeat(options.seed)
    return run(range(options.first, options.first + options.count))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
