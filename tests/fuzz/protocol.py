"""Requests that schemathesis makes up, and nearly right messages, for longer.

``python -m tests.fuzz.protocol [--examples N] [--messages N] [--seed N]``: exits with 1
when a server answers with 5xx, with a status that ``openapi.json`` does not describe,
or with one that a message with a few wrong bytes cannot have.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from generated_requests import fuzz
from malformed_traffic import flood


def main() -> int:
    """Fuzz as the command line says, and sum up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=int, default=200, help="per operation")
    parser.add_argument("--messages", type=int, default=10_000, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    findings = asyncio.run(fuzz(arguments.examples, arguments.seed))
    print(f"{findings.requests} requests, {len(findings.failures)} failures")
    for failure in findings.failures:
        print(failure)
    spoiled = [_flood(kind, arguments) for kind in ("frames", "bodies")]
    return 0 if all(spoiled) and not findings.failures else 1


def _flood(kind: str, arguments: argparse.Namespace) -> bool:
    """Send messages with a few wrong bytes; tells whether all was well."""
    try:
        outcomes = asyncio.run(flood(kind, arguments.messages, arguments.seed))
    except AssertionError as error:
        print(f"spoiled {kind}: {error}")
        return False
    told = ", ".join(f"{outcome}: {count}" for outcome, count in outcomes.items())
    print(f"{arguments.messages} spoiled {kind}, answered {told}")
    return True


if __name__ == "__main__":
    sys.exit(main())
