"""What the API counts, in the form that Prometheus reads. No texts, no users, no keys: names, numbers and times."""

from collections import Counter as Counts
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from emotion.prediction import Predictions

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_TEXTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The counters of one API; each has a registry of its own, so that several may live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self.requests = Counter(
            "emotion_requests", "Requests answered.", ["path", "method", "status"], registry=registry
        )
        self.seconds = Histogram(
            "emotion_request_seconds", "From a request's head to the end of its answer.", ["path"],
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self.refused = Counter("emotion_refused", "Requests refused, by reason.", ["reason"], registry=registry)
        self.texts = Counter("emotion_texts", "Texts predicted.", ["model", "role"], registry=registry)
        self.emotions = Counter(
            "emotion_predictions", "Texts by what was felt; none where nothing is.", ["emotion"], registry=registry
        )
        self.records = Counter("emotion_records", "Records read, by what they were.", ["kind"], registry=registry)
        self.batch = Histogram(
            "emotion_batch_texts", "Texts that were predicted together.", buckets=_TEXTS, registry=registry
        )
        self.batch_seconds = Histogram(
            "emotion_batch_seconds", "Time of one prediction.", buckets=_SECONDS, registry=registry
        )
        self.waiting = Gauge("emotion_waiting_texts", "Words that wait to be predicted.", registry=registry)
        self.held = Gauge(
            "emotion_held_bytes", "Bytes of bodies held now, and of answers not sent yet.", registry=registry
        )
        self.swaps = Counter("emotion_swaps", "Attempts to exchange the model.", ["outcome"], registry=registry)
        self.shadow = Counter(
            "emotion_shadow_texts", "Texts that the shadow predicted too.", ["outcome"], registry=registry
        )
        self.drift = Gauge(
            "emotion_drift", "What the latest texts show, and what the bundle was measured with.",
            ["model", "role", "measure", "side"], registry=registry,
        )  # fmt: skip
        self.drifting = Gauge(
            "emotion_drifting", "1 where a measure is far from the bundle's.", ["model", "role", "measure"],
            registry=registry,
        )  # fmt: skip

    def predicted(self, predictions: Predictions, role: str) -> None:
        """Count what was answered."""
        self.texts.labels(predictions.model, role).inc(len(predictions))
        best = np.where(predictions.felt, predictions.best, -1)
        for place, texts in Counts(best.tolist()).items():
            self.emotions.labels("none" if place < 0 else predictions.labels[place]).inc(texts)

    def exchanged(self) -> None:
        """Other models answer from now on: what the earlier ones showed is over."""
        self.swaps.labels("exchanged").inc()
        self.drift.clear()
        self.drifting.clear()

    def families(self) -> list[Metric]:
        """All of it as it stands, to be sent elsewhere."""
        return list(self.registry.collect())

    def text(self) -> bytes:
        """All of it as Prometheus reads it."""
        return generate_latest(self.registry)


def exposed(parts: Mapping[str, Sequence[Metric]]) -> bytes:
    """What several replicas counted, each under its name as the label `replica`, as Prometheus reads it."""
    return generate_latest(_Together(parts))


class _Together(Collector):
    def __init__(self, parts: Mapping[str, Sequence[Metric]]) -> None:
        self._parts = parts

    def collect(self) -> Iterable[Metric]:
        """Each family once, with the samples of all."""
        found: dict[str, Metric] = {}
        for replica, families in self._parts.items():
            for one in families:
                family = found.setdefault(one.name, Metric(one.name, one.documentation, one.type, one.unit))
                family.samples += [
                    sample._replace(labels={**sample.labels, "replica": replica}) for sample in one.samples
                ]
        return found.values()
