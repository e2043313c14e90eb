import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.text import normal as module
from emotion.text.normal import aligned, normal

COMPOSING = st.sampled_from(
    [*"aeg가ｶﾞㄱक़", "\u0301", "\u0323", "\u0338", "\u1161", "\u11a8", "\u09c7", "\u09be", "\u0344"]
)


@settings(max_examples=500, derandomize=True)
@given(st.lists(st.one_of(COMPOSING, st.characters()), max_size=25).map("".join))
def test_piece_by_piece_equals_nfkc_of_the_plain_text(text: str) -> None:
    assert normal(text, False, True) == unicodedata.normalize("NFKC", text.translate(module._PLAIN))


def test_every_character_that_nfkc_can_merge_backwards_joins() -> None:
    seconds = set()
    for code in range(sys.maxunicode + 1):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            seconds.add(chr(int(parts[1], 16)))
    assert len(seconds) > 50
    assert all(module._joins(character) for character in seconds)


@settings(max_examples=300, derandomize=True)
@given(
    st.lists(st.one_of(st.sampled_from(["&amp;", "&#39;", "&#0;", "&lt3", "…", "e\u0301", "a"]), st.characters())).map(
        "".join
    )
)
def test_the_aligned_text_is_the_normal_text(text: str) -> None:
    result = aligned(text, True, True)
    assert result.text == normal(text, True, True)
    assert len(result.starts) == len(result.ends) == len(result.text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tom &amp; &quot;J&#39;s&quot; &#x1F602; &lt3", 'Tom & "J\'s" 😂 <3'),
        ("AT&T rock&region &bogus; &amp;lt;", "AT&T rock&region &bogus; &lt;"),
        ("&#" + "9" * 5000 + ";", "\ufffd" + "9" * 4993 + ";"),
    ],
)
def test_references_are_resolved_once_and_only_where_meant(text: str, expected: str) -> None:
    assert normal(text, True, True) == expected


def test_many_marks_on_one_letter_take_linear_time() -> None:
    storm = "a" + "\u0301\u0323" * 200_000
    assert len(normal(storm, True, True)) > 100_000


def test_each_character_knows_its_source() -> None:
    text = "&lt;ﬁ…"
    result = aligned(text, True, True)
    assert [(c, text[s:e]) for c, s, e in zip(*result, strict=True)] == [
        *(("<", "&lt;"), ("f", "ﬁ"), ("i", "ﬁ"), (".", "…"), (".", "…"), (".", "…"))
    ]
