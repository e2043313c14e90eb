"""Vectors that start the embedding."""

from collections.abc import Sequence

import numpy as np
import pytest

from emotion.text.vocabulary import PAD, UNKNOWN, Vocabulary
from emotion.training.vectors import SCALE, CBOWConfig, SkipGramConfig, VectorsConfig, glove, starting_vectors, word2vec

SMALL = SkipGramConfig(dimension=6, epochs=3)
BAG = CBOWConfig(dimension=6, window=2, epochs=3)


def tokens() -> list[list[str]]:
    return [["cats", "purr", "softly"], ["dogs", "bark", "loudly"], ["cats", "and", "dogs", "sleep"]] * 20


def vocabulary(lists: Sequence[list[str]]) -> Vocabulary:
    return Vocabulary.build(lists, 1)


def test_without_vectors_the_embedding_is_left_to_itself() -> None:
    assert starting_vectors(VectorsConfig(), vocabulary(tokens()), [], 0) is None


def test_skip_gram_gives_each_word_its_row_and_repeats_itself() -> None:
    words = vocabulary(tokens())
    found = word2vec(SMALL, words, tokens(), seed=1)
    assert found.shape == (len(words), 6)
    assert np.isnan(found[[PAD, UNKNOWN]]).all()
    assert not np.isnan(found[UNKNOWN + 1 :]).any()
    assert np.array_equal(found, word2vec(SMALL, words, tokens(), seed=1), equal_nan=True)
    assert not np.array_equal(found, word2vec(SMALL, words, tokens(), seed=2), equal_nan=True)


def test_glove_has_common_words_and_not_the_rest() -> None:
    words = vocabulary([["happy", "sad", "xqzzkw"]])
    found = glove(words)
    assert found.shape == (len(words), 50)
    assert not np.isnan(found[words.ids["happy"]]).any()
    assert np.isnan(found[words.ids["xqzzkw"]]).all()


def test_vectors_stand_side_by_side_at_one_scale() -> None:
    lists = tokens()
    words = vocabulary(lists)
    config = VectorsConfig(glove=True, skipgram=SMALL)
    found = starting_vectors(config, words, lists, seed=1)
    assert found is not None
    assert found.shape == (len(words), config.dimension) == (len(words), 56)
    assert found.dtype == np.float32
    assert (found[PAD] == 0).all()
    for part in (found[UNKNOWN + 1 :, :50], found[UNKNOWN + 1 :, 50:]):
        assert np.sqrt((part**2).mean()) == pytest.approx(SCALE, rel=1e-3)


def test_bags_of_words_are_vectors_of_their_own() -> None:
    words = vocabulary(tokens())
    found = word2vec(BAG, words, tokens(), seed=1)
    assert found.shape == (len(words), 6)
    assert np.array_equal(found, word2vec(BAG, words, tokens(), seed=1), equal_nan=True)
    same = SkipGramConfig(dimension=6, window=2, epochs=3)
    assert not np.array_equal(found, word2vec(same, words, tokens(), seed=1), equal_nan=True)


def test_own_vectors_of_both_kinds_stand_side_by_side() -> None:
    config = VectorsConfig(skipgram=SMALL, cbow=BAG)
    found = starting_vectors(config, vocabulary(tokens()), tokens(), seed=1)
    assert found is not None
    assert found.shape[1] == config.dimension == 12
    assert not np.array_equal(found[:, :6], found[:, 6:])
