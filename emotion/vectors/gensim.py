"""Own vectors by gensim: the same texts and seed give the same vectors."""

import zlib
from collections.abc import Sequence

from emotion.errors import ConfigError
from emotion.text.vocabulary import Vocabulary
from emotion.vectors.config import CBOWConfig, SkipGramConfig
from emotion.vectors.table import Table, Vectors


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
        hashfxn=stable_hash,
    )
    model.build_vocab_from_freq(dict(vocabulary.counts), corpus_count=len(tokens))
    model.train(tokens, total_examples=len(tokens), epochs=config.epochs)
    table = Table(model.wv.index_to_key, model.wv.vectors, "gensim", len(model.wv.index_to_key))
    return table.by_id(vocabulary.ids, len(vocabulary))


def stable_hash(word: str) -> int:
    """What gensim seeds a word's first vector by: Python's own hash differs from run to run."""
    return zlib.crc32(word.encode("utf-8", "replace"))
