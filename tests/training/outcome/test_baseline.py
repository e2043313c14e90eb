"""The linear baseline beside the heads of a card."""

from collections.abc import Mapping

import numpy as np

from emotion.models.config import HeadConfig
from emotion.sets.datasets import Split
from emotion.sets.labelled import LabelledSet, several, single
from emotion.text.rules import Rules
from emotion.text.tokens import Tokenizer
from emotion.training.outcome.baseline import Linear
from emotion.training.targets import TeachConfig
from tests.training.made_sets import FEELINGS, texts

EMOTION = HeadConfig(name="emotion", kind="softmax", labels=("anger", "fear", "joy"), primary=True)
FELT = HeadConfig(name="felt", kind="binary", labels=("bad", "good"))
PROFILE = HeadConfig(name="profile", kind="sigmoid", labels=("joy", "love"))
MAP = TeachConfig(map={"anger": "bad", "fear": "bad", "joy": "good"})


def rows(count: int, word: str = "text") -> LabelledSet:
    return single(
        [text for label in FEELINGS for text in texts(label, count, word)], [n for n in FEELINGS for _ in range(count)]
    )


def linear(sets: Mapping[str, Mapping[Split, LabelledSet]]) -> Linear:
    return Linear(Tokenizer(Rules(), None), sets, lambda name, head: MAP if head == FELT.name else TeachConfig())


def no_scores(head: HeadConfig, found: LabelledSet) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.zeros((len(found), len(head.labels)), np.float32)


def test_each_head_has_a_baseline_of_its_own_labels() -> None:
    test = rows(3, "other")
    beside = linear({"one": {"train": rows(9), "test": test}})
    emotion, felt = (beside.measured("one", "test", head, no_scores(head, test)) for head in (EMOTION, FELT))
    assert emotion is not None
    assert felt is not None
    assert list(emotion["labels"]) == ["anger", "fear", "joy"]
    assert list(felt["labels"]) == ["bad", "good"]
    assert emotion["accuracy"] == felt["accuracy"] == 1.0


def test_a_set_without_training_rows_borrows_those_of_the_nearest() -> None:
    test = rows(3, "other")
    beside = linear({"one": {"train": rows(9)}, "other": {"test": test}})
    found = beside.measured("other", "test", EMOTION, no_scores(EMOTION, test))
    assert found is not None
    assert found["accuracy"] == 1.0


def test_what_nothing_teaches_has_no_baseline() -> None:
    test = rows(3)
    assert linear({"one": {"test": test}}).measured("one", "test", EMOTION, no_scores(EMOTION, test)) is None
    alike = single(["x", "y"], ["joy", "joy"])
    beside = linear({"one": {"train": alike, "test": test}})
    assert beside.measured("one", "test", EMOTION, no_scores(EMOTION, test)) is None


def test_with_several_labels_a_text_its_threshold_is_chosen_on_validation() -> None:
    many = several(["glad love", "glad", "love", "plain"] * 5, [["joy", "love"], ["joy"], ["love"], []] * 5)
    beside = linear({"many": {"train": many, "validation": many, "test": many.take(np.arange(5))}})
    found = beside.measured("many", "test", PROFILE, no_scores(PROFILE, many.take(np.arange(5))))
    assert found is not None
    assert (found["jaccard"], found["rows"]) == (1.0, 5)
