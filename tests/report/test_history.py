"""Histories of training as lines to draw."""

import pytest

from emotion.report.scores.history import TRAINING, VALIDATION, best, flattened, lines, stages


@pytest.mark.parametrize(
    ("name", "group", "measure", "split"),
    [
        ("loss", "", "loss", TRAINING),
        ("select", "", "select", VALIDATION),
        ("carer.emotion.macro_f1", "carer, emotion", "macro_f1", VALIDATION),
        ("train.carer.emotion.macro_f1", "carer, emotion", "macro_f1", TRAINING),
        ("validation/loss", "", "loss", VALIDATION),
        ("carer.test.emotion.f1", "carer, emotion", "f1", "test"),
        ("learning_rate", "", "learning_rate", TRAINING),
    ],
)
def test_a_name_says_what_a_number_is_of(name: str, group: str, measure: str, split: str) -> None:
    (line,) = lines([{"epoch": 1, name: 0.5}])
    assert (line.group, line.measure, line.split, line.values) == (group, measure, split, (0.5,))


def test_lines_come_in_the_order_people_read_them() -> None:
    names = ["learning_rate", "x.y.macro_f1", "x.y.accuracy", "x.y.jaccard", "loss", "x.y.macro_precision"]
    found = [line.measure for line in lines([dict.fromkeys(names, 0.1)])]
    assert found == ["loss", "accuracy", "macro_precision", "macro_f1", "jaccard", "learning_rate"]


def test_an_epoch_without_a_number_leaves_a_hole_and_two_names_of_one_number_are_one_line() -> None:
    records = [{"x.y.f1": 0.1}, {"x.y.f1": 0.2, "validation.x.y.f1": 0.3}]
    (line,) = lines(records)
    assert line.values == (None, 0.3)


def test_what_is_no_number_is_left_out() -> None:
    assert flattened({"a": {"b": 1, "c": "x"}, "d": True, "e": None, "f": [1]}) == {"a.b": 1.0}
    assert lines([{"epoch": 3, "stage": 1, "note": "x"}]) == []
    assert lines([]) == []


def test_the_best_epoch_is_of_the_last_stage() -> None:
    records = [{"stage": 1, "select": 0.9}, {"stage": 2, "select": 0.5}, {"stage": 2, "select": 0.5}]
    assert best(records) == 1
    assert stages(records) == [1]
    assert best([{"loss": 1.0}]) is None
    assert best([]) is None
