"""Documents that the server refused, sent again: for instance after its mapping or its limits were mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson

from emotion.faults import crash_point
from emotion.stores.elasticsearch.attempts import Attempts
from emotion.stores.elasticsearch.bulk import put, send
from emotion.stores.elasticsearch.companion import Companion
from emotion.stores.elasticsearch.generations import create_live
from emotion.stores.elasticsearch.graves import Graves
from emotion.stores.elasticsearch.ledger import LETTER, LIVE_LETTER, LedgerDocuments, live_letter_id, taken
from emotion.stores.elasticsearch.paging import batches, get_many
from emotion.stores.elasticsearch.session import Session

_AT_ONCE = 100  # letters


@dataclass(slots=True)
class Replayed:
    """What became of the dead letters: taken now, refused again, and those that are no documents but broken records."""

    taken: int = 0
    refused: int = 0
    records: int = 0


def replay(session: Session, companion: Companion, index: str) -> Replayed:
    """Send the refused documents of all parts again; who holds the lease finishes the store afterwards.

    A kill at any place is followed by the same call: a document is sent first, then counted, and then no dead letter
    any more.
    """
    ledger, result = LedgerDocuments(companion), Replayed()
    companion.refresh()
    for key, letters in groupby(companion.scan(LETTER, size=_AT_ONCE), lambda letter: letter["key"]):
        everything = list(letters)
        documents = [letter for letter in everything if "document" in letter]
        result.records += len(everything) - len(documents)
        if not documents:
            continue
        accepted = _accepted(session, index, documents)
        crash_point("replay-sent")
        ledger.mark_replayed(key, [letter["number"] for letter in accepted])
        crash_point("replay-counted")
        companion.send(taken(letter) for letter in accepted)
        result.taken += len(accepted)
        result.refused += len(documents) - len(accepted)
    return result


def replay_live(session: Session) -> Replayed:
    """Send the refused documents of live writers again, each to the index of its month, without deleted tweets."""
    graves, result = Graves(session), Replayed()
    companion, attempts = graves.companion, Attempts(graves)
    if not companion.exists():
        return result
    companion.refresh()
    for number, letters in enumerate(batches(companion.scan(LIVE_LETTER, size=_AT_ONCE), _AT_ONCE)):
        documents = sorted((letter for letter in letters if "document" in letter), key=_index)
        result.records += len(letters) - len(documents)
        attempt = attempts.begin(f"replay/{session.writer}/{number}", [_tweet(letter) for letter in documents])
        documents, accepted = _without_deleted(graves, documents), []
        for index, some in groupby(documents, _index):
            create_live(session, index)  # a life cycle may have removed it meanwhile
            accepted += _accepted(session, index, list(some))
        graves.take_back([_tweet(letter) for letter in accepted])
        attempts.end(attempt)
        companion.send(taken(letter) for letter in accepted)
        result.taken += len(accepted)
        result.refused += len(documents) - len(accepted)
    return result


def _index(letter: dict[str, Any]) -> str:
    return str(letter["index"])


def _tweet(letter: dict[str, Any]) -> tuple[str, str | None]:
    """Its id and that of its user."""
    return letter["tweet_id"], orjson.loads(letter["document"]).get("user_id")


def _without_deleted(graves: Graves, letters: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The dead letters whose tweets nobody deleted meanwhile; the others go, and what a replay that died sent of it."""
    named = graves.hold([_tweet(letter) for letter in letters])
    gone = [letter for letter, is_named in zip(letters, named, strict=True) if is_named]
    graves.take_back([_tweet(letter) for letter in gone])
    graves.companion.send((live_letter_id(letter["key"], letter["number"]), None) for letter in gone)
    return [letter for letter, is_named in zip(letters, named, strict=True) if not is_named]


def _accepted(session: Session, index: str, letters: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send the documents of dead letters; those that the server has now.

    It remembers for a minute what was deleted, and takes no version of it that is not higher than the deletion's: what
    a finish took out, as no commit counted it, may not come again at once, and stays a dead letter.
    """
    actions = (put(row, d["tweet_id"], d["document"].encode(), d["version"]) for row, d in enumerate(letters))
    outcome = send(session, index, actions)
    sent = [letter for row, letter in enumerate(letters) if row not in outcome.refused]
    return _there(session, index, sent) if outcome.unchanged else sent


def _there(session: Session, index: str, letters: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found: set[str] = set()
    for some in batches(letters, _AT_ONCE):
        found.update(hit["_id"] for hit in get_many(session, index, [each["tweet_id"] for each in some], False))
    return [letter for letter in letters if letter["tweet_id"] in found]
