"""Documents that the server refused, sent again: for instance after its mapping or its limits were mended."""

from dataclasses import dataclass
from itertools import groupby

from emotion.faults import crash_point
from emotion.stores.elasticsearch.bulk import put, send
from emotion.stores.elasticsearch.companion import Companion
from emotion.stores.elasticsearch.records import LETTER, LIVE_LETTER, REPLAYED, LedgerDocuments, live_letter_id, taken
from emotion.stores.elasticsearch.session import Session


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
    for key, letters in groupby(companion.scan(LETTER, size=100), lambda letter: letter["key"]):
        everything = list(letters)
        documents = [letter for letter in everything if "document" in letter]
        result.records += len(everything) - len(documents)
        if not documents:
            continue
        actions = (put(row, d["tweet_id"], d["document"].encode(), d["version"]) for row, d in enumerate(documents))
        outcome = send(session, index, actions)
        accepted = [letter for row, letter in enumerate(documents) if row not in outcome.refused]
        crash_point("replay-sent")
        ledger.mark_replayed(key, [letter["number"] for letter in accepted])
        crash_point("replay-counted")
        companion.send(taken(letter) for letter in accepted)
        result.taken += len(accepted)
        result.refused += len(outcome.refused)
    return result


def replay_live(session: Session, companion: Companion) -> Replayed:
    """Send the refused documents of live writers again, each to the index of its month."""
    result = Replayed()
    companion.refresh()
    for letter in companion.scan(LIVE_LETTER, size=100):
        if "document" not in letter:
            result.records += 1
            continue
        action = put(0, letter["tweet_id"], letter["document"].encode(), letter["version"])
        if send(session, letter["index"], [action]).refused:
            result.refused += 1
            continue
        companion.put(live_letter_id(letter["key"], letter["number"]), letter | {"kind": REPLAYED})
        result.taken += 1
    return result
