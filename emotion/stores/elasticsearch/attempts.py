"""Attempts at the batches of live writers: several may be at one batch, and what they leave must come to one.

A crawler that got no answer sends its batch to another writer, while the first one may stand still and go on later. So
each attempt keeps notes of its tweets before it sends them. They go as the batch counts, when what is deleted of it was
taken out again; those that stay are of attempts that were killed or stand still. Every writer looks after them when it
opens the index and every few minutes: what they bring late and is deleted goes, and so do their dead letters where
another attempt counts.
"""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from emotion.stores.elasticsearch.graves import Graves
from emotion.stores.elasticsearch.ledger import LIVE_LETTER, live_letter_id
from emotion.stores.elasticsearch.paging import batches, get_many

_LIVE, _BEGUN = "live", "begun"
_EVERY = 300  # seconds between two looks
_LATE, _KEPT = 300, 86_400  # seconds: who began before may have been killed; who stood still for longer is not told of
_TWEETS = 1000  # of a note: no proxy finds it too large
_AT_ONCE = 16  # notes
Json = dict[str, Any]


class Attempt(NamedTuple):
    """One attempt at a batch; the ids of its notes, and whether others left notes of theirs before it."""

    key: str
    notes: list[str]
    is_late: bool


class Attempts:
    """What attempts leave beside what was deleted: notes, dead letters, and what their batches came to."""

    def __init__(self, graves: Graves) -> None:
        self._graves = graves
        self._companion = graves.companion
        self._writer = secrets.token_hex(4)  # one that tries a batch again writes over its own note
        self._next = 0.0

    def done(self, key: str) -> Json | None:
        """What a batch came to, or None before it counts.

        Raises:
            StoreError: the index was removed; what is written next would make one that knows no fields.
        """
        found = get_many(self._companion.session, self._companion.index, [f"{_LIVE}/{key}"])
        done: Json | None = found[0]["_source"] if found else None
        return done

    def begin(self, key: str, tweets: Sequence[tuple[str, str | None]]) -> Attempt:
        """Keep notes of the tweets, given by their ids and those of their users, before any is sent."""
        notes = {f"{_BEGUN}/{key}/{n}": some for n, some in enumerate(batches(tweets, _TWEETS))}
        is_late = bool(notes) and self._companion.add(_written(key, notes)) > 0
        if is_late:
            notes = {f"{id}/{self._writer}": some for id, some in notes.items()}
            self._companion.send(_written(key, notes))
        return Attempt(key, [*notes], is_late)

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
        """See to what attempts left that did not end, unless that was done in the last minutes."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY  # first, so that a failure of it does not stop batch after batch
        self._companion.refresh()
        for note in self._companion.scan(_BEGUN, size=_AT_ONCE):
            if (age := time.time() - note["begun"]) > _LATE:
                self._see_to(note, age > _KEPT)

    def _see_to(self, note: Json, is_old: bool) -> None:
        self._graves.take_back([(id, user) for id, user in note["tweets"]])
        if done := self.done(note["key"]):
            self._drop_letters(done)
        if is_old:
            self._companion.delete(note["id"])

    def _drop_letters(self, done: Json) -> None:
        """Remove dead letters that do not belong to the attempt that counts; earlier versions did not tell which do."""
        if "letters" not in done:
            return
        self._companion.refresh()
        left = list(self._companion.scan(LIVE_LETTER, ["number"], key=done["key"]))
        others = {each["number"] for each in left}.difference(done["letters"])
        self._companion.send((live_letter_id(done["key"], number), None) for number in others)


def _written(key: str, notes: Mapping[str, Sequence[tuple[str, str | None]]]) -> Iterator[tuple[str, Json]]:
    """Notes as they are kept, by their ids."""
    for number, (id, tweets) in enumerate(notes.items()):
        yield id, {"kind": _BEGUN, "key": key, "number": number, "id": id, "begun": time.time(), "tweets": tweets}
