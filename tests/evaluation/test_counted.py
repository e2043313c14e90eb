"""What stores count as the answer: the best emotion, or `none` where nothing is felt."""

from collections.abc import Sequence

import numpy as np
import pytest

from emotion.errors import UsageError
from emotion.evaluation.answers import Answers, skipped
from emotion.evaluation.bootstrap import Resampling
from emotion.evaluation.compare import compare
from emotion.evaluation.counted import counted, with_counted
from emotion.evaluation.evaluate import Depth, evaluate
from emotion.evaluation.held import Held, Named, Scored
from emotion.evaluation.observed import sums_of
from emotion.evaluation.result import HeadEvaluation, Skipped, in_words
from emotion.models.config import Felt, HeadConfig
from emotion.predictor import Predictor
from emotion.sets.labelled import LabelledSet, several, single
from tests.models.made import EMOTIONS, PROFILE, bundle, texts

HEAD = HeadConfig(name="emotion", kind="softmax", labels=("joy", "anger"), primary=True)
DEPTH = Depth(Resampling(50, 0), errors=3)


def said(rows: LabelledSet, scores: Sequence[tuple[float, float]], felt: Sequence[float]) -> Scored:
    """What a model with the threshold 0.5 of felt says of rows."""
    feeling = np.array(felt, np.float32)
    none = np.zeros(len(rows), np.float32)
    return Scored(rows, {"emotion": np.array(scores, np.float32)}, feeling >= 0.5, feeling, none)


def found(answer: Answers | None) -> Answers:
    assert answer is not None
    return answer


def flagged(answer: Answers, flags: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> list[list[str]]:
    return [[label for label, on in zip(answer.labels, row, strict=True) if on] for row in flags]


def test_a_text_counts_as_its_best_emotion_or_as_none_where_nothing_is_felt() -> None:
    rows = single(list("wxyz"), ["joy", "none", "none", "bored"])
    answer = found(counted(HEAD, said(rows, [(0.7, 0.3), (0.4, 0.6), (0.9, 0.1), (1, 0)], [0.9, 0.6, 0.2, 1])))
    assert (answer.task, answer.labels, answer.counted) == ("single", ("joy", "anger", "none"), True)
    assert flagged(answer, answer.truth) == [["joy"], ["none"], ["none"]]
    assert flagged(answer, answer.guess) == [["joy"], ["anger"], ["none"]]
    assert answer.right.tolist() == [True, False, True]
    assert answer.scores[1].tolist() == pytest.approx([0.24, 0.36, 0.4])
    assert skipped(answer, rows) == (Skipped("labelled bored", 1),)


def test_labels_that_the_head_alone_knows_may_be_guessed_as_they_are_counted() -> None:
    """A chart shows anger, whether or not the set of the user knows it."""
    rows = single(["x", "y"], ["joy", "none"])
    answer = found(counted(HEAD, said(rows, [(0.2, 0.8), (0.2, 0.8)], [0.9, 0.1])))
    assert flagged(answer, answer.guess) == [["anger"], ["none"]]


def test_with_several_labels_a_text_one_without_any_means_none() -> None:
    rows = several(list("vwxyz"), [["joy", "anger"], ["joy"], [], ["trust"], ["none"]])
    answer = found(counted(HEAD, said(rows, [(0.2, 0.8)] * 5, [0.9, 0.9, 0.1, 0.9, 0.9])))
    assert answer.task == "hit"
    assert answer.rows.tolist() == [0, 1, 2, 4]  # of trust the head knows nothing
    assert answer.right.tolist() == [True, False, True, False]
    assert skipped(answer, rows) == (Skipped("with other labels alone", 1),)


def test_a_text_without_labels_means_nothing_where_the_set_knows_but_some_labels() -> None:
    rows = several(list("xyz"), [["joy"], [], []])
    assert counted(HEAD, said(rows, [(1, 0)] * 3, [1, 1, 0])) is None


@pytest.mark.parametrize("names", [["joy", "anger"], ["none", "none"], ["none", "bored"]])
def test_without_texts_of_both_kinds_there_is_nothing_to_measure(names: list[str]) -> None:
    assert counted(HEAD, said(single(["x", "y"], names), [(1, 0)] * 2, [1, 0])) is None


def test_a_head_that_answers_none_itself_has_but_one_none() -> None:
    head = HeadConfig(name="emotion", kind="softmax", labels=("joy", "none"), primary=True)
    rows = single(["x", "y", "z"], ["joy", "none", "none"])
    answer = found(counted(head, said(rows, [(0.9, 0.1), (0.1, 0.9), (0.9, 0.1)], [0.9, 0.9, 0.1])))
    assert answer.labels == ("joy", "none")
    assert answer.right.all()


@pytest.mark.parametrize("label", ["none", "None", "neutral", "Neutral", "no emotion", "No_Emotion", "no-emotion"])
def test_the_usual_words_mean_none(label: str) -> None:
    held = with_counted(Held(Named("x", single(["x", "y"], ["joy", label]))), HEAD)
    assert held.seen_by("emotion or none").measured.rows.labels == ("joy", "none")
    assert label in held.seen_by("emotion").measured.rows.labels


def test_other_words_mean_none_where_they_are_named_and_the_usual_ones_then_do_not() -> None:
    rows = single(["x", "y", "z"], ["joy", "bored", "neutral"])
    held = with_counted(Held(Named("x", rows), none=("bored",)), HEAD)
    assert held.seen_by("emotion or none").measured.rows.labels == ("joy", "neutral", "none")


def test_an_answer_of_the_head_never_means_none() -> None:
    mood = HeadConfig(name="mood", kind="softmax", labels=("bad", "neutral", "good"), primary=True)
    rows = single(["x", "y"], ["good", "neutral"])
    assert with_counted(Held(Named("x", rows)), mood).seen_by("mood or none").measured.rows.labels == rows.labels
    with pytest.raises(UsageError, match="'neutral' is an answer of the head 'mood', so it cannot mean"):
        with_counted(Held(Named("x", rows), none=("neutral",)), mood)


NAMES = [("joy", "anger", "neutral", "fear", "bored")[i % 5] for i in range(60)]
ROWS = single([f"{text} {name}" for text, name in zip(texts(60, 3), NAMES, strict=True)], NAMES)
CALM = Predictor(bundle(felt=Felt(head="emotion", threshold=0.55)))


def of_counted(predictor: Predictor, held: Held) -> HeadEvaluation:
    return next(one for one in evaluate(predictor, [held], DEPTH).sets[0].heads if one.kind == "counted")


def test_what_is_measured_is_what_a_store_would_count() -> None:
    one = of_counted(CALM, Held(Named("mine", ROWS)))
    kept = ROWS.take(~ROWS.carrying("bored"))
    shares = sums_of(CALM(kept.texts)).emotions
    assert {label.label: label.guesses for label in one.per_label if label.guesses} == shares
    assert (one.head, one.labels, one.rows) == ("emotion or none", (*EMOTIONS.labels, "none"), 48)
    assert shares["none"] > 0
    assert {label.label: label.support for label in one.per_label}["none"] == 12
    assert one.skipped == (Skipped("labelled bored", 12),)
    assert one.main == "macro_f1"
    assert one.measures["macro_f1"].low is not None
    assert sum(map(sum, one.confusion or ())) == 48
    assert (one.roc, one.calibration) == ((), ())


def test_the_head_itself_tells_which_texts_it_is_not_measured_on() -> None:
    (head, _) = evaluate(CALM, [Held(Named("mine", ROWS))], DEPTH).sets[0].heads
    assert head.skipped == (Skipped("labelled bored", 12), Skipped("labelled neutral", 12))
    assert in_words(head.skipped) == "Texts not measured on: 12 labelled bored, 12 labelled neutral."


def test_many_labels_that_are_skipped_are_told_in_few_words() -> None:
    told = in_words([Skipped(f"labelled {label}", 9 - i) for i, label in enumerate("abcdefg")])
    assert told.endswith("5 labelled e, 7 with 2 other labels.")


def test_the_baseline_beside_it_learns_none() -> None:
    """Texts hold their label, which a linear model learns and random weights do not."""
    names = ["joy", "anger", "neutral", "fear"] * 50
    train = single([f"{text} {name}" for text, name in zip(texts(200, 4), names, strict=True)], names)
    baseline = of_counted(CALM, Held(Named("mine", ROWS), train=Named("more", train))).baseline
    assert baseline is not None
    assert baseline.measures["accuracy"].value > 0.9
    assert baseline.per_label[-1].hits > 9  # of 12 without a feeling
    without = train.take(~train.carrying("neutral")).only(("joy", "anger", "fear"))
    assert of_counted(CALM, Held(Named("mine", ROWS), train=Named("more", without))).baseline is None


def test_with_several_labels_each_label_tells_how_often_a_count_is_right() -> None:
    rows = several(ROWS.texts, [[] if name == "neutral" else [name] for name in NAMES])
    one = of_counted(CALM, Held(Named("mine", rows)))
    assert (one.main, one.confusion) == ("hit", None)
    assert {label.label: label.support for label in one.per_label}["none"] == 12


def test_a_set_that_is_not_for_the_primary_head_has_no_counted_answer() -> None:
    assert evaluate(CALM, [Held(Named("mine", ROWS), heads=("profile",))], DEPTH).sets[0].heads == ()


def test_two_models_are_compared_on_what_they_count() -> None:
    warm = Predictor(bundle(felt=Felt(head="emotion", threshold=0)))
    plain, both = compare(CALM, warm, [Held(Named("mine", ROWS))], Resampling(50, 0)).sets[0].heads
    assert (plain.agreement, plain.rows, plain.counted) == (1, 36, False)  # felt alone tells them apart
    assert (both.heads, both.rows, both.counted) == (("emotion or none",) * 2, 48, True)
    assert both.agreement < 1
    assert both.skipped == (Skipped("labelled bored", 12),)
    by_label = {one.label: one for one in both.per_label}
    assert by_label["none"].second == 0 < by_label["none"].first
    assert both.differences["macro_f1"].low is not None


def test_models_of_other_labels_are_compared_on_rows_that_both_know() -> None:
    heads = (EMOTIONS.model_copy(update={"labels": ("disgust", "anger", "joy")}), PROFILE)
    other = Predictor(bundle(heads=heads, felt=Felt(head="emotion", threshold=0.55)))
    _, both = compare(CALM, other, [Held(Named("mine", ROWS))], Resampling(50, 0)).sets[0].heads
    assert both.labels == ("joy", "anger", "fear", "disgust", "none")
    assert both.rows == 36  # neither fear nor bored
