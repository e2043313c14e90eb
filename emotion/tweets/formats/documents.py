"""A store read back: documents as the tweets that they were made of, with nothing guessed, and its delete notices."""

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from emotion.tweets.damage import Damage
from emotion.tweets.dates import parse_date
from emotion.tweets.formats.results import Result, when
from emotion.tweets.tweet import DeadLetter, Deletion, Tweet

NOTICES = "notices"  # the layout of a store's delete notices, which no file of an archive has
_NOT_KEPT = ("line", "utc_offset", "folded")
_LISTS = ("hashtags", "mentions", "urls")
_OF_TWEETS = tuple(name for name in Tweet.__struct_fields__ if name not in _NOT_KEPT)
COLUMNS = (*_OF_TWEETS, "local_hour")
_OF_LABELS = {"words", "emotion", "felt", "model", "labelled_at", "source", "line"}
_HOUR = 3600


def is_stored(schema: Any) -> bool:
    """Whether a table of this Arrow schema holds documents, as months of a store and its exports do."""
    names = schema.names
    if any(names.count(name) != 1 for name in (*COLUMNS, *_OF_LABELS)):
        return False
    return all(_is_kind(name, schema.field(name).type) for name in COLUMNS)


def tweets(columns: Mapping[str, Sequence[Any]], line: int, fold: bool) -> Iterator[Result]:
    """The tweets of documents, from the values of `COLUMNS`; `line` is the first one's.

    With `fold` a retweet is the original, of which the store tells the id and the text.
    """
    for k, values in enumerate(zip(*(columns[name] for name in COLUMNS), strict=True)):
        known = dict(zip(COLUMNS, values, strict=True))
        yield _tweet(known, line + k, fold) if known["text"] else DeadLetter(line + k, "no text", repr(known).encode())


class NoticeRows:
    """The delete notices of a store: an Arrow file of ids of tweets and of users."""

    def __init__(self, handle: IO[bytes]) -> None:
        import pyarrow as pa

        try:
            self._file: Any = pa.ipc.open_file(handle)
        except (OSError, pa.ArrowException) as error:
            raise Damage(f"no delete notices: {error}") from error

    def __len__(self) -> int:
        return sum(self._file.get_batch(number).num_rows for number in range(self._file.num_record_batches))

    def batches(self, rows: int) -> Iterator[Any]:
        """Record batches of at most `rows` rows."""
        for number in range(self._file.num_record_batches):
            batch = self._file.get_batch(number)
            yield from (batch.slice(start, rows) for start in range(0, batch.num_rows, rows))

    def read(self, batch: Any, line: int) -> Iterator[Result]:
        """The notices of a batch."""
        ids, users = (batch.column(name).to_pylist() for name in ("tweet_id", "user_id"))
        return map(Deletion, ids, users)


def _is_kind(name: str, kind: Any) -> bool:
    import pyarrow.types as kinds

    if name in _LISTS:
        is_list = kinds.is_list(kind) or kinds.is_large_list(kind)
        return is_list and _is_kind("text", kind.value_type)
    if name == "created_at":
        return bool(kinds.is_timestamp(kind))
    return bool(
        kinds.is_integer(kind) if name == "local_hour" else kinds.is_string(kind) or kinds.is_large_string(kind)
    )


def _tweet(known: dict[str, Any], line: int, fold: bool) -> Tweet:
    hour = known.pop("local_hour")
    known["created_at"] = parse_date(known["created_at"])
    for name in _LISTS:
        known[name] = [each for each in known[name] or () if each is not None]
    known["tweet_id"] = known["tweet_id"] or ""
    original = known["retweet_of"] if fold else None
    if original:
        known |= {"tweet_id": original, "created_at": when(original)}
        known |= dict.fromkeys(("user_id", "user_name", "reply_to", "retweet_of"))
        hour = None
    return Tweet(**known, line=line, utc_offset=_offset(known["created_at"], hour), folded=bool(original))


def _offset(created_at: int | None, local_hour: int | None) -> int | None:
    """An offset from UTC, in seconds, by which it was that hour where the author is."""
    if created_at is None or local_hour is None:
        return None
    return ((local_hour - created_at // 1_000_000 // _HOUR + 12) % 24 - 12) * _HOUR
