"""What Prometheus reads at /metrics. The only place that knows its client library.

    metrics = Metrics()
    metrics.answered("search", 200, 0.012)
    metrics.polled("read", 0.8)
    metrics.text(facts)                     what is counted here, and what the database says

Counts of requests and polls are of this process and begin at 0 with it. All else is read from the database at each
look: it outlives a restart, and is the same whichever process polls.

No label holds a title, an address or anything else that a private feed or a reader would be known by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_ASKING = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_ROUNDS = (1, 5, 15, 30, 60, 120, 300, 600)

disable_created_metrics()  # type: ignore[no-untyped-call]


class Facts(Protocol):
    """What the database says."""

    @property
    def feeds(self) -> Mapping[str, int]:
        """By state."""

    @property
    def items(self) -> int: ...
    @property
    def stories(self) -> int: ...
    @property
    def threads(self) -> int: ...
    @property
    def editions(self) -> Mapping[str, int]:
        """By digest."""

    @property
    def last_editions(self) -> Mapping[str, datetime]:
        """When the newest of each digest was composed."""

    @property
    def deliveries(self) -> Mapping[str, int]:
        """By state."""

    @property
    def last_poll(self) -> datetime | None: ...
    @property
    def bytes(self) -> int:
        """Of the database file."""


class Metrics:
    """Counts since the process began; its functions are called from any thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Histogram(
            "digest_request_seconds", "Time to answer a request, by kind of page.", ("page", "status"),
            registry=self._registry, buckets=_ANSWERS,
        )  # fmt: skip
        self._polls = Counter(
            "digest_polls", "Feeds that were asked, by what came of it.", ("outcome",), registry=self._registry
        )
        self._asking = Histogram(
            "digest_poll_seconds", "Time for one feed, from the request to the stored items.",
            registry=self._registry, buckets=_ASKING,
        )  # fmt: skip
        self._rounds = Histogram(
            "digest_poll_round_seconds", "Time for all feeds that were due together, grouping included.",
            registry=self._registry, buckets=_ROUNDS,
        )  # fmt: skip

    def answered(self, page: str, status: int, seconds: float) -> None:
        self._answers.labels(page, str(status)).observe(seconds)

    def polled(self, outcome: str, seconds: float) -> None:
        """One feed was asked."""
        self._polls.labels(outcome).inc()
        self._asking.observe(seconds)

    def round_ended(self, seconds: float) -> None:
        """All that was due was asked, and it was something."""
        self._rounds.observe(seconds)

    def text(self, facts: Facts | None) -> bytes:
        """In the text format; without facts, when the database cannot be read, only what is counted here."""
        asked = CollectorRegistry()
        asked.register(_Read(facts))
        return generate_latest(asked) + generate_latest(self._registry)


class _Read:
    """The facts in the library's form."""

    def __init__(self, facts: Facts | None) -> None:
        self._facts = facts

    def collect(self) -> Iterable[Metric]:
        facts = self._facts
        yield _one("digest_up", "Whether the database could be read.", float(facts is not None))
        if facts is None:
            return
        yield _by("digest_feeds", "Subscriptions, by how they are.", "state", facts.feeds)
        yield _one("digest_items", "Items stored.", facts.items)
        yield _one("digest_stories", "Stories they were grouped into.", facts.stories)
        yield _one("digest_threads", "Threads that the stories were linked into.", facts.threads)
        yield _by("digest_editions", "Editions composed.", "digest", facts.editions)
        yield _by("digest_deliveries", "Deliveries, by state.", "state", facts.deliveries)
        yield _one("digest_database_bytes", "Size of the database file.", facts.bytes)
        if facts.last_poll is not None:
            yield _one("digest_last_poll_timestamp_seconds", "When a feed was last asked.", facts.last_poll.timestamp())
        times = {name: time.timestamp() for name, time in facts.last_editions.items()}
        yield _by("digest_last_edition_timestamp_seconds", "When the newest edition was composed.", "digest", times)


def _one(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=value)


def _by(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for one, value in sorted(values.items()):
        family.add_metric([one], value)
    return family
