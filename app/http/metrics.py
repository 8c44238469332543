"""Metrics of this process for Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.http.gateway import Gateway


class GatewayCollector(Collector):
    """What the gateway counts: answers by status, kept answers, the latency of snapshots."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def collect(self) -> Iterable[Metric]:
        answers = CounterMetricFamily("kheo_answers", "Answers by status.", labels=["status"])
        for status, count in self.gateway.statuses.items():
            answers.add_metric([str(status)], count)
        yield answers
        kept = self.gateway.kept
        yield CounterMetricFamily("kheo_kept_hits", "Reads answered from memory.", kept.hits)
        yield CounterMetricFamily("kheo_kept_misses", "Reads not found in memory.", kept.misses)
        yield GaugeMetricFamily("kheo_kept_bytes", "Memory of kept answers.", kept.bytes)
        yield GaugeMetricFamily(
            "kheo_snapshot_seconds",
            "How long the last question for the database's state took.",
            self.gateway.snapshots.latency,
        )


class Metrics:
    """All metrics of one application."""

    def __init__(self, gateway: Gateway) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(GatewayCollector(gateway))

    def text(self) -> bytes:
        return generate_latest(self._registry)
