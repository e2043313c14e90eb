import pytest
from pydantic import ValidationError

from emotion.text.rules import Rules
from emotion.text.tokens import Tokenizer

NEGATIONS = "not no nor never none nothing nobody nowhere neither without hardly n't"


def words(text: str, **switches: object) -> list[str]:
    return Tokenizer(Rules.model_validate(switches), {"happy": 9, "love": 9, "monday": 5, "blues": 5}).tokens(text)


@pytest.mark.parametrize(
    ("switches", "text", "expected"),
    [
        ({}, "a &lt;3 b", ["a", "<emoji>", "red", "heart", "b"]),
        ({"html": False}, "&amp;", ["&", "amp", ";"]),
        ({}, "ＨＩ “you”", ["hi", '"', "you", '"']),
        ({"unicode": False}, "“you”", ["“", "you", "”"]),
        ({}, "@Ann see http://t.co/x.", ["<user>", "see", "<url>", "."]),
        ({"users": False}, "@Ann", ["@ann"]),
        ({"urls": False}, "http://t.co/X", ["http://t.co/x"]),
        ({}, "1,000 or 5", ["<num>", "or", "<num>"]),
        ({"numbers": False}, "1,000 or 5", ["1,000", "or", "5"]),
        ({}, "#mondayblues", ["<hashtag>", "monday", "blues"]),
        ({"hashtags": "word"}, "#mondayblues", ["<hashtag>", "mondayblues"]),
        ({"hashtags": "keep"}, "#MondayBlues", ["#mondayblues"]),
        ({}, "😢", ["<emoji>", "crying", "face"]),
        ({"emoji": "marker"}, "😢 :(", ["<emoji>", "<emoji>"]),
        ({"emoji": "keep"}, "😢 :D", ["😢", ":D"]),
        ({}, "soooo", ["soo"]),
        ({"elongations": "mark"}, "soooo so !!!", ["soo", "<elong>", "so", "!", "!", "<elong>"]),
        ({"elongations": "keep"}, "soooo !!!", ["soooo", "!", "!", "!"]),
        ({}, "I can't, you dont", ["i", "ca", "n't", ",", "you", "do", "n't"]),
        (
            {"contractions": False},
            "I can't, you dont, I don t",
            ["i", "can't", ",", "you", "dont", ",", "i", "don", "t"],
        ),
        ({"lower": False}, "I Didn't #MondayBlues", ["I", "Did", "n't", "<hashtag>", "Monday", "Blues"]),
        ({"stop_words": True}, "I do not like the noise, don't", ["not", "like", "noise", ",", "n't"]),
    ],
)
def test_each_switch_does_what_its_name_says(switches: dict[str, object], text: str, expected: list[str]) -> None:
    assert words(text, **switches) == expected


def test_stop_words_keep_every_negation() -> None:
    negations = NEGATIONS.split()
    assert words(" ".join(negations), stop_words=True) == negations


@pytest.mark.parametrize("wrong", [{"htlm": True}, {"hashtags": "cut"}, {"max_tokens": 0}])
def test_unknown_switches_and_values_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Rules.model_validate(wrong)


def test_rules_survive_json() -> None:
    rules = Rules(hashtags="word", elongations="mark", max_tokens=40)
    assert Rules.model_validate_json(rules.model_dump_json()) == rules
