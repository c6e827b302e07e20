"""How many requests there were and how long they took: counted in plain numbers, told to Prometheus when it asks."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric

EDGES = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0)
"""Upper edges of the buckets of durations, in seconds."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Durations:
    """How often something took how long: of the requests of one route, method and status, say."""

    __slots__ = ("buckets", "edges", "seconds")

    def __init__(self, edges: Sequence[float] = EDGES) -> None:
        self.edges = edges
        self.buckets = [0] * (len(edges) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self.buckets[bisect_left(self.edges, seconds)] += 1
        self.seconds += seconds

    def cumulative(self) -> list[tuple[str, float]]:
        total, rows = 0, list[tuple[str, float]]()
        for edge, count in zip((*map(str, self.edges), "+Inf"), self.buckets, strict=True):
            total += count
            rows.append((edge, total))
        return rows

    def told(self, name: str, text: str) -> "Metric":
        """As Prometheus is told."""
        from prometheus_client.core import HistogramMetricFamily

        return HistogramMetricFamily(name, text, buckets=self.cumulative(), sum_value=self.seconds)


class Tally:
    """The requests answered, by the template of their route: never a label per run or per address."""

    def __init__(self) -> None:
        self._durations: dict[tuple[str, str, int], Durations] = {}

    def add(self, route: str, method: str, code: int, seconds: float) -> None:
        durations = self._durations.get((route, method, code))
        if durations is None:
            key = (route, method if method in _METHODS else "other", code)
            durations = self._durations.setdefault(key, Durations())
        durations.add(seconds)

    def collect(self) -> "Iterator[Metric]":
        """What Prometheus is told. Its client library is imported when it first asks."""
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

        labels = ("route", "method", "code")
        requests = CounterMetricFamily("setpoint_http_requests", "Requests answered.", labels=labels)
        took = HistogramMetricFamily("setpoint_http_request_duration_seconds", "Until the answer's end.", labels=labels)
        for (route, method, code), durations in self._durations.items():
            values = (route, method, str(code))
            requests.add_metric(values, sum(durations.buckets))
            took.add_metric(values, durations.cumulative(), durations.seconds)
        yield requests
        yield took
