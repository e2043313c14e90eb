"""Vectors that start the embedding."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from emotion.text.vocabulary import PAD, UNKNOWN, Vocabulary
from emotion.vectors.config import CBOWConfig, SkipGramConfig, TableConfig, VectorsConfig
from emotion.vectors.gensim import word2vec
from emotion.vectors.starting import SCALE, from_file, glove, starting_vectors
from emotion.vectors.table import Vectors
from tests.vectors.made_vectors import fasttext

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


# From files


def file(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("\n".join(lines))
    return path


def test_a_file_starts_the_words_it_has_and_tells_how_many(tmp_path: Path) -> None:
    file(tmp_path / "mine.txt", ["cats 1.0 2.0", "dogs 3.0 4.0", "dogs 5.0 6.0", "cows 7.0 8.0"])
    words, notes = vocabulary(tokens()), list[str]()
    config = VectorsConfig(tables=(TableConfig(path="mine.txt", dimension=2),))
    found = starting_vectors(config, words, [], seed=1, root=tmp_path, note=notes.append)
    assert found is not None
    factor = SCALE / np.sqrt(np.mean([1, 4, 9, 16]))
    assert found[words.ids["dogs"]] == pytest.approx(np.array([3, 4]) * factor)
    assert notes == [
        "mine.txt: 1 more rows for words that already had one; the first counts (first line 3, 'dogs')",
        "mine.txt: 2 of 8 words have a vector (25.0 %), 40.0 % of all tokens",
    ]
    assert np.array_equal(found, from_seed(config, tmp_path, 1))
    missing = words.ids["purr"]
    assert not np.array_equal(found[missing], from_seed(config, tmp_path, 2)[missing])
    assert 0 < np.abs(found[missing]).max() < SCALE


def from_seed(config: VectorsConfig, root: Path, seed: int) -> Vectors:
    found = starting_vectors(config, vocabulary(tokens()), [], seed, root)
    assert found is not None
    return found


def test_several_tables_stand_side_by_side(tmp_path: Path) -> None:
    file(tmp_path / "a.txt", ["cats 1.0 2.0"])
    file(tmp_path / "b.txt", ["dogs 1.0 2.0 3.0"])
    config = VectorsConfig(
        glove=True, tables=(TableConfig(path="a.txt", dimension=2), TableConfig(path="b.txt", dimension=3))
    )
    assert from_seed(config, tmp_path, 0).shape[1] == config.dimension == 55
    alone = from_seed(VectorsConfig(glove=True), tmp_path, 0)
    assert np.array_equal(from_seed(config, tmp_path, 0)[:, :50], alone)


def test_unknown_words_are_made_of_sub_words_where_a_file_has_them(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(fasttext(words=("cats",))[0])
    words, notes = vocabulary(tokens()), list[str]()
    table = TableConfig(path="model.bin", dimension=3)
    found = from_file(table, words, tmp_path, notes.append)
    assert not np.isnan(found[UNKNOWN + 1 :]).any()
    assert notes == ["model.bin: 7 words are made of sub-words"]
    found = from_file(table.model_copy(update={"subwords": False}), words, tmp_path)
    assert np.isnan(found[words.ids["dogs"]]).all()


def test_numbers_are_found_under_the_marker_of_other_vectors(tmp_path: Path) -> None:
    file(tmp_path / "glove.twitter.txt", ["<number> 1.0 2.0", "<user> 3.0 4.0"])
    words = vocabulary([["<num>", "<user>"]])
    found = from_file(TableConfig(path="glove.twitter.txt", dimension=2), words, tmp_path)
    assert found[words.ids["<num>"]].tolist() == [1, 2]
