"""The bundle that ships: small, whole, made by its recipe, and of good sense."""

from pathlib import Path

import pytest

from emotion.evaluation.measure import measure
from emotion.evaluation.observed import NONE, expected_of
from emotion.models.bundle import Bundle
from emotion.models.registry import SHIPPED
from emotion.predictor import Predictor
from emotion.sets.formats import Columns, Format, read
from emotion.training.outcome.card import card
from emotion.training.recipe import Recipe, read_recipe

RECIPE = Path(__file__).resolve().parents[2] / "configs" / "shipped.yaml"
SIX = ("sadness", "joy", "love", "anger", "fear", "surprise")
ELEVEN = (
    *("anger", "anticipation", "disgust", "fear", "joy", "love"),
    *("optimism", "pessimism", "sadness", "surprise", "trust"),
)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load()


@pytest.fixture(scope="module")
def bundle(predictor: Predictor) -> Bundle:
    return predictor.bundle


def test_it_fits_in_twelve_megabytes() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 12_000_000


def test_everybody_may_read_its_files() -> None:
    assert [path.name for path in SHIPPED.iterdir() if path.stat().st_mode & 0o444 != 0o444] == []


def test_it_is_what_its_recipe_makes(bundle: Bundle) -> None:
    recipe = read_recipe(RECIPE)
    assert Recipe.model_validate({**bundle.metrics["recipe"], "license": recipe.license}) == recipe
    assert bundle.license == recipe.license.rstrip() + "\n"
    assert [(head.name, head.labels) for head in bundle.heads[:2]] == [("emotion", SIX), ("profile", ELEVEN)]


def test_its_card_holds_the_numbers_that_were_measured(bundle: Bundle) -> None:
    assert bundle.card == card(dict(bundle.metrics))
    assert f"{bundle.metrics['sets']['carer']['test']['emotion']['accuracy']:.4f}" in bundle.card


def test_it_keeps_what_texts_of_validation_look_like_to_it(bundle: Bundle) -> None:
    kept = expected_of(bundle.metrics)
    assert kept is not None
    assert kept.texts == sum(sets["rows"].get("validation", 0) for sets in bundle.metrics["sets"].values())
    assert kept.emotions.keys() <= {*SIX, NONE}


def test_it_reached_what_it_had_to(bundle: Bundle) -> None:
    sets = bundle.metrics["sets"]
    assert sets["carer"]["test"]["emotion"]["accuracy"] >= 0.935
    assert sets["carer"]["test"]["emotion"]["macro_f1"] >= 0.902
    assert sets["ec"]["validation"]["profile"]["jaccard"] >= 0.588
    assert sets["tweeteval"]["test"]["emotion"]["macro_f1"] >= 0.838
    assert bundle.metrics["felt"]["emotional"]["felt"] == pytest.approx(0.8, abs=0.01)
    assert sets["carer"]["test"]["emotion"]["macro_f1"] > sets["carer"]["test"]["baseline"]["emotion"]["macro_f1"]


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("so happy right now, what a wonderful day!! \U0001f60a", "joy"),
        ("I am furious, they lied to us again #angry", "anger"),
        ("my heart is broken and I can't stop crying :(", "sadness"),
        ("I'm terrified, something is moving in the dark", "fear"),
        ("i feel so loving and tender towards my little girl", "love"),
        ("i was amazed and shocked, i feel so stunned", "surprise"),
    ],
)
def test_it_sees_what_is_obvious(predictor: Predictor, text: str, emotion: str) -> None:
    (row,) = predictor([text]).rows()
    assert row["emotion"] == emotion
    assert row["felt"]


def test_its_profile_names_several_feelings(predictor: Predictor) -> None:
    (row,) = predictor(["I hate them, disgusting and vile, this makes me furious"]).rows()
    assert {"anger", "disgust"} <= set(row["emotions"])
    assert "joy" not in row["emotions"]


@pytest.mark.parametrize("text", ["The meeting is at 10:30 in room 4", "Train 12 to Leeds departs from platform 3", ""])
def test_plain_facts_are_not_felt(predictor: Predictor, text: str) -> None:
    (row,) = predictor([text]).rows()
    assert not row["felt"]


@pytest.mark.data
@pytest.mark.parametrize(
    ("path", "kind", "name", "split"),
    [
        ("carer/val.txt", "carer", "carer", "validation"),
        ("carer/test.txt", "carer", "carer", "test"),
        ("semeval2018_ec/E-c-En-dev.txt", "semeval-ec", "ec", "validation"),
        ("tweeteval_emotion/val_text.txt", "tweeteval", "tweeteval", "test"),
    ],
)
def test_its_scores_are_measured_again(
    predictor: Predictor, data_root: Path, path: str, kind: Format, name: str, split: str
) -> None:
    rows = read(data_root / path, kind, Columns())
    only = read_recipe(RECIPE).sets[name].only
    rows = rows.only(only) if only else rows
    found = predictor(rows.texts)
    scores = {"emotion": found.scores, "profile": found.profile}
    kept = predictor.bundle.metrics["sets"][name][split]
    for head in (head for head in predictor.bundle.heads if head.name in kept):
        again = measure(head, scores[head.name], rows)
        assert again is not None
        for wanted in {"accuracy", "macro_f1", "jaccard", "hit"} & kept[head.name].keys():
            assert again[wanted] == pytest.approx(kept[head.name][wanted], abs=0.002), (head.name, wanted)
