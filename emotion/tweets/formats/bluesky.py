"""Events of Bluesky's Jetstream: one JSON object an event, as the crawler keeps them."""

import re
from typing import Any

import msgspec

from emotion.tweets.dates import parse_date
from emotion.tweets.formats.results import LATIN, NAME, NO_WORD, NOTICE, Result, from_text
from emotion.tweets.tweet import DeadLetter, Deletion, Tweet

AT = "at://"  # begins an id, which names the author
HANDLE = rf"{NAME}(?:[.-]++{LATIN}++)*+"  # a user's name is that of a site
POSTS = "app.bsky.feed.post"
_MENTION = re.compile(rf"{NO_WORD}[@＠]({HANDLE})")
_TAG, _LINK = "app.bsky.richtext.facet#tag", "app.bsky.richtext.facet#link"
_KINDS = ("commit", "identity", "account")


class Feature(msgspec.Struct, gc=False):
    """What a stretch of the text is: a hashtag or a link."""

    type: str | None = msgspec.field(default=None, name="$type")
    tag: str | None = None
    uri: str | None = None


class Facet(msgspec.Struct, gc=False):
    features: list[Feature] | None = None


class Reference(msgspec.Struct, gc=False):
    uri: str | None = None


class Reply(msgspec.Struct, gc=False):
    parent: Reference | None = None


class External(msgspec.Struct, gc=False):
    uri: str | None = None


class Embed(msgspec.Struct, gc=False):
    external: External | None = None


class Post(msgspec.Struct, gc=False):
    """A record of the collection `app.bsky.feed.post`."""

    text: str | None = None
    createdAt: object = None
    langs: list[str] | None = None
    facets: list[Facet] | None = None
    reply: Reply | None = None
    embed: Embed | None = None
    tags: list[str] | None = None


class Commit(msgspec.Struct, gc=False):
    operation: str | None = None
    collection: str | None = None
    rkey: str | None = None
    record: Post | None = None


class Account(msgspec.Struct, gc=False):
    active: object = None
    status: str | None = None


class Event(msgspec.Struct, gc=False):
    """`time_us` is when the network passed it on, in microseconds since 1970."""

    did: str | None = None
    time_us: object = None
    kind: str | None = None
    commit: Commit | None = None
    account: Account | None = None


def is_event(value: dict[str, Any]) -> bool:
    """Whether a record has the shape of an event."""
    return isinstance(value.get("did"), str) and value.get("kind") in _KINDS


def read(event: Event, line: int, raw: bytes) -> Result:
    """A post, the deletion of one or of an account, or a notice."""
    if event.kind == "account":
        gone = event.account is not None and event.account.active is False and event.account.status == "deleted"
        return Deletion(None, event.did) if gone else NOTICE
    commit = event.commit
    if commit is None or commit.collection != POSTS or not commit.rkey:
        return NOTICE
    if commit.operation == "delete":
        return Deletion(_uri(event.did, commit.rkey), event.did)
    if commit.operation != "create":
        return NOTICE
    if commit.record is None or not commit.record.text:
        return DeadLetter(line, "no text", raw)
    return _tweet(event, commit.rkey, commit.record, line)


def _tweet(event: Event, rkey: str, post: Post, line: int) -> Tweet:
    """Hashtags and links are those of the text and those that the post names beside it."""
    tweet = from_text(Tweet(_uri(event.did, rkey), post.text or "", line))
    tweet.mentions = _MENTION.findall(tweet.text)
    tweet.created_at = _made_at(post.createdAt, event.time_us)
    tweet.lang = next(iter(post.langs or ()), None)
    tweet.user_id = event.did
    tweet.reply_to = post.reply.parent.uri if post.reply and post.reply.parent else None
    features = [feature for facet in post.facets or () for feature in facet.features or ()]
    tags = [feature.tag for feature in features if feature.type == _TAG and feature.tag]
    tweet.hashtags = _distinct(tags or tweet.hashtags, post.tags or ())
    uris = [feature.uri for feature in features if feature.type == _LINK and feature.uri]
    external = post.embed.external.uri if post.embed and post.embed.external else None
    tweet.urls = _distinct(uris or tweet.urls, (external,) if external else ())
    return tweet


def _uri(did: str | None, rkey: str) -> str:
    return f"{AT}{did}/{POSTS}/{rkey}"


def _made_at(said: object, passed_on: object) -> int | None:
    """When the author's program says, unless that lies after the network passed it on."""
    made = parse_date(said)
    seen = passed_on if isinstance(passed_on, int) and not isinstance(passed_on, bool) else None
    if made is None or seen is None:
        return made if seen is None else parse_date(seen)
    return min(made, seen)


def _distinct(first: list[str], second: tuple[str, ...] | list[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))
