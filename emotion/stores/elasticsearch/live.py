"""The live way into an index: batches of a crawler or of the API, by source and number, each once.

Documents go to `<alias>-live-2026.11` by the tweet's own time, taken from its id where the id holds one, so that the
same tweet meets itself. The first batch that brings a tweet wins. What was deleted is remembered (see `graves`), and
stays away when it is delivered again. Any number of writers may be at one batch (see `attempts`).
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emotion.faults import crash_point
from emotion.stores.dead_letters import entry
from emotion.stores.described import Described
from emotion.stores.elasticsearch import generations
from emotion.stores.elasticsearch.address import Address
from emotion.stores.elasticsearch.attempts import Attempts
from emotion.stores.elasticsearch.bulk import put, send
from emotion.stores.elasticsearch.companion import Companion
from emotion.stores.elasticsearch.connect import explained, meet
from emotion.stores.elasticsearch.graves import Graves
from emotion.stores.elasticsearch.manifest import manifest_of
from emotion.stores.elasticsearch.rows import column, first_copies
from emotion.stores.elasticsearch.session import session
from emotion.stores.elasticsearch.sources import lines
from emotion.stores.live.batch import Labelled, check_same
from emotion.stores.live.privacy import check_open
from emotion.stores.protocol import Written
from emotion.tweets.tweet import DeadLetter

_VERSION = 1  # of every live document: the first one stays
_EPOCH_MILLIS, _SNOWFLAKES_SINCE, _TIME_SHIFT = 1_288_834_974_657, 1 << 36, 22
_FIRST_TWEETS = 1_141_171_200_000_000  # March 2006, in microseconds
_AHEAD = 31 * 86_400_000_000  # microseconds that a clock may go before ours


class ElasticsearchLive:
    """A live writer; any number of them may write to one store."""

    def __init__(self, address: Address, wanted: Described, keep_raw: bool = True) -> None:
        self._address = address
        self._wanted = wanted
        self._keep_raw = keep_raw
        self._session = session(address)
        self._made: set[str] = set()
        meet(self._session.client, address)
        self._graves = Graves(self._session)
        self._attempts = Attempts(self._graves)
        with explained(address):
            index = generations.companion_index(address.alias, generations.current(self._session) or 1)
            check_open(str(address), manifest_of(Companion(self._session, index)))
            generations.admit_live(self._session, wanted)
            self._graves.companion.create_index(None)
            self._attempts.look_after()

    def write(self, source: str, sequence: int, batch: Labelled) -> Written:
        """Write a batch; returns when it is durable. The same source and number has no further effect.

        Raises:
            NumberTaken: the store holds other records under that number.
            StoreError: the server does not take it; the batch may be written again.
        """
        with explained(self._address), self._wary():
            self._attempts.look_after()
            key = f"{source}/{sequence}"
            done = self._attempts.done(key) or self._write(key, source, batch)
            check_same(source, sequence, done.get("digest", ""), batch.digest)
            return Written(done["documents"], done["dead_letters"])

    def close(self) -> None:
        """Nothing is held."""

    @contextmanager
    def _wary(self) -> Iterator[None]:
        """After a failure the indices are looked for anew: a life cycle may have removed one meanwhile."""
        try:
            yield
        except BaseException:
            self._made.clear()
            raise

    def _write(self, key: str, source: str, batch: Labelled) -> dict[str, Any]:
        documents = batch.documents
        self._graves.bury(batch.tombstones)
        firsts = documents.take(pa.array(first_copies(column(documents, "tweet_id"))[0]))
        attempt = self._attempts.begin(key, _tweets(firsts))
        refused = self._refused(source, documents, self._send(self._without_deleted(firsts)))
        letters = {letter.line: entry(source, letter, self._keep_raw) for letter in batch.dead_letters}
        letters |= refused
        self._graves.take_back(_tweets(firsts))  # all: an attempt that died may have brought what is left out by now
        self._attempts.keep_letters(key, letters)
        crash_point("live-written")
        done = {
            "read": batch.read,
            "documents": len(documents) - len(refused),
            "dead_letters": len(letters),
            "deleted": batch.deleted,
            "skipped": batch.skipped,
            "letters": [*letters],
            "digest": batch.digest,
        }
        if batch.once:
            self._attempts.end(attempt)
            return done
        return self._attempts.settle(attempt, done)

    def _send(self, documents: pa.Table) -> dict[str, tuple[str, str]]:
        """Send the documents, each to the index of its month; reason and index of those that were refused, by id."""
        refused: dict[str, tuple[str, str]] = {}
        alias = self._address.alias
        months = np.array([generations.live_index(alias, month) for month in months_of(documents)], object)
        for index in dict.fromkeys(months.tolist()):
            if index not in self._made:
                generations.create_live(self._session, index, self._wanted)
                self._made.add(index)
            table = documents.take(pa.array(np.flatnonzero(months == index)))
            actions = (put(row, id, body, _VERSION) for row, (id, body) in enumerate(lines(table)))
            ids = table["tweet_id"].to_pylist()
            found = send(self._session, index, actions).refused
            if found:  # not because the index was removed and made anew, for other labels
                generations.create_live(self._session, index, self._wanted)
            refused |= {ids[row]: (reason, index) for row, reason in found.items()}
        return refused

    def _refused(
        self, source: str, documents: pa.Table, refused: Mapping[str, tuple[str, str]]
    ) -> dict[int, dict[str, Any]]:
        """Dead letters by the lines of the tweets refused, copies too, with all that it takes to send them again."""
        letters: dict[int, dict[str, Any]] = {}
        if not refused:
            return letters
        there = documents.filter(pc.is_in(documents["tweet_id"], value_set=pa.array([*refused], pa.string())))
        for line, (id, body) in zip(there["line"].to_pylist(), lines(there), strict=True):
            reason, index = refused[id]
            letter = entry(source, DeadLetter(line, reason, body), self._keep_raw)
            more = {"tweet_id": id, "version": _VERSION, "document": body.decode(), "index": index}
            letters[line] = letter | (more if self._keep_raw else {})
        return letters

    def _without_deleted(self, documents: pa.Table) -> pa.Table:
        named = self._graves.hold(_tweets(documents))
        return documents.filter(pa.array([not each for each in named], pa.bool_()))


def _tweets(documents: pa.Table) -> list[tuple[str, str | None]]:
    """Ids of tweets and of their users."""
    return list(zip(documents["tweet_id"].to_pylist(), documents["user_id"].to_pylist(), strict=True))


def months_of(documents: pa.Table) -> list[str]:
    """The month of each document as `2026.11`: of its id where that holds a time, else of its date.

    It is `unknown` where there is none, or one before the first tweet or in the future: whatever dates are claimed,
    there are no more indices than months in which tweets were written.
    """
    dates = documents["created_at"].cast(pa.int64()).to_pylist()
    latest = time.time_ns() // 1000 + _AHEAD
    return [_month(id, date, latest) for id, date in zip(documents["tweet_id"].to_pylist(), dates, strict=True)]


def _month(id: str, created: int | None, latest: int) -> str:
    """Ids since November 2010 hold milliseconds above 22 bits."""
    number = int(id) if id.isascii() and id.isdecimal() and len(id) < 20 else 0
    if number >= _SNOWFLAKES_SINCE:
        created = ((number >> _TIME_SHIFT) + _EPOCH_MILLIS) * 1000
    if created is None or not _FIRST_TWEETS <= created < latest:
        return "unknown"
    return f"{datetime.fromtimestamp(created // 1_000_000, UTC):%Y.%m}"
