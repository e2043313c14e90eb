"""A canonical tweet as a record that can stand alone: what tables and plain texts are replayed as."""

from typing import Any

import orjson

from emotion.tweets.dates import to_iso
from emotion.tweets.tweet import Deletion, Tweet


def status(tweet: Tweet) -> bytes:
    """A status of API v1.1 that reads as the same tweet."""
    entities = {
        "hashtags": [{"text": tag} for tag in tweet.hashtags],
        "user_mentions": [{"screen_name": name} for name in tweet.mentions],
        "urls": [{"expanded_url": url} for url in tweet.urls],
    }
    user = {"id_str": tweet.user_id, "screen_name": tweet.user_name, "utc_offset": tweet.utc_offset}
    record: dict[str, Any] = {
        "id_str": tweet.tweet_id,
        "created_at": None if tweet.created_at is None else to_iso(tweet.created_at),
        "full_text": tweet.text,
        "lang": tweet.lang,
        "user": user,
        "entities": entities,
        "in_reply_to_status_id_str": tweet.reply_to,
    }
    if tweet.retweet_of is not None:
        record["retweeted_status"] = {"id_str": tweet.retweet_of, "full_text": tweet.text, "entities": entities}
    return _encode(record)


def deletion(notice: Deletion) -> bytes:
    """A delete notice of API v1.1."""
    if notice.tweet_id is None:
        return _encode({"user_delete": {"id_str": notice.user_id}})
    return _encode({"delete": {"status": {"id_str": notice.tweet_id, "user_id_str": notice.user_id}}})


def _encode(record: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(record)
    except TypeError:  # half surrogates
        import json

        return json.dumps(record).encode()
