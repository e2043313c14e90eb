"""The canonical tweet, whatever format or network it came from, and what else a record can be."""

from dataclasses import dataclass, field

import msgspec


class Tweet(msgspec.Struct, gc=False):
    """One post.

    Ids are strings; a parser leaves an empty one where there is none, and who knows the record's place makes one.
    `created_at` is in microseconds since 1970 UTC. `line` is the record's number, from 1, counted from the start of its
    split. `utc_offset` is the author's offset from UTC in seconds. `folded` marks a retweet that stands for its
    original (see `--retweets fold`).
    """

    tweet_id: str
    text: str
    line: int
    created_at: int | None = None
    lang: str | None = None
    user_id: str | None = None
    user_name: str | None = None
    hashtags: list[str] = []
    mentions: list[str] = []
    urls: list[str] = []
    reply_to: str | None = None
    retweet_of: str | None = None
    utc_offset: int | None = None
    folded: bool = False


class Deletion(msgspec.Struct, frozen=True):
    """A notice that one tweet, or (with `tweet_id` None) all tweets of a user, must go."""

    tweet_id: str | None
    user_id: str | None


class DeadLetter(msgspec.Struct):
    """An input that could not be used. `raw` is cut by whoever writes it."""

    line: int
    reason: str
    raw: bytes


@dataclass(slots=True)
class Part:
    """What is committed at once: the records of a split, or of the k-th stretch of a long one.

    `read` counts the records before they are parsed: read = tweets + skipped + dead letters + deletions. `last` tells
    that the split ends here. `source` is the archive-relative path (`days.tar!14.json.bz2` for a member).
    """

    index: int
    source: str
    tweets: list[Tweet] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    read: int = 0
    bytes: int = 0
    last: bool = False
