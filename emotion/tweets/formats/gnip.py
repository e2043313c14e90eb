"""Gnip's Activity Streams, as Twitter's enterprise products delivered them."""

from typing import Any, Union

import msgspec

from emotion.tweets.formats.results import Context, Result, as_id, from_text, offset, when
from emotion.tweets.formats.v1 import Entities, hashtags, links, mentions
from emotion.tweets.tweet import Deletion, Tweet


class Actor(msgspec.Struct, gc=False):
    id: str | None = None
    preferredUsername: str | None = None
    utcOffset: object = None


class LongObject(msgspec.Struct, gc=False):
    """The whole of a text longer than 140 characters."""

    body: str | None = None
    twitter_entities: Entities | None = None


class InReplyTo(msgspec.Struct, gc=False):
    link: str | None = None


class Activity(msgspec.Struct, gc=False):
    """`verb` is post or share (a retweet, its original in `object`), delete in compliance streams."""

    id: str | None = None
    verb: str | None = None
    body: str | None = None
    postedTime: object = None
    twitter_lang: str | None = None
    actor: Actor | None = None
    long_object: LongObject | None = None
    twitter_entities: Entities | None = None
    inReplyTo: InReplyTo | None = None
    object: Union["Activity", None] = None


def is_activity(value: dict[str, Any]) -> bool:
    """Whether a record has the shape of an activity."""
    return isinstance(value.get("verb"), str) and ("body" in value or "actor" in value or "object" in value)


def read(activity: Activity, line: int, context: Context) -> Result | None:
    """A tweet, or a deletion; None when there is no text."""
    if activity.verb == "delete":
        target = activity.object
        gone = _last_part(target.id) if target else None
        return Deletion(gone, _user(target or activity) or _user(activity)) if gone else None
    return _project(activity, line, context)


def _project(activity: Activity, line: int, context: Context) -> Tweet | None:
    original = activity.object if activity.verb == "share" else None
    text, entities = _full_text(original or activity)
    if not text:
        text, entities = _full_text(activity)
    if not text:
        return None
    folded = context.fold and original is not None
    owner = original if folded and original is not None else activity
    tweet_id = _last_part(owner.id)
    tweet = Tweet(
        tweet_id or "",
        text,
        line,
        when(tweet_id, owner.postedTime),
        owner.twitter_lang or activity.twitter_lang,
        _user(owner),
        owner.actor.preferredUsername if owner.actor else None,
        hashtags(entities),
        mentions(entities),
        links(entities),
        _last_part(owner.inReplyTo.link, "/") if owner.inReplyTo else None,
        None if folded or original is None else _last_part(original.id),
        offset(owner.actor.utcOffset) if owner.actor else None,
        folded,
    )
    return tweet if entities is not None else from_text(tweet)


def _full_text(activity: Activity) -> tuple[str | None, Entities | None]:
    long = activity.long_object
    if long is not None and long.body:
        return long.body, long.twitter_entities or activity.twitter_entities
    return activity.body, activity.twitter_entities


def _user(activity: Activity) -> str | None:
    return _last_part(activity.actor.id) if activity.actor else None


def _last_part(value: str | None, mark: str = ":") -> str | None:
    """The number at the end of `tag:search.twitter.com,2005:123` or of a link."""
    part = value.rpartition(mark)[2] if value else ""
    return as_id(part) if part.isdigit() else None
