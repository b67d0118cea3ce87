"""What tests of actors stand on: a host in memory, and time that is skipped."""

from rivetgen_runtime.testing.virtual_time import VirtualTime
from rivetgen_runtime.testing.world import START_MS, World, virtual_time

__all__ = ["START_MS", "VirtualTime", "World", "virtual_time"]
