"""The actors of the recordings: ``python recorded_server.py --port 0 --data DIR``."""

from __future__ import annotations

from recorded_socket_actors import SOCKET_ACTORS
from rivetgen_runtime.registry import Registry

if __name__ == "__main__":
    Registry(SOCKET_ACTORS).main()
