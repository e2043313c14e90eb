"""The parts of a teacher one by one: cleaning, batches, pooling, rates, precision, pace."""

from pathlib import Path

import numpy as np
import pytest
import torch

from emotion.models.config import HeadConfig
from emotion.models.hub import pretrained
from emotion.training.hardware import Hardware
from emotion.training.teachers.hardware import hardware
from emotion.training.teachers.network import Transformer, scores
from emotion.training.teachers.optimiser import Optimiser, depth_of, groups
from emotion.training.teachers.pace import Pace, spoken
from emotion.training.teachers.recipe import Pooling, check
from emotion.training.teachers.text import TextConfig, cleaned
from emotion.training.teachers.tokens import TokenEncoder
from emotion.training.watcher import Watcher
from tests.training.teachers.made_teachers import recipe, tokenizer

HEADS = (
    HeadConfig(name="emotion", kind="softmax", labels=("anger", "fear", "joy")),
    HeadConfig(name="profile", kind="sigmoid", labels=("anger", "joy")),
)
TEXTS = ["so happy today", "rage", "", "text so furious today @someone http://a.b/c train alpha beta", "unheard of"]


@pytest.fixture(scope="module")
def network(base: Path) -> Transformer:
    torch.manual_seed(2)
    return Transformer(pretrained(base), HEADS, "mean", 0.0).eval()


@pytest.fixture(scope="module")
def encoder() -> TokenEncoder:
    return TokenEncoder(tokenizer(), TextConfig(), 48)


# Text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("@Bob_1 you &amp; me https://t.co/x  !", "@user you & me http !"),
        ("mail bob@home.org", "mail bob@home.org"),
        ("so sad 😢😢", "so sad crying face crying face"),
        ("I ❤️ it", "I red heart it"),
        ("#blessed\nto\tday", "#blessed to day"),
    ],
)
def test_a_text_is_cleaned_as_tweeteval_does_with_emoji_in_words(text: str, seen: str) -> None:
    assert cleaned(text, TextConfig()) == seen


def test_cleaning_can_be_left_out() -> None:
    config = TextConfig(users=False, links=False, emoji="keep")
    assert cleaned("@bob &lt;3 http://a.b 😢", config) == "@bob <3 http://a.b 😢"


# Tokens and the network


def test_long_texts_are_cut_and_short_ones_padded(encoder: TokenEncoder) -> None:
    texts = encoder.encode(["so " * 100, "happy"])
    assert texts.lengths.tolist() == [48, 3]
    ids, mask = encoder.batch(texts, np.array([1, 0]))
    assert ids.shape == mask.shape == (2, 48)
    assert ids[0, 3:].tolist() == [0] * 45
    assert mask.sum(dim=1).tolist() == [3, 48]


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_a_text_scores_alike_whatever_it_is_batched_with(base: Path, encoder: TokenEncoder, pooling: Pooling) -> None:
    network = Transformer(pretrained(base), HEADS, pooling, 0.0).eval()
    together = scores(network, encoder, HEADS, encoder.encode(TEXTS), Hardware())
    for number, text in enumerate(TEXTS):
        alone = scores(network, encoder, HEADS, encoder.encode([text]), Hardware())
        for name in together:
            np.testing.assert_allclose(together[name][number], alone[name][0], atol=1e-5)


def test_scores_are_probabilities_of_their_heads_kind(network: Transformer, encoder: TokenEncoder) -> None:
    found = scores(network, encoder, HEADS, encoder.encode(TEXTS), Hardware())
    np.testing.assert_allclose(found["emotion"].sum(axis=1), 1, atol=1e-5)
    assert found["profile"].shape == (5, 2)
    assert ((found["profile"] > 0) & (found["profile"] < 1)).all()


def test_bfloat16_scores_are_close_to_those_of_float32(network: Transformer, encoder: TokenEncoder) -> None:
    texts = encoder.encode(TEXTS)
    exact = scores(network, encoder, HEADS, texts, Hardware())
    fast = scores(network, encoder, HEADS, texts, Hardware(precision="bfloat16"))
    assert 0 < np.abs(exact["emotion"] - fast["emotion"]).max() < 0.02


def test_precision_is_taken_as_asked_and_auto_finds_one() -> None:
    assert hardware("cpu", "float32").precision == "float32"
    assert hardware("cpu", "bfloat16").precision == "bfloat16"
    assert hardware("cpu", "auto").precision in ("float32", "bfloat16")


# The optimiser


def test_the_rate_rises_then_falls_towards_nothing(base: Path, network: Transformer) -> None:
    read = check(recipe(base, warm_up=0.2), "tiny")
    optimiser = Optimiser(network, read, 100)
    factors = [optimiser.rate.factor(done, 100) for done in range(100)]
    assert factors[:20] == sorted(factors[:20])
    assert factors[20:] == sorted(factors[20:], reverse=True)
    assert max(factors) == 1
    assert factors[-1] <= 0.05


def test_lower_layers_learn_more_slowly_and_vectors_do_not_decay(base: Path, network: Transformer) -> None:
    read = check(recipe(base, learning_rate=1.0, layer_decay=0.5, weight_decay=0.1), "tiny")
    by_weight = {id(weight): group for group in groups(network, read) for weight in group["params"]}  # type: ignore[attr-defined]
    rates = {name: by_weight[id(weight)] for name, weight in network.named_parameters()}
    assert rates["heads.0.weight"]["lr"] == 1
    assert rates["encoder.encoder.layer.1.output.dense.weight"]["lr"] == 0.5
    assert rates["encoder.encoder.layer.0.output.dense.weight"]["lr"] == 0.25
    assert rates["encoder.embeddings.word_embeddings.weight"]["lr"] == 0.125
    assert rates["heads.0.weight"]["weight_decay"] == 0.1
    assert rates["heads.0.bias"]["weight_decay"] == 0
    assert rates["encoder.embeddings.LayerNorm.weight"]["weight_decay"] == 0


@pytest.mark.parametrize(
    ("name", "depth"),
    [
        ("encoder.embeddings.word_embeddings.weight", 0),
        ("encoder.encoder.layer.0.attention.self.query.weight", 1),  # BERT, RoBERTa
        ("encoder.transformer.layer.5.ffn.lin1.weight", 6),  # DistilBERT
        ("encoder.layers.3.mlp.Wi.weight", 4),  # ModernBERT
        ("encoder.pooler.dense.weight", 9),
        ("heads.0.weight", 9),
    ],
)
def test_the_depth_of_a_weight_is_read_from_its_name(name: str, depth: int) -> None:
    assert depth_of(name, 9) == depth


def test_frozen_embeddings_do_not_move(base: Path) -> None:
    network = Transformer(pretrained(base), HEADS, "mean", 0.0)
    optimiser = Optimiser(network, check(recipe(base, embeddings="frozen"), "tiny"), 10)
    before = {name: weight.detach().clone() for name, weight in network.named_parameters()}
    ids = torch.tensor([[2, 8, 3]])
    optimiser.step(sum((each.sum() for each in network(ids, torch.ones_like(ids)).values()), torch.zeros(())), 3)
    moved = {name for name, weight in network.named_parameters() if not torch.equal(before[name], weight)}
    assert "heads.0.weight" in moved
    assert "encoder.embeddings.position_embeddings.weight" in moved
    assert "encoder.embeddings.word_embeddings.weight" not in moved


# Pace


class Notes(Watcher):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)


def test_pace_is_told_now_and_then_with_the_time_left() -> None:
    now = [0.0]
    notes = Notes()
    pace = Pace(notes, "scoring", 10_000, done=4_000, clock=lambda: now[0])
    assert pace.line() == "scoring: 4,000 of 10,000 texts"
    for _ in range(3):
        now[0] += 30
        pace.advance(1_000)
    assert notes.lines == ["scoring: 6,000 of 10,000 texts, 33 a second, 2 min left"]
    pace.advance(3_000)
    assert pace.line() == "scoring: 10,000 of 10,000 texts, 67 a second"


@pytest.mark.parametrize(("seconds", "said"), [(45, "45 s"), (720, "12 min"), (12_600, "3.5 h")])
def test_durations_are_for_people(seconds: float, said: str) -> None:
    assert spoken(seconds) == said
