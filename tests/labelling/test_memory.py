from collections.abc import Sequence

import pyarrow as pa
import pytest

from emotion.labelling import memory as module
from emotion.labelling.memory import Memory


class Counting:
    """Predicts the length of a text, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> pa.Table:
        self.asked += texts
        return pa.table({"length": pa.array([len(text) for text in texts], pa.int64())})


def test_each_text_is_computed_once() -> None:
    predict = Counting()
    memory = Memory(predict)
    assert memory(["a", "bbb", "a"])["length"].to_pylist() == [1, 3, 1]
    assert memory(["cc", "bbb"])["length"].to_pylist() == [2, 3]
    assert predict.asked == ["a", "bbb", "cc"]


def test_a_full_memory_starts_afresh_and_answers_the_same() -> None:
    memory = Memory(Counting(), size=3)
    for _ in range(3):
        for texts in (["a", "bb"], ["ccc", "dddd", "bb"], ["eeeee", "a", "ffffff", "ggggggg"]):
            assert memory(texts)["length"].to_pylist() == [len(text) for text in texts]


def test_long_texts_are_not_kept_beyond_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHARACTERS", 1000)
    memory = Memory(Counting())
    for n in range(50):
        assert memory([f"{n:0300d}", f"{n:0200d}"])["length"].to_pylist() == [300, 200]
        assert sum(map(len, memory._rows)) <= 1500


def test_no_text_gives_no_row() -> None:
    memory = Memory(Counting())
    assert memory([]).num_rows == 0
    assert memory(["a"]).num_rows == 1


def test_what_is_new_may_be_computed_by_another_for_one_call() -> None:
    own, other = Counting(), Counting()
    memory = Memory(own)
    memory(["a", "bbb"])
    assert memory(["bbb", "cc", "a", "cc"], other)["length"].to_pylist() == [3, 2, 1, 2]
    assert memory(["cc"])["length"].to_pylist() == [2]
    assert (own.asked, other.asked) == (["a", "bbb"], ["cc"])
