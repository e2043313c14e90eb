"""From logits to scores, profile, emotions, felt and ambiguous, for every kind of head."""

import numpy as np
import torch
from numpy.testing import assert_allclose, assert_array_equal

from emotion.models.batches import Batches
from emotion.models.config import Felt, HeadConfig
from emotion.predictor import Predictor
from tests.models.made import EMOTIONS, HEADS, PROFILE, bundle, texts

CPU = torch.device("cpu")


def logits_of(predict: Predictor, text: str) -> dict[str, torch.Tensor]:
    batches = Batches(predict.encode([text]), 1, 100, CPU)
    logits, _ = predict._compute(batches)
    return logits


def test_scores_are_calibrated_probabilities() -> None:
    cool = EMOTIONS.model_copy(update={"temperature": 2.0})
    predict = Predictor(bundle(heads=(cool, PROFILE)))
    logits = logits_of(predict, "good day")
    found = predict(["good day"])
    assert_allclose(found.scores[0], torch.softmax(logits["emotion"][0] / 2, dim=0), atol=1e-6)
    assert_allclose(found.profile[0], torch.sigmoid(logits["profile"][0]), atol=1e-6)


def test_emotions_are_those_at_their_thresholds() -> None:
    found = Predictor(bundle())(texts(50))
    assert_array_equal(found.emotions, found.profile >= np.array([0.5, 0.4], np.float32))
    assert 0 < found.emotions.mean() < 1


def test_ambiguous_is_a_small_margin() -> None:
    found = Predictor(bundle())(texts(200))
    ordered = np.sort(found.scores, axis=1)
    assert_array_equal(found.ambiguous, ordered[:, -1] - ordered[:, -2] < 0.1)
    assert 0 < found.ambiguous.mean() < 1


def test_without_a_profile_felt_is_the_best_score_of_the_primary_head() -> None:
    found = Predictor(bundle(heads=(EMOTIONS,), felt=Felt(threshold=0.45)))(texts(50))
    assert found.profile.shape == found.emotions.shape == (50, 0)
    assert_array_equal(found.felt, found.scores.max(axis=1) >= np.float32(0.45))
    assert 0 < found.felt.mean() < 1


def test_a_binary_head_gives_two_scores() -> None:
    sign = HeadConfig(name="sign", kind="binary", labels=("negative", "positive"), primary=True)
    predict = Predictor(bundle(heads=(sign,)))
    found, logit = predict(["good day"]), logits_of(predict, "good day")["sign"][0]
    assert found.labels == ("negative", "positive")
    assert_allclose(found.scores[0], torch.cat((1 - logit.sigmoid(), logit.sigmoid())), atol=1e-6)


def test_a_sigmoid_head_can_be_primary() -> None:
    both = PROFILE.model_copy(update={"primary": True})
    found = Predictor(bundle(heads=(both,)))(texts(20))
    assert found.labels == found.profile_labels == ("joy", "trust")
    assert_allclose(found.scores, found.profile / found.profile.sum(axis=1, keepdims=True), atol=1e-6)


def test_felt_may_have_a_binary_head_of_its_own() -> None:
    moved = HeadConfig(name="moved", kind="binary", labels=("no", "yes"))
    predict = Predictor(bundle(heads=(*HEADS, moved), felt=Felt(head="moved")))
    many = texts(50)
    logits = np.array([logits_of(predict, text)["moved"].item() for text in many])
    threshold = float(1 / (1 + np.exp(-np.median(logits))))
    predict = Predictor(bundle(heads=(*HEADS, moved), felt=Felt(head="moved", threshold=threshold)))
    assert predict(many).felt.tolist() == (logits >= np.median(logits)).tolist()
