"""A bundle calibrated anew on labelled texts: what is chosen, what stays, and what is said of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion.errors import DataError
from emotion.evaluation.counted import counted
from emotion.evaluation.held import Scored
from emotion.evaluation.metrics import jaccard
from emotion.evaluation.observed import expected_of
from emotion.evaluation.reliability import softened
from emotion.models.bundle import Bundle
from emotion.models.config import Felt
from emotion.models.registry import Registry
from emotion.predictor import Predictor
from emotion.sets.labelled import LabelledSet, several, single
from emotion.sets.splitting import split_rows
from emotion.training.recalibration import worth
from emotion.training.recalibration.bundle import TITLE, recalibrated
from emotion.training.recalibration.choice import Settings, bare, choose, read, settings_of
from emotion.training.recalibration.worth import before_and_after
from tests.models.made import EMOTIONS, PROFILE, bundle, texts

TEXTS = texts(800, 7)
MODEL = bundle(felt=Felt(threshold=0.9), metrics={"recipe": {"name": "made"}, "thresholds": {"profile": [0.1]}})


def drawn(temperature: float, none: float = 0.0, labels: tuple[str, ...] = EMOTIONS.labels) -> LabelledSet:
    """Labels as likely as the model's scores at a temperature say; the least felt are none."""
    found = Predictor(MODEL)(TEXTS)
    random = np.random.default_rng(0)
    chances = softened(found.scores, temperature)
    names = [EMOTIONS.labels[random.choice(3, p=row)] for row in chances]
    quiet = set(np.argsort(found.profile.max(axis=1), kind="stable")[: int(none * len(TEXTS))].tolist())
    names = ["none" if i in quiet else name for i, name in enumerate(names)]
    kept = [i for i, name in enumerate(names) if name in (*labels, "none")]
    return single([TEXTS[i] for i in kept], [names[i] for i in kept])


def chosen(rows: LabelledSet, model: Bundle = MODEL) -> Settings:
    return choose(settings_of(model), bare(model, rows), "global")


def of(settings: Settings, head: str) -> float:
    return next(one.temperature for one in settings.heads if one.name == head)


@pytest.mark.parametrize("temperature", [0.5, 1.8])
def test_the_temperature_is_that_of_the_texts(temperature: float) -> None:
    assert of(chosen(drawn(temperature)), "emotion") == pytest.approx(temperature, rel=0.2)


def test_labels_that_both_know_are_enough_for_a_temperature() -> None:
    assert 1.3 < of(chosen(drawn(1.8, labels=("joy", "fear"))), "emotion") < 2.5


def test_a_temperature_of_before_is_not_taken_for_the_models_own() -> None:
    heads = (EMOTIONS.model_copy(update={"temperature": 4.0}), PROFILE)
    other = bundle(heads=heads, felt=MODEL.felt)
    assert chosen(drawn(1.8), other).heads == chosen(drawn(1.8)).heads


def test_as_many_texts_count_as_none_as_are() -> None:
    rows = drawn(1.0, none=0.3)
    given = counted(EMOTIONS, read(chosen(rows), bare(MODEL, rows)))
    assert given is not None
    assert given.guess[:, -1].sum() == given.truth[:, -1].sum() == 240
    assert chosen(rows).felt.threshold < MODEL.felt.threshold


def test_texts_whose_label_no_head_knows_say_nothing_of_feeling() -> None:
    rows = drawn(1.0, none=0.3)
    names = [rows.labels[i] for i in rows.flags.argmax(axis=1)]
    more = single([*rows.texts, *TEXTS[:100]], [*names, *["off-topic"] * 100])
    assert chosen(more).felt == chosen(rows).felt


def test_one_label_a_text_tells_nothing_of_a_profile() -> None:
    settings = chosen(drawn(1.0, none=0.3))
    assert settings.heads[1] == PROFILE
    assert "profile: the texts do not tell of each of its labels whether they carry it" in settings.stayed


def test_several_labels_a_text_give_a_profile_thresholds() -> None:
    scores = Predictor(MODEL)(TEXTS).profile
    above = scores > np.quantile(scores, (0.3, 0.7), axis=0).diagonal()
    names = [[label for label, on in zip(PROFILE.labels, row, strict=True) if on] for row in above]
    found, now = bare(MODEL, rows := several(TEXTS, names)), settings_of(MODEL)
    for how in ("global", "label"):
        settings = choose(now, found, how)
        (profile,) = (head for head in settings.heads if head.name == "profile")
        assert profile.thresholds is not None
        assert profile.temperature == 1  # felt is cut from its scores, and these texts do not tell which are felt
        assert len(set(profile.thresholds)) == (1 if how == "global" else 2)
        if how == "label":
            guess = read(settings, found).scores["profile"] >= np.array(profile.thresholds, np.float32)
            assert (guess == rows.flags).mean() > 0.99


def test_where_feeling_cannot_be_chosen_the_head_that_decides_it_stays() -> None:
    model = bundle(felt=Felt(head="emotion", threshold=0.5))
    settings = chosen(drawn(1.8), model)
    assert (settings.heads, settings.felt) == (model.heads, model.felt)
    assert "temperature of emotion: felt is cut from its scores, and that cannot be chosen" in settings.stayed


def test_a_text_without_words_is_never_felt() -> None:
    rows = drawn(1.0, none=0.3)
    empty = single([*rows.texts, *[""] * 30], [*(rows.labels[i] for i in rows.flags.argmax(axis=1)), *["none"] * 30])
    found = read(chosen(empty), bare(MODEL, empty))
    assert not found.felt[-30:].any()
    assert (~found.felt).sum() == empty.carrying("none").sum()


def test_one_label_alone_tells_no_margin() -> None:
    rows = single(TEXTS[:120], ["joy"] * 60 + ["none"] * 60)
    model = bundle(felt=MODEL.felt, ambiguity_margin=0.26)
    settings = chosen(rows, model)
    assert (settings.margin, settings.heads) == (0.26, model.heads)
    assert settings.felt != model.felt
    assert "emotion: fewer than 50 texts with labels that it knows, or fewer than two such labels" in settings.stayed


def test_what_it_brings_is_measured_on_few_texts_too() -> None:
    """Of 56 texts with an emotion, and 20 without any, four fifths are fewer than are asked for."""
    rows = drawn(1.8, none=0.3)
    quiet = np.flatnonzero(rows.carrying("none"))[:20]
    few = rows.take(np.concatenate([np.flatnonzero(~rows.carrying("none"))[:56], quiet]))
    found, now = bare(MODEL, few), settings_of(MODEL)
    settings = choose(now, found, "global")
    assert settings.felt != now.felt
    assert of(settings, "emotion") != 1
    before, after = before_and_after(now, found, "global")
    assert after["emotion"]["ece"] != before["emotion"]["ece"]
    assert after["counted"]["none_counted"] != before["counted"]["none_counted"]


def test_copies_of_one_text_without_emotion_leave_a_fold_none() -> None:
    rows = drawn(1.8)
    few = single(
        [*rows.texts[:60], *["calm"] * 20], [*(rows.labels[i] for i in rows.flags[:60].argmax(axis=1)), *["none"] * 20]
    )
    before, after = before_and_after(settings_of(MODEL), bare(MODEL, few), "global")
    assert after["counted"]["none"] == before["counted"]["none"] == 0.25


def test_too_few_texts_are_refused_with_what_is_missing() -> None:
    rows = drawn(1.8, none=0.3).take(np.arange(30))
    with pytest.raises(
        DataError, match=r"mine changes nothing of model .*: emotion: fewer than 50 texts .*felt: fewer"
    ):
        recalibrated(MODEL, rows, "mine")


def test_the_new_bundle_answers_as_was_chosen(tmp_path: Path) -> None:
    rows = drawn(1.8, none=0.3)
    made = recalibrated(MODEL, rows, "mine")
    made.bundle.save(tmp_path / "new")
    loaded = Bundle.load(tmp_path / "new")
    assert loaded.id == made.bundle.id != MODEL.id
    found, expected = Predictor(loaded)(rows.texts), read(made.settings, bare(MODEL, rows))
    assert (found.felt == expected.felt).all()
    assert np.abs(found.scores - expected.scores["emotion"]).max() < 1e-5
    assert (loaded.weights["embedding.weight"] == MODEL.weights["embedding.weight"]).all()


def test_the_new_bundle_says_what_was_done_with_it() -> None:
    rows = drawn(1.8, none=0.3)
    made = recalibrated(MODEL, rows, "mine")
    title, section, *_ = made.bundle.card.split("\n\n")
    assert (title, section) == ("# Card", f"## {TITLE}")
    assert f"those of model {MODEL.id}. On 800 texts of mine with the labels anger, fear, joy, none" in made.bundle.card
    assert "- Temperature of `emotion`: " in made.bundle.card
    assert f"All that follows tells of model {MODEL.id}, before this." in made.bundle.card
    told = made.bundle.metrics["recalibrated"]
    assert (told["from"], told["rows"]) == (MODEL.id, 800)
    assert made.bundle.metrics["recipe"] == {"name": "made"}
    assert "thresholds" not in made.bundle.metrics  # of training, which hold no more
    expected = expected_of(made.bundle.metrics)
    assert expected is not None
    assert expected.emotions["none"] == pytest.approx(0.3)


def test_the_registry_tells_which_model_it_was(tmp_path: Path) -> None:
    made = recalibrated(MODEL, drawn(1.8, none=0.3), "mine")
    made.bundle.save(tmp_path / "new")
    assert Registry(tmp_path / "models").add(tmp_path / "new", "mine").lineage["recalibrated"] == MODEL.id


def test_to_choose_again_on_the_same_texts_changes_nothing() -> None:
    rows = drawn(1.8, none=0.3)
    with pytest.raises(DataError, match="changes nothing of model"):
        recalibrated(recalibrated(MODEL, rows, "mine").bundle, rows, "mine")


def test_numbers_of_before_are_those_of_the_model() -> None:
    rows = drawn(1.8, none=0.3)
    before, after = before_and_after(settings_of(MODEL), bare(MODEL, rows), "global")
    assert before["counted"]["none_counted"] == pytest.approx(float((~Predictor(MODEL)(rows.texts).felt).mean()))
    assert before["counted"]["none"] == after["counted"]["none"] == 0.3
    assert after["counted"]["none_counted"] == pytest.approx(0.3, abs=0.05)
    assert after["counted"]["macro_f1"] > before["counted"]["macro_f1"]
    assert after["emotion"]["ece"] < before["emotion"]["ece"]


def test_each_fold_is_read_with_thresholds_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one fold is given all labels and the others none, its rows alone overlap with those labels."""
    random = np.random.default_rng(0)
    rows = several(TEXTS, [[label for label in PROFILE.labels if random.random() < 0.5] for _ in TEXTS])
    folds = split_rows(rows, (0.2,) * 5, seed=0)

    def thresholds(now: Settings, found: Scored, how: object, can: object) -> Settings:
        cut = 0.0 if TEXTS[folds[2][0]] not in found.rows.texts else 1.0
        return replace(now, heads=(EMOTIONS, PROFILE.model_copy(update={"thresholds": (cut, cut)})))

    monkeypatch.setattr(worth, "choose", thresholds)
    _, after = before_and_after(settings_of(MODEL), bare(MODEL, rows), "global")
    guess = np.zeros(rows.flags.shape, bool)
    guess[folds[2]] = True
    assert after["profile"]["jaccard"] == pytest.approx(jaccard(rows.flags, guess))


def test_numbers_of_after_are_of_texts_that_nothing_was_chosen_on(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, learnt = drawn(1.8, none=0.3), []
    measured: list[set[str]] = []

    def recording(now: Settings, found: Scored, how: object, can: object) -> Settings:
        learnt.append(set(found.rows.texts))
        return now

    def reading(settings: Settings, found: Scored) -> Scored:
        measured.append(set(found.rows.texts))
        return read(settings, found)

    monkeypatch.setattr(worth, "choose", recording)
    monkeypatch.setattr(worth, "read", reading)
    before_and_after(settings_of(MODEL), bare(MODEL, rows), "global")
    assert len(learnt) == len(measured) - 1 == 5
    for chosen_on, fold in zip(learnt, measured[1:], strict=True):
        assert not chosen_on & fold
        assert chosen_on | fold == set(rows.texts)
