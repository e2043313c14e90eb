"""What is taken out of tweets before anything is stored: users, or the ids and names themselves."""

import re
from hashlib import blake2b
from string import ascii_letters, digits
from urllib.parse import unquote

import msgspec

from emotion.tweets.formats.bluesky import AT, HANDLE
from emotion.tweets.formats.results import NAME
from emotion.tweets.links import Change, Changes, in_links
from emotion.tweets.tweet import Deletion, Tweet

_HOST = re.compile(r"(?:[a-zA-Z0-9-]{1,63}\.){1,5}[a-zA-Z]{2,24}")
_LETTERS = frozenset(ascii_letters + digits)  # before an `@` they are a mail address, where a host follows
_MENTION = re.compile(rf"[@＠]({NAME}(?:@{_HOST.pattern})?)")
_HANDLE = re.compile(rf"[@＠]({HANDLE})")
_ASCII = re.compile(r"[a-zA-Z0-9_]++(?=\w)")  # of a name that goes on with accents
_POST = re.compile(rf"\b{AT}[\w.:%/-]*\w")


def drop_user(tweet: Tweet) -> Tweet:
    """Without the author, and with every other name masked: `@user` in the text, none in `mentions`, `/i/` in links.

    An id that names an author becomes its hash.
    """

    def masked(text: str) -> str:
        return _changed(text, tweet, lambda _: "user", Changes(lambda _: "i", lambda _: "i", _nameless))

    return msgspec.structs.replace(
        tweet,
        tweet_id=_nameless(tweet.tweet_id),
        reply_to=tweet.reply_to and _nameless(tweet.reply_to),
        retweet_of=tweet.retweet_of and _nameless(tweet.retweet_of),
        text=masked(tweet.text),
        urls=[masked(url) for url in tweet.urls],
        user_id=None,
        user_name=None,
        utc_offset=None,
        mentions=[],
    )


def drop_user_of(deletion: Deletion) -> Deletion:
    """A deletion that matches tweets that went through `drop_user`."""
    return Deletion(deletion.tweet_id and _nameless(deletion.tweet_id), deletion.user_id)


def hash_ids(tweet: Tweet, key: bytes, names: bool = True) -> Tweet:
    """With the ids of tweets and users as keyed hashes (32 hex digits), and their names (16), in text and links too.

    A model that reads any name as one word for all reads the same. Without `names` there are none, since `drop_user`.
    """

    def id_hashed(id: str) -> str:
        return hash_id(id, key)

    def name_hashed(name: str) -> str:
        return hash_name(name, key)

    def user_hashed(name: str) -> str:
        return _user(name, key)

    changes = Changes(user_hashed, id_hashed, id_hashed) if names else Changes(str, str, id_hashed)

    def hashed(text: str) -> str:
        return _changed(text, tweet, name_hashed if names else str, changes)

    return msgspec.structs.replace(
        tweet,
        tweet_id=hash_id(tweet.tweet_id, key),
        user_id=_hashed(tweet.user_id, key),
        user_name=tweet.user_name and hash_name(tweet.user_name, key),
        mentions=[hash_name(name, key) for name in tweet.mentions],
        reply_to=_hashed(tweet.reply_to, key),
        retweet_of=_hashed(tweet.retweet_of, key),
        text=hashed(tweet.text),
        urls=[hashed(url) for url in tweet.urls],
    )


def hash_deletion(deletion: Deletion, key: bytes) -> Deletion:
    """A deletion that matches tweets whose ids went through `hash_ids` with the same key."""
    return Deletion(_hashed(deletion.tweet_id, key), _hashed(deletion.user_id, key))


def hash_id(value: str, key: bytes) -> str:
    """BLAKE2b of an id with a key of 16 to 64 bytes."""
    return _digest(value, 16, key)


def hash_name(name: str, key: bytes) -> str:
    """The same of a user's name, whether or not with `@` and in whatever case; no name has the hash of an id."""
    return _digest(f"@{name.lstrip('@＠').casefold()}", 8, key)


def _changed(text: str, tweet: Tweet, mentioned: Change, changes: Changes) -> str:
    """The text with each name behind an `@`, and each name and id in a link, put through its function."""
    if "/" in text:
        text = in_links(_POST.sub(lambda match: changes.post(match[0]), text), changes)
    if "@" in text or "＠" in text:
        listed = {name.casefold() for name in tweet.mentions}
        handles = tweet.tweet_id.startswith(AT)  # its network's names are those of sites, with dots
        text = (_HANDLE if handles else _MENTION).sub(lambda match: _mention(match, listed, mentioned), text)
    return text


def _mention(match: re.Match[str], listed: set[str], mentioned: Change) -> str:
    """What the source lists is a name, whatever stands around it; accents end one only where that is listed."""
    name = match[1]
    short = _ASCII.match(name)
    if short and name.casefold() not in listed and short[0].casefold() in listed:
        return f"@{mentioned(short[0])}{name[short.end() :]}"
    is_mail = match.string[match.start() - 1 : match.start()] in _LETTERS and _HOST.match(match.string, match.start(1))
    return match[0] if is_mail and name.casefold() not in listed else f"@{mentioned(name)}"


def _user(name: str, key: bytes) -> str:
    """What a link calls a user by: at Bluesky that may be the id."""
    name = unquote(name)
    return hash_id(name, key) if name.startswith("did:") else hash_name(name, key)


def _digest(value: str, size: int, key: bytes = b"") -> str:
    return blake2b(value.encode("utf-8", "surrogatepass"), key=key, digest_size=size).hexdigest()


def _nameless(value: str) -> str:
    """At Bluesky an id names its author."""
    return _digest(value, 16) if value.startswith(AT) else value


def _hashed(value: str | None, key: bytes) -> str | None:
    return None if value is None else hash_id(value, key)
