"""Which texts are copies of each other."""

import pytest

from emotion.sets.copies import key, lot


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RT @a: I love this song", "I love this song"),
        ("rt @a RT @b_c: I love this song", "i LOVE this song!"),
        ("we &lt;3 you &amp;lt;3", "we <3 you <3"),
        ("Tom &amp; Ann&#39;s day", "Tom & Ann's day"),
        ("look at http", "look at https://t.co/a1"),
        ("hey @user look", "hey @ann look"),
        ("caf\u00e9 ol\u00e9", "cafe\u0301 ole\u0301"),
        ("ＳＯ ｈａｐｐｙ", "so happy"),
        ("मैं खुश हूँ।", "मैं खुश हूँ"),
        ("☀️ day", "☀ day"),
    ],
)
def test_copies_share_their_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("art @a: love", "@a: love"),
        ("so happy", "so sad"),
        ("\U0001f642", "\U0001f641"),
        ("httpd is down", "d is down"),
        ("की", "का"),
        ("မြန်မာ", "မနမ"),
        ("मैं खुश हूँ", "मैं खाश हूँ"),
    ],
)
def test_other_texts_do_not(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_chance_knows_no_forms_of_unicode_so_that_splits_stay() -> None:
    assert lot("So happy™, café!") == "sohappycafé"
    assert key("So happy™, café!") == "sohappytmcafé"


def test_what_is_nothing_but_a_retweet_keeps_itself() -> None:
    assert key("RT @a") != key("RT @b")
