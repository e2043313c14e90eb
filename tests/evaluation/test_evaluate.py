"""A whole evaluation of a small bundle of random weights."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from emotion.errors import DataError
from emotion.evaluation.bootstrap import Resampling
from emotion.evaluation.evaluate import Depth, confusion, evaluate
from emotion.evaluation.held import Held, Named, unseen
from emotion.evaluation.result import Evaluation, HeadEvaluation, dump, load
from emotion.evaluation.worst import confidences, worst_errors
from emotion.models.config import HeadConfig
from emotion.predictor import Predictor
from emotion.sets.labelled import LabelledSet, several, single
from tests.evaluation.made import given, guessing
from tests.models.made import EMOTIONS, PROFILE, bundle, texts

LABELS = ("joy", "anger", "fear")
DEPTH = Depth(Resampling(200, 0), errors=4)


def labelled(count: int, seed: int) -> LabelledSet:
    names = np.random.default_rng(seed).choice(LABELS, count).tolist()
    return single([f"{text} #{name}" for text, name in zip(texts(count, seed), names, strict=True)], names)


def many(count: int, seed: int, labels: tuple[str, ...] = ("joy", "trust")) -> LabelledSet:
    random = np.random.default_rng(seed)
    return several(texts(count, seed), [[label for label in labels if random.random() < 0.5] for _ in range(count)])


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor(bundle())


@pytest.fixture(scope="module")
def whole(predictor: Predictor) -> Evaluation:
    single_set = Held(
        Named("one", labelled(60, 1)), "test", Named("one, validation", labelled(40, 2)), Named("more", labelled(80, 3))
    )
    several_set = Held(Named("many", many(50, 4)), train=Named("many more", many(60, 5)))
    return evaluate(predictor, [single_set, several_set, Held(Named("none", single(["a", "b"], ["x", "y"])))], DEPTH)


def head(evaluation: Evaluation, set_number: int, name: str) -> HeadEvaluation:
    return next(one for one in evaluation.sets[set_number].heads if one.head == name)


def test_each_head_is_measured_on_the_sets_that_it_shares_labels_with(whole: Evaluation) -> None:
    found = [[(one.head, one.task) for one in of_set.heads] for of_set in whole.sets]
    assert found == [[("emotion", "single")], [("profile", "multi")], []]
    assert (whole.sets[0].name, whole.sets[0].split, whole.sets[0].rows) == ("one", "test", 60)
    assert whole.sets[1].several


def test_everything_is_there_for_a_head_with_validation_and_training(whole: Evaluation) -> None:
    one = head(whole, 0, "emotion")
    assert one.main == "macro_f1"
    assert {"accuracy", "weighted_recall", "roc_auc", "average_precision"} <= one.measures.keys()
    assert [label.label for label in one.per_label] == list(one.labels)
    assert sum(map(sum, one.confusion or ())) == one.rows == 60
    assert len(one.roc) == len(one.precision_recall) == 3
    assert one.calibration[0].temperature is not None
    assert one.baseline is not None
    assert one.baseline.train == "more"
    for name, difference in one.baseline.differences.items():
        assert difference.value == pytest.approx(one.measures[name].value - one.baseline.measures[name].value)


def test_a_baseline_that_reads_the_answer_is_better_than_chance(whole: Evaluation) -> None:
    """Texts hold their label as a hashtag, which a linear model learns and random weights do not."""
    baseline = head(whole, 0, "emotion").baseline
    assert baseline is not None
    assert baseline.measures["accuracy"].value == 1
    assert (baseline.differences["accuracy"].high or 0) < 0


def test_slices_are_of_rows_of_the_head(whole: Evaluation) -> None:
    one = head(whole, 0, "emotion")
    found = {part.name: part for part in one.slices}
    assert found["hashtag"].rows == 60
    assert "emoji" not in found
    assert found["hashtag"].measures.keys() == one.measures.keys() - {"roc_auc", "average_precision"}
    assert found["hashtag"].measures["accuracy"].value == one.measures["accuracy"].value
    assert found["hashtag"].baseline is not None


def test_worst_errors_are_the_surest_first_with_the_words_looked_at(whole: Evaluation) -> None:
    errors = head(whole, 0, "emotion").errors
    assert len(errors) == DEPTH.errors
    sure = [error.confidence for error in errors]
    assert sure == sorted(sure, reverse=True)
    for error in errors:
        assert error.guess == (error.label,) != error.truth
        assert error.words is not None
        assert sum(word.weight for word in error.words) == pytest.approx(1, abs=1e-5)
        first = error.words[0]
        assert error.text[first.start : first.end].lower() == first.word


def test_several_labels_have_thresholds_and_a_calibration_each(whole: Evaluation) -> None:
    one = head(whole, 1, "profile")
    assert one.main == "jaccard"
    assert one.thresholds == PROFILE.thresholds
    assert one.confusion is None
    assert [each.label for each in one.calibration] == ["joy", "trust"]
    assert one.baseline is not None
    assert one.baseline.measures.keys() == one.baseline.differences.keys()


def test_the_document_reads_back_and_holds_no_texts_but_the_errors(whole: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "evaluation.json").write_bytes(dump(whole))
    assert load(tmp_path / "evaluation.json") == whole
    shown = {error.text for of_set in whole.sets for one in of_set.heads for error in one.errors}
    document = json.loads(dump(whole))
    for of_set in document["sets"]:
        for one in of_set["heads"]:
            del one["errors"]
    rest = json.dumps(document)
    assert [text for text in labelled(60, 1).texts if text in rest] == []
    assert shown <= set(labelled(60, 1).texts) | set(many(50, 4).texts)


def test_a_file_that_is_no_evaluation_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"model": 3}')
    with pytest.raises(DataError, match=r"x\.json is not an evaluation"):
        load(tmp_path / "x.json")
    with pytest.raises(DataError, match=r"y\.json cannot be read"):
        load(tmp_path / "y.json")


def test_no_resamples_and_no_training_give_bare_numbers(predictor: Predictor) -> None:
    found = evaluate(predictor, [Held(Named("one", labelled(30, 1)))], Depth(Resampling(0), errors=0))
    one = head(found, 0, "emotion")
    assert one.baseline is None
    assert one.errors == ()
    assert one.calibration[0].after is None
    assert one.measures["accuracy"].low is None


def test_a_head_that_a_set_is_not_for_is_left_out(predictor: Predictor) -> None:
    rows = many(30, 4, ("joy", "anger", "trust"))
    both = evaluate(predictor, [Held(Named("x", rows))], DEPTH).sets[0].heads
    assert [(one.head, one.task) for one in both] == [("emotion", "hit"), ("profile", "multi")]
    only = evaluate(predictor, [Held(Named("x", rows), heads=("profile",))], DEPTH).sets[0].heads
    assert [one.head for one in only] == ["profile"]


def test_labels_are_called_what_a_head_calls_them(predictor: Predictor) -> None:
    rows = labelled(30, 1)
    names = {"joy": "bliss", "anger": "rage"}
    held = Held(Named("x", rows.renamed(names)), train=Named("t", labelled(40, 2).renamed(names)))
    assert evaluate(predictor, [held], DEPTH).sets[0].heads == ()
    back = {new: old for old, new in names.items()}
    renamed = Held(held.measured, train=held.train, names={"emotion": back})
    plain = Held(Named("x", rows), train=Named("t", labelled(40, 2)))
    found, expected = (evaluate(predictor, [each], DEPTH).sets[0].heads[0] for each in (renamed, plain))
    assert found.measures == expected.measures
    assert found.baseline == expected.baseline


def test_a_head_without_thresholds_gets_those_of_validation() -> None:
    heads = (EMOTIONS, PROFILE.model_copy(update={"thresholds": None}))
    held = Held(Named("many", many(50, 4)), validation=Named("v", many(60, 6)))
    plain, chosen = (evaluate(Predictor(bundle(heads=heads)), [each], DEPTH) for each in (Held(held.measured), held))
    assert head(plain, 0, "profile").thresholds is None
    cuts = head(chosen, 0, "profile").thresholds
    assert cuts is not None
    assert len(set(cuts)) == 1


def test_heads_that_predictions_leave_out_are_measured_too() -> None:
    mood = HeadConfig(name="mood", kind="binary", labels=("bad", "good"))
    predictor = Predictor(bundle(heads=(EMOTIONS, PROFILE, mood)))
    rows = single(texts(20), ["good", "bad"] * 10)
    (found,) = evaluate(predictor, [Held(Named("x", rows))], DEPTH).sets[0].heads
    assert (found.head, found.kind, found.rows) == ("mood", "binary", 20)


def test_copies_of_what_is_measured_on_are_not_learnt_from(predictor: Predictor) -> None:
    rows, train = labelled(30, 1), labelled(40, 2)
    mixed = single([*train.texts, *rows.texts[:7]], [*(["joy"] * 20), *(["fear"] * 27)])
    baseline = evaluate(predictor, [Held(Named("x", rows), train=Named("t", mixed))], DEPTH).sets[0].heads[0].baseline
    assert baseline is not None
    assert (baseline.train_rows, baseline.dropped) == (40, 7)
    with pytest.raises(DataError, match="nothing to learn from"):
        evaluate(predictor, [Held(Named("x", rows), train=Named("t", rows))], DEPTH)


def test_unseen_rows_are_those_without_a_copy() -> None:
    train = single(["Good day!", "bad day", "good  night"], ["a", "b", "a"])
    assert unseen(train, [single(["good day http://t.co/x"], ["a"])]).tolist() == [False, True, True]


def test_a_confusion_matrix_by_hand() -> None:
    assert confusion(guessing([0, 0, 0, 1, 1], [0, 1, 1, 1, 0], 2)) == ((1, 2), (1, 1))


def test_how_sure_a_wrong_answer_is() -> None:
    one = confidences(given([[1, 0], [0, 1]], [[0.3, 0.9], [0.1, 0.3]]))
    assert one.tolist() == [[-1, pytest.approx(0.75)], [-1, -1]]
    # several labels: b wrongly given at 0.7; a wrongly left out at 0.2
    several_labels = confidences(given([[1, 0]], [[0.2, 0.7]], "multi"))
    assert several_labels.tolist() == [[pytest.approx(0.8), pytest.approx(0.7)]]


def test_half_a_surrogate_pair_does_not_break_the_document(predictor: Predictor) -> None:
    rows = single(["bad \ud800 day", "good"], ["joy", "anger"])
    answers = given([[0, 1], [1, 0]], [[0.9, 0.1], [0.8, 0.2]], labels=("joy", "anger"))
    (error,) = worst_errors(predictor, rows.texts, answers, 5)
    assert error.text == "bad ? day"
    msgspec.json.encode(error)


def test_the_same_evaluation_twice_is_the_same(predictor: Predictor, whole: Evaluation) -> None:
    held = Held(
        Named("one", labelled(60, 1)), "test", Named("one, validation", labelled(40, 2)), Named("more", labelled(80, 3))
    )
    assert evaluate(predictor, [held], DEPTH).sets[0] == whole.sets[0]


def test_training_rows_without_two_labels_of_the_head_give_no_baseline(predictor: Predictor) -> None:
    for names in (["joy", "calm"], ["calm", "grim"], ["joy", "joy"]):
        held = Held(Named("x", labelled(30, 1)), train=Named("t", single(texts(10, 9), names * 5)))
        assert evaluate(predictor, [held], DEPTH).sets[0].heads[0].baseline is None
