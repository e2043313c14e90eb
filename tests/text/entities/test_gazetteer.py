from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from emotion.errors import UsageError
from emotion.text.entities.entity import Listed, distinct
from emotion.text.entities.gazetteer import Gazetteer, read_gazetteer

LISTED = Gazetteer(
    [("New York", "place"), ("York", "place"), ("US", "place"), ("Café Nord", None), ("Taylor", "person")]
)


def found(text: str) -> Sequence[tuple[str | None, str]]:
    return distinct(LISTED([text])[0])


def test_the_longest_listed_name_wins_whatever_its_case() -> None:
    assert found("in new york, not in YORK") == [("place", "New York"), ("place", "York")]
    assert found("taylor's café  nord") == [("person", "Taylor"), (None, "Café Nord")]


def test_a_short_name_is_found_only_as_it_is_listed() -> None:
    assert found("they told us about the US") == [("place", "US")]


def test_hashtags_and_mentions_count_without_spaces() -> None:
    assert found("#NewYork @cafenord #cafénord") == [("place", "New York"), (None, "Café Nord")]


def test_part_of_a_word_is_no_name() -> None:
    assert found("Yorkshire and newyorker") == []


def test_a_name_whose_vowels_are_marks_is_no_other() -> None:
    listed = Gazetteer([("मोदी", "person")])
    assert distinct(listed(["मादा हाथी"])[0]) == []
    for text in ("आज मोदी", "आज मोदी।"):
        (entity,) = listed([text])[0]
        assert text[entity.start : entity.end] == "मोदी"


def test_only_a_list_whose_names_hold_marks_has_another_fingerprint_than_it_had() -> None:
    listed: list[Listed] = [("New York", "place"), ("York", None)]
    assert Gazetteer(listed).fingerprint == sha256(repr(listed).encode()).hexdigest()[:16]
    marked: list[Listed] = [("मोदी", None)]
    assert Gazetteer(marked).fingerprint != sha256(repr(marked).encode()).hexdigest()[:16]


def test_a_file_holds_names_and_kinds(tmp_path: Path) -> None:
    tabs, commas = tmp_path / "names.tsv", tmp_path / "names.csv"
    tabs.write_text("Taylor Swift\tPerson\n\nThe Shard\n", encoding="utf-8-sig")
    commas.write_text('name,kind\n"Paris, Texas",place\n')
    assert read_gazetteer(tabs) == [("Taylor Swift", "person"), ("The Shard", None)]
    assert read_gazetteer(commas) == [("Paris, Texas", "place")]


def test_a_quote_in_a_plain_list_is_part_of_its_name_alone(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text('"Weird Al\tperson\nThe 12" Club\nThe Shard\n')
    assert read_gazetteer(path) == [('"Weird Al', "person"), ('The 12" Club', None), ("The Shard", None)]


@pytest.mark.parametrize("content", ['a,place\n"b,place\nc,place\n', '"a" b,place\n'])
def test_a_csv_whose_quotes_do_not_pair_is_a_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "names.csv"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"names\.csv:\d is no row of names"):
        read_gazetteer(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x\tanimal\n", r"names.tsv:1: 'animal' is no kind .* person, place"),
        ("!!!\n", ":1 holds no name"),
        ("", "holds none"),
    ],
)
def test_a_line_that_is_no_name_is_a_sentence(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "names.tsv"
    path.write_text(content)
    with pytest.raises(UsageError, match=said):
        read_gazetteer(path)


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"Caf\xe9")
    for name, said in (("latin", "not UTF-8"), ("gone", "No such file")):
        with pytest.raises(UsageError, match=said):
            read_gazetteer(tmp_path / name)
