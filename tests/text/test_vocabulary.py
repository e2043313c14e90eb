from pathlib import Path

import pytest

from emotion.errors import BundleError
from emotion.text.rules import Rules
from emotion.text.vocabulary import PAD, UNKNOWN, Vocabulary


def test_ids_follow_the_two_specials_most_frequent_first() -> None:
    vocabulary = Vocabulary.build([["b", "a", "c"], ["b", "a"], ["b"]])
    assert vocabulary.words == ["b", "a", "c"]
    assert vocabulary.ids == {"b": 2, "a": 3, "c": 4}
    assert len(vocabulary) == 5
    assert "c" in vocabulary
    assert {PAD, UNKNOWN}.isdisjoint(vocabulary.ids.values())


def test_minimum_count_and_maximum_size() -> None:
    lists = [["d", "c", "b", "a"], ["c", "b", "a"], ["a"]]
    assert Vocabulary.build(lists, min_count=2).words == ["a", "b", "c"]
    assert Vocabulary.build(lists, max_size=2).words == ["a", "b"]


def test_learning_splits_hashtags_by_the_counts_of_plain_words() -> None:
    texts = ["feel the burn", "feel good", "the burn", "#feeltheburn", "# alone"]
    learned = Vocabulary.learn(texts, Rules())
    assert learned.counts["feel"] == 3
    assert learned.counts["<hashtag>"] == 1
    assert "feeltheburn" not in learned
    assert Vocabulary.learn(texts, Rules(hashtags="word")).counts["feeltheburn"] == 1


def test_a_file_gives_the_same_vocabulary(tmp_path: Path) -> None:
    vocabulary = Vocabulary({"é": 5, "n't": 3, "<url>": 2, "😂": 1})
    vocabulary.save(tmp_path / "v.txt")
    assert (tmp_path / "v.txt").read_bytes().startswith("é\t5\nn't\t3\n".encode())
    assert Vocabulary.load(tmp_path / "v.txt") == vocabulary


def test_an_empty_vocabulary_survives(tmp_path: Path) -> None:
    Vocabulary({}).save(tmp_path / "v.txt")
    assert len(Vocabulary.load(tmp_path / "v.txt")) == 2


@pytest.mark.parametrize("word", ["", "a b", "a\tb", "a\n", "\ud800"])
def test_words_that_a_file_cannot_hold_are_refused(tmp_path: Path, word: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (UnicodeEncodeError is one)
        Vocabulary({word: 1}).save(tmp_path / "v.txt")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"a\t1\nb\t", "line 2"),
        (b"a\t1\nb\t2", "last line is cut"),
        (b"a\t1\n\nb\t2\n", "line 2"),
        (b"a\t1\na\t1\n", "repeats the word 'a'"),
        (b"a\t1\tx\n", "line 1"),
        (b"a\t+1\n", "line 1"),
        (b"a\t1\nb\t-1\n", "line 2"),
        (b"a\t1\r\n", "line 1"),
        (b"a\t01\n", "line 1"),
        (b"\t1\n", "line 1"),
        (b"a b", "line 1"),
        ("a\t１\n".encode(), "line 1"),
        (b"a\t" + b"9" * 5000 + b"\n", "line 1"),
        (b"\xff\t1\n", "byte 0 is not UTF-8"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "v.txt").write_bytes(content)
    with pytest.raises(BundleError, match=fault):
        Vocabulary.load(tmp_path / "v.txt")


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"v\.txt cannot be read"):
        Vocabulary.load(tmp_path / "v.txt")
