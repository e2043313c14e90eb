from collections.abc import Sequence
from pathlib import Path

import pytest

from emotion.errors import UsageError
from emotion.text.entities.entity import distinct
from emotion.text.entities.finders import entity_plan

RULES = [
    {"label": "PERSON", "pattern": "Angela Merkel"},
    {"label": "GPE", "pattern": "Berlin"},
    {"label": "DATE", "pattern": "today"},
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline of spaCy without weights: rules alone."""
    spacy = pytest.importorskip("spacy")
    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns(RULES)
    path = tmp_path_factory.mktemp("spacy") / "rules"
    pipeline.to_disk(path)
    return path


def found(asked: str, text: str) -> Sequence[tuple[str | None, str]]:
    return distinct(entity_plan(asked).finder()([text])[0])


def test_spacy_gives_kinds_and_leaves_out_dates(model: Path) -> None:
    text = "today Angela Merkel was in Berlin, with Otto"
    assert found(f"spacy:{model}", text) == [("person", "Angela Merkel"), ("place", "Berlin")]
    assert found(f"spacy:{model},names", text)[-1] == (None, "Otto")


def test_half_a_pair_of_surrogates_stops_no_finder(model: Path) -> None:
    assert found(f"spacy:{model},names", "today \ud83d in Berlin with Otto") == [("place", "Berlin"), (None, "Otto")]


def test_of_what_overlaps_the_first_named_wins(tmp_path: Path) -> None:
    listed = tmp_path / "people.tsv"
    listed.write_text("Merkel\tperson\n")
    assert found(f"{listed},names", "we saw Angela Merkel in Berlin") == [("person", "Merkel"), (None, "Berlin")]
    assert found(f"names,{listed}", "we saw Angela Merkel in Berlin") == [(None, "Angela Merkel"), (None, "Berlin")]


def test_another_list_has_another_fingerprint(tmp_path: Path, model: Path) -> None:
    listed = tmp_path / "people.tsv"
    prints = []
    for content in ("Merkel\tperson\n", "Merkel\n"):
        listed.write_text(content)
        prints.append(entity_plan(f"{listed},names,spacy:{model}").finder().fingerprint)
    assert prints[0] != prints[1]
    assert all(each.endswith("names 1 + en_pipeline 0.0.0") for each in prints)


@pytest.mark.parametrize("asked", ["", "name", "names,", "spacy:", "names,,names"])
def test_what_finds_nothing_is_refused_in_a_sentence(asked: str) -> None:
    with pytest.raises(UsageError, match=r"is nothing that finds names; write names, a file"):
        entity_plan(asked)


def test_a_model_that_is_not_there_is_a_sentence() -> None:
    pytest.importorskip("spacy")
    with pytest.raises(UsageError, match=r"spaCy has no model 'en_core_nowhere' here"):
        entity_plan("spacy:en_core_nowhere").finder()


def test_without_spacy_the_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotion.text.entities.by_spacy.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'emotion\[entities\]'"):
        entity_plan("spacy:en").finder()
