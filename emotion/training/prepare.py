"""Before training: the data of a recipe read, its vocabulary built, its texts encoded, its starting vectors made."""

from dataclasses import dataclass
from pathlib import Path

from emotion.sets.datasets import Data, load
from emotion.text.encoder import Encoder
from emotion.text.vocabulary import Vocabulary
from emotion.training.recipe import Recipe
from emotion.training.vectors import Vectors, starting_vectors
from emotion.training.watcher import Watcher


@dataclass(frozen=True)
class Prepared:
    """What training starts from."""

    data: Data
    encoder: Encoder
    vectors: Vectors | None


def prepare(recipe: Recipe, root: Path, watcher: Watcher) -> Prepared:
    """Read and encode everything below `root`; rows that leak between splits are dropped and noted."""
    data = load(recipe.sets, recipe.unlabelled, root)
    for name, count in data.dropped.items():
        if count:
            watcher.note(f"{name}: dropped {count} texts that a validation or test split also holds")
    texts = data.texts()
    vocabulary = Vocabulary.learn(texts, recipe.rules, recipe.vocabulary.min_count, recipe.vocabulary.max_size)
    encoder = Encoder(recipe.rules, vocabulary)
    watcher.note(f"{len(texts):,} texts to learn from, a vocabulary of {len(vocabulary.words):,} words")
    tokens = [encoder.tokenizer.tokens(text) for text in texts] if recipe.vectors.skipgram else []
    return Prepared(data, encoder, starting_vectors(recipe.vectors, vocabulary, tokens, recipe.seed))
