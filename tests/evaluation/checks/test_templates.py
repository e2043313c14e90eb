"""Slots and how they are filled."""

import pytest

from emotion.evaluation.checks.templates import filled, slots

LEXICON = {"who": ["Ann", "Bo"], "how": ["glad", "sad", "mad"]}


def test_slots_are_named_once_in_order() -> None:
    assert slots(["{who} is {how}", "{how} {when} {Who} {}"]) == ["who", "how", "when"]


def test_every_way_of_filling_comes_once() -> None:
    found = filled(["{who} is {how}"], LEXICON, 10)
    assert sorted(found) == sorted((f"{who} is {how}",) for who in LEXICON["who"] for how in LEXICON["how"])


def test_texts_are_filled_alike_and_a_slot_twice_gets_one_word() -> None:
    for before, after in filled(["{who} and {who}", "{who}"], LEXICON, 10):
        assert before == f"{after} and {after}"


def test_no_more_ways_than_asked_for_and_the_same_each_time() -> None:
    found = filled(["{who} is {how}"], LEXICON, 4)
    assert len(set(found)) == len(found) == 4
    assert found == filled(["{who} is {how}"], LEXICON, 4)
    assert set(found) <= set(filled(["{who} is {how}"], LEXICON, 10))


@pytest.mark.parametrize("text", ["plain", "{} {A} {9}"])
def test_a_text_without_slots_stays_as_it_is(text: str) -> None:
    assert filled([text], LEXICON, 3) == [(text,)]


def test_huge_products_are_drawn_from_without_being_made() -> None:
    lexicon = {f"s{n}": [str(word) for word in range(100)] for n in range(6)}
    text = " ".join(f"{{{name}}}" for name in lexicon)
    assert len(set(filled([text], lexicon, 50))) == 50
