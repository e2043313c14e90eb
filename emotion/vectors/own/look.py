"""What vectors are like: neighbours, analogies where they make sense, and a map in two dimensions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion.vectors.own.learn import Own
from emotion.vectors.table import Vectors

PROBES = (
    *("joy", "sadness", "anger", "fear", "love", "surprise", "disgust", "trust", "hope", "shame", "pride", "guilt"),
    *("happy", "sad", "angry", "afraid", "lonely", "proud", "tired", "excited", "worried", "jealous", "bored", "calm"),
    *("good", "bad", "lol", "ugh", "wow", "thanks", "sorry", "miss", "hate", "hurt"),
)
ANALOGIES = (  # a is to b as c is to d
    *(("good", "better", "bad", "worse"), ("good", "best", "bad", "worst"), ("happy", "sad", "love", "hate")),
    *(("he", "she", "his", "her"), ("man", "woman", "boy", "girl"), ("boy", "girl", "brother", "sister")),
    *(("day", "night", "morning", "evening"), ("go", "going", "feel", "feeling"), ("love", "loved", "hate", "hated")),
    *(("today", "tomorrow", "day", "night"), ("is", "was", "are", "were"), ("i", "my", "you", "your")),
)
NEIGHBOURS = 8
NEAR = 5  # an analogy is met when the word is among the nearest so many
MAPPED = 250  # words of the map, probes among them
_PLAIN = str.isalpha


@dataclass(frozen=True)
class Neighbour:
    """A word with its cosine."""

    word: str
    cosine: float


@dataclass(frozen=True)
class Analogy:
    """a is to b as c is to d, and what came first instead of d where it is `met` or not."""

    words: tuple[str, str, str, str]
    answers: tuple[str, ...]

    @property
    def met(self) -> bool:
        return self.words[3] in self.answers


@dataclass(frozen=True)
class Look:
    """What is told of vectors; `places` are (x, y) by word."""

    neighbours: dict[str, list[Neighbour]]
    analogies: list[Analogy]
    places: dict[str, tuple[float, float]]


def look(own: Own, seed: int = 0) -> Look:
    """Neighbours of words of feeling that are known (else of frequent ones), analogies of known words, and a map."""
    words = own.words
    ids = {word: number for number, word in enumerate(words)}
    unit = own.rows / np.maximum(np.linalg.norm(own.rows, axis=1, keepdims=True), 1e-9)
    probes = [word for word in PROBES if word in ids] or [word for word in words if _PLAIN(word)][:12]
    neighbours = {word: _nearest(words, unit, unit[ids[word]], {word}, NEIGHBOURS) for word in probes}
    return Look(neighbours, _analogies(words, ids, unit), _map(words, unit, probes, seed))


def _nearest(words: Sequence[str], unit: Vectors, to: Vectors, without: set[str], count: int) -> list[Neighbour]:
    cosines = unit @ to
    found = (Neighbour(words[place], float(cosines[place])) for place in np.argsort(-cosines)[: count + len(without)])
    return [neighbour for neighbour in found if neighbour.word not in without][:count]


def _analogies(words: Sequence[str], ids: dict[str, int], unit: Vectors) -> list[Analogy]:
    """Each answered by the words nearest to b - a + c (Mikolov et al. 2013), which themselves do not count."""
    found = []
    for a, b, c, d in ANALOGIES:
        if all(word in ids for word in (a, b, c, d)):
            to = unit[ids[b]] - unit[ids[a]] + unit[ids[c]]
            to = to / max(float(np.linalg.norm(to)), 1e-9)
            answers = tuple(near.word for near in _nearest(words, unit, to, {a, b, c}, NEAR))
            found.append(Analogy((a, b, c, d), answers))
    return found


def _map(words: Sequence[str], unit: Vectors, probes: Sequence[str], seed: int) -> dict[str, tuple[float, float]]:
    """Words of feeling and the most frequent plain ones by t-SNE (van der Maaten and Hinton 2008)."""
    shown = list(dict.fromkeys([*probes, *(word for word in words if _PLAIN(word) and len(word) > 2)]))[:MAPPED]
    if len(shown) < 4 or unit.shape[1] < 2:
        return {}
    from sklearn.manifold import TSNE

    ids = {word: number for number, word in enumerate(words)}
    rows = unit[[ids[word] for word in shown]].astype(np.float64)
    perplexity = min(15.0, (len(shown) - 1) / 3)
    places = TSNE(metric="cosine", init="random", perplexity=perplexity, random_state=seed).fit_transform(rows)
    return {word: (round(float(x), 3), round(float(y), 3)) for word, (x, y) in zip(shown, places, strict=True)}
