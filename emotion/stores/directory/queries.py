"""The queries of a directory store, over DuckDB."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from emotion.stores.answers import (
    NONE,
    Bucket,
    Filter,
    Found,
    Gap,
    Hit,
    Kind,
    Peak,
    Period,
    Rhythm,
    Sample,
    SignificantTerm,
    Summary,
    Term,
)  # fmt: skip
from emotion.stores.described import read_run
from emotion.stores.protocol import EVERY
from emotion.stores.queries import counts, terms, tweets
from emotion.stores.queries.checks import checked, known_kind, known_period
from emotion.stores.queries.columns import MARK
from emotion.stores.queries.columns import columns as columns_of
from emotion.stores.queries.documents import Documents, describe, is_unfinished
from emotion.stores.queries.filters import conditions

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 8192  # rows of an export held at once
_ROWS = "SELECT {names} FROM documents WHERE {condition}"
# The mark of the last that is taken cuts off the others; where there are fewer tweets, no hexadecimal number does. Of
# the copies in parts that are not finished, the first in the order of the files is taken: that which a finish keeps.
_SAMPLE = """
    WITH copies AS (
        SELECT *, row_number() OVER () AS place FROM documents WHERE {condition} AND {mark} <= coalesce((
            SELECT DISTINCT {mark} AS mark FROM documents WHERE {condition} ORDER BY mark LIMIT 1 OFFSET $last
        ), 'g')
    )
    SELECT {names} FROM copies QUALIFY row_number() OVER (PARTITION BY tweet_id ORDER BY place) = 1 ORDER BY place
"""
_RETWEETS = """
    WITH named AS (
        SELECT unnest($tweets::VARCHAR[]) AS id
        UNION SELECT tweet_id FROM documents WHERE user_id IN (SELECT unnest($users::VARCHAR[]))
    )
    SELECT DISTINCT tweet_id FROM documents WHERE retweet_of IN (SELECT id FROM named) ORDER BY tweet_id
"""


class DirectoryQueries:
    """Answers about the tweets of a directory store; reads only, and may be used beside a running job.

    What is not felt counts as the emotion `none`; with `everything` it counts as the model's best emotion.
    """

    def __init__(self, root: Path, everything: bool = False, zone: tzinfo = UTC, name: str | None = None) -> None:
        """`zone` is whose clock tells hours and days; `name` what a user calls the store that the directory holds."""
        described = describe(root)
        self.root = root
        self.name = name or str(root)
        self.labels = tuple(described.labels)
        self.profile_labels = tuple(described.profile_labels)
        self.emotions = self.labels if everything else (*self.labels, NONE)
        self.unfinished = is_unfinished(root)
        self._documents = Documents(root, described, everything, zone, self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._documents.close()

    def checked(self, filter: Filter) -> Filter:
        """The filter as the store spells it; a UsageError where it asks for what no tweet can hold."""
        return checked(filter, self.emotions, self.name, lambda: self._documents.rules)

    def summary(self, filter: Filter = EVERY) -> Summary:
        """How many tweets there are, of which emotions, languages and time, and the days that stand out."""
        asked = self.checked(filter)

        def ask(documents: Documents) -> Summary:
            peaks = self._peaks(documents, asked)
            return counts.summary(documents, asked, self.emotions, self.profile_labels, peaks, self.unfinished)

        return self._documents.answer(ask, asked)

    def timeline(self, by: Period = "day", filter: Filter = EVERY) -> list[Bucket]:
        """Tweets of each emotion by period, without holes."""
        asked, period = self.checked(filter), known_period(by)
        return self._documents.answer(lambda documents: counts.timeline(documents, asked, period, self.emotions), asked)

    def peaks(self, filter: Filter = EVERY) -> list[Peak]:
        """The day on which each emotion stood out most, if it did, with the hashtag most used in it then."""
        asked = self.checked(filter)
        return self._documents.answer(lambda documents: self._peaks(documents, asked), asked)

    def rhythm(self, filter: Filter = EVERY) -> Rhythm:
        """Tweets of each emotion by weekday and hour."""
        asked = self.checked(filter)
        return self._documents.answer(lambda documents: counts.rhythm(documents, asked), asked)

    def gaps(self, filter: Filter = EVERY) -> list[Gap]:
        """Minutes since the author's previous tweet, by emotion."""
        asked = self.checked(filter)
        before = replace(asked, since=None)  # the tweet before may be of any time
        return self._documents.answer(lambda documents: counts.gaps(documents, asked), before)

    def top(self, kind: Kind, filter: Filter = EVERY, limit: int = 20) -> list[Term]:
        """The terms in most tweets."""
        asked, of = self.checked(filter), known_kind(kind)
        return self._documents.answer(lambda documents: terms.top(documents, of, asked, self.emotions, limit), asked)

    def top_by_emotion(self, kind: Kind, filter: Filter = EVERY, limit: int = 10) -> dict[str, list[Term]]:
        """For each emotion the terms in most of its tweets."""
        asked, of = self.checked(filter), known_kind(kind)
        return self._documents.answer(
            lambda documents: terms.top_by_emotion(documents, of, asked, self.emotions, limit), asked
        )

    def significant(self, kind: Kind, filter: Filter = EVERY, limit: int = 10) -> dict[str, list[SignificantTerm]]:
        """For each emotion the terms that mark it most."""
        asked, of = self.checked(filter), known_kind(kind)
        return self._documents.answer(
            lambda documents: terms.significant(documents, of, asked, self.emotions, limit), asked
        )

    def search(self, query: str = "", filter: Filter = EVERY, limit: int = 20) -> Found:
        """Tweets that hold all words of the query, newest first."""
        asked = self.checked(filter.about(query))
        return self._documents.answer(lambda documents: tweets.search(documents, asked, limit, self.unfinished), asked)

    def examples(self, filter: Filter = EVERY, limit: int = 3) -> dict[str, list[Hit]]:
        """The strongest tweets of each emotion."""
        asked = self.checked(filter)
        return self._documents.answer(lambda documents: tweets.examples(documents, asked, self.emotions, limit), asked)

    def documents(
        self, filter: Filter = EVERY, columns: Sequence[str] | None = None, sample: Sample | None = None
    ) -> "pa.RecordBatchReader":
        """Whole documents, or these columns and `counted` of them, in the store's order, in batches."""
        asked, wanted = self.checked(filter), columns_of(self.labels, self.profile_labels, columns)
        condition, parameters = self._documents.answer(lambda documents: conditions(documents, asked), asked)
        if sample is not None:
            parameters |= {"seed": str(sample.seed), "last": sample.tweets - 1}
        names = ", ".join(f'"{name}"' for name in wanted.names)
        rows = (_ROWS if sample is None else _SAMPLE).format(names=names, condition=condition, mark=MARK)
        return self._documents.batches(rows, parameters, _BATCH, asked).cast(wanted)

    def give_up(self) -> None:
        """End what is asked; for another thread, which says it again until it has ended."""
        self._documents.give_up()

    def retweets_of(self, tweets: Sequence[str], users: Sequence[str]) -> list[str]:
        """Ids of the retweets, by whomever, of these tweets and of all that the store holds of these users."""
        named = {"tweets": list(tweets), "users": list(users)}
        return self._documents.answer(lambda documents: [row[0] for row in documents.rows(_RETWEETS, named)])

    @cached_property
    def run(self) -> dict[str, Any] | None:
        """The accounts of `run.json`, or None before a job has come to its end."""
        return read_run(self.root)

    def _peaks(self, documents: Documents, filter: Filter) -> list[Peak]:
        found = counts.peaks(counts.periods(documents, filter, "day"), self.labels, documents.zone)
        return counts.with_hashtags(
            found, filter, lambda those: terms.top(documents, "hashtags", those, self.emotions, 1)
        )
