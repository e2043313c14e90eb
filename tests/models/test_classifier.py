"""The whole network: every way to build it, padding, pooling, dropout, and the fast form used on CPU."""

from itertools import chain, combinations, product

import pytest
import torch
from torch import Tensor

from emotion.models.classifier import Classifier, Output
from emotion.models.config import HeadConfig, ModelConfig, Pooling
from emotion.models.scan.classifier import ScanClassifier
from emotion.text.vocabulary import PAD, UNKNOWN
from tests.models.made import EMOTIONS, HEADS, config, padded

WAYS: tuple[Pooling, ...] = ("last", "mean", "max", "attention")
POOLINGS = list(chain.from_iterable(combinations(WAYS, count) for count in range(1, 5)))
CELLS = list(product(("lstm", "gru"), (True, False), (1, 2)))
TEXTS = [[2, 3, 4, 5, 6, 7, 8], [9], [3, 3, 1], [2, 3, 4, 5, 6, 7, 9]]


def network(model: ModelConfig, seed: int = 0) -> Classifier:
    torch.manual_seed(seed)
    return Classifier(model, HEADS, 12).eval()


def assert_same(one: Output, other: Output, tolerance: float = 1e-6) -> None:
    for name, logits in one.logits.items():
        torch.testing.assert_close(logits, other.logits[name], atol=tolerance, rtol=0)
    if one.attention is None or other.attention is None:
        assert one.attention is other.attention
    else:
        torch.testing.assert_close(one.attention, other.attention, atol=tolerance, rtol=0)


@pytest.mark.parametrize(("cell", "bidirectional", "layers"), CELLS)
@pytest.mark.parametrize("pooling", POOLINGS, ids="+".join)
def test_every_configuration_runs_the_same_alone_padded_and_scanned(
    cell: str, bidirectional: bool, layers: int, pooling: tuple[Pooling, ...]
) -> None:
    for dense in (0, 6):
        model = config(cell=cell, bidirectional=bidirectional, layers=layers, pooling=pooling, dense=dense)
        classifier = network(model)
        with torch.inference_mode():
            together = classifier(*padded(TEXTS))
            alone = [classifier(*padded([text])) for text in TEXTS]
        for name, logits in together.logits.items():
            torch.testing.assert_close(logits, torch.cat([out.logits[name] for out in alone]), atol=1e-6, rtol=0)
        scan = ScanClassifier(network(model), compiled=False)
        with torch.inference_mode():
            assert_same(together, scan(*padded(TEXTS)))
            scan.expect(1000)
            assert_same(together, scan(*padded(TEXTS)))


def test_outputs_have_the_shapes_they_say() -> None:
    binary = HeadConfig(name="sign", kind="binary", labels=("no", "yes"))
    output = Classifier(config(), [*HEADS, binary], 12)(*padded(TEXTS))
    assert {name: tuple(logits.shape) for name, logits in output.logits.items()} == {
        "emotion": (4, 3),
        "profile": (4, 2),
        "sign": (4, 1),
    }
    assert output.attention is not None
    assert output.attention.shape == (4, 2, 7)


def test_penalty_comes_with_the_output() -> None:
    output = network(config())(*padded(TEXTS))
    assert output.attention is not None
    by_hand = [(a @ a.T - torch.eye(2)).square().sum() for a in output.attention]
    torch.testing.assert_close(output.penalty, torch.stack(by_hand).mean())
    assert network(config(pooling=("max",)))(*padded(TEXTS)).penalty == 0


def pool(way: Pooling) -> Tensor:
    """What the heads get from states (T = 3, B = 2, width 8) counted up from 0, for lengths 3 and 2."""
    classifier = network(config(pooling=(way,)))
    states = torch.arange(48.0).view(3, 2, 8)
    features: list[Tensor] = []
    classifier.heads[0].register_forward_pre_hook(lambda _, inputs: features.append(inputs[0]))
    classifier.read(states, torch.tensor([3, 2]))
    return features[0]


def test_mean_and_max_leave_padding_out() -> None:
    first, second = torch.arange(8.0), torch.arange(8.0) + 8
    torch.testing.assert_close(pool("mean"), torch.stack((first + 16, second + 8)))
    torch.testing.assert_close(pool("max"), torch.stack((first + 32, second + 16)))


def test_last_takes_the_end_of_each_direction() -> None:
    # Ahead: the state at the last word; back: the state at the first.
    expected = [[32.0, 33, 34, 35, 4, 5, 6, 7], [24.0, 25, 26, 27, 12, 13, 14, 15]]
    assert pool("last").tolist() == expected


def test_vectors_start_the_embedding_and_padding_stays_zero() -> None:
    vectors = torch.randn(12, 5)
    classifier = Classifier(config(), HEADS, 12, vectors)
    assert torch.equal(classifier.embedding.weight[1:], vectors[1:])
    assert classifier.embedding.weight[PAD].count_nonzero() == 0
    with pytest.raises(ValueError, match=r"vectors are \(3, 5\)"):
        Classifier(config(), HEADS, 12, vectors[:3])


def test_word_dropout_takes_words_while_training_and_never_padding() -> None:
    classifier = network(config(word_dropout=0.5))
    ids, _ = padded([[5] * 40, [5]])
    assert torch.equal(classifier._drop_words(ids), ids)
    dropped = classifier.train()._drop_words(ids)
    assert set(dropped[0].tolist()) == {UNKNOWN, 5}
    assert dropped[1, 1:].count_nonzero() == 0


@pytest.mark.parametrize("which", ["embedding_dropout", "word_dropout", "head_dropout"])
def test_dropouts_act_in_training_only(which: str) -> None:
    classifier = network(config(**{which: 0.5}))
    inputs = padded(TEXTS)
    assert torch.equal(classifier(*inputs).logits["emotion"], classifier(*inputs).logits["emotion"])
    classifier.train()
    assert not torch.equal(classifier(*inputs).logits["emotion"], classifier(*inputs).logits["emotion"])


def test_every_parameter_learns() -> None:
    classifier = Classifier(config(layers=2, dense=6, pooling=WAYS), HEADS, 12)
    output = classifier(*padded(TEXTS))
    (sum(logits.square().sum() for logits in output.logits.values()) + output.penalty).backward()
    assert [name for name, p in classifier.named_parameters() if p.grad is None or not p.grad.count_nonzero()] == []


def test_two_primary_heads_are_refused() -> None:
    with pytest.raises(ValueError, match="exactly one head must be primary"):
        Classifier(config(), [EMOTIONS, EMOTIONS.model_copy(update={"name": "other"})], 12)


def test_a_table_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotion.models.scan.classifier.TABLE_BYTES", 100)
    scan = ScanClassifier(network(config()))
    scan.expect(10**6)
    assert scan._table is None
