"""Texts in, predictions out: order, batches, repeats, strange texts, engines, and every kind of head."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from emotion import predictor as predictor_module
from emotion.errors import UsageError
from emotion.models.batches import Batches, distinct, repeat
from emotion.models.config import Felt
from emotion.prediction import Predictions
from emotion.predictor import Predictor
from tests.models.made import bundle, config, encoded, texts

CPU = torch.device("cpu")
STRANGE = ["", " ", "\x00", "\ud800", "😀" * 200, "a" * 10_000, "\u202eabc", "#", "@", "\n\n", "good " * 500]


def assert_equal(one: Predictions, other: Predictions, tolerance: float = 1e-5) -> None:
    """Equal as docs/models.md defines it."""
    assert one.words == other.words
    assert_array_equal(one.offsets, other.offsets)
    for name in ("scores", "profile", "attention"):
        assert_allclose(getattr(one, name), getattr(other, name), atol=tolerance, rtol=0)
    for name in ("felt", "ambiguous", "emotions", "unknown", "best"):
        assert_array_equal(getattr(one, name), getattr(other, name))


def joined(parts: list[Predictions], name: str) -> Any:
    return np.concatenate([getattr(part, name) for part in parts])


# Order and batches


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_a_text_is_predicted_alike_whatever_its_batch(cell: str, bidirectional: bool) -> None:
    predict = Predictor(
        bundle(config(cell=cell, bidirectional=bidirectional, layers=2, pooling=("last", "mean", "max", "attention")))
    )
    many = texts(300) + STRANGE
    together, alone = predict(many), [predict([text]) for text in many]
    for name in ("scores", "profile", "attention"):
        assert_allclose(getattr(together, name), joined(alone, name), atol=1e-5, rtol=0)
    assert together.words == [word for part in alone for word in part.words]
    assert_array_equal(together.felt, joined(alone, "felt"))
    assert len({tuple(row) for row in together.scores.round(4)}) > 250  # texts do differ


@pytest.mark.parametrize("limits", [(1, 10**6), (7, 10**6), (512, 1), (512, 40), (10**6, 10**6)])
def test_batch_limits_change_nothing(limits: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    predict = Predictor(bundle())
    many = texts(60) + STRANGE
    usual = predict(many)
    monkeypatch.setitem(predictor_module.LIMITS, "cpu", limits)
    assert_equal(predict(many), usual)


def test_order_is_kept() -> None:
    predict = Predictor(bundle())
    many = texts(100)
    ahead, back = predict(many), predict(many[::-1])
    assert_allclose(ahead.scores, back.scores[::-1], atol=1e-5, rtol=0)
    assert ahead.words[: ahead.offsets[1]] == predict(many[:1]).words


def test_batches_hold_like_lengths_within_their_limits() -> None:
    random = np.random.default_rng(0)
    sequences = [random.integers(2, 1000, length).tolist() for length in random.integers(1, 40, 500)]
    batches = Batches(encoded(sequences), 32, 400, CPU)
    seen, longest = 0, 0
    for rows, ids, lengths in batches:
        assert rows.start == seen
        assert len(ids) == len(lengths) == rows.stop - rows.start <= 32
        assert ids.numel() <= 400
        assert lengths.min() >= longest
        seen, longest = rows.stop, int(lengths.max())
        assert longest == ids.shape[1]
        assert_array_equal((ids != 0).sum(dim=1), lengths)
    assert seen == len(batches) == 500


def test_no_texts_give_no_predictions() -> None:
    nothing = Predictor(bundle())([])
    assert len(nothing) == 0
    assert nothing.scores.shape == (0, 3)
    assert nothing.profile.shape == (0, 2)
    assert list(nothing.rows()) == []


# Repeats


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Texts in each batch that the network computes."""
    sizes: list[int] = []
    plain = Batches.__iter__

    def counted(batches: Batches) -> Any:
        for rows, ids, lengths in plain(batches):
            sizes.append(len(ids))
            yield rows, ids, lengths

    monkeypatch.setattr(Batches, "__iter__", counted)
    return sizes


def test_repeated_texts_are_computed_once(computed: list[int]) -> None:
    predict = Predictor(bundle())
    some = ["good day", "bad rain !", "", "good day today"]
    repeated = [some[i] for i in (0, 1, 0, 2, 3, 3, 2, 0)]
    once = predict(some)
    assert sum(computed) == 4
    computed.clear()
    found = predict(repeated, explain=True)
    assert sum(computed) == 4
    for at, text in enumerate(repeated):
        assert_allclose(found.scores[at], once.scores[some.index(text)], atol=1e-6)
        alone = predict([text], explain=True)
        words = slice(*found.offsets[at : at + 2])
        assert found.words[words] == alone.words
        assert found.attention is not None
        assert found.spans is not None
        assert alone.attention is not None
        assert_allclose(found.attention[words], alone.attention, atol=1e-6)
        assert_array_equal(found.spans[words], alone.spans)


def test_texts_that_differ_only_in_what_cleaning_takes_are_computed_once(computed: list[int]) -> None:
    predict = Predictor(bundle())
    predict(["Good day", "good   DAY", "good day"])
    assert sum(computed) == 1


def test_distinct_tells_texts_apart_by_their_ids() -> None:
    first, inverse = distinct(encoded([[5, 6], [5], [], [5, 6], [6, 5], []]))
    assert first.tolist() == [0, 1, 2, 4]
    assert inverse.tolist() == [0, 1, 2, 0, 3, 2]


def test_repeat_copies_texts_whole() -> None:
    again = repeat(encoded([[5, 6], [], [7]]), np.array([2, 0, 1, 0]))
    assert again.ids.tolist() == [7, 5, 6, 5, 6]
    assert again.offsets.tolist() == [0, 1, 3, 3, 5]
    assert again.words == ["w7", "w5", "w6", "w5", "w6"]


# Encoded elsewhere


def test_encoded_texts_are_predicted_as_texts_are() -> None:
    made = bundle()
    many = texts(50) + STRANGE
    predict = Predictor(made)
    assert_equal(predict.predict_encoded(made.encoder().encode(many)), predict(many))


def test_read_only_arrays_will_do() -> None:
    given = encoded([[2, 3], [4]])
    for array in (given.ids, given.offsets):
        array.flags.writeable = False
    assert len(Predictor(bundle()).predict_encoded(given)) == 2


# Strange texts


def test_a_text_without_words_is_answered_and_never_felt() -> None:
    predict = Predictor(bundle(felt=Felt(threshold=0)))
    found = predict(["", "good", "", " "])
    assert found.felt.tolist() == [False, True, False, False]
    assert found.unknown.tolist() == [1, 0, 1, 1]
    assert found.offsets.tolist() == [0, 0, 1, 1, 1]
    assert_array_equal(found.scores[0], found.scores[2])
    assert_allclose(found.scores.sum(axis=1), 1, atol=1e-6)


def test_a_long_text_is_cut_where_the_rules_say() -> None:
    found = Predictor(bundle())(["good " * 500])
    assert len(found.words) == 64


def test_unknown_is_the_share_of_words_outside_the_vocabulary() -> None:
    assert Predictor(bundle())(["good unheard day unseen", "good"]).unknown.tolist() == [0.5, 0]


# Attention


def test_attention_is_the_mean_over_hops_and_sums_to_one() -> None:
    made = bundle()
    found = Predictor(made)(["good day !", "bad"], explain=True)
    ids = torch.tensor([[made.vocabulary.ids[word] for word in ("good", "day", "!")]])
    with torch.inference_mode():
        weights = made.classifier()(ids, torch.tensor([3])).attention
    assert weights is not None
    assert found.attention is not None
    assert_allclose(found.attention[:3], weights[0].mean(dim=0).numpy(), atol=1e-6)
    assert found.attention[3] == 1
    row = next(found.rows())
    assert [(word["word"], word["start"], word["end"]) for word in row["attention"]] == [
        ("good", 0, 4),
        ("day", 5, 8),
        ("!", 9, 10),
    ]


def test_models_without_attention_say_so() -> None:
    found = Predictor(bundle(config(pooling=("max",))))(["good day"], explain=True)
    assert found.attention is None
    assert next(found.rows())["attention"] is None


# Engines and devices


def test_fast_is_near_and_says_that_it_is_fast() -> None:
    exact, fast = (Predictor(bundle(), engine=engine) for engine in ("exact", "fast"))
    many = texts(200)
    near, far = fast(many), exact(many)
    assert (near.engine, far.engine) == ("fast", "exact")
    assert near.scores.dtype == np.float32
    assert_allclose(near.scores, far.scores, atol=0.05)
    assert not np.array_equal(near.scores, far.scores)


def test_the_caller_keeps_gradients_and_the_network_is_in_eval_mode() -> None:
    predict = Predictor(bundle(config(word_dropout=0.5, head_dropout=0.5, embedding_dropout=0.5)))
    assert_array_equal(predict(texts(9)).scores, predict(texts(9)).scores)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("wrong", "because"),
    [({"engine": "quick"}, "engine 'quick'"), ({"device": "tpu"}, "device 'tpu'")],
)
def test_an_unknown_engine_or_device_is_refused(wrong: dict[str, Any], because: str) -> None:
    with pytest.raises(UsageError, match=because):
        Predictor(bundle(), **wrong)


def test_a_missing_gpu_is_refused_and_auto_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match="torch finds no GPU"):
        Predictor(bundle(), device="cuda")
    assert Predictor(bundle(), device="auto").device == CPU


def test_load_reads_a_bundle_by_path(tmp_path: Path) -> None:
    made = bundle()
    made.save(tmp_path / "model")
    predict: Callable[[list[str]], Predictions] = Predictor.load(tmp_path / "model")
    assert predict(["good day"]).model == made.id
    assert_equal(predict(texts(30)), Predictor(made)(texts(30)))
