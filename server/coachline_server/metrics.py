"""What the daemon counts, in Prometheus' terms, in a registry of its own: two daemons in one process keep apart."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
"""Bucket bounds around the two promises: delivery p99 < 100 ms, connect < 300 ms."""


class Buckets(Collector):
    """A histogram for what happens with every message: counting takes a tenth of the time, as it takes no lock.

    For the event loop's thread only.
    """

    def __init__(self, name: str, meaning: str, bounds: Sequence[float], *, registry: CollectorRegistry) -> None:
        self._name = name
        self._meaning = meaning
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        registry.register(self)

    def observe(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The exposition's form: each bucket with what is in those below it."""
        names = [*(str(float(bound)) for bound in self._bounds), "+Inf"]
        buckets = list(zip(names, accumulate(self._counts), strict=True))
        yield HistogramMetricFamily(self._name, self._meaning, buckets=buckets, sum_value=self._sum)


class Metrics:
    """One attribute a metric; whoever does the thing counts it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.connections = Gauge("coachline_connections", "Signed-in connections now", registry=self.registry)
        self.unwelcomed = Gauge(
            "coachline_unwelcomed_connections", "Connections that said no valid hello yet", registry=self.registry
        )
        self.people = Gauge("coachline_people_online", "People with at least one connection", registry=self.registry)
        self.handshakes = Counter(
            "coachline_handshakes", "Connection attempts by how they ended", ["outcome"], registry=self.registry
        )
        self.handshake_seconds = Histogram(
            "coachline_handshake_seconds", "From accepted stream to welcome", buckets=SECONDS, registry=self.registry
        )
        self.messages = Counter("coachline_messages", "Messages committed", registry=self.registry)
        self.record_rows = Counter(
            "coachline_record_rows", "Rows committed in clients' records, by kind", ["kind"], registry=self.registry
        )
        self.delivery_seconds = Buckets(
            "coachline_delivery_seconds",
            "From a message heard to its event handed to the recipients' writers",
            SECONDS,
            registry=self.registry,
        )
        self.refusals = Counter("coachline_refusals", "Requests refused, by code", ["code"], registry=self.registry)
        self.closes = Counter(
            "coachline_closes", "Connections ended by the server, by code", ["code"], registry=self.registry
        )
        self.crashes = Counter("coachline_crashes", "Actors that crashed, by kind", ["actor"], registry=self.registry)
        self.commit_appends = Buckets(
            "coachline_commit_appends",
            "Appends that shared one transaction",
            (1, 2, 5, 10, 20, 50, 100, 200, 500),
            registry=self.registry,
        )
        self.commit_seconds = Buckets(
            "coachline_commit_seconds", "One transaction, fsync included", SECONDS, registry=self.registry
        )
        self.journal_depth = Gauge(
            "coachline_journal_waiting", "Appends waiting, and streams that decide first", registry=self.registry
        )
        self.under_way = Gauge("coachline_commands_under_way", "Commands not answered yet", registry=self.registry)
        self.admitted = Gauge(
            "coachline_commands_admitted",
            "Commands that may be under way at once; follows how long they take",
            registry=self.registry,
        )
        self.swept = Counter(
            "coachline_swept_revisions",
            "Revisions that the sweep found untold: written by another process, or missed",
            registry=self.registry,
        )
        self.stream_actors = Gauge("coachline_stream_actors", "Streams awake", registry=self.registry)
        self.out_peak_bytes = Gauge(
            "coachline_out_peak_bytes", "Most bytes that ever waited for one reader", registry=self.registry
        )

        self._out_peak = 0

    def out_peak(self, size: int) -> None:
        """One reader had this many bytes waiting at once."""
        self._out_peak = max(self._out_peak, size)
        self.out_peak_bytes.set(self._out_peak)

    def text(self) -> bytes:
        """The exposition, as `/metrics` shows it."""
        return generate_latest(self.registry)
