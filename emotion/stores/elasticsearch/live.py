"""The live way into an index: batches of a crawler or of the API, by source and number, each once.

Documents go to `<alias>-live-2026.11` by the tweet's own time, taken from its id where the id holds one, so that a
delete notice finds them. The first batch that brings a tweet wins. What was deleted is remembered in the companion
index, so that a tweet that is delivered again stays away.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from emotion.faults import crash_point
from emotion.stores.dead_letters import entry
from emotion.stores.elasticsearch import generations
from emotion.stores.elasticsearch.address import Address
from emotion.stores.elasticsearch.bulk import put, remove, send
from emotion.stores.elasticsearch.companion import Companion, batches, scan
from emotion.stores.elasticsearch.connect import explained, meet
from emotion.stores.elasticsearch.mapping import described
from emotion.stores.elasticsearch.patience import patiently
from emotion.stores.elasticsearch.records import LIVE_LETTER, live_letter_id
from emotion.stores.elasticsearch.rows import column, first_copies
from emotion.stores.elasticsearch.session import session
from emotion.stores.elasticsearch.sources import lines
from emotion.stores.ledger import Tombstones
from emotion.stores.protocol import Written
from emotion.stores.records import Described, check_labels
from emotion.tweets.tweet import DeadLetter

_LIVE, _GONE = "live", "gone"
_VERSION = 1  # of every live document: the first one stays
_EPOCH_MILLIS, _SNOWFLAKES_SINCE, _TIME_SHIFT = 1_288_834_974_657, 1 << 36, 22
_FIRST_TWEETS = 1_141_171_200_000_000  # March 2006, in microseconds
_AHEAD = 31 * 86_400_000_000  # microseconds that a clock may go before ours
_IDS = 1000  # asked for at once


class ElasticsearchLive:
    """A live writer; any number of them may write to one store."""

    def __init__(self, address: Address, wanted: Described, keep_raw: bool = True) -> None:
        self._address = address
        self._keep_raw = keep_raw
        self._session = session(address)
        self._made: set[str] = set()
        meet(self._session.client, address)
        with explained(address):
            generation = generations.current(self._session) or 1
            index = generations.companion_index(address.alias, generation)
            self._companion = Companion(self._session, index)
            self._companion.create_index(generations.companion_alias(address.alias))
            generations.keep_template(self._session, wanted)
            self._check_labels(wanted)

    def write(
        self,
        source: str,
        sequence: int,
        documents: pa.Table,
        tombstones: Tombstones,
        dead_letters: Sequence[DeadLetter],
    ) -> Written:
        """Write a batch; returns when it is durable. The same source and number has no further effect.

        Raises:
            StoreError: the server does not take it; the batch may be written again.
        """
        with explained(self._address), self._wary():
            key = f"{source}/{sequence}"
            done = self._companion.get(f"{_LIVE}/{key}")
            if done is None:
                done = self._write(key, source, documents, tombstones, dead_letters)
                crash_point("live-written")
                self._companion.create(f"{_LIVE}/{key}", done)
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

    def _write(
        self,
        key: str,
        source: str,
        documents: pa.Table,
        tombstones: Tombstones,
        dead_letters: Sequence[DeadLetter],
    ) -> dict[str, Any]:
        self._bury(tombstones)
        firsts, _ = first_copies(column(documents, "tweet_id"))
        there = documents.take(pa.array(self._not_gone(documents, firsts), pa.int64()))
        refused = self._send(source, there)
        letters = [*(entry(source, letter, self._keep_raw) for letter in dead_letters), *refused]
        self._companion.send(
            (live_letter_id(key, n), letter | {"kind": LIVE_LETTER, "key": key, "number": n})
            for n, letter in enumerate(letters)
        )
        counts = {"documents": len(documents) - len(refused), "dead_letters": len(letters)}
        return {"kind": _LIVE, "key": key, "number": 0} | counts

    def _send(self, source: str, documents: pa.Table) -> list[dict[str, Any]]:
        """Send the documents, each to the index of its month; dead letters of those that were refused."""
        refused: list[dict[str, Any]] = []
        months = np.array([f"{self._address.alias}-live-{month}" for month in months_of(documents)], object)
        for index in dict.fromkeys(months.tolist()):
            self._make(index)
            table = documents.take(pa.array(np.flatnonzero(months == index)))
            rows = list(lines(table))
            outcome = send(self._session, index, (put(row, id, body, _VERSION) for row, (id, body) in enumerate(rows)))
            numbers = table["line"].to_pylist()
            for row, reason in sorted(outcome.refused.items()):
                id, body = rows[row]
                letter = entry(source, DeadLetter(numbers[row], reason, body), self._keep_raw)
                more = {"tweet_id": id, "version": _VERSION, "document": body.decode(), "index": index}
                refused.append(letter | (more if self._keep_raw else {}))
        return refused

    def _bury(self, tombstones: Tombstones) -> None:
        """Remember deleted ids first, then take them out wherever they are."""
        for users in batches(tombstones.users, _IDS):
            self._remove({"terms": {"user_id": users}})
        for ids in batches(tombstones.tweets, _IDS):
            self._companion.send((f"{_GONE}/{id}", {"kind": _GONE, "tweet_id": id}) for id in ids)
            self._remove({"ids": {"values": ids}})

    def _remove(self, query: dict[str, Any]) -> None:
        """Delete what a query finds behind the alias, as it is now."""
        name = self._address.alias
        if not patiently(self._session.patience(), lambda: self._session.client.indices.exists(index=name)):
            return
        patiently(self._session.patience(), lambda: self._session.client.indices.refresh(index=name))
        found: defaultdict[str, list[str]] = defaultdict(list)
        for hit in scan(self._session, name, query, [{"_shard_doc": "asc"}], _IDS, False):
            found[hit["_index"]].append(hit["_id"])
        for index, ids in found.items():
            self._companion.send((f"{_GONE}/{id}", {"kind": _GONE, "tweet_id": id}) for id in ids)
            send(self._session, index, (remove(row, id) for row, id in enumerate(ids)))

    def _not_gone(self, documents: pa.Table, rows: Any) -> list[int]:
        """The rows whose tweets nobody deleted."""
        ids, kept = documents["tweet_id"].to_pylist(), list[int]()
        for some in batches(rows.tolist(), _IDS):
            asked = [f"{_GONE}/{ids[row]}" for row in some]
            found = patiently(
                self._session.patience(),
                lambda asked=asked: self._session.client.mget(index=self._companion.index, ids=asked, source=False),  # type: ignore[misc]  # mypy infers no lambda defaults
            )
            kept += [row for row, hit in zip(some, found["docs"], strict=True) if not hit.get("found")]
        return kept

    def _make(self, index: str) -> None:
        """Make the index of a month, behind the alias from its making on."""
        from elasticsearch import BadRequestError

        if index in self._made:
            return
        try:
            aliases: dict[str, Any] = {self._address.alias: {}}
            patiently(
                self._session.patience(), lambda: self._session.client.indices.create(index=index, aliases=aliases)
            )
        except BadRequestError as error:
            if "resource_already_exists_exception" not in str(error):
                raise
        self._made.add(index)

    def _check_labels(self, wanted: Described) -> None:
        """What is behind the alias must have the labels of the writer."""
        found = self._session.client.options(ignore_status=404).indices.get_mapping(index=self._address.alias)
        for each in found.values() if "error" not in found else ():
            check_labels(described(each["mappings"]), wanted, str(self._address), "choose another alias")


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
