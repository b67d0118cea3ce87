"""Forks servers: ``python server_zygote.py`` and one data directory per line of input.

Everything is imported once, so that a server starts in milliseconds. Each line is
answered by ``pid N``; the server itself says where it listens.
"""

from __future__ import annotations

import os
import signal
import sys

from counter_server import registry


def main() -> None:
    """Fork until the input ends."""
    # Killed servers leave nothing behind that somebody has to wait for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            registry.main(["--port", "0", "--data", line.rstrip("\n")])
            os._exit(0)
        print(f"pid {pid}", flush=True)  # noqa: T201 - read by whoever asked


if __name__ == "__main__":
    main()
