"""Batches of an epoch: every text once, of like length, within their limits, or a sample of a set."""

import numpy as np
import pytest

from emotion.models.encoded import Texts
from emotion.sets.labelled import single
from emotion.training.loop.examples import Examples, Lesson, batches


def texts(count: int = 1000) -> Texts:
    lengths = np.random.default_rng(0).integers(1, 60, count)
    return Texts(np.zeros(lengths.sum(), np.int64), np.concatenate(([0], np.cumsum(lengths))))


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def padded(found: Texts, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    return len(rows) * int(found.lengths[rows].max())


def test_an_epoch_holds_each_text_once_in_batches_of_like_length() -> None:
    found = texts()
    cut = batches(found, 16, rng())
    assert sorted(np.concatenate(cut)) == list(range(1000))
    assert {len(rows) for rows in cut} <= {16, 1000 % 16}
    assert sum(padded(found, rows) for rows in cut) < 1.1 * found.lengths.sum()
    again = batches(found, 16, rng())
    assert all(np.array_equal(one, other) for one, other in zip(cut, again, strict=True))


def test_a_budget_of_words_bounds_batches_beside_their_size() -> None:
    found = texts()
    cut = batches(found, 40, rng(), words=300)
    assert sorted(np.concatenate(cut)) == list(range(1000))
    assert max(padded(found, rows) for rows in cut) <= 300
    assert max(len(rows) for rows in cut) == 40
    assert sum(padded(found, rows) for rows in cut) < 1.1 * found.lengths.sum()


def test_a_text_longer_than_the_budget_is_a_batch_of_its_own() -> None:
    found = texts()
    cut = batches(found, 64, rng(), words=10)
    assert sorted(np.concatenate(cut)) == list(range(1000))
    assert all(len(rows) == 1 for rows in cut if padded(found, rows) > 10)


def test_a_set_is_sampled_anew_each_epoch_and_others_are_read_whole() -> None:
    data = Examples(texts(100), {}, {}, ((60, 10), (40, 40)))
    random = rng()
    first, second = (set(data.order(random).tolist()) for _ in range(2))
    for rows in (first, second):
        assert len(rows) == data.drawn == 50
        assert len([row for row in rows if row < 60]) == 10
        assert {row for row in rows if row >= 60} == set(range(60, 100))
    assert first != second
    assert set(Examples(texts(100), {}, {}, ((60, 10), (40, 40))).order(rng()).tolist()) == first


def test_without_sampling_the_order_takes_what_it_always_took_from_chance() -> None:
    for draws in ((), ((100, 100),), ((60, 60), (40, 40))):
        order = Examples(texts(100), {}, {}, draws).order(rng())
        assert np.array_equal(order, rng().permutation(100))


@pytest.mark.parametrize(("sample", "drawn"), [(None, 10), (4, 4), (99, 10), (0.25, 2), (0.01, 1), (1.0, 10)])
def test_a_sample_is_a_number_of_rows_or_a_share(sample: int | float | None, drawn: int) -> None:
    assert Lesson(single(["x"] * 10, ["joy"] * 10), sample=sample).drawn == drawn
