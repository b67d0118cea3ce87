"""What is noted while a server is under load, and what is made of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

WARM_UP_S = 0.3


class LoadError(Exception):
    """A server answered something other than success."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What one run of a case cost."""

    count: int
    elapsed_s: float
    latencies_s: Sequence[float]
    generator_busy: float
    """Share of the elapsed time in which the load generator used its processor."""

    @classmethod
    def of_latencies(cls, latencies_s: Sequence[float], elapsed_s: float) -> Self:
        """What was measured without a load generator."""
        return cls(
            count=len(latencies_s),
            elapsed_s=elapsed_s,
            latencies_s=latencies_s,
            generator_busy=0.0,
        )

    @property
    def rate_per_s(self) -> float:
        """Answers per second."""
        return self.count / self.elapsed_s

    def percentile_ms(self, percent: float) -> float:
        """Return the latency that this share of the answers stayed below."""
        ordered = sorted(self.latencies_s)
        return 1e3 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


@dataclass(kw_only=True)
class Recorder:
    """Collects latencies from the end of the warm-up to the end of the run."""

    seconds: float
    latencies_s: list[float] = field(default_factory=list[float])
    started_s: float = field(default_factory=time.perf_counter)
    processor_s: float = field(default_factory=time.process_time)
    is_warm: bool = False

    def record(self, sent_s: float) -> bool:
        """Note one answer and return whether to go on."""
        now = time.perf_counter()
        if self.is_warm:
            self.latencies_s.append(now - sent_s)
            return now - self.started_s < self.seconds
        if now - self.started_s >= WARM_UP_S:
            self.is_warm = True
            self.started_s = now
            self.processor_s = time.process_time()
        return True

    def finish(self) -> Measurement:
        """Return what was measured."""
        elapsed = time.perf_counter() - self.started_s
        return Measurement(
            count=len(self.latencies_s),
            elapsed_s=elapsed,
            latencies_s=self.latencies_s,
            generator_busy=(time.process_time() - self.processor_s) / elapsed,
        )
