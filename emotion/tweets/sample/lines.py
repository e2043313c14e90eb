"""Very many made stream lines, fast: for benchmarks, at the sizes that real archives have."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, Literal

import orjson

from emotion.tweets.sample import files, phrases, records, story
from emotion.tweets.sample.archive import make_users
from emotion.tweets.sample.records import User

Size = Literal[800, 4000]
_RETWEETS = 0.4  # of a real stream (Internet Archive's grab of 2017)
_RECENT = 4096  # retweets take one of so many tweets before
_SECONDS = 0.04  # between two lines
_BLOCK = 2048  # lines handed over at once


def lines(tweets: int, line_bytes: Size = 800, seed: int = 7, first: int = 0) -> Iterator[bytes]:
    """Blocks of API v1.1 lines of about `line_bytes` each on average, two fifths of them retweets, each id once.

    `first` numbers the first line, so that several files can hold different ids.
    """
    rng = Random(seed)
    users = [_wrap(user, line_bytes) for user in make_users(1500, rng)]
    sentences = _sentences(rng)
    recent: list[bytes] = []
    for start in range(first, first + tweets, _BLOCK):
        block = []
        for number in range(start, min(start + _BLOCK, first + tweets)):
            head, user = _head(number), users[int(rng.random() * len(users))]
            if recent and rng.random() < _RETWEETS:
                body = b"%s,%s%s" % (b'"text":"RT"', user, recent[int(rng.random() * len(recent))])
            else:
                body = b'"text":"%s",%s' % (_text(rng, sentences), user)
                _remember(recent, b',"retweeted_status":{%s,%s}' % (head, body), number)
            block.append(b"{%s,%s}\n" % (head, body))
        yield b"".join(block)


def write_lines(path: Path, tweets: int, line_bytes: Size = 800, seed: int = 7) -> None:
    """Write `lines` to a file, compressed as its name says."""
    with files.create(path) as file:
        for block in lines(tweets, line_bytes, seed):
            file.write(block)


def _remember(recent: list[bytes], original: bytes, number: int) -> None:
    if len(recent) < _RECENT:
        recent.append(original)
    else:
        recent[number % _RECENT] = original


def _head(number: int) -> bytes:
    time = story.START.timestamp() + number * _SECONDS
    identity = records.snowflake(time, number % 4096).encode()
    return b'"created_at":"%s","id":%s,"id_str":"%s"' % (_clock(int(time)), identity, identity)


@lru_cache(maxsize=8)
def _clock(second: int) -> bytes:
    return records.v1_time(second).encode()


def _sentences(rng: Random) -> list[bytes]:
    """Escaped sentences of every event and mood; two of them with a tag make a text, so texts seldom meet by chance."""
    events = (story.CHATTER, story.CHATTER, story.CHATTER, *story.EVENTS)
    chosen = []
    for _ in range(6000):
        event = rng.choice(events)
        mood = rng.choices(list(event.moods), list(event.moods.values()))[0]
        sentence = story.fill(rng.choice(event.templates[mood]), rng)
        emoji = " " + rng.choice(phrases.EMOJI[mood]) if rng.random() < 0.2 else ""
        chosen.append(orjson.dumps(sentence + emoji)[1:-1])
    return chosen


def _text(rng: Random, sentences: list[bytes]) -> bytes:
    first, second = (sentences[int(rng.random() * len(sentences))] for _ in range(2))
    return first if rng.random() < 0.1 else b"%s. %s" % (first, second)


def _wrap(user: User, line_bytes: Size) -> bytes:
    """What follows the text: the author's profile and what else a status holds, to the size asked for."""
    rest: dict[str, Any] = {"user": records.v1_user(user) | {"description": "A made account."}, **_SMALL}
    if line_bytes == 4000:
        rest["user"] |= _PROFILE
        rest |= _STATUS
    return orjson.dumps(rest)[1:-1]


_SMALL: dict[str, Any] = {
    "truncated": False,
    "in_reply_to_status_id_str": None,
    "is_quote_status": False,
    "entities": {"hashtags": [], "urls": [], "user_mentions": [], "symbols": []},
    "lang": "en",
}
_IMAGE = "https://images.example.org/profile_images/0123456789/0123456789abcdef_normal.jpeg"
_PROFILE: dict[str, Any] = {
    "location": "HarbourTown",
    "url": "https://example.org/made",
    "description": "A made account of the sample archive: talks of buses, soup, storms and lanterns. Nobody.",
    "protected": False,
    "verified": False,
    "friends_count": 311,
    "listed_count": 7,
    "favourites_count": 2204,
    "statuses_count": 9120,
    "created_at": "Sun Feb 27 11:02:09 +0000 2011",
    "time_zone": "London",
    "geo_enabled": False,
    "contributors_enabled": False,
    "is_translator": False,
    **{f"profile_{part}_color": "C0DEED" for part in ("background", "link", "sidebar_border", "sidebar_fill", "text")},
    **{
        f"profile_{part}_url": _IMAGE
        for part in ("background_image", "background_image_https", "image", "image_https", "banner")
    },
    "profile_background_tile": False,
    "profile_use_background_image": True,
    "default_profile": False,
    "default_profile_image": False,
    "following": None,
    "follow_request_sent": None,
    "notifications": None,
}
_STATUS: dict[str, Any] = {
    "source": '<a href="https://apps.example.org/download/mobile" rel="nofollow">Sample for telephones</a>',
    **{f"in_reply_to_{part}": None for part in ("status_id", "user_id", "user_id_str", "screen_name")},
    **dict.fromkeys(("geo", "coordinates", "place", "contributors")),
    **dict.fromkeys(("retweet_count", "favorite_count"), 0),
    **dict.fromkeys(("favorited", "retweeted", "possibly_sensitive"), False),
    "filter_level": "low",
    "extended_entities": {
        "media": [
            {
                "id": 824648065353080832,
                "id_str": "824648065353080832",
                "indices": [0, 0],
                "media_url": _IMAGE,
                "media_url_https": _IMAGE,
                "type": "photo",
                "sizes": {
                    size: {"w": 680, "h": 382, "resize": "fit"} for size in ("small", "medium", "large", "thumb")
                },
            }
        ]
    },
}
