"""Counters and latencies of one front, in the text format of Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

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


class _Child(NamedTuple):
    """Where the requests of one actor name, route and status are counted."""

    requests: Counter
    seconds: Histogram


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
        self._requests = Counter(
            "rivetgen_requests",
            "HTTP requests that were answered.",
            ("actor", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "rivetgen_request_seconds",
            "Time from the head of a request to its answer.",
            ("actor", "route"),
            registry=self._registry,
            buckets=_BUCKETS_S,
        )
        self.sockets = Gauge(
            "rivetgen_open_sockets", "Open WebSockets.", registry=self._registry
        )
        # Looking up a child by its labels takes longer than counting.
        self._children: dict[tuple[str, str, int], _Child] = {}
        ProcessCollector(registry=self._registry)
        self._registry.register(_Collected(host, store, paused_s))

    def count(self, actor: str, route: str, status: int, *, seconds: float) -> None:
        """Count one request.

        Args:
            actor: Name of its definition; empty when no actor was reached.
            route: Name of the route; empty for paths that are none.
            status: HTTP status of the answer.
            seconds: How long it took.
        """
        child = self._children.get((actor, route, status))
        if child is None:
            child = _Child(
                self._requests.labels(actor, route, str(status)),
                self._seconds.labels(actor, route),
            )
            self._children[(actor, route, status)] = child
        child.requests.inc()
        child.seconds.observe(seconds)

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
