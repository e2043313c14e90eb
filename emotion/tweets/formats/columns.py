"""Columns of tables and keys of JSON records under the names that people give them."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from emotion.tweets.formats.results import as_id, from_text, when
from emotion.tweets.tweet import DeadLetter, Tweet

COMMON = {
    "text": (
        "full_text",
        "text",
        "tweet",
        "tweet_text",
        "content",
        "rawcontent",
        "body",
        "message",
        "status",
        "tweettext",
        "sentence",
    ),
    "id": ("tweet_id", "id_str", "tweetid", "status_id", "tweet id", "id"),
    "date": (
        "created_at",
        "date",
        "datetime",
        "timestamp",
        "time",
        "created",
        "posted_at",
        "createdat",
        "tweet_created",
        "tweet_time",
        "postedtime",
    ),
    "lang": ("lang", "language", "tweet_lang", "tweet_language"),
    "user_id": ("user_id", "author_id", "user_id_str", "userid", "user.id_str", "user.id", "author.id"),
    "user": (
        "user_name",
        "username",
        "screen_name",
        "user_screen_name",
        "author.username",
        "user.screen_name",
        "handle",
        "user",
        "author",
    ),
    "reply": (
        "reply_to",
        "in_reply_to_status_id_str",
        "in_reply_to_status_id",
        "in_reply_to_tweetid",
        "reply_to_status_id",
        "referenced_tweets.replied_to.id",
    ),
    "retweet": (
        "retweet_of",
        "retweeted_status.id_str",
        "retweeted_status.id",
        "retweet_tweetid",
        "retweeted_status_id",
        "retweet_status_id",
        "referenced_tweets.retweeted.id",
    ),
}


_EXACT = 2**53  # below it a float holds every whole number
_MISSING = ("", "na", "n/a", "nan", "<na>", "none", "null", "nil")
_ROUNDED = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")  # as Excel, pandas and R write large numbers


class Fields(msgspec.Struct, frozen=True):
    """Names given for fields; None leaves it to the common names. A number names a column by its place, from 1."""

    text: str | None = None
    id: str | None = None
    date: str | None = None
    lang: str | None = None
    user: str | None = None

    @property
    def given(self) -> bool:
        """Whether any is named."""
        return self != Fields()

    @property
    def by_place(self) -> bool:
        """Whether the table has no header."""
        return self.text is not None and self.text.isdigit()


class Columns(msgspec.Struct, frozen=True):
    """Where in a row each field stands; None where it is missing."""

    text: int | None = None
    id: int | None = None
    date: int | None = None
    lang: int | None = None
    user_id: int | None = None
    user: int | None = None
    reply: int | None = None
    retweet: int | None = None

    def used(self) -> list[int]:
        return sorted({place for place in msgspec.structs.astuple(self) if place is not None})


def find_columns(header: Sequence[str], fields: Fields = Fields()) -> Columns:  # noqa: B008
    """Places of the named or commonly named columns."""
    lowered = [name.strip().lower() for name in header]
    places: dict[str, int | None] = {}
    for field, names in COMMON.items():
        given = getattr(fields, field, None)
        places[field] = (
            _place(header, given) if given else next((lowered.index(name) for name in names if name in lowered), None)
        )
    return Columns(**places)


def by_place(fields: Fields) -> Columns:
    """Places given as numbers from 1."""
    given = {field: getattr(fields, field, None) for field in ("text", "id", "date", "lang", "user")}
    return Columns(
        **{field: int(value) - 1 for field, value in given.items() if value and value.isdigit() and int(value)}
    )


def row_tweet(row: Sequence[Any], columns: Columns, raw: Callable[[], bytes], line: int) -> Tweet | DeadLetter:
    """The tweet of a row; a row without text is a dead letter."""
    text = _cell(row, columns.text)
    if not isinstance(text, str) or not text.strip():
        return DeadLetter(line, "no text" if columns.text is not None else "no column of texts", raw())
    tweet_id = _id(_cell(row, columns.id))
    return from_text(
        Tweet(
            tweet_id or "",
            text,
            line,
            when(tweet_id, _cell(row, columns.date)),
            _name(_cell(row, columns.lang)),
            _id(_cell(row, columns.user_id)),
            _name(_cell(row, columns.user)),
            reply_to=_id(_cell(row, columns.reply)),
            retweet_of=_id(_cell(row, columns.retweet)),
        )
    )


def names_for(fields: Fields) -> list[list[str]]:
    """For each column in order, the keys to look under."""
    return [[given] if (given := getattr(fields, field, None)) else list(names) for field, names in COMMON.items()]


def first_of(value: Mapping[str, Any], names: Sequence[str]) -> Any:
    """What stands under the first of the names that holds anything."""
    return next((found for name in names if (found := _at(value, name)) is not None), None)


def _at(value: Any, name: str) -> Any:
    if isinstance(value, dict) and name in value:
        return value[name]
    for key in name.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _place(header: Sequence[str], name: str) -> int | None:
    stripped = [cell.strip() for cell in header]
    if name in stripped:
        return stripped.index(name)
    return int(name) - 1 if name.isdigit() and 0 < int(name) <= len(header) else None


def _cell(row: Sequence[Any], place: int | None) -> Any:
    return row[place] if place is not None and place < len(row) else None


def _id(value: Any) -> str | None:
    """An id of a cell; pandas writes one that shares its column with gaps as `123.0`.

    None for what stands where there is none, and for a float that has lost digits, which many tweets would share.
    """
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else None
    if not isinstance(value, str):
        return as_id(None, value)
    text = value.strip()
    if text.endswith(".0") and text[:-2].isdecimal():
        text = text[:-2] if int(text[:-2]) < _EXACT else ""
    return None if text.lower() in _MISSING or _ROUNDED.fullmatch(text) else text


def _name(value: Any) -> str | None:
    return (value.strip() or None) if isinstance(value, str) else None
