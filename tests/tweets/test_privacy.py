"""What is taken out of tweets before they are stored."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from emotion.text.rules import Rules
from emotion.text.tokens import Tokenizer
from emotion.tweets.privacy import drop_user, drop_user_of, hash_id, hash_ids, hash_name
from emotion.tweets.tweet import Deletion, Tweet
from tests.tweets.live.made_bluesky import create
from tests.tweets.made import activity, lines, one, post, status, write

KEY = b"k" * 32
URI = "at://did:plc:ann/app.bsky.feed.post/3abc"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hi @ann.great, a@b.co", "hi @user.great, a@b.co"),
        (
            "see x.com/ann/status/12 and twitter.com/i/web/status/3",
            "see x.com/i/status/12 and twitter.com/i/web/status/3",
        ),
        ("bsky.app/profile/blog.janedoe.com/post/3k is mine", "bsky.app/profile/i/post/3k is mine"),
        ("bsky.app/profile/did:plc:abc.", "bsky.app/profile/i."),
    ],
)
def test_names_in_texts_are_masked(text: str, said: str) -> None:
    assert drop_user(Tweet("1", text, 1)).text == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("thanks @blog.jane-doe.com!", "thanks @user!"),
        ("@ann.bsky.social. Great", "@user. Great"),
        ("＠ann what?", "@user what?"),
        ("mail ann@doe.com", "mail ann@doe.com"),
    ],
)
def test_a_name_at_bluesky_is_masked_whole(text: str, said: str) -> None:
    assert drop_user(Tweet(URI, text, 1)).text == said


def test_an_id_that_names_its_author_becomes_its_hash_and_notices_still_find_it() -> None:
    tweet = Tweet(URI, "so happy", 1, reply_to=URI + "x", retweet_of="12")
    found = drop_user(tweet)
    assert "ann" not in f"{found.tweet_id} {found.reply_to}"
    assert found.retweet_of == "12"
    assert drop_user_of(Deletion(URI, None)).tweet_id == found.tweet_id != found.reply_to
    assert drop_user_of(Deletion(None, "7")) == Deletion(None, "7")
    assert drop_user(Tweet("12", "so happy", 1)).tweet_id == "12"


@pytest.mark.parametrize(
    ("link", "name", "id"),
    [
        ("https://twitter.com/ann/status/12", "ann", "12"),
        ("https://twitter.com/#!/ann/status/12", "ann", "12"),
        ("HTTPS://X.COM/ANN/STATUS/12", "ANN", "12"),
        ("https://x.com/i/web/status/12?s=20", "", "12"),
        ("https://bsky.app/profile/ann.com/post/3kabc", "ann.com", "3kabc"),
        ("https://twitter.com/ann/status/about", "ann", ""),
        ("https://mobile.twitter.com/ann", "ann", ""),
        ("https://www.x.com/ann", "ann", ""),
        ("https://engineering.twitter.com/2016/11/news.html", "", ""),
        ("https://twitter.com/intent/user?lang=en&screen_name=ann", "ann", ""),
        ("https://medium.com/@ann/story", "ann", ""),
        ("https://twitter.com/search?q=ann", "", ""),
    ],
)
def test_names_and_ids_in_links_are_hashed(link: str, name: str, id: str) -> None:
    found = hash_ids(Tweet("1", f"see {link}", 1, urls=[link]), KEY)
    hashed = link.replace(id, hash_id(id, KEY)) if id else link
    assert found.urls == [hashed.replace(name, hash_name(name, KEY)) if name else hashed]
    assert found.text == f"see {found.urls[0]}"


def test_a_link_by_id_has_the_hash_of_the_id() -> None:
    text = f"bsky.app/profile/did:plc:ann and {URI}"
    found = hash_ids(Tweet(URI, text, 1, user_id="did:plc:ann"), KEY)
    assert found.text == f"bsky.app/profile/{found.user_id} and {found.tweet_id}"


NAMED = [
    "RT @ann: hi",
    "RT@ann: hi",
    ".@ann what?",
    "＠ann what?",
    "@ann@bo glued, sorry@ann, and @@ann",
    "@ann@social.example from elsewhere",
    "ask @ann's brother (@ANN_)",
    "mail me, not @ann",
]


@pytest.mark.parametrize("text", NAMED)
def test_no_name_behind_an_at_is_left(text: str) -> None:
    for found in (hash_ids(Tweet("1", text, 1), KEY), drop_user(Tweet("1", text, 1))):
        assert "@" in found.text
        assert "ann" not in found.text.lower()


def test_one_name_has_one_pseudonym_wherever_it_stands() -> None:
    said = "RT @Ann: @ANN, twitter.com/ann and ＠ann"
    found = hash_ids(Tweet("1", said, 1, user_name="ann", mentions=["Ann"], urls=["https://x.com/Ann"]), KEY)
    one, other = hash_name("ann", KEY), hash_name("ann_", KEY)
    assert found.text == f"RT @{one}: @{one}, twitter.com/{one} and @{one}"
    assert (found.user_name, found.mentions, found.urls) == (one, [one], [f"https://x.com/{one}"])
    assert hash_ids(Tweet("1", "", 1, user_name="@Ann"), KEY).user_name == one
    assert len({one, other, hash_name("ann", b"j" * 32)}) == 3
    assert one not in hash_id("ann", KEY), "whoever knows ids by their hashes would know names"


def test_a_mention_ends_where_the_source_says_and_else_with_its_letters() -> None:
    ann = hash_name("ann", KEY)
    assert hash_ids(Tweet("1", "@annさんは", 1, mentions=["ann"]), KEY).text == f"@{ann}さんは"
    assert hash_ids(Tweet("1", "@bjørn", 1, mentions=["bj"]), KEY).text == f"@{hash_name('bj', KEY)}ørn"
    assert hash_ids(Tweet("1", "@bjørn", 1), KEY).text == f"@{hash_name('bjørn', KEY)}"
    assert hash_ids(Tweet(URI, "@ann.great!", 1, mentions=["ann"]), KEY).text == f"@{hash_name('ann.great', KEY)}!"


@pytest.mark.parametrize("before", ["今日", "café", "こんにちは", ".", "RT"])
def test_a_name_glued_to_another_script_or_a_sign_is_no_mail_address(before: str) -> None:
    ann = hash_name("ann", KEY)
    said = f"{before}@ann.See you" if before != "RT" else "RT@ann: See you"
    tweet = Tweet("1", said, 1, mentions=["ann"])
    assert hash_ids(tweet, KEY).text == said.replace("ann", ann)
    assert drop_user(tweet).text == said.replace("ann", "user")
    tweet = Tweet(URI, f"{before}@ann.bsky.social!", 1)
    if before != "RT":
        assert hash_ids(tweet, KEY).text == f"{before}@{hash_name('ann.bsky.social', KEY)}!"
        assert drop_user(tweet).text == f"{before}@user!"


def test_what_the_source_lists_is_a_name_even_where_it_looks_like_mail() -> None:
    tweet = Tweet("1", "sorry@ann.See you, a@bo.com", 1, mentions=["Ann"])
    assert drop_user(tweet).text == "sorry@user.See you, a@bo.com"
    assert hash_ids(tweet, KEY).text == f"sorry@{hash_name('ann', KEY)}.See you, a@bo.com"


@pytest.mark.parametrize("mentions", [[], ["ann"]])
def test_in_scripts_without_spaces_a_sentence_goes_on_behind_a_name(mentions: list[str]) -> None:
    for said in ("@annさんは", "よろしく@annありがとう大好き", "＠ann喜欢", "@annи все"):
        tweet = Tweet("1", said, 1, mentions=mentions)
        said = said.replace("＠", "@")
        assert hash_ids(tweet, KEY).text == said.replace("ann", hash_name("ann", KEY))
        assert drop_user(tweet).text == said.replace("ann", "user")
    post = Tweet(URI, "こんにちは@ann.comさん、@ann.com.そう", 1)
    assert drop_user(post).text == "こんにちは@userさん、@user.そう"


def test_a_file_of_texts_lists_the_names_that_are_hashed(tmp_path: Path) -> None:
    tweet = one(write(tmp_path / "a.txt", "今日@annさんと@bjørn, mail a@bo.com\n"))
    assert tweet.mentions == ["ann", "bjørn"]
    found = hash_ids(tweet, KEY)
    assert found.text == f"今日@{found.mentions[0]}さんと@{found.mentions[1]}, mail a@bo.com"


@pytest.mark.parametrize(
    "text",
    [
        "@annさんは",
        "RT @ann: so happy!",
        ".@ann_b @Bo, love",
        "＠ann 😢",
        "@ann@social.example hi",
        "see twitter.com/ann @bo",
    ],
)
def test_a_model_reads_a_pseudonym_as_it_reads_the_name(text: str) -> None:
    tokens = Tokenizer(Rules(), None).tokens
    assert tokens(hash_ids(Tweet("1", text, 1), KEY).text) == tokens(text)


@pytest.mark.parametrize(
    "record",
    [
        status(1, "hi @ann", entities={"user_mentions": [{"screen_name": "ann"}]}),
        post(1, "hi @ann", author={"id": "7", "username": "ann"}, entities={"mentions": [{"username": "ann"}]}),
        activity(1, "hi @ann", twitter_entities={"user_mentions": [{"screen_name": "ann"}]}),
        {"id": "1", "content": "hi @ann", "username": "ann"},
    ],
)
def test_names_are_hashed_whatever_format_they_came_in(record: dict[str, Any], tmp_path: Path) -> None:
    if "content" in record:
        path = write(tmp_path / "a.csv", ",".join(record) + "\n" + ",".join(record.values()) + "\n")
    else:
        path = write(tmp_path / "a.jsonl", lines([record]))
    found, ann = hash_ids(one(path), KEY), hash_name("ann", KEY)
    assert (found.text, found.user_name, found.mentions) == (f"hi @{ann}", ann, [ann])


def test_a_post_of_bluesky_holds_no_name_and_mentions_whom_its_text_does(tmp_path: Path) -> None:
    found = hash_ids(one(write(tmp_path / "a.jsonl", lines([create(1, "hi @blog.jane-doe.com、@ann.comさん")]))), KEY)
    assert found.mentions == [hash_name("blog.jane-doe.com", KEY), hash_name("ann.com", KEY)]
    assert found.text == f"hi @{found.mentions[0]}、@{found.mentions[1]}さん"
    assert "ann" not in str(msgspec.to_builtins(found))


def test_what_was_masked_is_not_taken_for_a_name() -> None:
    bare = drop_user(Tweet("1", "@ann: x.com/ann/status/12", 1))
    assert hash_ids(bare, KEY, names=False).text == f"@user: x.com/i/status/{hash_id('12', KEY)}"
