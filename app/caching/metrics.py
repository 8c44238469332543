"""Metrics of the response cache."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.caching.response_cache import ResponseCache
from app.caching.snapshots import Snapshots


class CacheCollector(Collector):
    """How well the cache serves, and how long its question to the database takes."""

    def __init__(self, cache: ResponseCache, snapshots: Snapshots) -> None:
        self._cache = cache
        self._snapshots = snapshots

    def collect(self) -> Iterable[Metric]:
        cache = self._cache
        yield CounterMetricFamily("kheo_cache_hits", "Reads answered from memory.", cache.hits)
        yield CounterMetricFamily("kheo_cache_misses", "Reads not found in memory.", cache.misses)
        yield GaugeMetricFamily("kheo_cache_bytes", "Memory of the response cache.", cache.bytes)
        yield GaugeMetricFamily(
            "kheo_snapshot_seconds",
            "How long the last question for the database's state took.",
            self._snapshots.latency,
        )
