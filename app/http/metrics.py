"""Metrics of this process for Prometheus."""

from collections import Counter
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request


class Answers(Collector):
    """How many answers of each status were given."""

    def __init__(self) -> None:
        self._statuses: Counter[int] = Counter()

    def count(self, status: int) -> None:
        self._statuses[status] += 1

    def collect(self) -> Iterable[Metric]:
        answers = CounterMetricFamily("kheo_answers", "Answers by status.", labels=["status"])
        for status, count in self._statuses.items():
            answers.add_metric([str(status)], count)
        yield answers


class Metrics:
    """All metrics of one application."""

    def __init__(self, *collectors: Collector) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        for collector in collectors:
            self._registry.register(collector)

    def text(self) -> bytes:
        return generate_latest(self._registry)


def metrics_of(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics
