"""Names and ids in links to the networks: in paths and in queries, of any spelling that leads there."""

from time import process_time

import pytest

from emotion.tweets.links import Changes, in_links
from emotion.tweets.privacy import drop_user, hash_id, hash_ids, hash_name
from emotion.tweets.tweet import Tweet

KEY = b"k" * 32
SHOWN = Changes(lambda name: f"<{name}>", lambda id: f"<user {id}>", lambda id: f"<post {id}>")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://x.com/i/user/783214", "https://x.com/i/user/<user 783214>"),
        ("https://twitter.com/intent/user?user_id=783214", "https://twitter.com/intent/user?user_id=<user 783214>"),
        (
            "https://x.com/intent/tweet?in_reply_to=12&via=ann&text=hi%20%40bob",
            "https://x.com/intent/tweet?in_reply_to=<post 12>&via=<ann>&text=hi%20%40<bob>",
        ),
        (
            "https://x.com/share?url=a&amp;via=ann&amp;related=bob%2Ccy,di",
            "https://x.com/share?url=a&amp;via=<ann>&amp;related=<bob>%2C<cy>,<di>",
        ),
        ("https://x.com/search?q=from%3Aann", "https://x.com/search?q=from%3A<ann>"),
        ("https://x.com/search?q=(from:ann)%20to%3Abob", "https://x.com/search?q=(from:<ann>)%20to%3A<bob>"),
        ("https://twitter.com/search/from:ann", "https://twitter.com/search/from:<ann>"),
        ("https://x.com:443/ann", "https://x.com:443/<ann>"),
        ("https://twitter.com//ann/status/1", "https://twitter.com//<ann>/status/<post 1>"),
        ("https://x.com/messages/7-8", "https://x.com/messages/<user 7>-<user 8>"),
        ("twitter.com/account/redirect_by_id?id=7", "twitter.com/account/redirect_by_id?id=<user 7>"),
        ("twitter.com/account/redirect_by_id/7", "twitter.com/account/redirect_by_id/<user 7>"),
        ("https://x.com/ann/article/12", "https://x.com/<ann>/article/<post 12>"),
        ("https://x.com/search?q=conversation_id%3A12", "https://x.com/search?q=conversation_id%3A<post 12>"),
        ("https://ja.twitter.com/ann", "https://ja.twitter.com/<ann>"),
        ("https://en.twitter.com/ann/status/1", "https://en.twitter.com/<ann>/status/<post 1>"),
        ("https://twitter.com/statuses/12", "https://twitter.com/statuses/<post 12>"),
        ("https://twitter.com/%40ann", "https://twitter.com/%40<ann>"),
        ("https://x.com/ann?ref_src=a%7Ctwterm%5E12%7C", "https://x.com/<ann>?ref_src=a%7Ctwterm%5E<post 12>%7C"),
        ("https://api.twitter.com/show.json?user_id=7", "https://api.twitter.com/show.json?user_id=<user 7>"),
        ("go.to/?u=https%3A%2F%2Fx.com%2Fann%2Fstatus%2F1", "go.to/?u=https%3A%2F%2Fx.com%2F<ann>%2Fstatus%2F<post 1>"),
        ("https://bsky.app/search?q=from%3Aann.bsky.social", "https://bsky.app/search?q=from%3A<ann.bsky.social>"),
        ("https://bsky.app/starter-pack/ann.com/3k", "https://bsky.app/starter-pack/<ann.com>/3k"),
    ],
)
def test_users_and_posts_are_found_in_any_link_to_them(link: str, said: str) -> None:
    assert in_links(link, SHOWN) == said


@pytest.mark.parametrize(
    "link",
    [
        "https://engineering.twitter.com/2016/11/news.html",
        "https://x.com/search?q=ann",
        "https://x.com/hashtag/joy?src=hash",
        "https://pic.twitter.com/abc",
        "https://news.example/?via=ann&user_id=7&q=from:ann",
        "https://netflix.com/ann",
    ],
)
def test_other_links_stay(link: str) -> None:
    assert in_links(link, SHOWN) == link


def test_a_link_ends_where_another_begins_and_where_the_script_changes() -> None:
    text = "見てx.com/annを、x.com/bob,twitter.com/cy/status/1です look...x.com/di."
    said = "見てx.com/<ann>を、x.com/<bob>,twitter.com/<cy>/status/<post 1>です look...x.com/<di>."
    assert in_links(text, SHOWN) == said


def test_the_id_of_a_user_in_a_link_is_that_of_the_author() -> None:
    link = "https://x.com/i/user/7"
    found = hash_ids(Tweet("1", link, 1, user_id="7", urls=[link]), KEY)
    assert found.urls == [found.text] == [f"https://x.com/i/user/{found.user_id}"]
    assert drop_user(Tweet("1", link, 1)).text == "https://x.com/i/user/i"


def test_what_was_masked_stays_masked_when_ids_are_hashed() -> None:
    bare = drop_user(Tweet("1", "x.com/i/user/7 x.com/intent/tweet?via=ann&in_reply_to=12&text=%40bob", 1))
    found = hash_ids(bare, KEY, names=False).text
    assert found == f"x.com/i/user/i x.com/intent/tweet?via=i&in_reply_to={hash_id('12', KEY)}&text=%40i"


def test_a_name_behind_an_at_in_a_query_has_one_pseudonym() -> None:
    ann = hash_name("ann", KEY)
    found = hash_ids(Tweet("1", "x.com/share?via=@ann x.com/search?q=from:@ann", 1), KEY).text
    assert found == f"x.com/share?via=@{ann} x.com/search?q=from:@{ann}"


@pytest.mark.parametrize(
    "piece", ["x.com/", "%2f", "x.com//", "a.", "a-", "/", "&via=a,", "from%3a", "%40", "status/", "a/status/", "www."]
)
def test_a_hostile_text_takes_no_longer_than_it_is(piece: str) -> None:
    began = process_time()
    in_links(f"https://x.com/?{piece * (200_000 // len(piece))}", SHOWN)
    assert process_time() - began < 5  # all of them some tenths; what is not linear, minutes
