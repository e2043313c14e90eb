"""Each loss against its formula by hand, and which rows and labels teach which head."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from emotion.models.config import HeadConfig
from emotion.sets.labelled import LabelledSet, several, single
from emotion.text.encoder import Encoder
from emotion.text.rules import Rules
from emotion.text.vocabulary import Vocabulary
from emotion.training.loop.examples import Lesson, examples
from emotion.training.loop.loss import HeadLoss, LossConfig, class_weights, masked_loss
from emotion.training.loop.stages import head_losses
from emotion.training.recipe import check
from emotion.training.targets import TeachConfig, head_targets
from tests.training.made_sets import recipe

SIX = HeadConfig(name="emotion", kind="softmax", labels=("anger", "fear", "joy"), primary=True)
MANY = HeadConfig(name="profile", kind="sigmoid", labels=("anger", "calm"))
BINARY = HeadConfig(name="felt", kind="binary", labels=("calm", "felt"))

LOGITS = [1.0, 2.0, 0.0]
Z = math.log(sum(math.exp(logit) for logit in LOGITS))
CHANCES = [math.exp(logit - Z) for logit in LOGITS]


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def loss_of(head: HeadConfig, logits: list[float], targets: list[float], **config: Any) -> float:
    weights = config.pop("given", None)
    loss = HeadLoss(head, LossConfig.model_validate(config), None if weights is None else torch.tensor(weights))
    return loss.rows(torch.tensor([logits]), torch.tensor([targets])).item()


# Formulas


def test_softmax_loss_against_soft_targets() -> None:
    found = HeadLoss(SIX).rows(torch.tensor([LOGITS]), torch.tensor([[0.5, 0.5, 0.0]])).item()
    assert found == pytest.approx(-(0.5 * (1 - Z) + 0.5 * (2 - Z)))


def test_sigmoid_loss_is_the_mean_over_labels() -> None:
    loss = HeadLoss(MANY).rows(torch.tensor([[0.0, 2.0]]), torch.tensor([[1.0, 0.0]]))
    assert loss.item() == pytest.approx((np.log(2) + np.log(1 + np.exp(2))) / 2)


def test_sigmoid_loss_takes_soft_targets_as_they_are() -> None:
    one, two = sigmoid(0.5), sigmoid(-1.0)
    by_hand = -(0.7 * math.log(one) + 0.3 * math.log(1 - one) + 0.1 * math.log(two) + 0.9 * math.log(1 - two)) / 2
    assert loss_of(MANY, [0.5, -1.0], [0.7, 0.1]) == pytest.approx(by_hand)


def test_binary_loss_speaks_for_the_second_label() -> None:
    loss = HeadLoss(BINARY).rows(torch.tensor([[2.0], [2.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    assert loss.tolist() == pytest.approx([np.log(1 + np.exp(-2)), np.log(1 + np.exp(2))])


def test_label_smoothing() -> None:
    by_hand = -sum((0.9 * (place == 1) + 0.1 / 3) * math.log(p) for place, p in enumerate(CHANCES))
    assert loss_of(SIX, LOGITS, [0, 1, 0], smoothing=0.1) == pytest.approx(by_hand)
    p = sigmoid(0.5)
    by_hand = -(0.95 * math.log(p) + 0.05 * math.log(1 - p))
    assert loss_of(BINARY, [0.5], [0, 1], smoothing=0.1) == pytest.approx(by_hand)


def test_class_weights_multiply_what_each_label_adds() -> None:
    by_hand = -(2 * 0.5 * math.log(CHANCES[0]) + 3 * 0.5 * math.log(CHANCES[1]))
    assert loss_of(SIX, LOGITS, [0.5, 0.5, 0], given=[2.0, 3.0, 1.0]) == pytest.approx(by_hand)
    by_hand = -(4 * math.log(sigmoid(0.5)) + math.log(1 - sigmoid(-1.0))) / 2
    assert loss_of(MANY, [0.5, -1.0], [1, 0], given=[4.0, 5.0]) == pytest.approx(by_hand)
    assert loss_of(BINARY, [0.5], [1, 0], given=[4.0, 5.0]) == pytest.approx(-4 * math.log(1 - sigmoid(0.5)))


def test_focal_loss() -> None:
    assert loss_of(SIX, LOGITS, [0, 1, 0], focal=2) == pytest.approx(-((1 - CHANCES[1]) ** 2) * math.log(CHANCES[1]))
    yes, no = sigmoid(0.5), sigmoid(-1.0)
    by_hand = -((1 - yes) ** 1.5 * math.log(yes) + no**1.5 * math.log(1 - no)) / 2
    assert loss_of(MANY, [0.5, -1.0], [1, 0], focal=1.5) == pytest.approx(by_hand)


def test_asymmetric_loss() -> None:
    yes, shifted = sigmoid(0.5), sigmoid(-1.0) - 0.1
    by_hand = -((1 - yes) * math.log(yes) + shifted**3 * math.log(1 - shifted)) / 2
    config = {"positive": 1, "negative": 3, "margin": 0.1}
    assert loss_of(MANY, [0.5, -1.0], [1, 0], asymmetric=config) == pytest.approx(by_hand, rel=1e-5)
    assert loss_of(BINARY, [-5.0], [1, 0], asymmetric=config) == pytest.approx(0, abs=1e-6)  # below the margin


@pytest.mark.parametrize("config", [{"focal": 2}, {"asymmetric": {}}, {"smoothing": 0.1}, {"focal": 0.5}])
@pytest.mark.parametrize("head", [SIX, MANY], ids=["softmax", "sigmoid"])
def test_the_gradient_is_finite_where_the_model_is_sure(head: HeadConfig, config: dict[str, Any]) -> None:
    logits = torch.tensor([[80.0, -80.0, 0.0][: len(head.labels)]] * 2, requires_grad=True)
    targets = torch.eye(2, len(head.labels))
    torch.autograd.backward(HeadLoss(head, LossConfig.model_validate(config)).rows(logits, targets).sum())
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_focal_and_asymmetric_are_not_both() -> None:
    with pytest.raises(ValidationError, match="name one of them"):
        LossConfig.model_validate({"focal": 1, "asymmetric": {}})


def test_balanced_weights() -> None:
    balanced = LossConfig(weights="balanced")
    targets = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]], np.float32)
    weights = np.array([1, 1, 1, 1, 0], np.float32)  # the last row is masked
    found = class_weights(SIX, balanced, targets, weights)
    assert found is not None
    assert found.tolist() == pytest.approx([4 / (3 * 3), 4 / (3 * 1), 1])
    found = class_weights(MANY, balanced, targets[:, :2], weights)
    assert found is not None
    assert found.tolist() == pytest.approx([1 / 3, 3])
    given = class_weights(SIX, LossConfig(weights={"joy": 2.0}), targets, weights)
    assert given is not None
    assert given.tolist() == [1, 1, 2]
    assert class_weights(SIX, LossConfig(), targets, weights) is None


# Masks


def test_masked_rows_add_nothing_and_weights_multiply() -> None:
    logits = {"profile": torch.tensor([[0.0, 0.0], [9.0, 9.0]], requires_grad=True)}
    targets = {"profile": torch.zeros(2, 2)}
    loss = masked_loss({"profile": MANY}, logits, targets, {"profile": torch.tensor([3.0, 0.0])})
    assert loss.item() == pytest.approx(3 * np.log(2) / 2)
    torch.autograd.backward(loss)
    gradient = logits["profile"].grad
    assert gradient is not None
    assert gradient[0].abs().sum() > 0
    assert gradient[1].abs().sum() == 0


def test_masked_labels_add_nothing() -> None:
    logits = {"profile": torch.tensor([[0.0, 5.0], [1.0, 0.0]], requires_grad=True)}
    weights = {"profile": torch.tensor([[1.0, 0.0], [1.0, 2.0]])}
    loss = masked_loss({"profile": MANY}, logits, {"profile": torch.tensor([[1.0, 1.0], [0.0, 1.0]])}, weights)
    by_hand = (math.log(2) + math.log(1 + math.e) + 2 * math.log(2)) / 2 / 2
    assert loss.item() == pytest.approx(by_hand)
    torch.autograd.backward(loss)
    gradient = logits["profile"].grad
    assert gradient is not None
    assert (gradient != 0).tolist() == [[True, False], [True, True]]


def test_weights_of_rows_and_of_labels_agree_where_all_labels_are_told() -> None:
    logits, targets = {"profile": torch.randn(3, 2)}, {"profile": torch.rand(3, 2)}
    rows = torch.tensor([1.0, 0.5, 0.0])
    by_row = masked_loss({"profile": MANY}, logits, targets, {"profile": rows})
    by_label = masked_loss({"profile": MANY}, logits, targets, {"profile": rows[:, None].repeat(1, 2)})
    assert by_label.item() == pytest.approx(by_row.item())


# What a set teaches a head


def test_targets_of_a_softmax_head_are_shares_of_its_labels() -> None:
    rows = several(["x", "y", "z"], [["joy", "fear", "trust"], ["trust"], ["anger"]])
    targets, weights = head_targets(SIX, rows)
    assert targets.tolist() == [[0, 0.5, 0.5], [0, 0, 0], [1, 0, 0]]
    assert weights.tolist() == [1, 0, 1]


def test_soft_targets_of_a_softmax_head_are_made_a_distribution() -> None:
    rows = LabelledSet(("joy", "anger", "trust"), ["x", "y"], np.array([[0.3, 0.1, 0.9], [0, 0, 1]], np.float32))
    targets, weights = head_targets(SIX, rows)
    assert targets[0].tolist() == pytest.approx([0.25, 0, 0.75])
    assert weights.tolist() == [1, 0]


def test_soft_targets_of_a_sigmoid_head_stay() -> None:
    rows = LabelledSet(("calm", "anger"), ["x"], np.array([[0.25, 0.75]], np.float32), multi=True)
    targets, weights = head_targets(MANY, rows)
    assert (targets.tolist(), weights.tolist()) == ([[0.75, 0.25]], [1])


def test_a_sigmoid_head_needs_a_set_that_knows_all_its_labels() -> None:
    targets, weights = head_targets(MANY, several(["x", "y"], [["anger", "calm"], []]))
    assert (targets.tolist(), weights.tolist()) == ([[1, 1], [0, 0]], [1, 1])
    assert head_targets(MANY, single(["x", "y"], ["anger", "joy"]))[1].tolist() == [0, 0]


def test_a_set_that_knows_some_labels_may_teach_these() -> None:
    rows = single(["x", "y"], ["anger", "joy"])
    targets, weights = head_targets(MANY, rows, TeachConfig(labels="known"))
    assert (targets.tolist(), weights.tolist()) == ([[1, 0], [0, 0]], [[1, 0], [1, 0]])


def test_one_label_a_text_may_teach_that_it_is_there_and_nothing_of_others() -> None:
    rows = single(["x", "y", "z"], ["anger", "joy", "calm"])
    targets, weights = head_targets(MANY, rows, TeachConfig(labels="positive", weight=0.5))
    assert (targets.tolist(), weights.tolist()) == ([[1, 0], [0, 0], [0, 1]], [[0.5, 0], [0, 0], [0, 0.5]])


@pytest.mark.parametrize("labels", ["all", "known", "positive"])
def test_neutral_rows_teach_an_empty_profile(labels: Any) -> None:
    rows = single(["x", "y"], ["neutral", "positive"])
    targets, weights = head_targets(MANY, rows, TeachConfig(labels=labels, empty=("neutral",)))
    told = np.broadcast_to(weights.reshape(2, -1), (2, 2))
    assert (targets.tolist(), told.tolist()) == ([[0, 0], [0, 0]], [[1, 1], [0, 0]])


def test_labels_are_renamed_for_a_head() -> None:
    rows = single(["x", "y", "z", "w"], ["negative", "positive", "neutral", "other"])
    teach = TeachConfig(map={"negative": "felt", "positive": "felt", "neutral": "calm"})
    targets, weights = head_targets(BINARY, rows, teach)
    assert (targets.tolist(), weights.tolist()) == ([[0, 1], [0, 1], [1, 0], [0, 0]], [1, 1, 1, 0])
    assert head_targets(BINARY, rows)[1].tolist() == [0, 0, 0, 0]


def test_a_binary_head_learns_from_a_set_with_its_two_labels() -> None:
    targets, weights = head_targets(BINARY, single(["x", "y", "z"], ["calm", "felt", "other"]))
    assert (targets.tolist(), weights.tolist()) == ([[1, 0], [0, 1], [0, 0]], [1, 1, 0])


def test_a_binary_head_learns_from_the_scores_of_its_second_label() -> None:
    rows = LabelledSet(("felt", "joy"), ["x", "y"], np.array([[0.75, 1], [0, 0]], np.float32), multi=True)
    targets, weights = head_targets(BINARY, rows)
    assert (targets.tolist(), weights.tolist()) == ([[0.25, 0.75], [1, 0]], [1, 1])


def test_sets_bring_their_weight_to_the_heads_that_they_teach() -> None:
    one, two = single(["a"], ["joy"]), several(["b", "c"], [["anger", "calm"], ["calm"]])
    data = examples(
        Encoder(Rules(), Vocabulary.build([["a"]])),
        [Lesson(one, weight=2.0), Lesson(two, weight=0.5, heads=("profile",))],
        {"emotion": SIX, "profile": MANY},
    )
    assert data.weights["emotion"].tolist() == [2.0, 0, 0]
    assert data.weights["profile"].tolist() == [0, 0.5, 0.5]


def test_balanced_counts_what_an_epoch_draws_of_each_set() -> None:
    losses = {"emotion": {"weights": "balanced"}, "profile": {"weights": "balanced"}}
    given = check(recipe(losses=losses), "tiny")
    teach = {"profile": TeachConfig(labels="known")}

    def weights(many: int, sample: int | None) -> list[float]:
        few = single(["x"] * 5, ["anger"] * 5)
        rest = single(["y"] * many, ["anger", "fear", "fear", "fear"] * (many // 4))
        lessons = [Lesson(few, teach=teach), Lesson(rest, teach=teach, sample=sample)]
        encoder = Encoder(Rules(), Vocabulary.build([["x"]]))
        data = examples(encoder, lessons, {head.name: head for head in given.all_heads})
        found = head_losses(given, data, torch.device("cpu"))
        return [float(weight) for loss in found.values() if loss.weights is not None for weight in loss.weights]

    assert weights(400, sample=20) == pytest.approx(weights(20, sample=None), rel=1e-4)


def test_sets_that_tell_whole_rows_and_single_labels_stand_side_by_side() -> None:
    whole, part = several(["b", "c"], [["anger", "calm"], []]), single(["a"], ["anger"])
    lessons = [Lesson(whole), Lesson(part, weight=3.0, teach={"profile": TeachConfig(labels="positive")})]
    data = examples(Encoder(Rules(), Vocabulary.build([["a"]])), lessons, {"profile": MANY})
    assert data.weights["profile"].tolist() == [[1, 1], [1, 1], [3, 0]]
    assert data.targets["profile"].tolist() == [[1, 1], [0, 0], [1, 0]]
