"""CBOW and skip-gram over a corpus on disk, by gensim, with sub-words where they are wanted."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from emotion.errors import UsageError
from emotion.vectors.gensim import stable_hash
from emotion.vectors.own.config import OwnConfig
from emotion.vectors.own.spool import Corpus
from emotion.vectors.table import Vectors


@dataclass(frozen=True, eq=False)
class Own:
    """Words, most frequent first, with a row each (N, D); the rows of sub-words (buckets, D) where there are any."""

    counts: dict[str, int]
    rows: Vectors
    pieces: Vectors | None

    @property
    def words(self) -> list[str]:
        return list(self.counts)


def learn(corpus: Corpus, config: OwnConfig) -> Own:
    """Vectors of the corpus's words: `epochs` passes over it. Memory follows the words, not the texts.

    The context of CBOW is the mean of its words. With one thread the same corpus and seed give the same vectors.
    """
    model = _model(config)
    model.build_vocab_from_freq(corpus.counts, corpus_count=len(corpus))
    model.train(
        corpus, total_examples=len(corpus), total_words=corpus.tokens, epochs=config.method.epochs, report_delay=1e9
    )
    order = [model.wv.key_to_index[word] for word in corpus.counts]
    pieces = None if config.pieces is None else np.asarray(model.wv.vectors_ngrams, np.float32)
    return Own(corpus.counts, np.asarray(model.wv.vectors[order], np.float32), pieces)


def _model(config: OwnConfig) -> Any:
    try:
        from gensim.models import FastText, Word2Vec
    except ImportError:
        raise UsageError("Own vectors need the package gensim: pip install 'emotion[train]'.") from None
    method = config.method
    options: dict[str, Any] = {
        "vector_size": method.dimension,
        "window": method.window,
        "epochs": method.epochs,
        "negative": method.negative,
        "sample": method.sample,
        "sg": int(config.kind == "skipgram"),
        "cbow_mean": 1,
        "min_count": 1,  # the corpus has chosen its words
        "workers": config.threads,
        "seed": config.seed,
    }
    if config.pieces is None:
        return Word2Vec(hashfxn=stable_hash, **options)
    cut = config.pieces
    return FastText(min_n=cut.shortest, max_n=cut.longest, bucket=cut.buckets, **options)
