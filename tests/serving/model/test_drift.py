"""Drift: what the latest texts show beside what the bundle was measured with."""

import logging

import pytest

from emotion.evaluation.observed import Observed, expected_of
from emotion.serving.api.metrics import Metrics
from emotion.serving.api.served import Role
from emotion.serving.model.drift import Drift, psi
from tests.serving.made import predictions_of

NAMES: tuple[str, Role] = ("m", "main")
LIKE = Observed(1000, 0.0, 0.8, 2.0, {"joy": 0.5, "anger": 0.5})


def far(drift: Drift) -> list[str]:
    return [measure["name"] for measure in drift.status()["measures"] if measure["drifting"]]


def texts(number: int, anger: int = 2) -> list[str]:
    return [f"{'anger' if i % anger == 0 else 'joy'} {i}" for i in range(number)]


def test_texts_like_those_of_the_bundle_do_not_drift() -> None:
    drift = Drift(LIKE, Metrics(), NAMES)
    drift.add(predictions_of(texts(600)))
    assert far(drift) == []
    assert drift.distances()["mix"] < 0.01


def test_another_mix_drifts_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()
    drift = Drift(LIKE, metrics, NAMES)
    with caplog.at_level(logging.WARNING, "emotion.serving"):
        for _ in range(5):
            drift.add(predictions_of(texts(600, anger=20)))
    assert far(drift) == ["mix"]
    assert len(caplog.records) == 1
    assert b'emotion_drifting{measure="mix",model="m",role="main"} 1.0' in metrics.text()


def test_models_beside_each_other_are_told_apart_and_an_exchange_forgets_them() -> None:
    metrics = Metrics()
    Drift(LIKE, metrics, NAMES).add(predictions_of(texts(600, anger=20)))
    Drift(LIKE, metrics, ("c", "canary")).add(predictions_of(texts(600)))
    assert b'emotion_drifting{measure="mix",model="m",role="main"} 1.0' in metrics.text()
    assert b'emotion_drifting{measure="mix",model="c",role="canary"} 0.0' in metrics.text()
    metrics.exchanged()
    assert b"emotion_drifting{" not in metrics.text()
    assert b"emotion_drift{" not in metrics.text()


def test_nothing_is_said_before_there_is_enough() -> None:
    drift = Drift(LIKE, Metrics(), NAMES, enough=100)
    drift.add(predictions_of(texts(99, anger=20)))
    assert drift.distances() == {}


def test_the_window_forgets() -> None:
    drift = Drift(LIKE, Metrics(), NAMES, window=500, enough=100)
    for _ in range(10):
        drift.add(predictions_of(texts(100, anger=1)))
    assert "mix" in far(drift)
    for _ in range(10):
        drift.add(predictions_of(texts(100)))
    assert far(drift) == []
    assert drift.status()["texts"] == 500


def test_a_bundle_without_statistics_says_so() -> None:
    drift = Drift(expected_of({}), Metrics(), NAMES)
    drift.add(predictions_of(texts(600)))
    assert "no statistics" in drift.status()["said"]
    assert drift.status()["measures"][0]["bundle"] is None
    assert expected_of({"expected": {"texts": "many"}}) is None


def test_equal_mixes_have_no_distance_and_others_have_some() -> None:
    assert psi({"a": 0.5, "b": 0.5}, {"b": 0.5, "a": 0.5}) == 0
    assert psi({"a": 0.9, "b": 0.1}, {"a": 0.5, "b": 0.5}) > 0.2
    assert psi({}, {"a": 1.0}) > 0.2
