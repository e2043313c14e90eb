"""API v2: pages and stream lines with `includes`, and the flattened lines of twarc."""

import msgspec

from emotion.tweets.formats.lenient import dead, decode, load
from emotion.tweets.formats.notices import read_notice
from emotion.tweets.formats.results import Context, Result, as_id, from_text, when
from emotion.tweets.formats.v1 import Entities, hashtags, links, mentions
from emotion.tweets.tweet import DeadLetter
from emotion.tweets.tweet import Tweet as Canonical

_REPEAT = "RT @"


class User(msgspec.Struct, gc=False):
    id: object = None
    username: str | None = None


class Note(msgspec.Struct, gc=False):
    """The whole of a tweet longer than 280 characters."""

    text: str | None = None
    entities: Entities | None = None


class Post(msgspec.Struct, gc=False):
    """The fields of a tweet; `author` only in twarc's flattened lines."""

    id: object = None
    text: str | None = None
    created_at: object = None
    lang: str | None = None
    author_id: object = None
    author: User | None = None
    entities: Entities | None = None
    note_tweet: Note | None = None


class Reference(Post, gc=False):
    """A tweet referred to, by its id or (flattened) whole."""

    type: str | None = None


class Tweet(Post, gc=False):
    referenced_tweets: list[Reference] | None = None


class Includes(msgspec.Struct, gc=False):
    users: list[User] | None = None
    tweets: list[Tweet] | None = None


class _Page(msgspec.Struct, gc=False):
    data: msgspec.Raw
    includes: Includes | None = None


class _Data(msgspec.Struct, gc=False):
    data: msgspec.Raw = msgspec.Raw()
    statuses: msgspec.Raw = msgspec.Raw()  # of a search of API v1.1
    id_str: str | None = None


class _Directory:
    """Users and tweets that came along with a page, by id."""

    def __init__(self, includes: Includes | None) -> None:
        self.names = {as_id(user.id, user.id): user.username for user in (includes and includes.users) or ()}
        self.tweets = {as_id(tweet.id, tweet.id): tweet for tweet in (includes and includes.tweets) or ()}


def read_page(raw: bytes, line: int, context: Context) -> Result | list[Result] | None:
    """The elements of a page, or the tweet or notice of a stream line; None when `data` holds neither."""
    page = decode(raw, _Page)
    directory = _Directory(page.includes)
    data = bytes(page.data)
    if data[:1] == b"{":
        return _element(data, directory, line, context)
    if data[:1] != b"[":
        return None
    elements = msgspec.json.decode(data, type=list[msgspec.Raw])
    return [_element(bytes(element), directory, line + k, context) for k, element in enumerate(elements)] or None


def count_elements(raw: bytes) -> int:
    """The most elements that a page may have; 1 for what is no page."""
    try:
        page = decode(raw, _Data)
        held = [] if page.id_str is not None else [bytes(page.data), bytes(page.statuses)]
        counts = (len(msgspec.json.decode(each, type=list[msgspec.Raw])) for each in held if each[:1] == b"[")
        return max(counts, default=1) or 1
    except (ValueError, RecursionError):
        return 1


def project(tweet: Tweet, includes: _Directory | None, line: int, context: Context) -> Canonical | None:
    """The canonical tweet, or None when it has no text; a retweet takes its original's text where that came along."""
    repeated = _reference(tweet, "retweeted")
    original = _original(repeated, includes)
    text, entities = _full_text(original or tweet)
    if not text:
        text, entities = _full_text(tweet)
    if not text:
        return None
    if repeated is not None and original is None:
        text = _without_prefix(text)
    folded = context.fold and repeated is not None
    owner: Post = (original or repeated or tweet) if folded else tweet
    tweet_id = as_id(owner.id, owner.id)
    author = as_id(owner.author_id, owner.author_id) or (
        as_id(owner.author.id, owner.author.id) if owner.author else None
    )
    replied = None if folded else _reference(tweet, "replied_to")
    result = Canonical(
        tweet_id or "",
        text,
        line,
        when(tweet_id, owner.created_at),
        owner.lang or (tweet.lang if folded else None),
        author,
        _name(owner, author, includes),
        hashtags(entities),
        mentions(entities),
        links(entities),
        None if replied is None else as_id(replied.id, replied.id),
        None if folded or repeated is None else as_id(repeated.id, repeated.id),
        None,
        folded,
    )
    return result if entities is not None else from_text(result)


def _element(raw: bytes, directory: _Directory, line: int, context: Context) -> Result:
    if raw[:1] != b"{":
        return DeadLetter(line, "not a tweet", raw)
    try:
        tweet = decode(raw, Tweet)
    except (ValueError, RecursionError) as error:
        return dead(raw, line, ValueError("nested too deep") if isinstance(error, RecursionError) else error)
    if tweet.text is None and tweet.note_tweet is None:
        return read_notice(load(raw)) or DeadLetter(line, "not a tweet" if tweet.id is None else "no text", raw)
    return project(tweet, directory, line, context) or DeadLetter(line, "no text", raw)


def _reference(tweet: Tweet, kind: str) -> Reference | None:
    return next((one for one in tweet.referenced_tweets or () if one.type == kind), None)


def _original(reference: Reference | None, includes: _Directory | None) -> Post | None:
    if reference is None:
        return None
    if reference.text:
        return reference
    return includes.tweets.get(as_id(reference.id, reference.id)) if includes else None


def _full_text(tweet: Post) -> tuple[str | None, Entities | None]:
    note = tweet.note_tweet
    if note is not None and note.text:
        return note.text, note.entities or tweet.entities
    return tweet.text, tweet.entities


def _without_prefix(text: str) -> str:
    """The original's words, as far as a retweet repeats them."""
    name, mark, rest = text.partition(": ")
    return rest if mark and name.startswith(_REPEAT) and rest else text


def _name(owner: Post, author: str | None, includes: _Directory | None) -> str | None:
    if owner.author is not None:
        return owner.author.username
    return includes.names.get(author) if includes else None
