"""Two models on the same rows."""

import numpy as np
import pytest
import torch
from scipy.stats import binom

from emotion.evaluation.bootstrap import Resampling
from emotion.evaluation.compare import EXAMPLES, compare, mcnemar, paired
from emotion.evaluation.comparison import dump
from emotion.evaluation.held import Held, Named
from emotion.evaluation.speed import one_thread, speeds
from emotion.models.config import HeadConfig
from emotion.predictor import Predictor
from emotion.sets.labelled import several, single
from tests.models.made import EMOTIONS, HEADS, PROFILE, bundle, texts

HOW = Resampling(200, 0)
FIRST, SECOND = Predictor(bundle(seed=0)), Predictor(bundle(seed=1))
ONE = Held(Named("one", single(texts(60, 1), np.random.default_rng(1).choice(["joy", "anger", "fear"], 60).tolist())))
MANY = Held(
    Named(
        "many",
        several(
            texts(50, 2), [[label for i, label in enumerate(("joy", "trust")) if row >> i & 1] for row in range(50)]
        ),
    )
)


def flags(text: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([character == "1" for character in text])


def test_mcnemars_exact_test_by_hand() -> None:
    """One row is right by the first alone, five by the second alone: 2 (C(6,0) + C(6,1)) / 2^6."""
    found = mcnemar(flags("1100000110"), flags("1011111110"))
    assert (found.only_first, found.only_second) == (1, 5)
    assert found.p_value == pytest.approx(2 * (1 + 6) / 64)


def test_models_that_are_right_alike_give_no_evidence() -> None:
    assert mcnemar(flags("1100"), flags("1100")).p_value == 1
    assert mcnemar(flags("1100"), flags("0011")).p_value == 1


def test_mcnemars_test_is_two_sided() -> None:
    one, other = flags("1" * 9 + "0"), flags("0" * 9 + "1")
    assert mcnemar(one, other).p_value == mcnemar(other, one).p_value == pytest.approx(2 * binom.cdf(1, 10, 0.5))


def test_two_models_side_by_side() -> None:
    found = compare(FIRST, SECOND, [ONE, MANY], HOW)
    (one,), (many,) = (of_set.heads for of_set in found.sets)
    assert (one.task, many.task) == ("single", "multi")
    for head in (one, many):
        for name, difference in head.differences.items():
            assert difference.value == pytest.approx(head.second[name].value - head.first[name].value)
        for label in head.per_label:
            assert label.difference.value == pytest.approx(label.second - label.first)
    assert many.crossed is None
    crossed = np.array(one.crossed)
    assert crossed.sum() == 60
    assert one.agreement == pytest.approx(np.trace(crossed) / 60)
    right = [head["accuracy"].value * 60 for head in (one.first, one.second)]
    assert right[1] - right[0] == pytest.approx(one.mcnemar.only_second - one.mcnemar.only_first)


def test_crossed_guesses_are_those_of_both_models() -> None:
    found = compare(FIRST, SECOND, [ONE], HOW).sets[0].heads[0]
    guesses = [predictor(ONE.measured.rows.texts).best for predictor in (FIRST, SECOND)]
    for i, label in enumerate(found.labels):
        for j, other in enumerate(found.labels):
            places = FIRST.bundle.heads[0].labels.index(label), SECOND.bundle.heads[0].labels.index(other)
            both = (guesses[0] == places[0]) & (guesses[1] == places[1])
            assert found.crossed is not None
            assert found.crossed[i][j] == both.sum()


def test_examples_are_texts_on_which_the_answers_differ() -> None:
    head = compare(FIRST, SECOND, [ONE], HOW).sets[0].heads[0]
    whos = [example.who for example in head.examples]
    assert set(whos) <= {"first right", "second right", "both wrong"}
    assert max(whos.count(who) for who in whos) <= EXAMPLES
    for example in head.examples:
        assert example.first.guess != example.second.guess
        assert (example.first.guess == example.truth) == (example.who == "first right")
        assert (example.second.guess == example.truth) == (example.who == "second right")


def test_labels_in_another_order_are_the_same_labels() -> None:
    """A model whose head names its labels in another order, its weights turned with them, says the same."""
    turned = EMOTIONS.model_copy(update={"labels": EMOTIONS.labels[::-1]})
    own = bundle(seed=3)
    weights = {name: weight.flip(0) if name.startswith("heads.0.") else weight for name, weight in own.weights.items()}
    other = bundle(heads=(turned, PROFILE), seed=3)
    object.__setattr__(other, "weights", weights)
    head = compare(Predictor(own), Predictor(other), [ONE], HOW).sets[0].heads[0]
    assert head.agreement == 1
    assert head.examples == ()
    assert {difference.value for difference in head.differences.values()} == {0}


def test_heads_are_paired_by_name_and_then_by_role() -> None:
    other = (EMOTIONS.model_copy(update={"name": "feeling"}), PROFILE)
    assert [(a.name, b.name) for a, b in paired(HEADS, other)] == [("profile", "profile"), ("emotion", "feeling")]
    assert [(a.name, b.name) for a, b in paired(HEADS, HEADS)] == [("emotion", "emotion"), ("profile", "profile")]


def test_models_without_labels_in_common_are_not_compared() -> None:
    mood = HeadConfig(name="mood", kind="softmax", labels=("good", "bad"), primary=True)
    assert compare(FIRST, Predictor(bundle(heads=(mood,))), [ONE], HOW).sets[0].heads == ()


def test_labels_that_a_head_calls_otherwise_are_compared() -> None:
    named = single(texts(60, 1), ["glad" if i % 2 else "cross" for i in range(60)])
    names = {"emotion": {"glad": "joy", "cross": "anger"}}
    assert compare(FIRST, SECOND, [Held(Named("one", named))], HOW).sets[0].heads == ()
    (head,) = compare(FIRST, SECOND, [Held(Named("one", named), names=names)], HOW).sets[0].heads
    assert (head.labels, head.rows) == (("joy", "anger"), 60)


def test_heads_that_cannot_be_compared_are_told() -> None:
    other = HeadConfig(name="emotion", kind="softmax", labels=PROFILE.labels, primary=True)
    mine = HeadConfig(name="emotion", kind="sigmoid", labels=PROFILE.labels, primary=True)
    found = compare(Predictor(bundle(heads=(mine,))), Predictor(bundle(heads=(other,))), [MANY], HOW).sets[0]
    assert [head.counted for head in found.heads] == [True]  # each counts one answer a text, whatever its kind
    assert found.left == ("emotion: several labels a text against the best of several labels",)


def test_models_are_measured_on_the_labels_that_both_know() -> None:
    fewer = EMOTIONS.model_copy(update={"labels": ("anger", "joy")})
    head = compare(FIRST, Predictor(bundle(heads=(fewer, PROFILE))), [ONE], HOW).sets[0].heads[0]
    assert head.labels == ("joy", "anger")
    assert head.rows == int((~ONE.measured.rows.carrying("fear")).sum())


def test_speeds_are_of_distinct_texts_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[int] = []
    before = torch.get_num_threads()

    def tick() -> float:
        inside.append(torch.get_num_threads())
        return float(len(inside))

    monkeypatch.setattr("emotion.evaluation.speed.time.perf_counter", tick)
    found = speeds(FIRST, SECOND, ["good day", "bad day", "good day"])
    assert (found.texts, found.first, found.second) == (2, 2, 2)  # from tick to tick a round takes a second
    assert set(inside) == {1}
    assert torch.get_num_threads() == before


def test_the_threads_come_back_after_a_failure() -> None:
    before = torch.get_num_threads()
    with pytest.raises(RuntimeError), one_thread():
        raise RuntimeError
    assert torch.get_num_threads() == before


def test_the_document_is_json() -> None:
    assert dump(compare(FIRST, SECOND, [ONE], HOW)).startswith(b'{"first":{"id":')
