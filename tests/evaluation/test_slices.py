"""Which kinds a text belongs to."""

import numpy as np
import pytest

from emotion.evaluation.slices import KINDS, LONG, SHORT, members


def kinds(text: str, unknown: float = 0.0) -> set[str]:
    return {name for name, mask in members([text], np.array([unknown], np.float32)).items() if mask[0]}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("so happy 😂", "emoji"),
        ("#blessed today", "hashtag"),
        ("thanks @you", "mention"),
        ("see https://t.co/x", "link"),
        ("see www.example.org", "link"),
        ("RT @her: what a day", "retweet"),
        ("so true rt @her what a day", "retweet"),
        ("“@her: what a day” indeed", "retweet"),
        ("what a day?", "question"),
        ("I am not sure", "negation"),
        ("I can't even", "negation"),
        ("I can’t even", "negation"),
        ("i dont know", "negation"),
        ("i didn t feel it", "negation"),
        ("nobody came", "negation"),
        ("we cannot go", "negation"),
    ],
)
def test_a_text_belongs_to_its_kind(text: str, kind: str) -> None:
    assert kinds(text) == {"short", kind} | ({"mention"} if kind == "retweet" else set())


@pytest.mark.parametrize(
    "text", ["a #1 hit", "mail me@example.org", "notable knots", "want a pint", "RT if you agree", "issue #42"]
)
def test_what_only_looks_like_a_kind_is_none(text: str) -> None:
    assert kinds(text) == {"short"}


def test_words_that_the_model_does_not_know() -> None:
    assert "unknown" in kinds("x", unknown=0.5)
    assert "unknown" not in kinds("x", unknown=0)


def test_lengths_meet_without_overlap() -> None:
    assert "short" in kinds("w " * SHORT)
    assert kinds("w " * (SHORT + 1)) == set()
    assert kinds("w " * LONG) == set()
    assert kinds("w " * (LONG + 1)) == {"long"}


def test_every_kind_has_a_mask_of_all_texts() -> None:
    found = members(["a", "b", "c"], np.zeros(3, np.float32))
    assert list(found) == [kind.name for kind in KINDS]
    assert {mask.shape for mask in found.values()} == {(3,)}
