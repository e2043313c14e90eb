import pytest

from emotion.text.hashtags import Splitter

COUNTS = {
    **{"i": 900, "a": 900, "you": 800, "the": 900, "be": 500, "do": 400, "n't": 300, "to": 800, "on": 400, "day": 200},
    **{
        "love": 300,
        "happy": 200,
        "worry": 30,
        "monday": 40,
        "mon": 2,
        "motivation": 10,
        "burn": 20,
        "feel": 90,
        "iphone": 5,
    },
}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("mondaymotivation", "monday motivation"),
        ("MondayMotivation", "Monday Motivation"),
        ("ILoveYou2016", "I Love You 2016"),
        ("FEELTHEBURN", "FEEL THE BURN"),
        ("feel_the_burn", "feel the burn"),
        ("iPhone", "iPhone"),
        ("dontworrybehappy", "dont worry be happy"),
        ("1stday", "1st day"),
        ("monday24", "monday 24"),
        ("zxqv", "zxqv"),
        ("HTMLDay", "HTML Day"),
        ("日本", "日本"),
        ("été", "été"),
    ],
)
def test_hashtags_are_cut_at_capitals_digits_and_likely_words(tag: str, expected: str) -> None:
    assert Splitter(COUNTS).words(tag) == tuple(expected.split())


def test_without_counts_only_the_writing_decides() -> None:
    assert Splitter(None).words("feeltheBurn2") == ("feelthe", "Burn", "2")


def test_counts_that_are_all_0_cut_nothing() -> None:
    assert Splitter({"the": 0, "burn": 0}).words("feeltheburn") == ("feeltheburn",)


def test_letters_are_neither_lost_nor_moved() -> None:
    splitter = Splitter(COUNTS)
    for tag in ("aB1cD_eİßǅ", "ÀéÎ_x9", "lovelovelove", "xxIIxxII", "ᴬbc"):
        assert "".join(splitter.words(tag)) == tag.replace("_", "")


@pytest.mark.timeout(30)  # milliseconds where it is kept whole, for ever where each cut is tried
def test_a_tag_without_end_is_kept_whole() -> None:
    assert Splitter(COUNTS).words("love" * 50_000) == ("love" * 50_000,)
