"""The loop: what learns, what is masked, which epoch is kept, what does not move."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from emotion.errors import ConfigError
from emotion.models.classifier import Classifier
from emotion.models.config import HeadConfig, ModelConfig
from emotion.models.encoded import Texts, encode
from emotion.sets.labelled import single
from emotion.text.encoder import Encoder
from emotion.text.rules import Rules
from emotion.text.vocabulary import UNKNOWN, Vocabulary
from emotion.training.hardware import find_device, hardware
from emotion.training.loop.examples import Examples, Lesson, examples
from emotion.training.loop.fit import Quality, Record, Stage, fit
from emotion.training.loop.loss import HeadLoss
from emotion.training.recipe import OptimiserConfig, StageConfig
from emotion.training.watcher import Silence

SIX = HeadConfig(name="emotion", kind="softmax", labels=("anger", "fear", "joy"), primary=True)
MANY = HeadConfig(name="profile", kind="sigmoid", labels=("anger", "calm"))
HEADS = {"emotion": SIX, "profile": MANY}


def encoder(*words: str) -> Encoder:
    return Encoder(Rules(), Vocabulary.build([list(words)]))


def network(heads: tuple[HeadConfig, ...] = (SIX, MANY), **changes: Any) -> Classifier:
    torch.manual_seed(0)
    sizes = {"embedding_dim": 4, "hidden": 4, "attention_dim": 4, "attention_hops": 2}
    return Classifier(ModelConfig.model_validate(sizes | changes), heads, 10)


def taught() -> Examples:
    rows = single(["a b", "b c", "c d", "d a"] * 3, ["anger", "fear", "joy", "joy"] * 3)
    return examples(encoder("a", "b", "c", "d"), [Lesson(rows)], HEADS)


def nothing(_: Classifier) -> dict[str, float]:
    return {"select": 0.0}


def staged(
    model: Classifier,
    quality: Quality = nothing,
    keep_best: bool = True,
    random: np.random.Generator | None = None,
    **changes: Any,
) -> Stage:
    config = StageConfig.model_validate({"sets": ["made"], "batch_size": 4, "epochs": 2} | changes)
    losses = {name: HeadLoss(head) for name, head in HEADS.items()}
    random = random or np.random.default_rng(0)
    return Stage(model, losses, taught(), config, quality, random, Silence(), keep_best)


def trained(model: Classifier, quality: Quality = nothing, keep_best: bool = True, **changes: Any) -> list[Record]:
    return fit(staged(model, quality, keep_best, **changes))


def copied(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in model.state_dict().items()}


def moved(model: torch.nn.Module, before: dict[str, torch.Tensor]) -> set[str]:
    return {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}


def test_a_text_without_tokens_becomes_one_unknown_word() -> None:
    found = encode(encoder("a", "b"), ["", "a b", " "])
    assert found.ids.tolist() == [UNKNOWN, 2, 3, UNKNOWN]
    assert found.offsets.tolist() == [0, 1, 3, 4]


def test_a_batch_is_padded_on_the_right() -> None:
    ids, lengths = Texts(np.array([5, 6, 7, 8]), np.array([0, 1, 4])).batch(np.array([1, 0]))
    assert ids.tolist() == [[6, 7, 8], [5, 0, 0]]
    assert lengths.tolist() == [3, 1]


def test_the_last_state_under_padding_is_that_of_the_text_alone() -> None:
    model = network(pooling=("last",), layers=2, bidirectional=True, cell="gru").eval()
    texts = Texts(np.array([5, 6, 7, 8, 9, 2]), np.array([0, 2, 6]))
    together = model(*texts.batch(np.array([0, 1]))).logits["emotion"]
    alone = model(*texts.batch(np.array([0]))).logits["emotion"]
    torch.testing.assert_close(together[:1], alone)


def test_a_head_does_not_move_on_rows_without_its_labels() -> None:
    model = network()
    before = copied(model)
    trained(model)
    assert {name for name in moved(model, before) if name.startswith("heads.")} == {"heads.0.weight", "heads.0.bias"}


def test_early_stopping_restores_the_best_epoch() -> None:
    model = network()
    seen: list[dict[str, torch.Tensor]] = []
    qualities = [0.1, 0.5, 0.4, 0.3, 0.9]

    def quality(current: Classifier) -> dict[str, float]:
        seen.append(copied(current))
        return {"select": qualities[len(seen) - 1]}

    history = trained(model, quality, epochs=5, patience=2)
    assert [record["select"] for record in history] == [0.1, 0.5, 0.4, 0.3]
    assert moved(model, seen[1]) == set()
    assert moved(model, seen[3])


def test_a_stage_that_others_follow_keeps_its_last_epoch() -> None:
    model = network()
    seen: list[dict[str, torch.Tensor]] = []

    def quality(current: Classifier) -> dict[str, float]:
        seen.append(copied(current))
        return {"select": -float(len(seen))}

    trained(model, quality, keep_best=False, epochs=4, patience=1)
    assert len(seen) == 4
    assert moved(model, seen[-1]) == set()


@pytest.mark.parametrize("qualities", [[0.5, 0.4, 0.3, 0.2], [0.5, 0.4, 0.3, 0.9]])
def test_a_stage_goes_on_with_its_best_epoch_and_its_fallen_rate(qualities: list[float]) -> None:
    ends = []
    for stops in (False, True):
        model, random, left = network(), np.random.default_rng(0), iter(qualities)

        def begun(
            model: Classifier = model, random: np.random.Generator = random, left: Iterator[float] = left
        ) -> Stage:
            changes = {"epochs": 4, "patience": 4, "optimiser": {"schedule": "plateau", "learning_rate": 0.1}}
            return staged(model, lambda _: {"select": next(left)}, True, random, **changes)

        stage = begun()
        for _ in range(2):
            stage.epoch()
        if stops:
            state = stage.state()
            trained(model)  # whatever becomes of the model meanwhile
            stage = begun()
            stage.restore(state)
        history = fit(stage)
        ends.append((history, copied(model)))
    assert ends[0][0] == ends[1][0]
    assert moved(model, ends[0][1]) == set()


def test_training_that_diverges_says_so() -> None:
    with pytest.raises(ConfigError, match="diverged"):
        trained(network(), epochs=3, optimiser=OptimiserConfig(learning_rate=1e30))


@pytest.mark.parametrize(
    ("freeze", "still"),
    [
        (["embedding"], {"embedding"}),
        (["encoder"], {"recurrent", "attention"}),
        (["heads"], {"heads"}),
        (["emotion"], {"heads"}),  # and the other head learns nothing here
        (["embedding", "encoder"], {"embedding", "recurrent", "attention"}),
    ],
)
def test_frozen_parts_do_not_move(freeze: list[str], still: set[str]) -> None:
    model = network()
    before = copied(model)
    trained(model, freeze=freeze)
    assert {name.split(".")[0] for name in moved(model, before)} == {
        "embedding",
        "recurrent",
        "attention",
        "heads",
    } - still


def test_a_later_stage_unfreezes() -> None:
    model = network()
    trained(model, freeze=["embedding", "encoder"])
    before = copied(model)
    trained(model)
    assert {"embedding.weight", "recurrent.forwards.0.weight_hh_l0"} <= moved(model, before)


def test_a_frozen_embedding_stays() -> None:
    model = network()
    before = copied(model)
    trained(model, optimiser=OptimiserConfig(embedding_rate=0))
    assert "embedding.weight" not in moved(model, before)


def test_the_penalty_of_the_attention_is_part_of_the_loss() -> None:
    plain, penalised = network(), network(attention_penalty=2.0)
    with torch.no_grad():
        output = plain.eval()(torch.tensor([[2, 3]]), torch.tensor([2]))
        assert output.attention is not None
        (weights,) = output.attention
        by_hand = ((weights @ weights.T - torch.eye(2)) ** 2).sum()
        assert output.penalty.item() == pytest.approx(by_hand.item())
    losses = [trained(model, epochs=1, batch_size=12)[0]["loss"] for model in (plain, penalised)]
    assert losses[1] > losses[0] + 1e-3


@pytest.mark.parametrize("changes", [{"dropout": 0.5, "layers": 2}, {"weight_dropout": 0.5}, {"word_dropout": 0.5}])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_dropouts_act_in_training_alone(changes: dict[str, Any], cell: str) -> None:
    model = network(cell=cell, **changes)
    ids, lengths = torch.tensor([[2, 3, 4, 5, 6, 7]]), torch.tensor([6])
    model.train()
    assert not torch.equal(model(ids, lengths).logits["emotion"], model(ids, lengths).logits["emotion"])
    model.eval()
    plain = network(cell=cell, **{name: value for name, value in changes.items() if name == "layers"}).eval()
    torch.testing.assert_close(model(ids, lengths).logits["emotion"], plain(ids, lengths).logits["emotion"])


def test_weight_dropout_takes_whole_weights_of_the_state_and_scales_the_rest() -> None:
    model = network(cell="gru", bidirectional=False, weight_dropout=0.5, pooling=("last",))
    (cell,) = model.recurrent.forwards
    with torch.no_grad():
        cell.get_parameter("weight_hh_l0").fill_(1.0)
    torch.manual_seed(1)
    dropped = model.recurrent.dropped(cell)
    assert set(dropped[1].flatten().tolist()) == {0.0, 2.0}
    assert dropped[0] is cell.get_parameter("weight_ih_l0")
    words = torch.randn(3, 2, 4)
    with torch.no_grad():
        cell.get_parameter("weight_hh_l0").copy_(dropped[1])
        torch.manual_seed(1)
        model.recurrent.weight_dropout = 0.0
        expected = cell(words)[0]
    torch.testing.assert_close(model.recurrent(words, torch.tensor([3, 3])), expected)


def test_bfloat16_learns_and_keeps_weights_in_float32() -> None:
    model = network()
    before = copied(model)
    config = StageConfig(sets=("made",), epochs=1, batch_size=4)
    try:
        machine = hardware(find_device("cpu"), "bfloat16", compiles=False)
    except ConfigError:
        pytest.skip("this processor has no bfloat16")
    losses = {name: HeadLoss(head) for name, head in HEADS.items()}
    fit(Stage(model, losses, taught(), config, nothing, np.random.default_rng(0), Silence(), True, machine))
    assert moved(model, before)
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
