import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.text.entities.names import names


def found(text: str) -> list[str]:
    return [entity.name for entity in names([text])[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("scared of the storm in New York City, praying", ["New York City"]),
        ("the Bank of England and Leonardo da Vinci", ["Bank of England", "Leonardo da Vinci"]),
        ("in London, Paris and Rome", ["London", "Paris", "Rome"]),
        ("I met Angela Merkel's dog at the BBC", ["Angela Merkel", "BBC"]),
        ("we are in Kyōto and São Paulo, near Émile", ["Kyōto", "São Paulo", "Émile"]),
        ("Angela Merkel spoke", ["Angela Merkel"]),
    ],
)
def test_names_are_found_by_their_capitals(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Today we sing. Nobody knows",
        "so on Monday in March, LOL OMG",
        "I AM SO ANGRY AT ALL OF YOU",
        "Ten Things To Know About Storms",
        "#Storm @Otter https://example.org/Paris &Amp;",
        "愛 と 平和, سلام",
        "",
    ],
)
def test_a_capital_that_proves_nothing_is_no_name(text: str) -> None:
    assert found(text) == []


@given(st.text(max_size=200))
def test_any_text_gives_names_that_stand_in_it(text: str) -> None:
    ends = 0
    for entity in names([text])[0]:
        assert entity.kind is None
        assert text[entity.start : entity.end] == entity.name
        assert entity.start >= ends
        ends = entity.end
