"""The whole of training, on sets small enough for seconds."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from emotion import __version__, code_version
from emotion.errors import BundleError, ConfigError, DataError
from emotion.evaluation.observed import expected_of, observe
from emotion.models.bundle import Bundle
from emotion.models.classifier import Classifier
from emotion.models.config import HeadConfig
from emotion.models.encoded import Texts, logits
from emotion.models.scores import summing_to_1
from emotion.predictor import Predictor
from emotion.sets.labelled import several
from emotion.training.outcome.calibration import Scored, calibrate
from emotion.training.outcome.card import card
from emotion.training.outcome.expected import validation_texts
from emotion.training.recipe import check
from emotion.training.trainer import train
from emotion.training.watcher import Watcher
from tests.training.made_sets import recipe, write_sets


class Notes(Watcher):
    """A watcher that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.steps = 0

    def begin(self, task: str, total: int) -> None:
        self.steps -= total

    def advance(self) -> None:
        self.steps += 1

    def note(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sets(folder)
    return folder


@pytest.fixture(scope="module")
def bundle(root: Path) -> Bundle:
    return train(check(recipe(limits=["Made up."]), "tiny"), root)


def test_a_tiny_set_is_learnt_whole(bundle: Bundle) -> None:
    single, several_labels = bundle.metrics["sets"]["single"], bundle.metrics["sets"]["several"]
    for split in ("validation", "test"):
        assert single[split]["emotion"]["accuracy"] == 1.0
        assert single[split]["baseline"]["emotion"]["accuracy"] == 1.0
        assert 0 <= single[split]["emotion"]["ece"] <= 1
    assert several_labels["validation"]["profile"]["jaccard"] == 1.0
    assert several_labels["validation"]["emotion"]["hit"] == 1.0


def test_scores_are_made_to_fit_where_the_recipe_says_so(tmp_path: Path) -> None:
    """A model that is always sure, on validation rows of which two are labelled wrongly."""
    write_sets(tmp_path)
    rows = (tmp_path / "single-validation.txt").read_text().splitlines()
    rows[:2] = [row.replace(";joy", ";fear") for row in rows[:2]]
    (tmp_path / "single-validation.txt").write_text("\n".join(rows) + "\n")
    made = {}
    for wanted in (True, False):
        document = recipe(calibration={"temperature": wanted})
        made[wanted] = train(check(document, "tiny"), tmp_path)
    fitted, plain = made[True], made[False]
    told = fitted.metrics["temperatures"]["emotion"]
    assert fitted.heads[0].temperature == told["temperature"] != 1
    assert plain.heads[0].temperature == plain.metrics["temperatures"]["emotion"]["temperature"] == 1
    assert plain.metrics["temperatures"]["emotion"]["before"] == told["before"]
    assert (
        fitted.metrics["sets"]["single"]["test"]["emotion"]["accuracy"]
        == (plain.metrics["sets"]["single"]["test"]["emotion"]["accuracy"])
    )
    assert told["after"] < told["before"]
    assert f"Temperature of `emotion`: {told['temperature']:.2f}" in fitted.card
    assert "scores are as training left them" in plain.card


def test_what_is_held_out_is_scored_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counted(model: Classifier, heads: Sequence[HeadConfig], texts: Texts) -> dict[str, torch.Tensor]:
        seen.append(len(texts))
        return logits(model, heads, texts)

    monkeypatch.setattr("emotion.training.outcome.finished.logits", counted)
    made = train(check(recipe(), "tiny"), root)
    rows = [found["rows"] for found in made.metrics["sets"].values()]
    assert sorted(seen) == sorted(each[split] for each in rows for split in each if split != "train")


def test_weights_are_those_that_were_measured(bundle: Bundle, tmp_path: Path) -> None:
    assert {weight.dtype for weight in bundle.weights.values()} == {torch.float16}
    bundle.save(tmp_path / "made")
    loaded = Bundle.load(tmp_path / "made")
    assert loaded.id == bundle.id
    assert loaded.metrics == bundle.metrics


def test_the_same_recipe_gives_the_same_bundle_and_another_seed_another(bundle: Bundle, root: Path) -> None:
    assert train(check(recipe(limits=["Made up."]), "tiny"), root).id == bundle.id
    assert train(check(recipe(seed=4), "tiny"), root).id != bundle.id


def test_what_validation_looks_like_is_kept_for_who_serves(bundle: Bundle, root: Path) -> None:
    texts = validation_texts(bundle, root)
    assert len(texts) == sum(sets["rows"]["validation"] for sets in bundle.metrics["sets"].values())
    kept, observed = expected_of(bundle.metrics), observe(Predictor(bundle), texts)
    assert kept is not None
    assert (kept.texts, kept.emotions) == (observed.texts, observed.emotions)
    assert (kept.unknown, kept.confidence, kept.words) == pytest.approx(
        (observed.unknown, observed.confidence, observed.words)
    )


def test_without_a_recipe_no_texts_are_known(bundle: Bundle, root: Path) -> None:
    with pytest.raises(BundleError, match="keeps no recipe"):
        validation_texts(replace(bundle, metrics={}), root)


def test_training_leaves_the_callers_random_numbers_alone(root: Path) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    train(check(recipe(stages=[{"sets": ["single", "several"], "epochs": 1}]), "tiny"), root)
    assert torch.equal(before, torch.get_rng_state())


def test_another_process_with_another_hash_seed_gives_the_same_id(root: Path) -> None:
    document = recipe(
        vectors={"skipgram": {"dimension": 8, "epochs": 1}}, stages=[{"sets": ["single", "several"], "epochs": 1}]
    )
    code = (
        "import sys, yaml, torch; torch.set_num_threads(1)\n"
        "from pathlib import Path\n"
        "from emotion.training.recipe import check\n"
        "from emotion.training.trainer import train\n"
        "print(train(check(yaml.safe_load(sys.argv[1]), 'tiny'), Path(sys.argv[2])).id)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, yaml.safe_dump(document, sort_keys=False), str(root)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "1"},
    )
    assert done.stdout.strip() == train(check(document, "tiny"), root).id


def test_an_auxiliary_head_teaches_and_stays_behind(root: Path) -> None:
    helper = {"name": "helper", "kind": "softmax", "labels": ["anger", "fear", "joy"]}
    stages = [{"sets": ["single", "several"], "epochs": 1}, {"sets": ["single", "several"], "epochs": 1}]
    made = train(check(recipe(auxiliary=[helper], stages=stages), "tiny"), root)
    assert [head.name for head in made.heads] == ["emotion", "profile"]
    assert not any(name.startswith("heads.2.") for name in made.weights)
    assert [(record["stage"], record["epoch"]) for record in made.metrics["history"]] == [(1, 1), (2, 1)]


def test_leaks_are_dropped_told_and_kept_in_the_numbers(root: Path) -> None:
    (root / "leaky.txt").write_text((root / "single-train.txt").read_text() + "Test alpha 0, so HAPPY today!;joy\n")
    document = recipe(stages=[{"sets": ["single", "several"], "epochs": 1}])
    document["sets"]["single"]["train"] = ["leaky.txt"]
    notes = Notes()
    made = train(check(document, "tiny"), root, notes)
    assert made.metrics["sets"]["single"]["dropped"] == 1
    assert made.metrics["sets"]["single"]["rows"]["train"] == 36
    assert any("single: dropped 1 " in line for line in notes.lines)
    assert notes.steps == 0


def test_a_measure_that_does_not_exist_names_those_that_do(root: Path) -> None:
    with pytest.raises(ConfigError, match="macro_f1"):
        train(check(recipe(select={"single.emotion.jaccard": 1}), "tiny"), root)


def test_missing_data_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="data root"):
        train(check(recipe(), "tiny"), tmp_path)


def test_the_card_tells_data_scores_limits_and_terms(bundle: Bundle) -> None:
    assert bundle.card == card(json.loads(json.dumps(dict(bundle.metrics))))
    assert bundle.card.startswith("# tiny\n")
    for part in (
        "## Data",
        "## Scores",
        "## Each label",
        "## Limits\n\n- Made up.",
        "## Terms",
        "| baseline beside `emotion` |",
    ):
        assert part in bundle.card
    assert "| single | 36 | 12 | 12 | 0 |" in bundle.card
    assert "is under Apache-2.0; this directory has terms of its own: see `LICENSE`" in bundle.card


def test_the_card_names_glove_where_the_recipe_uses_it(bundle: Bundle) -> None:
    numbers = json.loads(json.dumps(dict(bundle.metrics)))
    assert "GloVe" not in card(numbers)
    numbers["recipe"]["vectors"]["glove"] = True
    data = card(numbers).partition("## Data")[2].partition("## Scores")[0]
    assert "GloVe 6B" in data
    assert "Pennington et al. 2014; PDDL 1.0" in data


def scored(scores: Sequence[Sequence[float]], names: Sequence[Sequence[str]], head: str) -> Scored:
    return Scored(several(["x"] * len(names), names), {head: np.array(scores, np.float32)})


def calibration_recipe(**changes: Any) -> Any:
    document = recipe(felt={"emotional": "several", "neutral": "single", "keep": 0.5, "neutral_label": "calm"})
    return check(document | changes, "tiny")


def test_thresholds_margin_and_felt_are_chosen_on_validation() -> None:
    names = [["anger", "calm"], ["fear"], ["joy"], []]
    profile = [[0.9, 0.6, 0.1, 0.1], [0.1, 0.1, 0.7, 0.1], [0.1, 0.1, 0.1, 0.6], [0.3, 0.1, 0.1, 0.1]]
    emotion = [[0.9, 0.1, 0.0], [0.5, 0.4, 0.1], [0.0, 0.1, 0.9], [0.3, 0.3, 0.4]]
    emotional = scored(profile, names, "profile")
    emotional = replace(emotional, scores=emotional.scores | {"emotion": np.array(emotion, np.float32)})
    other = scored([[0.95, 0, 0, 0], [0.2, 0, 0, 0]], [["calm"], ["calm"]], "profile")
    found = calibrate(calibration_recipe(), {"several": emotional, "single": other})
    assert found.heads[0].thresholds is None
    assert found.heads[1].thresholds == pytest.approx((0.31,) * 4)
    assert found.margin == pytest.approx(0.5)
    assert found.felt.threshold == pytest.approx(0.7)
    assert found.numbers["felt"]["emotional"] == {"rows": 3, "felt": pytest.approx(2 / 3)}
    assert found.numbers["felt"]["neutral"] == {"rows": 2, "felt": 0.5}


def test_felt_needs_rows_that_its_head_may_look_at() -> None:
    rows = scored([[0.1, 0.2, 0.3, 0.4]], [["calm"]], "profile")
    with pytest.raises(ConfigError, match="felt: the set 'single'"):
        calibrate(calibration_recipe(), {"several": rows, "single": scored([[1, 0, 0]], [["calm"]], "emotion")})


def test_without_validation_for_a_head_nothing_is_chosen() -> None:
    found = calibrate(check(recipe(), "tiny"), {})
    assert (found.heads[1].thresholds, found.margin, found.numbers["felt"]) == (None, 0.0, {})


def test_a_bundle_tells_of_which_code_and_which_data_it_is(tmp_path: Path) -> None:
    write_sets(tmp_path)
    before = train(check(recipe(), "tiny"), tmp_path).metrics["made"]
    assert before["emotion"] == code_version()
    assert code_version().startswith(__version__)
    with (tmp_path / "single-train.txt").open("a") as file:
        file.write("one more so happy today;joy\n")
    assert train(check(recipe(), "tiny"), tmp_path).metrics["made"]["data"] != before["data"]


def test_the_margin_is_chosen_on_scores_as_predictions_have_them() -> None:
    """Those of a primary sigmoid head sum to 1."""
    heads = [{"name": "profile", "kind": "sigmoid", "primary": True, "labels": ["anger", "fear", "joy", "calm"]}]
    document = recipe(heads=heads, select={"several.profile.jaccard": 1})
    rng = np.random.default_rng(0)
    profile = rng.uniform(0.3, 0.9, (200, 4)).astype(np.float32)
    names = [[["anger", "fear", "joy", "calm"][n]] for n in rng.integers(4, size=200)]
    found = calibrate(check(document, "tiny"), {"several": scored(profile.tolist(), names, "profile")})
    read = summing_to_1(found.heads[0], profile)
    top = np.sort(read, axis=1)
    assert found.numbers["ambiguity"]["ambiguous"] == (top[:, -1] - top[:, -2] < found.margin).mean() > 0.9
