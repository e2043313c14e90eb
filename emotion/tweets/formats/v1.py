"""API v1.1 statuses: compat, extended and streamed, as the Internet Archive's stream grab keeps them."""

import msgspec

from emotion.tweets.formats.results import Context, as_id, from_text, offset, when
from emotion.tweets.tweet import Tweet

_STAMP_DIGITS = 13


class Tag(msgspec.Struct, gc=False):
    text: str | None = None
    tag: str | None = None  # API v2


class Mention(msgspec.Struct, gc=False):
    screen_name: str | None = None
    username: str | None = None  # API v2


class Link(msgspec.Struct, gc=False):
    expanded_url: str | None = None
    url: str | None = None


class Entities(msgspec.Struct, gc=False):
    hashtags: list[Tag] | None = None
    user_mentions: list[Mention] | None = None
    mentions: list[Mention] | None = None  # API v2
    urls: list[Link] | None = None


class User(msgspec.Struct, gc=False):
    id_str: str | None = None
    id: object = None
    screen_name: str | None = None
    utc_offset: object = None


class Extended(msgspec.Struct, gc=False):
    full_text: str | None = None
    entities: Entities | None = None


class Status(msgspec.Struct, gc=False):
    """The fields read from a status; `full_text` stands in extended mode, `extended_tweet` in streams."""

    created_at: object = None
    id_str: str | None = None
    id: object = None
    full_text: str | None = None
    text: str | None = None
    lang: str | None = None
    user: User | None = None
    entities: Entities | None = None
    extended_tweet: Extended | None = None
    in_reply_to_status_id_str: str | None = None
    in_reply_to_status_id: object = None


class Record(Status, gc=False):
    """A status as the outermost object of a record."""

    retweeted_status: Status | None = None
    timestamp_ms: object = None


def hashtags(entities: Entities | None) -> list[str]:
    """Without '#', as written."""
    if entities is None or not entities.hashtags:
        return []
    return [word for tag in entities.hashtags if (word := tag.text or tag.tag)]


def mentions(entities: Entities | None) -> list[str]:
    """Names without '@'."""
    listed = entities and (entities.user_mentions or entities.mentions)
    return [name for one in listed if (name := one.screen_name or one.username)] if listed else []


def links(entities: Entities | None) -> list[str]:
    """Each link where it leads to, as far as the record knows."""
    if entities is None or not entities.urls:
        return []
    return [url for link in entities.urls if (url := link.expanded_url or link.url)]


def full_text(status: Status) -> tuple[str | None, Entities | None]:
    """The whole text with the entities that belong to it."""
    extended = status.extended_tweet
    if extended is not None and extended.full_text:
        return extended.full_text, extended.entities or status.entities
    return status.full_text or status.text, status.entities


def project(record: Record, line: int, context: Context) -> Tweet | None:
    """The tweet of a status, or None when it has no text; a retweet takes the text of its original."""
    original = record.retweeted_status
    shown = record if original is None else original
    text, entities = full_text(shown)
    if not text and original is not None:
        text, entities = full_text(record)
    if not text:
        return None
    folded = context.fold and original is not None
    owner: Status = shown if folded else record
    user = owner.user
    tweet_id = as_id(owner.id_str, owner.id)
    tweet = Tweet(
        tweet_id or "",
        text,
        line,
        _made_at(record, tweet_id) if owner is record else when(tweet_id, owner.created_at),
        owner.lang,
        None if user is None else as_id(user.id_str, user.id),
        None if user is None else user.screen_name,
        hashtags(entities),
        mentions(entities),
        links(entities),
        as_id(owner.in_reply_to_status_id_str, owner.in_reply_to_status_id),
        None if original is None or folded else as_id(original.id_str, original.id),
        None if user is None else offset(user.utc_offset),
        folded,
    )
    return tweet if entities is not None else from_text(tweet)


def _made_at(record: Record, tweet_id: str | None) -> int | None:
    """To the millisecond where the stream told it."""
    stamp = record.timestamp_ms
    if isinstance(stamp, str) and len(stamp) == _STAMP_DIGITS and stamp.isdigit() and stamp.isascii():
        return int(stamp) * 1000
    return when(tweet_id, stamp, record.created_at)
