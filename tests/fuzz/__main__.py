"""Many more mutated schemas than the tests try: ``python -m tests.fuzz``.

Every schema must be read within two seconds of processor time, and all of them in
less than 200 MB of memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from schema_mutations import check_mutation

LIMIT_S = 2.0
LIMIT_BYTES = 200 * 1000**2
CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a range of seeds.

    Attributes:
        usable: How many schemas were still usable.
        slowest_s: Processor time of the slowest one.
        slowest_seed: Its seed.
        failures: A sentence for every seed that broke a promise.
        memory_bytes: Most memory that the process ever had.
    """

    usable: int
    slowest_s: float
    slowest_seed: int
    failures: tuple[str, ...]
    memory_bytes: int


def try_seeds(first: int) -> Outcome:
    """Check a range of seeds."""
    usable, slowest, failures = 0, (0.0, first), list[str]()
    for seed in range(first, first + CHUNK):
        started = time.process_time()
        try:
            usable += check_mutation(seed).schema is not None
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure
            failures.append(f"seed {seed}: {type(error).__name__}: {str(error)[:200]}")
        slowest = max(slowest, (time.process_time() - started, seed))
    if slowest[0] > LIMIT_S:
        failures.append(f"seed {slowest[1]} took {slowest[0]:.1f} s")
    return Outcome(
        usable=usable,
        slowest_s=slowest[0],
        slowest_seed=slowest[1],
        failures=tuple(failures),
        memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def main(arguments: list[str]) -> int:
    """Check as many seeds as asked for, and say what came of it."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=50_000, help="schemas to try")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    options = parser.parse_args(arguments)
    starts = range(options.first, options.first + options.count, CHUNK)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(try_seeds, starts))
    slowest = max(outcomes, key=lambda outcome: outcome.slowest_s)
    memory = max(outcome.memory_bytes for outcome in outcomes)
    failures = [line for outcome in outcomes for line in outcome.failures]
    if memory > LIMIT_BYTES:
        failures.append(f"{memory / 1e6:.0f} MB of memory")
    print(
        f"{len(starts) * CHUNK:,} schemas, "
        f"{sum(outcome.usable for outcome in outcomes):,} of them usable; "
        f"slowest {slowest.slowest_s:.3f} s (seed {slowest.slowest_seed}); "
        f"{memory / 1e6:.0f} MB; {len(failures)} failures"
    )
    print(*failures[:50], sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
