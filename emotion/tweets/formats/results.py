"""What reading one record gives, and what every format knows while it reads."""

import re
from dataclasses import dataclass

from emotion.tweets.dates import from_snowflake, parse_date
from emotion.tweets.tweet import DeadLetter, Deletion, Tweet

Result = Tweet | Deletion | DeadLetter | str  # a string is the reason why a record is skipped

NOTICE = "notice"
BLANK = "blank"
_HASHTAG = re.compile(r"(?<![\w&])[#＃](\w*[^\W\d_]\w*)")
LATIN = r"[a-zA-Z0-9_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff]"
NAME = rf"(?:{LATIN}++|\w++)"  # in scripts without spaces a sentence goes on behind a name at once
NO_WORD = r"(?<![a-zA-Z0-9_@])"  # where a mention begins
_MENTION = re.compile(rf"{NO_WORD}[@＠]({LATIN}{{1,30}}|\w{{1,30}})")
_URL = re.compile(r"https?://[^\s<>\"]+")
_FARTHEST_OFFSET = 15 * 3600


@dataclass(frozen=True, slots=True)
class Context:
    """Where records come from, and whether retweets stand for their originals (`fold`)."""

    source: str
    fold: bool = False


def as_id(id_str: object, number: object = None) -> str | None:
    """An id as a string, `id_str` first; a float has lost digits and counts as none."""
    if id_str and isinstance(id_str, str):
        return id_str
    if isinstance(number, int) and not isinstance(number, bool):
        return str(number)
    return number if isinstance(number, str) and number else None


def when(tweet_id: str | None, *candidates: object) -> int | None:
    """The first candidate that is a date, else what the id tells."""
    for candidate in candidates:
        if candidate is not None:
            date = parse_date(candidate)
            if date is not None:
                return date
    return None if tweet_id is None else from_snowflake(tweet_id)


def offset(value: object) -> int | None:
    """An offset from UTC in seconds, from a number or its digits; None where no place on earth has it."""
    try:
        seconds = int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None
    return seconds if seconds is not None and abs(seconds) <= _FARTHEST_OFFSET else None


def from_text(tweet: Tweet) -> Tweet:
    """Fill hashtags, mentions and links from the text, for formats that do not list them."""
    text = tweet.text
    if "#" in text or "＃" in text:
        tweet.hashtags = _HASHTAG.findall(text)
    if "@" in text or "＠" in text:
        tweet.mentions = _MENTION.findall(text)
    if "://" in text:
        tweet.urls = [url.rstrip(".,;:!?)'") for url in _URL.findall(text)]
    return tweet
