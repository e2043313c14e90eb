"""Loss, batches, optimiser and loop: what learns, what is masked, which epoch is kept."""

import numpy as np
import pytest
import torch

from emotion.errors import ConfigError
from emotion.models.classifier import Classifier
from emotion.models.config import HeadConfig, ModelConfig
from emotion.models.encoded import Texts, encode
from emotion.sets.labelled import several, single
from emotion.text.encoder import Encoder
from emotion.text.rules import Rules
from emotion.text.vocabulary import UNKNOWN, Vocabulary
from emotion.training.examples import Examples, batches, examples, head_targets
from emotion.training.loop import fit
from emotion.training.loss import head_loss, masked_loss
from emotion.training.optimiser import Average, Optimiser, OptimiserConfig
from emotion.training.recipe import StageConfig
from emotion.training.watcher import Silence

SIX = HeadConfig(name="emotion", kind="softmax", labels=("anger", "fear", "joy"), primary=True)
MANY = HeadConfig(name="profile", kind="sigmoid", labels=("anger", "calm"))
BINARY = HeadConfig(name="felt", kind="binary", labels=("nothing", "felt"))


def encoder(*words: str) -> Encoder:
    return Encoder(Rules(), Vocabulary.build([list(words)]))


def network(heads: tuple[HeadConfig, ...] = (SIX, MANY)) -> Classifier:
    torch.manual_seed(0)
    config = ModelConfig(embedding_dim=4, hidden=4, attention_dim=4, attention_hops=2)
    return Classifier(config, heads, 10)


def taught(heads: tuple[HeadConfig, ...] = (SIX, MANY)) -> Examples:
    rows = single(["a b", "b c", "c d", "d a"] * 3, ["anger", "fear", "joy", "joy"] * 3)
    return examples(encoder("a", "b", "c", "d"), [(rows, 1.0, None)], {head.name: head for head in heads})


def test_softmax_loss_against_soft_targets() -> None:
    logits = torch.tensor([[1.0, 2.0, 0.0]])
    shares = torch.tensor([[0.5, 0.5, 0.0]])
    log_z = np.log(np.exp(1) + np.exp(2) + 1)
    assert head_loss(SIX, logits, shares).item() == pytest.approx(-(0.5 * (1 - log_z) + 0.5 * (2 - log_z)))


def test_sigmoid_loss_is_the_mean_over_labels() -> None:
    loss = head_loss(MANY, torch.tensor([[0.0, 2.0]]), torch.tensor([[1.0, 0.0]]))
    assert loss.item() == pytest.approx((np.log(2) + np.log(1 + np.exp(2))) / 2)


def test_binary_loss_speaks_for_the_second_label() -> None:
    loss = head_loss(BINARY, torch.tensor([[2.0], [2.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    assert loss.tolist() == pytest.approx([np.log(1 + np.exp(-2)), np.log(1 + np.exp(2))])


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


def test_a_head_does_not_move_on_rows_without_its_labels() -> None:
    model, data = network(), taught()
    before = [weight.detach().clone() for weight in model.heads[1].parameters()]
    other = model.heads[0].weight.detach().clone()  # type: ignore[operator]
    stage = StageConfig(sets=("made",), epochs=2, batch_size=4)
    fit(model, {"emotion": SIX, "profile": MANY}, data, stage, lambda _: {"select": 0.0}, rng(), Silence())
    assert all(torch.equal(old, new) for old, new in zip(before, model.heads[1].parameters(), strict=True))
    assert not torch.equal(other, model.heads[0].weight)  # type: ignore[arg-type]


def test_targets_of_a_softmax_head_are_shares_of_its_labels() -> None:
    rows = several(["x", "y", "z"], [["joy", "fear", "trust"], ["trust"], ["anger"]])
    targets, weights = head_targets(SIX, rows)
    assert targets.tolist() == [[0, 0.5, 0.5], [0, 0, 0], [1, 0, 0]]
    assert weights.tolist() == [1, 0, 1]


def test_a_sigmoid_head_needs_a_set_that_knows_all_its_labels() -> None:
    targets, weights = head_targets(MANY, several(["x", "y"], [["anger", "calm"], []]))
    assert (targets.tolist(), weights.tolist()) == ([[1, 1], [0, 0]], [1, 1])
    assert head_targets(MANY, single(["x", "y"], ["anger", "joy"]))[1].tolist() == [0, 0]


def test_a_binary_head_learns_from_a_set_with_its_two_labels() -> None:
    targets, weights = head_targets(BINARY, single(["x", "y", "z"], ["nothing", "felt", "other"]))
    assert (targets.tolist(), weights.tolist()) == ([[1, 0], [0, 1], [0, 0]], [1, 1, 0])


def test_sets_bring_their_weight_to_the_heads_that_they_teach() -> None:
    one, two = single(["a"], ["joy"]), several(["b", "c"], [["anger", "calm"], ["calm"]])
    heads = {"emotion": SIX, "profile": MANY}
    data = examples(encoder("a"), [(one, 2.0, None), (two, 0.5, ("profile",))], heads)
    assert data.weights["emotion"].tolist() == [2.0, 0, 0]
    assert data.weights["profile"].tolist() == [0, 0.5, 0.5]


def test_a_text_without_tokens_becomes_one_unknown_word() -> None:
    found = encode(encoder("a", "b"), ["", "a b", " "])
    assert found.ids.tolist() == [UNKNOWN, 2, 3, UNKNOWN]
    assert found.offsets.tolist() == [0, 1, 3, 4]


def test_a_batch_is_padded_on_the_right() -> None:
    ids, lengths = Texts(np.array([5, 6, 7, 8]), np.array([0, 1, 4])).batch(np.array([1, 0]))
    assert ids.tolist() == [[6, 7, 8], [5, 0, 0]]
    assert lengths.tolist() == [3, 1]


def test_an_epoch_holds_each_text_once_in_batches_of_like_length() -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 1000)
    found = Texts(np.zeros(lengths.sum(), np.int64), np.concatenate(([0], np.cumsum(lengths))))
    cut = list(batches(found, 16, np.random.default_rng(1)))
    assert sorted(np.concatenate(cut)) == list(range(1000))
    assert {len(rows) for rows in cut[:-1]} <= {16, 1000 % 16}
    padded = sum(len(rows) * lengths[rows].max() for rows in cut)
    assert padded < 1.1 * lengths.sum()
    again = list(batches(found, 16, np.random.default_rng(1)))
    assert all(np.array_equal(one, other) for one, other in zip(cut, again, strict=True))


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_early_stopping_restores_the_best_epoch() -> None:
    model, data = network(), taught()
    seen: list[dict[str, torch.Tensor]] = []
    qualities = [0.1, 0.5, 0.4, 0.3, 0.9]

    def quality(current: Classifier) -> dict[str, float]:
        seen.append({name: weight.clone() for name, weight in current.state_dict().items()})
        return {"select": qualities[len(seen) - 1]}

    stage = StageConfig(sets=("made",), epochs=5, batch_size=4, patience=2)
    history = fit(model, {"emotion": SIX, "profile": MANY}, data, stage, quality, rng(), Silence())
    assert [record["select"] for record in history] == [0.1, 0.5, 0.4, 0.3]
    assert all(torch.equal(weight, seen[1][name]) for name, weight in model.state_dict().items())
    assert any(not torch.equal(weight, seen[3][name]) for name, weight in model.state_dict().items())


def test_training_that_diverges_says_so() -> None:
    stage = StageConfig(sets=("made",), epochs=3, batch_size=4, optimiser=OptimiserConfig(learning_rate=1e30))
    with pytest.raises(ConfigError, match="diverged"):
        fit(network(), {"emotion": SIX}, taught(), stage, lambda _: {"select": 0.0}, rng(), Silence())


def test_a_stage_that_others_follow_keeps_its_last_epoch() -> None:
    model, data = network(), taught()
    seen: list[torch.Tensor] = []

    def quality(current: Classifier) -> dict[str, float]:
        seen.append(current.embedding.weight.clone())
        return {"select": -float(len(seen))}

    stage = StageConfig(sets=("made",), epochs=4, batch_size=4, patience=1)
    fit(model, {"emotion": SIX, "profile": MANY}, data, stage, quality, rng(), Silence(), keep_best=False)
    assert len(seen) == 4
    assert torch.equal(model.embedding.weight, seen[-1])


def test_the_gradient_is_clipped_and_the_rate_falls() -> None:
    model = network()
    optimiser = Optimiser(model, OptimiserConfig(learning_rate=0.1, clip=0.001), steps=10)
    ids, lengths = torch.tensor([[2, 3]]), torch.tensor([2])
    optimiser.step(1000 * model(ids, lengths).logits["emotion"].square().sum())
    norm = torch.stack([weight.grad.norm() for weight in optimiser.dense if weight.grad is not None]).norm()
    assert norm.item() == pytest.approx(0.001, rel=1e-3)
    assert optimiser.steps[0].param_groups[0]["lr"] == pytest.approx(0.09)


def test_a_frozen_embedding_stays() -> None:
    model = network()
    before = model.embedding.weight.detach().clone()
    optimiser = Optimiser(model, OptimiserConfig(embedding_rate=0), steps=10)
    optimiser.step(model(torch.tensor([[2, 3]]), torch.tensor([2])).logits["emotion"].square().sum())
    assert torch.equal(before, model.embedding.weight)


def test_the_average_follows_the_weights() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    average = Average(model, decay=0.5)
    with torch.no_grad():
        start = model.weight.item()
        model.weight.fill_(start + 1)
    for _ in range(4):
        average.update(model)
    behind = (1 / 11) * (2 / 12) * (3 / 13) * (4 / 14)
    assert average.state()["weight"].item() == pytest.approx(start + 1 - behind)
