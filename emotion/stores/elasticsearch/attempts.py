"""Attempts at the batches of live writers: several may be at one batch, and what they leave must come to one.

A crawler that got no answer sends its batch to another writer, while the first one may stand still and go on later. So
each attempt keeps notes of its tweets before it sends them. They go as the batch counts, when what is deleted of it was
taken out again; those that stay are of attempts that were killed or stand still. Every writer looks after them when it
opens the index and every few minutes: what they bring late and is deleted goes, and so do their dead letters where
another attempt counts.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from emotion.errors import EmotionError
from emotion.stores.elasticsearch.graves import Graves
from emotion.stores.elasticsearch.ledger import LIVE_LETTER, live_letter_id
from emotion.stores.elasticsearch.paging import batches, get_many

LOG = logging.getLogger("emotion.stores")
_LIVE, _BEGUN = "live", "begun"
_EVERY = 300  # seconds between two looks
_LOOK, _REST = 2.0, 10.0  # seconds of a look, and until it goes on where it had to stop
_LATE, _KEPT = 300, 86_400  # seconds: who began before may have been killed; who stood still for longer is not told of
_TWEETS = 1000  # of a note: no proxy finds it too large
_AT_ONCE = 16  # notes
Json = dict[str, Any]


class Attempt(NamedTuple):
    """One attempt at a batch; the ids of its notes, and whether it is not the first one."""

    key: str
    notes: list[str]
    is_late: bool


class Attempts:
    """What attempts leave beside what was deleted: notes, dead letters, and what their batches came to."""

    def __init__(self, graves: Graves) -> None:
        self._graves = graves
        self._companion = graves.companion
        self._session = graves.companion.session

    def done(self, key: str) -> Json | None:
        """What a batch came to, or None before it counts.

        Raises:
            StoreError: the index was removed; what is written next would make one that knows no fields.
        """
        found = get_many(self._session, self._companion.index, [f"{_LIVE}/{key}"])
        done: Json | None = found[0]["_source"] if found else None
        return done

    def begin(self, key: str, tweets: Sequence[tuple[str, str | None]]) -> Attempt:
        """Keep notes of the tweets, given by their ids and those of their users, before any is sent.

        Who tries a batch again writes over the notes of its own; beside those of another writer it keeps others.
        """
        notes = {f"{_BEGUN}/{key}/{n}": some for n, some in enumerate(batches(tweets, _TWEETS))}
        is_late = bool(notes) and self._companion.add(self._written(key, notes)) > 0
        if is_late:
            there = get_many(self._session, self._companion.index, [*notes], ["writer"])
            others = {hit["_id"] for hit in there if hit["_source"].get("writer") != self._session.writer}
            notes = {f"{id}/{self._session.writer}" if id in others else id: some for id, some in notes.items()}
            self._companion.send(self._written(key, notes))
        return Attempt(key, [*notes], is_late)

    def end(self, attempt: Attempt) -> None:
        """Drop the notes of an attempt that nothing is to be remembered of, once what is deleted is out again."""
        self._companion.send((note, None) for note in attempt.notes)

    def keep_letters(self, key: str, letters: Mapping[int, Json]) -> None:
        """Keep dead letters by their numbers. What another attempt kept stays, as it may have been replayed since."""
        self._companion.send_letters(
            (
                (live_letter_id(key, number), letter | {"kind": LIVE_LETTER, "key": key, "number": number})
                for number, letter in letters.items()
            ),
            over=False,
        )

    def settle(self, attempt: Attempt, found: Json) -> Json:
        """Let the batch count as this attempt found it, unless another one was faster; what the batch came to.

        `found` holds the numbers of the dead letters as `letters`: those of attempts that do not count go.
        """
        key, id = attempt.key, f"{_LIVE}/{attempt.key}"
        done = {"kind": _LIVE, "key": key, "number": 0} | found
        others = self._companion.add([(id, done), *((note, None) for note in attempt.notes)])
        if others or attempt.is_late:
            done = self._companion.get(id) or done
            self._drop_letters(done)
        return done

    def look_after(self) -> None:
        """See to what attempts left that did not end, unless that was done in the last minutes.

        It takes no more than seconds, and a note that cannot be seen to now holds nobody up.
        """
        session = self._session
        if time.monotonic() < session.looks_at:
            return
        session.looks_at = time.monotonic() + _EVERY  # first, so that a failure of it does not stop batch after batch
        self._companion.refresh()
        began = time.monotonic()
        for note in self._companion.scan(_BEGUN, size=_AT_ONCE, after=session.looked):
            session.looked = note["key"]
            if (age := time.time() - note["begun"]) > _LATE:
                self._try_to_see_to(note, age > _KEPT)
            if time.monotonic() - began > _LOOK:
                session.looks_at = time.monotonic() + _REST
                return
        session.looked = ""

    def _try_to_see_to(self, note: Json, is_old: bool) -> None:
        from elasticsearch import ApiError, TransportError

        try:
            try:
                self._see_to(note)
            finally:
                if is_old:
                    self._companion.delete(note.get("id") or note["key"])
        except (EmotionError, ApiError, TransportError) as error:  # a month may take no deletes, say
            LOG.warning("an attempt that did not end cannot be seen to now (%s): %s", note["key"], error)

    def _see_to(self, note: Json) -> None:
        self._graves.take_back([(id, user) for id, user in note["tweets"]])
        if done := self.done(note.get("batch") or note["key"]):  # an earlier version gave a note its batch's key
            self._drop_letters(done)

    def _written(self, key: str, notes: Mapping[str, Sequence[tuple[str, str | None]]]) -> Iterator[tuple[str, Json]]:
        """Notes as they are kept, by their ids."""
        same = {"kind": _BEGUN, "batch": key, "begun": time.time(), "writer": self._session.writer}
        for number, (id, tweets) in enumerate(notes.items()):
            yield id, same | {"key": id, "number": number, "tweets": tweets}

    def _drop_letters(self, done: Json) -> None:
        """Remove dead letters that do not belong to the attempt that counts; earlier versions did not tell which do."""
        if "letters" not in done:
            return
        self._companion.refresh()
        left = list(self._companion.scan(LIVE_LETTER, ["number"], key=done["key"]))
        others = {each["number"] for each in left}.difference(done["letters"])
        self._companion.send((live_letter_id(done["key"], number), None) for number in others)
