"""Counters and latencies of one front, in the text format of Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.core.ports import StoreStatistics

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_BUCKETS_S: Final = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)

_BOUNDS: Final = (*map(str, _BUCKETS_S), "+Inf")


class _Durations:
    """How long the requests of one actor name and route took.

    Attributes:
        sum_s: All of them together.
        buckets: How many ended within each time and not the one before; last the rest.
    """

    __slots__ = ("buckets", "sum_s")

    def __init__(self) -> None:
        self.sum_s = 0.0
        self.buckets = [0] * (len(_BUCKETS_S) + 1)


class _Count:
    """How many requests of one actor name and route had one status."""

    __slots__ = ("durations", "requests")

    def __init__(self, durations: _Durations) -> None:
        self.requests = 0
        self.durations = durations


class Metrics:
    """Counts what one front serves.

    Names of actors come from the schema and names of routes from a table, so that
    callers cannot make up new series.

    Args:
        host: Whose actors are counted when the metrics are read.
        store: What the store has done; None when it does not count.
        paused_s: For how long nothing was served, in seconds.
    """

    def __init__(
        self,
        host: Host,
        store: Callable[[], StoreStatistics] | None = None,
        paused_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._registry = CollectorRegistry()
        self.sockets = Gauge(
            "rivetgen_open_sockets", "Open WebSockets.", registry=self._registry
        )
        # Counted by hand, on the event loop alone: the library locks and checks, which
        # takes every call ten times as long.
        self._counts: dict[tuple[str, str, int], _Count] = {}
        self._durations: dict[tuple[str, str], _Durations] = {}
        ProcessCollector(registry=self._registry)
        self._registry.register(_Collected(host, store, paused_s))
        self._registry.register(self)

    def count(self, actor: str, route: str, status: int, *, seconds: float) -> None:
        """Count one request.

        Args:
            actor: Name of its definition; empty when no actor was reached.
            route: Name of the route; empty for paths that are none.
            status: HTTP status of the answer.
            seconds: How long it took.
        """
        count = self._counts.get((actor, route, status))
        if count is None:
            durations = self._durations.setdefault((actor, route), _Durations())
            count = self._counts[(actor, route, status)] = _Count(durations)
        count.requests += 1
        durations = count.durations
        durations.sum_s += seconds
        durations.buckets[bisect_left(_BUCKETS_S, seconds)] += 1

    def collect(self) -> Iterator[Metric]:
        """Yield what was counted, as ``CollectorRegistry`` expects."""
        yield self._collected_requests()
        yield self._collected_durations()

    def _collected_requests(self) -> Metric:
        family = CounterMetricFamily(
            "rivetgen_requests",
            "HTTP requests that were answered.",
            labels=("actor", "route", "status"),
        )
        for (actor, route, status), count in self._counts.items():
            family.add_metric((actor, route, str(status)), count.requests)
        return family

    def _collected_durations(self) -> Metric:
        family = HistogramMetricFamily(
            "rivetgen_request_seconds",
            "Time from the head of a request to its answer.",
            labels=("actor", "route"),
        )
        for labels, durations in self._durations.items():
            within = zip(_BOUNDS, accumulate(durations.buckets), strict=True)
            family.add_metric(labels, [*within], sum_value=durations.sum_s)
        return family

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self._registry)


class _Collected:
    """What is counted when somebody asks."""

    def __init__(
        self,
        host: Host,
        store: Callable[[], StoreStatistics] | None,
        paused_s: Callable[[], float],
    ) -> None:
        self._host = host
        self._store = store
        self._paused_s = paused_s

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics, as ``CollectorRegistry`` expects."""
        counts = self._host.awake_counts()
        yield _by_actor("rivetgen_actors_awake", "Actors in memory.", counts.actors)
        yield _by_actor("rivetgen_connections", "Connections.", counts.connections)
        yield _by_actor(
            "rivetgen_queued_messages",
            "Messages in queues of actors in memory.",
            counts.queued_messages,
        )
        yield CounterMetricFamily(
            "rivetgen_paused_seconds",
            "Time in which code let nothing else run, when that was long.",
            self._paused_s(),
        )
        if self._store is not None:
            yield from _of_store(self._store())


def _by_actor(name: str, help_text: str, counts: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=("actor",))
    for actor, count in sorted(counts.items()):
        family.add_metric((actor,), count)
    return family


def _of_store(statistics: StoreStatistics) -> Iterator[Metric]:
    yield CounterMetricFamily(
        "rivetgen_commits", "Batches that became durable.", statistics.batches
    )
    yield CounterMetricFamily(
        "rivetgen_flushes",
        "Times that the disk was asked to keep batches.",
        statistics.flushes,
    )
    yield GaugeMetricFamily(
        "rivetgen_waiting_commits",
        "Batches that wait for the disk.",
        statistics.waiting,
    )
