"""Numbers for Prometheus, summed over all workers.

Workers write them into small memory-mapped files of one directory, one set per worker number; whoever is asked for
/metrics adds them up. A worker number is used again when its worker is gone, so the files do not pile up and counters
only grow. No label ever holds a user, a path or anything else a client can choose.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from sogo.http.context import RequestContext
from sogo.http.limits import SUPPORTED_METHODS

DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_STATEMENTS = (0, 1, 2, 3, 5, 8, 13, 21, 50, 100)


Numbers = Mapping[tuple[str, ...], float]
"""A number for each set of values of the labels; without labels, one under ()."""


@dataclass(frozen=True, slots=True)
class Sampler:
    """Numbers of another part, such as the connections of each database: asked every few seconds, summed over the
    workers. The name goes without prefix; a `total` only grows."""

    name: str
    meaning: str
    ask: Callable[[], Numbers]
    labels: tuple[str, ...] = ()
    total: bool = False


class Metrics:
    """What one process counts. Without a directory the numbers stay in this process."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self, directory: Path | None = None, number: int = 0) -> None:
        self._directory = directory
        if directory is not None:
            share(directory, number)
        self._registry = CollectorRegistry()
        own = self._registry
        self.requests = Histogram(
            "sogo_http_request_seconds",
            "Time from the head of a request to the end of its answer.",
            ("face", "method", "status"),
            buckets=_SECONDS,
            registry=own,
        )
        self.statements = Histogram(
            "sogo_sql_statements_per_request", "SQL statements.", ("face",), buckets=_STATEMENTS, registry=own
        )
        self.sent = Counter("sogo_http_sent_bytes", "Bytes of the bodies of answers.", ("face",), registry=own)
        self.running = Gauge("sogo_http_running", "Requests at work.", multiprocess_mode="livesum", registry=own)
        self.parked = Gauge("sogo_http_parked", "Long polls being held.", multiprocess_mode="livesum", registry=own)
        self.resident = Gauge(
            "sogo_worker_resident_bytes", "Memory of all workers.", multiprocess_mode="livesum", registry=own
        )
        self.worker_ends = Counter("sogo_worker_ends", "Workers that ended, by reason.", ("reason",), registry=own)
        self._samplers: list[tuple[Sampler, Gauge | Counter]] = []
        self._children: dict[tuple[str, str, int], tuple[Histogram, Histogram, Counter]] = {}
        self._told: dict[tuple[str, tuple[str, ...]], float] = {}

    def observe(self, context: RequestContext, status: int, sent_bytes: int) -> None:
        """Count one finished request."""
        face, method = context.face, context.method if context.method in SUPPORTED_METHODS else "other"
        kind = (face, method, status // 100)
        found = self._children.get(kind)
        if found is None:  # as few as there are faces, methods and hundreds
            requests = self.requests.labels(face, method, f"{status // 100}xx")
            found = self._children[kind] = (requests, self.statements.labels(face), self.sent.labels(face))
        requests, statements, sent = found
        requests.observe(context.seconds)
        statements.observe(context.sql_statements)
        if sent_bytes:
            sent.inc(sent_bytes)

    def add_samplers(self, samplers: Iterable[Sampler]) -> None:
        for one in samplers:
            name, own = f"sogo_{one.name}", self._registry
            metric: Gauge | Counter = (
                Counter(name, one.meaning, one.labels, registry=own)
                if one.total
                else Gauge(name, one.meaning, one.labels, multiprocess_mode="livesum", registry=own)
            )
            self._samplers.append((one, metric))

    def sample(self) -> None:
        """Ask the samplers."""
        for sampler, metric in self._samplers:
            for labels, number in sampler.ask().items():
                child = metric.labels(*labels) if labels else metric
                if isinstance(child, Gauge):
                    child.set(number)
                else:
                    child.inc(number - self._told.get((sampler.name, labels), 0.0))
                    self._told[sampler.name, labels] = number

    def render(self) -> bytes:
        """The text Prometheus reads, of all processes that share the directory. Reads files."""
        if self._directory is None:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(self._directory))  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def share(directory: Path, number: int) -> None:
    """Make metrics created from now on in this process write to `directory`, under `number`: no two live processes may
    have the same."""
    os.environ[DIRECTORY_VARIABLE] = str(directory)
    values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]


def empty(directory: Path) -> None:
    """Make the directory, without the numbers of an earlier run."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in directory.glob("*.db"):
        file.unlink(missing_ok=True)


def forget(directory: Path, number: int) -> None:
    """Drop what a dead worker said about its present state; what it counted stays."""
    mark_process_dead(number, path=str(directory))  # type: ignore[no-untyped-call]
