"""Hashtags and emoji in a tweet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.sets.distant.marks import Filter, hashtag_mark, look, without, without_retweet

JOY = ["#joy", "\U0001f60a", "\u263a"]


def marks(text: str) -> list[str]:
    return [mark.mark for mark in look(text).marks]


def test_hashtags_and_emoji_are_found_in_their_normal_form() -> None:
    assert marks("Oh #Joy ＃SoHappy \U0001f60a\U0001f60a \U0001f44d\U0001f3fd \u263a\ufe0f") == [
        *("#joy", "#sohappy", "\U0001f60a", "\U0001f60a"),
        *("\U0001f44d", "\u263a"),
    ]


def test_marks_within_words_are_part_of_hashtags() -> None:
    assert marks("आज #खुशी") == [hashtag_mark("खुशी")] == ["#खुशी"]
    assert marks("यह #सच। है") == ["#सच"]
    assert look("मेरी खुशी").words == 2


@pytest.mark.parametrize("text", ["a#joy", "&#39;joy", "https://a.org/#joy", "@joy", "joy"])
def test_what_only_looks_like_a_hashtag_is_none(text: str) -> None:
    assert "#joy" not in marks(text)


@pytest.mark.parametrize(
    "text",
    [
        "what a day #joy",
        "what a day #joy!",
        "what a day #joy #sun",
        "what a day #sun #joy @ann https://t.co/x",
        "what a day \U0001f60a\U0001f60a",
        "what a day\u263a\ufe0f",
        "what a day #joy &lt;&amp;",
        "#joy",
    ],
)
def test_a_keyword_behind_the_last_word_is_at_the_end(text: str) -> None:
    assert look(text).ends_with(JOY)


@pytest.mark.parametrize("text", ["#joy is here", "what #joy today #sun", "\U0001f60a what a day", "a day"])
def test_a_keyword_before_a_word_is_not(text: str) -> None:
    assert not look(text).ends_with(JOY)


def test_words_are_counted_without_users_links_and_hashtags() -> None:
    found = look("@ann I don't know, it’s 5 #joy https://t.co/x &amp; \U0001f60a RT")
    assert (found.words, found.link) == (6, True)
    assert not look("no link here").link


def test_keywords_are_taken_out_of_the_text() -> None:
    text = "So  good\U0001f60a! #Joy #sun \u263a\ufe0f"
    found = [mark for mark in look(text).marks if mark.mark in JOY]
    assert without(text, found) == "So good ! #sun"
    assert without(text, []) == "So good\U0001f60a! #Joy #sun \u263a\ufe0f"


def test_a_retweet_by_hand_is_its_original() -> None:
    assert without_retweet("RT @ann: so good #joy") == "so good #joy"
    assert without_retweet("ART @ann: so good") == "ART @ann: so good"


@given(
    st.lists(st.sampled_from(["#joy", "#JOY", "#joyful", "a#joy", "joy", "\U0001f60a", "\u263a\ufe0f", " ", "é", "#"]))
)
def test_the_filter_lets_every_keyword_pass(pieces: list[str]) -> None:
    text = "".join(pieces)
    held = any(mark in JOY for mark in marks(text))
    assert Filter(JOY).passes(text) or not held


def test_the_filter_holds_most_tweets_back() -> None:
    only_tags = Filter(["#joy"])
    assert not only_tags.passes("no joy here \U0001f60a #sun")
    assert not Filter(JOY).passes("a plain tweet, #sun \U0001f622")


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    found = look(text)
    assert without(text, found.marks).count("  ") == 0
    assert 0 <= found.last_word <= len(text)
