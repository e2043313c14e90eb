"""The made tweets in the shapes of real archives: API v1.1, API v2 pages and X's "download your archive"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

import orjson

_SNOWFLAKE_EPOCH = 1_288_834_974_657  # ms


@dataclass(frozen=True, slots=True)
class User:
    """A made account; `utc_offset` in seconds."""

    id: str
    name: str
    utc_offset: int


@dataclass(frozen=True, slots=True)
class Post:
    """A made tweet; `time` in seconds since 1970, `original` for a retweet."""

    id: str
    time: float
    user: User
    text: str
    lang: str
    original: "Post | None" = None

    @property
    def written(self) -> str:
        """The text as the API gives it: a retweet's begins with RT and is cut."""
        if self.original is None:
            return self.text
        return f"RT @{self.original.user.name}: {self.original.text}"[:140]


def snowflake(time: float, sequence: int) -> str:
    """An id that holds its own time, as Twitter's do."""
    return str((int(time * 1000) - _SNOWFLAKE_EPOCH) << 22 | sequence)


def v1(post: Post, extended: bool = False) -> dict[str, Any]:
    """A status of API v1.1, or with `extended` its extended form (`full_text`)."""
    text = escape(post.written, quote=False)
    status: dict[str, Any] = {
        "created_at": v1_time(post.time),
        "id": int(post.id),
        "id_str": post.id,
        **({"full_text": text, "display_text_range": [0, len(text)]} if extended else {"text": text}),
        "truncated": False,
        "source": '<a href="https://example.org" rel="nofollow">Sample</a>',
        "in_reply_to_status_id_str": None,
        "user": v1_user(post.user),
        "entities": _entities(text),
        "retweet_count": 0,
        "lang": post.lang,
        "timestamp_ms": str(int(post.time * 1000)),
    }
    if post.original is not None:
        status["retweeted_status"] = v1(post.original, extended)
    return status


def v1_extended_tweet(post: Post) -> dict[str, Any]:
    """A status of the v1.1 stream whose text is cut: the whole one stands in `extended_tweet`."""
    status, text = v1(post), escape(post.text, quote=False)
    status["text"], status["truncated"] = text[:30] + "…", True
    status["extended_tweet"] = {"full_text": text, "display_text_range": [0, len(text)], "entities": _entities(text)}
    return status


def v2_page(posts: Sequence[Post], token: str) -> dict[str, Any]:
    """One answer of API v2, with the users and the retweeted originals in `includes`."""
    originals = {post.original.id: post.original for post in posts if post.original is not None}
    users = {post.user.id: post.user for post in (*posts, *originals.values())}
    return {
        "data": [_v2(post) for post in posts],
        "includes": {
            "users": [{"id": user.id, "username": user.name, "name": user.name.title()} for user in users.values()],
            "tweets": [_v2(post) for post in originals.values()],
        },
        "meta": {"result_count": len(posts), "next_token": token},
    }


def tweets_js(posts: Sequence[Post]) -> bytes:
    """The file `tweets.js` of a downloaded archive: one user's own tweets behind a JavaScript assignment."""
    elements = [{"tweet": _own(post)} for post in posts]
    return b"window.YTD.tweets.part0 = " + orjson.dumps(elements, option=orjson.OPT_INDENT_2) + b"\n"


def delete_notice(post: Post) -> dict[str, Any]:
    """The stream's notice that a tweet was deleted."""
    status = {"id": int(post.id), "id_str": post.id, "user_id": int(post.user.id), "user_id_str": post.user.id}
    return {"delete": {"status": status, "timestamp_ms": str(int(post.time * 1000) + 60_000)}}


def iso(time: float) -> str:
    """ISO 8601 in UTC with milliseconds, as API v2 writes it."""
    return (
        datetime.fromtimestamp(int(time * 1000) / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def v1_time(time: float) -> str:
    """Twitter's own form of a time, to the second."""
    return datetime.fromtimestamp(int(time), UTC).strftime("%a %b %d %H:%M:%S +0000 %Y")


def v1_user(user: User) -> dict[str, Any]:
    """The `user` of a v1.1 status, with the fields that are read and a few more."""
    return {
        "id": int(user.id),
        "id_str": user.id,
        "name": user.name.replace("_", " ").title(),
        "screen_name": user.name,
        "followers_count": int(user.id) % 4096,
        "utc_offset": user.utc_offset,
        "lang": "en",
    }


def _entities(text: str) -> dict[str, Any]:
    return {
        "hashtags": [{"text": tag[1:], "indices": span} for tag, span in _find(r"#\w+", text)],
        "urls": [{"url": url, "expanded_url": url, "indices": span} for url, span in _find(r"https?://\S+", text)],
        "user_mentions": [{"screen_name": name[1:], "indices": span} for name, span in _find(r"@\w+", text)],
        "symbols": [],
    }


def _find(pattern: str, text: str) -> list[tuple[str, list[int]]]:
    return [(found.group(), list(found.span())) for found in re.finditer(pattern, text)]


def _v2(post: Post) -> dict[str, Any]:
    text = escape(post.written, quote=False)
    entities = {
        "hashtags": [{"start": start, "end": end, "tag": tag[1:]} for tag, (start, end) in _find(r"#\w+", text)],
        "mentions": [{"start": start, "end": end, "username": name[1:]} for name, (start, end) in _find(r"@\w+", text)],
    }
    tweet = {"id": post.id, "text": text, "author_id": post.user.id, "created_at": iso(post.time), "lang": post.lang}
    if post.original is not None:
        tweet["referenced_tweets"] = [{"type": "retweeted", "id": post.original.id}]  # type: ignore[assignment]
    return tweet | {"entities": {kind: found for kind, found in entities.items() if found}}


def _own(post: Post) -> dict[str, Any]:
    text = escape(post.text, quote=False)
    return {
        "retweeted": False,
        "source": "Sample",
        "entities": {
            "hashtags": [{"text": tag[1:], "indices": [str(at) for at in span]} for tag, span in _find(r"#\w+", text)]
        },
        "display_text_range": ["0", str(len(text))],
        "favorite_count": "0",
        "id_str": post.id,
        "id": post.id,
        "truncated": False,
        "retweet_count": "0",
        "created_at": v1_time(post.time),
        "favorited": False,
        "full_text": text,
        "lang": post.lang,
    }
