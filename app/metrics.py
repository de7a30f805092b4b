"""What the server does, in numbers for Prometheus: one registry per runtime, nothing global."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_FINE = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_LOOP_EVERY_S = 0.02


class _Followed(Collector):
    def __init__(self, name: str, text: str, value: Callable[[], float]) -> None:
        self._name, self._text, self._value = name, text, value

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily(self._name, self._text, value=self._value())


class _Each(Collector):
    def __init__(
        self,
        family: type[GaugeMetricFamily | CounterMetricFamily],
        name: str,
        text: str,
        label: str,
        values: Callable[[], Mapping[str, float]],
    ) -> None:
        self._family, self._name, self._text, self._label, self._values = family, name, text, label, values

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        family = self._family(self._name, self._text, labels=[self._label])
        for label, value in self._values().items():
            family.add_metric([label], value)
        yield family


class Metrics:
    """Counters, histograms and gauges of one process. Names begin with ``beatline_``; durations are seconds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def histogram(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(f"beatline_{name}_seconds", text, labels, buckets=_FINE, registry=self.registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"beatline_{name}", text, labels, registry=self.registry)

        self.requests = counter("requests", "HTTP requests answered", "method", "route", "status")
        self.request_s = histogram("request", "From the request's head to the answer's", "route")
        self.records = counter("records", "Records taken in, by what became of them", "kind", "outcome")
        self.rejected = counter("rejected", "Raw records refused and kept, by reason", "reason")
        self.told = counter("told", "Alerts owed to officers, by style", "verdict")
        self.decided = counter("decided", "Verdicts that changed, by the rule that decided", "verdict", "rule")
        self.fanout_lag_s = histogram("fanout_lag", "From a record's commit to its alerts being handed to sockets")
        self.tick_s = histogram("tick", "One pass of the pipeline")
        self.store_s = histogram("store_round_trip", "A trivial read of the store")
        self.loop_lag_s = histogram("loop_lag", "How late the event loop woke up")
        self.gc_pause_s = histogram("gc_pause", "Garbage collections, by generation", "generation")
        self._gc_began = 0.0

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge that is read when somebody asks: ``beatline_devices`` and the like."""
        Gauge(f"beatline_{name}", text, registry=self.registry).set_function(value)

    def follow(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A counter that somebody else keeps, read when somebody asks: ``beatline_fixes_total`` and the like."""
        self.registry.register(_Followed(f"beatline_{name}", text, value))

    def watch_each(self, name: str, text: str, label: str, values: Callable[[], Mapping[str, float]]) -> None:
        """A gauge with one value a label."""
        self.registry.register(_Each(GaugeMetricFamily, f"beatline_{name}", text, label, values))

    def follow_each(self, name: str, text: str, label: str, values: Callable[[], Mapping[str, float]]) -> None:
        """A counter that somebody else keeps, one value a label."""
        self.registry.register(_Each(CounterMetricFamily, f"beatline_{name}", text, label, values))

    def text(self) -> bytes:
        """The exposition text of now."""
        return generate_latest(self.registry)

    def watch_collections(self) -> Callable[[], None]:
        """Times every garbage collection from now on; call what it returns to stop."""
        gc.callbacks.append(self._collected)
        return lambda: gc.callbacks.remove(self._collected)

    def _collected(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._gc_began = time.perf_counter()
        else:
            self.gc_pause_s.labels(str(info["generation"])).observe(time.perf_counter() - self._gc_began)

    async def watch_loop(self) -> None:
        """Measures for ever how late the loop wakes a sleeper; the task that runs it is cancelled at the end."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(_LOOP_EVERY_S)
            self.loop_lag_s.observe(max(0.0, time.perf_counter() - began - _LOOP_EVERY_S))
