"""Raw records of a live source to what a store takes: the same reading as of an archive, one answer a record.

`read` parses records of any format of `emotion.tweets.formats`; `Records.labelled` adds what a model says of their
texts, which whoever calls asks it in between (at once, or on a server in company).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import pyarrow as pa

from emotion.prediction import Predictions
from emotion.stores.document import Context, documents, prediction_columns
from emotion.stores.ledger import Tombstones
from emotion.stores.live.batch import Labelled
from emotion.tweets.formats.columns import Fields
from emotion.tweets.formats.keyed import KeyedRecords
from emotion.tweets.formats.lenient import dead, load, trim
from emotion.tweets.formats.records import JsonRecords
from emotion.tweets.formats.results import Context as Origin
from emotion.tweets.formats.results import Result, from_text
from emotion.tweets.formats.shape import MOST_VALUES, is_vast
from emotion.tweets.places import MadeIds
from emotion.tweets.selection import Selection
from emotion.tweets.stretches import KEPT_OF_LONG, Lost, Raw
from emotion.tweets.tweet import DeadLetter, Deletion, Tweet

_EVERYTHING = Selection()
_COMMON_NAMES = Fields()
_DIGEST_BYTES = 8


@dataclass(slots=True)
class Records:
    """What records are, in their order: tweets, and what is none. A page of API v2 counts as many as it holds.

    `bare` are the places of those that were texts and nothing else; `digest` is that of the records as they came;
    `once` tells that they come under a name that nobody can give again.
    """

    results: list[Result] = field(default_factory=list)
    bare: set[int] = field(default_factory=set)
    digest: str = ""
    once: bool = False

    @property
    def tweets(self) -> list[Tweet]:
        """The tweets among them."""
        return [result for result in self.results if isinstance(result, Tweet)]

    @property
    def texts(self) -> list[str]:
        """What is to be predicted."""
        return [tweet.text for tweet in self.tweets]

    def answers(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """One answer a record, from the rows of the tweets' predictions, made as it is asked for.

        That of a tweet is its `tweet_id` and the prediction, that of a bare text the prediction alone; of other records
        it is what became of them: `error`, `skipped` or `deleted`.
        """
        rows = iter(rows)
        return (self._answer(place, result, rows) for place, result in enumerate(self.results))

    def _answer(self, place: int, result: Result, rows: Iterator[Mapping[str, Any]]) -> dict[str, Any]:
        if isinstance(result, Tweet):
            return dict(next(rows)) if place in self.bare else {"tweet_id": result.tweet_id, **next(rows)}
        if isinstance(result, DeadLetter):
            return {"error": result.reason}
        if isinstance(result, Deletion):
            return {"deleted": {"tweet_id": result.tweet_id, "user_id": result.user_id}}
        return {"skipped": result}

    def labelled(self, predictions: Predictions, context: Context, selection: Selection = _EVERYTHING) -> Labelled:
        """The documents of the tweets that are selected, in order, and what becomes of all other records.

        `predictions` are those of `texts`. Lines of dead letters are the numbers of their records.
        """
        tweets = self.tweets
        skipped = Counter(result for result in self.results if isinstance(result, str))
        reasons = [selection.reason(tweet) for tweet in tweets]
        skipped.update(reason for reason in reasons if reason is not None)
        chosen = [place for place, reason in enumerate(reasons) if reason is None]
        columns = prediction_columns(predictions).take(pa.array(chosen, pa.int64()))
        deletions = [result for result in self.results if isinstance(result, Deletion)]
        return Labelled(
            documents=documents([tweets[place] for place in chosen], columns, context),
            dead_letters=[result for result in self.results if isinstance(result, DeadLetter)],
            tombstones=Tombstones(
                tweets=[gone.tweet_id for gone in deletions if gone.tweet_id is not None],
                users=[gone.user_id for gone in deletions if gone.tweet_id is None and gone.user_id],
            ),
            read=len(self.results),
            deleted=len(deletions),
            skipped=dict(sorted(skipped.items())),
            digest=self.digest,
            once=self.once,
        )


def read(raws: Iterable[Raw], place: str, names: Fields = _COMMON_NAMES, most: int | None = None) -> Records:
    """Parse JSON records; one that is a string is a bare text.

    `place` tells these records from all others, as `source/sequence` does: a tweet without an id gets one made of it
    and of the record's number, so the same records at the same place give the same ids. `names` are the fields to read
    where any is given; records are told by their keys otherwise. Where `most` is given, a page of more is a dead
    letter, and so is a record of more values than `MOST_VALUES`.
    """
    parser = _parser(place, names)
    ids, records, digest = MadeIds(place), Records(), blake2b(digest_size=_DIGEST_BYTES)
    for raw in raws:
        _add(digest, raw if isinstance(raw, bytes) else raw.raw)
        line = len(records.results) + 1
        if isinstance(raw, bytes) and trim(raw)[:1] == b'"':
            records.bare.add(line - 1)
            found: Result | list[Result] = _bare(raw, line)
        else:
            found = _parsed(parser, raw, line, most)
        results = found if isinstance(found, list) else [found]
        for element, result in enumerate(results):
            if isinstance(result, Tweet) and not result.tweet_id:
                result.tweet_id = ids.of(0, line, element)
        records.results += results
    records.digest = digest.hexdigest()
    return records


def count(raws: Iterable[bytes], names: Fields = _COMMON_NAMES) -> int:
    """The most results that `read` gives, told without parsing them: a page of API v2 holds many."""
    parser = _parser("", names)
    return sum(1 if is_vast(raw) else parser.count(raw) for raw in raws)


def _parsed(parser: JsonRecords | KeyedRecords, raw: Raw, line: int, most: int | None) -> Result | list[Result]:
    if isinstance(raw, Lost):
        return DeadLetter(line, raw.reason, raw.raw)
    if most is None:
        return parser.parse(raw, line)
    if is_vast(raw):
        return DeadLetter(line, f"more than {MOST_VALUES:,} values in a record", raw[:KEPT_OF_LONG])
    if parser.count(raw) > most:
        return DeadLetter(line, f"more than {most:,} records in one", raw[:KEPT_OF_LONG])
    return parser.parse(raw, line)


def _parser(place: str, names: Fields) -> JsonRecords | KeyedRecords:
    return KeyedRecords(names) if names.given else JsonRecords(Origin(place))


def of_texts(texts: Sequence[str], place: str) -> Records:
    """Bare texts as tweets that know nothing but their text."""
    ids, digest = MadeIds(place), blake2b(digest_size=_DIGEST_BYTES)
    for text in texts:
        _add(digest, text.encode(errors="replace"))
    results: list[Result] = [from_text(Tweet(ids.of(0, line), text, line)) for line, text in enumerate(texts, 1)]
    return Records(results, set(range(len(results))), digest.hexdigest())


def _add(digest: blake2b, record: bytes) -> None:
    digest.update(b"%d:" % len(record))
    digest.update(record)


def _bare(raw: bytes, line: int) -> Result:
    try:
        return from_text(Tweet("", str(load(raw)), line))
    except ValueError as error:
        return dead(raw, line, error)
