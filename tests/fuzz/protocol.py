"""Requests that schemathesis makes up, and nearly right messages, for longer.

``python -m tests.fuzz.protocol [--examples N] [--seed N]``: exits with 1 when a server
answers with 5xx or with a status that ``openapi.json`` does not describe.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from generated_requests import fuzz


def main() -> int:
    """Fuzz as the command line says, and sum up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=int, default=200, help="per operation")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    findings = asyncio.run(fuzz(arguments.examples, arguments.seed))
    print(f"{findings.requests} requests, {len(findings.failures)} failures")
    for failure in findings.failures:
        print(failure)
    return 1 if findings.failures else 0


if __name__ == "__main__":
    sys.exit(main())
