"""Splits made of one set: shares, balance, chance, and copies that stay together."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.sets.copies import key
from emotion.sets.labelled import LabelledSet, several, single
from emotion.sets.splitting import split_rows

SHARES = (0.8, 0.1, 0.1)


def of_labels(counts: dict[str, int]) -> LabelledSet:
    names = [name for name, count in counts.items() for _ in range(count)]
    return single([f"text number {i}" for i in range(len(names))], names)


def test_each_label_is_shared_out_as_the_whole_is() -> None:
    rows = of_labels({"joy": 500, "fear": 100, "disgust": 10})
    counts = [rows.take(part).targets.sum(axis=0).tolist() for part in split_rows(rows, SHARES, 0)]
    assert rows.labels == ("disgust", "fear", "joy")
    assert counts == [[8, 80, 400], [1, 10, 50], [1, 10, 50]]


def test_several_labels_are_shared_out_each() -> None:
    rng = np.random.default_rng(4)
    shares = np.array([0.4, 0.2, 0.05, 0.02])
    flags = rng.random((3000, 4)) < shares
    flags[:, 1] |= flags[:, 3]  # the rarest label never stands alone
    rows = several([f"text {i}" for i in range(3000)], [[f"l{j}" for j in np.flatnonzero(row)] for row in flags])
    parts = [rows.take(part) for part in split_rows(rows, SHARES, 0)]
    for part, share in zip(parts, SHARES, strict=True):
        expected = rows.targets.sum(axis=0) * share
        assert np.abs(part.targets.sum(axis=0) - expected).max() <= max(2, 0.02 * expected.max())
        assert abs(len(part) - 3000 * share) <= 30
        unlabelled = (~part.flags.any(axis=1)).sum()
        assert abs(unlabelled - (~rows.flags.any(axis=1)).sum() * share) <= 2


def test_no_text_stands_on_both_sides() -> None:
    texts = [f"Text number {i % 40}{'!' * (i // 40)}" for i in range(200)]
    rows = single(texts, [("joy", "fear")[i % 2] for i in range(200)])
    parts = [{key(texts[i]) for i in part} for part in split_rows(rows, (0.5, 0.25, 0.25), 1)]
    assert all(parts)
    assert all(not one & other for one, other in [*pairwise(parts), (parts[0], parts[2])])
    assert len(set.union(*parts)) == 40


def test_the_seed_and_the_texts_alone_decide() -> None:
    rows = of_labels({"joy": 60, "fear": 40})
    found = [set(np.array(rows.texts)[part]) for part in split_rows(rows, SHARES, 7)]
    backwards = rows.take(np.arange(100)[::-1].copy())
    assert [set(np.array(backwards.texts)[part]) for part in split_rows(backwards, SHARES, 7)] == found
    assert [set(np.array(rows.texts)[part]) for part in split_rows(rows, SHARES, 8)] != found
    assert sorted(map(str, found[1]))[:3] == ["text number 13", "text number 2", "text number 32"]


def test_a_label_met_once_is_trained_on() -> None:
    rows = of_labels({"joy": 50, "awe": 1})
    train, *_ = split_rows(rows, SHARES, 0)
    assert 50 in train


LABELS = st.lists(st.sampled_from("xyz"), max_size=3, unique=True)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), LABELS), max_size=40), st.integers(0, 3))
def test_every_row_lands_in_one_split(found: list[tuple[str, list[str]]], seed: int) -> None:
    rows = several([text for text, _ in found], [labels for _, labels in found])
    parts = split_rows(rows, (0.6, 0.2, 0.2), seed)
    assert sorted(i for part in parts for i in part.tolist()) == list(range(len(found)))
    assert all((np.diff(part) > 0).all() for part in parts)
