"""Before training: the data of a recipe read, its vocabulary built, its texts encoded, its starting vectors made."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

from emotion.models.bundle import Bundle
from emotion.models.context.cache import ContextCache
from emotion.models.context.contextual import Open
from emotion.models.context.rows import Contexts, Live
from emotion.models.encoded import Texts, encode
from emotion.sets.datasets import Data, load
from emotion.text.encoder import Encoder
from emotion.text.vocabulary import Vocabulary
from emotion.training.against_data import check_data
from emotion.training.recipe import Recipe
from emotion.training.start import extended
from emotion.training.watcher import Watcher
from emotion.vectors.starting import starting_vectors
from emotion.vectors.table import Vectors


@dataclass(frozen=True)
class Prepared:
    """What training starts from; `start` is the bundle that it goes on from, if any.

    `context` makes contextual vectors, which are kept in the cache `contexts`, or made anew where they are trained.
    """

    data: Data
    encoder: Encoder
    vectors: Vectors | None
    start: Bundle | None = None
    context: Open | None = None
    contexts: Contexts | None = None

    def beside(self, context: Open | None) -> Self:
        """The same with contextual vectors, where the model reads any."""
        if context is None:
            return self
        found: Contexts = Live(context.contextual) if context.trained else ContextCache(context.contextual)
        return replace(self, context=context, contexts=found)

    def apart(self) -> Self:
        """The same, for one more model: what trains, or holds, the one encoder does not touch the other."""
        return self.beside(self.context and self.context.apart())

    def read(self, texts: Sequence[str]) -> Texts:
        """Encoded texts, with their contextual vectors from the cache where the model reads any."""
        return encode(self.encoder, texts, self.contexts)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over all labelled texts, their targets and the vocabulary: whether the data are still the same."""
        total = hashlib.sha256()
        for name, splits in self.data.sets.items():
            for split, rows in splits.items():
                for part in (name, split, *rows.labels, *rows.texts):
                    total.update(f"{part}\0".encode())
                total.update(rows.targets.tobytes())
        for word in self.encoder.vocabulary.words:
            total.update(f"{word}\0".encode())
        return total.hexdigest()


def prepare(
    recipe: Recipe,
    root: Path,
    watcher: Watcher,
    start: Bundle | None = None,
    vectors: bool = True,
    context: Open | None = None,
    partly: bool = False,
) -> Prepared:
    """Read and encode everything below `root`; rows that leak between splits are dropped and noted.

    Without `vectors` none are made, as for a training that goes on from a checkpoint. `partly` lets heads stay
    untaught, as where a set is left out.
    """
    data = load(recipe.sets, recipe.unlabelled, root)
    if not partly:
        check_data(recipe, data.sets, start)
    for name, count in data.dropped.items():
        if count:
            watcher.note(f"{name}: dropped {count} texts that a validation or test split also holds")
    texts = data.texts()
    vocabulary = _vocabulary(recipe, texts, start)
    encoder = Encoder(recipe.rules, vocabulary)
    watcher.note(f"{len(texts):,} texts to learn from, a vocabulary of {len(vocabulary.words):,} words")
    if not vectors:
        return Prepared(data, encoder, None, start).beside(context)
    tokens = [encoder.tokenizer.tokens(text) for text in texts] if recipe.vectors.learnt else []
    begun = starting_vectors(recipe.vectors, vocabulary, tokens, recipe.seed, root, watcher.note)
    return Prepared(data, encoder, begun, start).beside(context)


def _vocabulary(recipe: Recipe, texts: Sequence[str], start: Bundle | None) -> Vocabulary:
    """The words of the texts, those of the bundle that training starts from, or both."""
    if start is not None and recipe.start is not None and recipe.start.vocabulary == "keep":
        return start.vocabulary
    learnt = Vocabulary.learn(texts, recipe.rules, recipe.vocabulary.min_count, recipe.vocabulary.max_size)
    return learnt if start is None else extended(start.vocabulary, learnt)
