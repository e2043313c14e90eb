"""Events of Jetstream as records of an archive."""

from pathlib import Path
from typing import Any

import pytest

from emotion.tweets.reader import ReadOptions
from emotion.tweets.tweet import Deletion
from tests.tweets.live.made_bluesky import DID, START, account, commit, create
from tests.tweets.made import lines, one, read, reasons, status, texts, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.jsonl"


def facet(kind: str, **more: Any) -> dict[str, Any]:
    return {"index": {"byteStart": 0, "byteEnd": 4}, "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **more}]}


def test_a_post_is_a_tweet(path: Path) -> None:
    event = create(
        2,
        "#yay look at this @bo example.org/…",
        facets=[facet("tag", tag="yay"), facet("link", uri="https://example.org/long"), facet("mention", did="x")],
        reply={"root": {"uri": "at://r"}, "parent": {"uri": "at://did:plc:bo/app.bsky.feed.post/k0"}},
        embed={"$type": "app.bsky.embed.external", "external": {"uri": "https://example.org/card"}},
    )
    tweet = one(write(path, lines([event])))
    assert tweet.tweet_id == f"at://{DID}/app.bsky.feed.post/k2"
    assert (tweet.lang, tweet.user_id, tweet.created_at) == ("en", DID, START)
    assert (tweet.hashtags, tweet.mentions) == (["yay"], ["bo"])
    assert tweet.urls == ["https://example.org/long", "https://example.org/card"]
    assert tweet.reply_to == "at://did:plc:bo/app.bsky.feed.post/k0"


def test_a_post_cannot_be_written_after_it_was_seen(path: Path) -> None:
    assert one(write(path, lines([create(5, createdAt="2031-01-01T00:00:00Z")]))).created_at == START + 5_000_000
    assert one(write(path, lines([create(5, createdAt="soon")]))).created_at == START + 5_000_000


def test_deletions_of_posts_and_accounts_are_notices(path: Path) -> None:
    part = read(write(path, lines([commit(1, "delete"), account(2, "deleted")])))
    assert part.deletions == [Deletion(f"at://{DID}/app.bsky.feed.post/k1", DID), Deletion(None, DID)]


def test_other_events_are_skipped(path: Path) -> None:
    others = [account(1, None), account(2, "deactivated"), commit(3, "create", collection="app.bsky.feed.like")]
    others.append({"did": DID, "time_us": 1, "kind": "identity", "identity": {"handle": "ann.example"}})
    assert read(write(path, lines(others))).skipped == {"notice": 4}


def test_a_post_without_text_is_a_dead_letter(path: Path) -> None:
    assert reasons(read(write(path, lines([create(1, "")])))) == ["no text"]


@pytest.mark.parametrize("format", [None, "bluesky"])
def test_a_file_may_hold_events_alone_or_among_others(path: Path, format: str | None) -> None:
    part = read(write(path, lines([create(1, "a"), status(2, "b")])), ReadOptions(format=format))
    assert texts(part)[0] == "a"
    assert part.read == 2
