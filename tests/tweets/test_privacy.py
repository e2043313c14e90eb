"""What is taken out of tweets before they are stored."""

import pytest

from emotion.tweets.privacy import drop_user, drop_user_of, hash_id, hash_ids
from emotion.tweets.tweet import Deletion, Tweet

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
    ("link", "id"),
    [
        ("https://twitter.com/ann/status/12", "12"),
        ("HTTPS://X.COM/ANN/STATUS/12", "12"),
        ("https://x.com/i/web/status/12?s=20", "12"),
        ("https://bsky.app/profile/ann.com/post/3kabc", "3kabc"),
    ],
)
def test_ids_in_links_are_hashed(link: str, id: str) -> None:
    found = hash_ids(Tweet("1", f"see {link}", 1, urls=[link]), KEY)
    assert found.urls == [link.replace(id, hash_id(id, KEY))]
    assert found.text == f"see {found.urls[0]}"
    plain = "https://twitter.com/ann/status/about"
    assert hash_ids(Tweet("1", plain, 1), KEY).text == plain
