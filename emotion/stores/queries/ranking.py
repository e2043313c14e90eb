"""What the rankings of terms share, whatever store counts: which words count, and which terms mark an emotion."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from emotion.stores.answers import Kind, SignificantTerm, Term
from emotion.stores.queries.counts import filled
from emotion.stores.significance import LEAST, log_odds
from emotion.text.stop_words import STOP_WORDS

# Beside the cleaning's own: verbs of all trades, what is left of contractions, and words of many emoji's names.
COMMON = STOP_WORDS | frozenset(
    """
    also ca come de else ever every get gets getting go goes going gone got im ive keep like ll made make many much n't
    na need one put re really rt said say says see since still take then thing things till too two ur use want way went
    wo yes yet ya u r face skin tone light medium dark heavy mark sign button 'd 'll
    'm 're 's 've
    """.split()  # noqa: SIM905
)

Counts = dict[str, dict[str, int]]  # term to emotion to tweets


class Marking(NamedTuple):
    """A term that marks an emotion, with its tweets of this emotion and of all others."""

    term: str
    tweets: int
    elsewhere: int
    score: float


def counts_as(kind: Kind, term: str) -> bool:
    """Whether a term is counted: words hold a letter and are neither markers nor common; others are not empty."""
    if kind != "words":
        return term != ""
    return term not in COMMON and not term.startswith("<") and any(map(str.isalpha, term))


def term_of(term: str, written: Mapping[str, str], counts: Mapping[str, int], emotions: Sequence[str]) -> Term:
    """The term as answers show it."""
    return Term(term, written.get(term, term), sum(counts.values()), filled(dict(counts), emotions))


def spelt(mark: Marking, written: Mapping[str, str]) -> SignificantTerm:
    """The marking term as answers show it."""
    return SignificantTerm(mark.term, written.get(mark.term, mark.term), mark.tweets, mark.elsewhere, mark.score)


def best_of_each(terms: Sequence[Term], emotions: Sequence[str], limit: int) -> dict[str, list[Term]]:
    """For each emotion the terms in most of its tweets, ties by the alphabet."""
    answer = {}
    for emotion in emotions:
        held = [term for term in terms if term.emotions.get(emotion)]
        answer[emotion] = sorted(held, key=lambda t, e=emotion: (-t.emotions[e], t.term))[:limit]  # type: ignore[misc]
    return answer


def only(emotion: str | None, marks: dict[str, list[Marking]]) -> dict[str, list[Marking]]:
    """Those of one emotion where one is asked for; it is marked against the others, so these are counted, too."""
    return marks if emotion is None else {emotion: marks.get(emotion, [])}


def marking(counts: Counts, totals: Mapping[str, int], emotions: Sequence[str], limit: int) -> dict[str, list[Marking]]:
    """For each emotion the terms that mark it most (see `stores.significance`), none below its `LEAST`.

    `totals` are each emotion's sums over all terms, those that are not in `counts` too.
    """
    import numpy as np

    terms, table = sorted(counts), np.zeros((len(counts), len(emotions)), np.int64)
    for row, term in enumerate(terms):
        table[row] = [counts[term].get(emotion, 0) for emotion in emotions]
    scores = log_odds(table, np.array([totals.get(emotion, 0) for emotion in emotions], np.int64))
    scores = np.where(table > 0, scores, 0.0)

    def told(row: int, column: int) -> Marking:
        here = int(table[row, column])
        return Marking(terms[row], here, int(table[row].sum()) - here, float(scores[row, column]))

    best = [[int(row) for row in np.argsort(-z, kind="stable")[:limit] if z[row] > LEAST] for z in scores.T]
    return {emotions[column]: [told(row, column) for row in rows] for column, rows in enumerate(best)}
