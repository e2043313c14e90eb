"""Which tweets are labelled, and what is taken out of them."""

from typing import Any

import msgspec
import pytest

from emotion.tweets.privacy import drop_user, hash_deletion, hash_ids
from emotion.tweets.selection import Selection
from emotion.tweets.tweet import Deletion, Tweet

KEY = b"0123456789abcdef"
ENGLISH = frozenset({"en"})


def tweet(**fields: Any) -> Tweet:
    return Tweet(**{"tweet_id": "12", "text": "hi", "line": 1, "lang": "en", "created_at": 100, **fields})


@pytest.mark.parametrize(
    ("selection", "fields", "reason"),
    [
        (Selection(), {"lang": "und", "created_at": None}, None),
        (Selection(ENGLISH), {}, None),
        (Selection(ENGLISH), {"lang": None}, None),
        (Selection(ENGLISH), {"lang": "en-GB"}, None),
        (Selection(frozenset({"pt-br"})), {"lang": "pt-BR"}, None),
        (Selection(frozenset({"pt-BR"})), {"lang": "pt-br"}, None),
        (Selection(frozenset({"pt-br"})), {"lang": "pt"}, "language"),
        (Selection(ENGLISH), {"lang": "und"}, "language"),
        (Selection(ENGLISH), {"lang": "fr"}, "language"),
        (Selection(since=100, until=101), {}, None),
        (Selection(since=101), {}, "date"),
        (Selection(until=100), {}, "date"),
        (Selection(until=200), {"created_at": None}, "date"),
        (Selection(retweets="skip"), {"retweet_of": "3"}, "retweet"),
        (Selection(retweets="keep"), {"retweet_of": "3"}, None),
        (Selection(retweets="skip"), {}, None),
    ],
)
def test_the_reason_why_a_tweet_is_skipped(selection: Selection, fields: dict[str, Any], reason: str | None) -> None:
    assert selection.reason(tweet(**fields)) == reason


def test_a_selection_can_be_kept_in_a_manifest() -> None:
    selection = Selection(ENGLISH, 1, 2, "fold")
    assert msgspec.json.decode(msgspec.json.encode(selection), type=Selection) == selection


def test_dropping_the_user_leaves_no_name() -> None:
    whole = tweet(
        text="RT @ann_b: see @Bo, mail a@b.org https://twitter.com/bo/status/5",
        user_id="7",
        user_name="cy",
        utc_offset=3600,
        mentions=["ann_b", "Bo"],
        urls=["https://twitter.com/bo/status/5/photo/1", "https://x.com/Bo", "https://example.org/@x"],
    )
    bare = drop_user(whole)
    assert (bare.user_id, bare.user_name, bare.utc_offset, bare.mentions) == (None, None, None, [])
    assert bare.text == "RT @user: see @user, mail a@b.org https://twitter.com/i/status/5"
    assert bare.urls == ["https://twitter.com/i/status/5/photo/1", "https://x.com/i", "https://example.org/@user"]
    assert whole.user_id == "7"


def test_hashed_ids_match_their_deletions_and_nothing_else() -> None:
    hashed = hash_ids(tweet(user_id="7", reply_to="11", retweet_of="10", urls=["https://x.com/a/status/12"]), KEY)
    assert hash_deletion(Deletion("12", "7"), KEY) == Deletion(hashed.tweet_id, hashed.user_id)
    assert hash_ids(tweet(), b"another key here").tweet_id != hashed.tweet_id
    shown = str(msgspec.to_builtins(hashed))
    assert "'12'" not in shown
    assert "status/12" not in shown
    assert len({hashed.tweet_id, hashed.user_id, hashed.reply_to, hashed.retweet_of}) == 4
