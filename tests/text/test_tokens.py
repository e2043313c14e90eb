import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.text.rules import Rules
from emotion.text.tokens import LONGEST_WORD, Tokenizer

COUNTS = {"feel": 90, "the": 900, "burn": 20, "happy": 200, "love": 300, "do": 300, "n't": 300, "worry": 30, "be": 500}
FRAGMENTS = [
    *("don", "t", "T", "m", "i", "L", "D", "x", "h", "s", "'", " ", "\n", "\x1c", "\u3000", "\x00", "_", "-", "&", ";"),
    *("\u0301", "\u0323", "\u0344", "\u0338", "\u200d", "\ufe0f", "\u20e3", "\u202e", "\ud800", "\udfff", "\ufdfa"),
    *("😂", "👍🏽", "🇪", "🇸", "❤", "™️", "㊗", "\U000e0067", "\U000e007f", "\U0001d4f1", "ﬁ", "İ", "ß", "ǅ", "क्ष", "ツ"),
    *("가", "\u1161", "\u11a8", "ｶﾞ", "…", "’", "´", "“", "！", "&amp;", "&#39;", "&#x1F602", "&lt3", "&bogus;"),
    *("#", "#Tag", "@", "@ann", "a@b.co", "http://", "https:/", "http", "www.", "foo.com/", "...", ".", ",", ":", "/"),
    *("(", ")", "<3", "xD", "XDd", "aaa", "haha", "1", "2,5", "%", "\\_", "can't", "'re", "happyyy", "#lovetheburn"),
]
TEXTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(st.characters(), max_size=3)), max_size=20).map("".join)
RULES = st.builds(
    Rules,
    html=st.booleans(),
    unicode=st.booleans(),
    urls=st.booleans(),
    users=st.booleans(),
    hashtags=st.sampled_from(["split", "word", "keep"]),
    emoji=st.sampled_from(["words", "marker", "keep"]),
    numbers=st.booleans(),
    lower=st.booleans(),
    elongations=st.sampled_from(["reduce", "mark", "keep"]),
    contractions=st.booleans(),
    stop_words=st.booleans(),
)


def words(text: str) -> list[str]:
    return Tokenizer(Rules(), COUNTS).tokens(text)


@settings(max_examples=400, derandomize=True)
@given(RULES, st.lists(TEXTS, min_size=1, max_size=5))
def test_both_ways_give_the_same_tokens_with_places_inside_the_text(rules: Rules, texts: list[str]) -> None:
    tokenizer = Tokenizer(rules, COUNTS)
    for text in texts:
        spans = tokenizer.spans(text)
        assert tokenizer.tokens(text) == [token.word for token in spans]
        assert all(0 <= token.start < token.end <= len(text) for token in spans)
        assert [token.start for token in spans] == sorted(token.start for token in spans)


@settings(max_examples=300, derandomize=True)
@given(RULES, TEXTS)
def test_words_are_short_and_can_always_be_stored(rules: Rules, text: str) -> None:
    for word in Tokenizer(rules, COUNTS).tokens(text):
        assert word.split() == [word]
        assert len(word) <= LONGEST_WORD
        word.encode()


def test_half_a_pair_of_surrogates_is_in_no_address_that_is_kept() -> None:
    for text in ("http://a.de/\ud800b", "www.a\udfff.de", "a.com/\udc00"):
        "".join(Tokenizer(Rules(urls=False), COUNTS).tokens(text)).encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don t know", ["i", "do", "n't", "know"]),
        ("im sure i ve seen it s late", ["i", "'m", "sure", "i", "'ve", "seen", "it", "'s", "late"]),
        ("she didnt, cannot, won’t", ["she", "did", "n't", ",", "can", "not", ",", "wo", "n't"]),
        ("she was well, its id", ["she", "was", "well", ",", "its", "id"]),
        ("wouldn't've y'all o'clock", ["would", "n't", "'ve", "y'all", "o'clock"]),
        ("I 'm, do n't", ["i", "'m", ",", "do", "n't"]),
    ],
)
def test_contractions_are_cut_however_they_are_written(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hahahaha cooool noooo", ["haha", "cool", "noo"]),
        ("happyyyy looove", ["happy", "love"]),
        ("what?!?! no....... hm.", ["what", "?", "!", "?", "!", "no", "...", "hm", "."]),
        ("!!!!!!", ["!", "!"]),
        ("😂😂😂😂", ["<emoji>", "face", "with", "tears", "of", "joy"] * 2),
    ],
)
def test_repetitions_are_cut_to_two_or_to_the_known_word(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "http://t.co/x",
            "https://a.b/c?d=e&f=(g)#h",
            "HTTP://X.Y",
            "www.a.co/b",
            "foo.com",
            "a.org/x",
            "t.co/x1",
            "me@x.com",
        ),
        "http://",
    ],
)
def test_addresses_become_one_marker(text: str) -> None:
    assert words(text) == ["<url>"]


@pytest.mark.parametrize("text", ["love.burn", "e.g.", "5.30", "and/or", "12:30", "http", "u.s"])
def test_what_is_no_address_is_not_taken_for_one(text: str) -> None:
    assert "<url>" not in words(text)


def test_an_address_ends_before_the_sentence_does_and_before_emoji() -> None:
    assert words("see (http://t.co/x). lolhttp://t.co/y😢") == [
        *("see", "(", "<url>", ")", ".", "lol", "<url>", "<emoji>", "crying", "face")
    ]


def test_words_share_the_place_of_their_hashtag_or_emoji() -> None:
    text = "so &amp; #FeelTheBurn 👍🏽 don t e\u0301!"
    tokens = Tokenizer(Rules(), COUNTS).spans(text)
    assert [(token.word, text[token.start : token.end]) for token in tokens] == [
        ("so", "so"),
        ("&", "&amp;"),
        *((word, "#FeelTheBurn") for word in ("<hashtag>", "feel", "the", "burn")),
        *((word, "👍🏽") for word in ("<emoji>", "thumbs", "up")),
        ("do", "don t"),
        ("n't", "don t"),
        ("é", "e\u0301"),
        ("!", "!"),
    ]


def test_a_limit_stops_the_places_early() -> None:
    assert [token.word for token in Tokenizer(Rules(), None).spans("a b c d", limit=2)] == ["a", "b"]


def test_markers_written_by_people_are_not_markers() -> None:
    assert words("<user>") == ["<", "user", ">"]


@pytest.mark.parametrize("text", ["", " \n", "\x00\x01", "\u200d\ufe0f", "\ud800", "\u202e"])
def test_texts_without_words_give_none(text: str) -> None:
    assert words(text) == []


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "a",
            "ab",
            "1",
            "1.",
            "@",
            "@a",
            "#",
            "#1",
            "a.",
            "a-",
            "http://",
            "http://. ",
            "h",
            "&",
            "&#1",
            "&a",
            "(",
            ":(",
            "<",
        ),
        *(
            "D",
            "D:",
            "_",
            "^",
            "o.",
            "\\",
            "'",
            "a'",
            "don t ",
            "a@",
            "www.",
            "a.com",
            "\0",
            "\ud83d",
            "\u202e",
            "ابتث",
        ),
        *(
            "\u200d",
            "👩\u200d",
            "😂",
            "\ufe0f",
            "🏴\U000e0067",
            "🇪",
            "\u0301",
            "\u0301\u0323",
            "\u1100\u1161",
            "\u1161",
            "！",
        ),
    ],
)
@pytest.mark.timeout(30)  # a second where time grows with length, minutes where it grows with its square
def test_a_long_run_of_anything_ends(unit: str) -> None:
    text = (unit * (100_000 // len(unit) + 1))[:100_000]
    assert Tokenizer(Rules(), COUNTS).tokens(text) == [token.word for token in Tokenizer(Rules(), COUNTS).spans(text)]


def test_a_pickled_tokenizer_leaves_its_memory_behind() -> None:
    tokenizer = Tokenizer(Rules(), COUNTS)
    size = len(pickle.dumps(tokenizer))
    expected = tokenizer.tokens("some words that it has met #lovetheburn")
    again = pickle.loads(pickle.dumps(tokenizer))
    assert len(pickle.dumps(tokenizer)) == size
    assert again.tokens("some words that it has met #lovetheburn") == expected
