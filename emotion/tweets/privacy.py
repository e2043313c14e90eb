"""What is taken out of tweets before anything is stored: users, or the ids themselves."""

import re
from hashlib import blake2b

import msgspec

from emotion.tweets.tweet import Deletion, Tweet

_AT = "at://"  # begins an id at Bluesky, which names its author
_MENTION = re.compile(r"(?<![\w@])[@＠]\w+")
_HANDLE = re.compile(r"(?<![\w@])[@＠]\w+(?:[.-]+\w+)*")  # at Bluesky a name is that of a site
_PROFILE = re.compile(r"(?i)\b((?:twitter|x)\.com/(?!i/|hashtag/|search\b)|bsky\.app/profile/)[\w.:%-]*\w")
_STATUS = re.compile(
    r"(?i)\b((?:twitter|x)\.com/\w+(?:/web)?/status(?:es)?/(?=\d)|bsky\.app/profile/[^/\s]+/post/)(\w+)"
)


def drop_user(tweet: Tweet) -> Tweet:
    """Without the author, and with every other name masked: `@user` in the text, none in `mentions`, `/i/` in links.

    An id that names an author becomes its hash.
    """
    mention = _HANDLE if tweet.tweet_id.startswith(_AT) else _MENTION
    return msgspec.structs.replace(
        tweet,
        tweet_id=_nameless(tweet.tweet_id),
        reply_to=tweet.reply_to and _nameless(tweet.reply_to),
        retweet_of=tweet.retweet_of and _nameless(tweet.retweet_of),
        text=_masked(tweet.text, mention),
        urls=[_masked(url, mention) for url in tweet.urls],
        user_id=None,
        user_name=None,
        utc_offset=None,
        mentions=[],
    )


def drop_user_of(deletion: Deletion) -> Deletion:
    """A deletion that matches tweets that went through `drop_user`."""
    return Deletion(deletion.tweet_id and _nameless(deletion.tweet_id), deletion.user_id)


def hash_ids(tweet: Tweet, key: bytes) -> Tweet:
    """With tweet and user ids as keyed hashes (32 hex digits), also where links hold them."""
    return msgspec.structs.replace(
        tweet,
        tweet_id=hash_id(tweet.tweet_id, key),
        user_id=_hashed(tweet.user_id, key),
        reply_to=_hashed(tweet.reply_to, key),
        retweet_of=_hashed(tweet.retweet_of, key),
        text=_mask_links(tweet.text, key),
        urls=[_mask_links(url, key) for url in tweet.urls],
    )


def hash_deletion(deletion: Deletion, key: bytes) -> Deletion:
    """A deletion that matches tweets whose ids went through `hash_ids` with the same key."""
    return Deletion(_hashed(deletion.tweet_id, key), _hashed(deletion.user_id, key))


def hash_id(value: str, key: bytes) -> str:
    """BLAKE2b of an id with a key of 16 to 64 bytes."""
    return blake2b(value.encode(), key=key, digest_size=16).hexdigest()


def _masked(text: str, mention: re.Pattern[str]) -> str:
    return _PROFILE.sub(r"\1i", mention.sub("@user", text))


def _nameless(value: str) -> str:
    return blake2b(value.encode(), digest_size=16).hexdigest() if value.startswith(_AT) else value


def _hashed(value: str | None, key: bytes) -> str | None:
    return None if value is None else hash_id(value, key)


def _mask_links(text: str, key: bytes) -> str:
    return _STATUS.sub(lambda match: match[1] + hash_id(match[2], key), text) if "/" in text else text
