"""Perturbations change what they say and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.evaluation.checks.perturb import PERTURBATIONS, perturbed

TEXT = "I am so delighted about the concert."


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("upper", "I am sad", "I AM SAD"),
        ("lower", "I Am Sad", "i am sad"),
        ("title", "i am sad", "I Am Sad"),
        ("no punctuation", "I am sad...", "I am sad"),
        ("exclamation", "I am sad.", "I am sad!!"),
        ("ellipsis", "I am sad!", "I am sad..."),
        ("spaces", "I am sad", "I  am  sad"),
        ("contraction", "I am sad, it is and I do not", "I'm sad, it's and I don't"),
        ("expansion", "I'm sad, we don't", "I am sad, we do not"),
        ("no apostrophe", "I don't, 'you' can't", "I dont, 'you' cant"),
        ("retweet", "I am sad", "RT @someone: I am sad"),
    ],
)
def test_a_perturbation_does_what_its_name_says(name: str, before: str, after: str) -> None:
    assert perturbed(name, before) == after


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("typo", "I am sad"),
        ("missing letter", "I am sad"),
        ("hashtag", "I am sad"),
        ("contraction", "so sad"),
        ("expansion", "so sad"),
        ("no apostrophe", "so sad"),
        ("skin tone", "so sad 😢"),
        ("no punctuation", "so sad"),
        ("spaces", "sad"),
        ("lower", "sad"),
    ],
)
def test_what_finds_nothing_to_change_makes_no_case(name: str, text: str) -> None:
    assert perturbed(name, text) is None


def test_typing_errors_stay_within_one_word() -> None:
    swapped, shortened = perturbed("typo", TEXT), perturbed("missing letter", TEXT)
    assert swapped is not None
    assert shortened is not None
    assert sorted(swapped) == sorted(TEXT)
    assert sum(a != b for a, b in zip(swapped.split(), TEXT.split(), strict=True)) == 1
    assert len(shortened) == len(TEXT) - 1
    for changed in (swapped, shortened):
        (word, whole), *_ = [(a, b) for a, b in zip(changed.split(), TEXT.split(), strict=True) if a != b]
        assert (word[0], word[-1]) == (whole[0], whole[-1])


def test_signs_are_put_where_they_belong() -> None:
    assert (perturbed("hashtag", TEXT) or "").replace("#", "") == TEXT
    assert (perturbed("mention", TEXT) or "").endswith(f" {TEXT}")
    assert (perturbed("mention", TEXT) or "").startswith("@")
    assert (perturbed("url", TEXT) or "").startswith(f"{TEXT} https://t.co/")


def test_a_held_vowel_stands_four_times() -> None:
    assert perturbed("elongation", "so") == "soooo"


def test_hands_get_a_tone_and_hearts_do_not() -> None:
    after = perturbed("skin tone", "yes 👍👏 ❤")
    assert after is not None
    assert len(after) == len("yes 👍👏 ❤") + 2
    assert after.endswith(" ❤")
    assert perturbed("skin tone", after) is None or after != perturbed("skin tone", after)


@given(st.text(), st.sampled_from(sorted(PERTURBATIONS)))
def test_any_text_may_be_perturbed_and_the_same_way_each_time(text: str, name: str) -> None:
    after = perturbed(name, text)
    assert after != text
    assert after == perturbed(name, text)
