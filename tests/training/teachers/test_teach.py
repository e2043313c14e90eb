"""Teaching a transformer: from recipe and data to a directory, through a kill in the middle."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from emotion.errors import BundleError, ConfigError, DataError, UsageError
from emotion.models.hub import base_path
from emotion.sets.datasets import load
from emotion.training.hardware import Hardware
from emotion.training.loop import checkpoint
from emotion.training.teachers.lessons import examples
from emotion.training.teachers.recipe import check
from emotion.training.teachers.taught import Taught
from emotion.training.teachers.teach import teach
from emotion.training.teachers.text import TextConfig
from emotion.training.teachers.tokens import TokenEncoder
from emotion.training.watcher import Watcher
from tests.training.made_sets import texts
from tests.training.teachers.made_teachers import recipe, tokenizer


class Killed(Exception):
    """In place of kill -9."""


class KilledIn(Watcher):
    """Ends a training when this epoch begins."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch
        self.lines: list[str] = []
        self.records: list[int] = []

    def begin(self, task: str, total: int) -> None:
        if task == f"epoch {self._epoch}":
            raise Killed

    def note(self, line: str) -> None:
        self.lines.append(line)

    def epoch(self, record: Any) -> None:
        self.records.append(record["epoch"])


def metrics(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "metrics.json").read_text()))


def test_a_teacher_learns_all_heads_of_all_sets(taught_at: Path) -> None:
    sets = metrics(taught_at)["sets"]
    for split in ("validation", "test"):
        assert sets["single"][split]["emotion"]["accuracy"] == 1.0
    assert sets["several"]["validation"]["profile"]["jaccard"] == 1.0
    assert "profile" not in sets["single"]["validation"]  # its rows say nothing of the other labels


def test_a_loaded_teacher_says_what_the_made_one_did(base: Path, data: Path, tmp_path: Path, taught: Taught) -> None:
    made = teach(check(recipe(base), "tiny"), data, tmp_path / "again")
    loaded = Taught.load(tmp_path / "again", Hardware())
    asked = [*texts("joy", 3), "", "nothing that it knows 🙂"]
    for head in ("emotion", "profile"):
        np.testing.assert_array_equal(made.scores(asked)[head], loaded.scores(asked)[head])
    assert made.id == loaded.id == taught.id  # the same recipe, data and seed
    assert loaded.heads[1].thresholds is not None


def test_another_seed_gives_another_teacher(base: Path, data: Path, tmp_path: Path, taught: Taught) -> None:
    assert teach(check(recipe(base, seed=4, epochs=1), "tiny"), data, tmp_path / "other").id != taught.id


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_a_killed_training_goes_on_to_the_same_teacher(base: Path, data: Path, tmp_path: Path, ema: float) -> None:
    read = check(recipe(base, epochs=3, ema=ema), "tiny")
    whole = teach(read, data, tmp_path / "whole")
    with pytest.raises(Killed):
        teach(read, data, tmp_path / "killed", KilledIn(3))
    assert not (tmp_path / "killed" / "teacher.json").exists()
    rest = KilledIn(0)
    assert teach(read, data, tmp_path / "killed", rest).id == whole.id
    assert "going on after epoch 2" in rest.lines
    assert rest.records == [1, 2, 3]
    assert metrics(tmp_path / "killed")["history"] == metrics(tmp_path / "whole")["history"]
    assert sorted(path.name for path in (tmp_path / "killed").iterdir()) == sorted(
        path.name for path in (tmp_path / "whole").iterdir()
    )


def test_the_seconds_of_a_teacher_are_those_before_its_kill_too(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = check(recipe(base, epochs=2), "tiny")
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 1000))
        with pytest.raises(Killed):
            teach(read, data, tmp_path, KilledIn(2))
    teach(read, data, tmp_path)
    assert 1000 <= metrics(tmp_path)["made"]["seconds"] < 1900


def test_a_training_does_not_go_on_with_another_recipe(base: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        teach(check(recipe(base, epochs=3), "tiny"), data, tmp_path / "killed", KilledIn(2))
    with pytest.raises(ConfigError, match="learning_rate"):
        teach(check(recipe(base, epochs=3, learning_rate=0.02), "tiny"), data, tmp_path / "killed")


def test_labels_are_measured_as_they_are_taught(base: Path, data: Path, tmp_path: Path) -> None:
    mood = {"name": "mood", "kind": "binary", "labels": ["bad", "good"]}
    names = {"anger": "bad", "fear": "bad", "joy": "good"}
    document = recipe(base, epochs=1, heads=[*recipe(base)["heads"], mood], select={"single.mood.macro_f1": 1})
    document["sets"]["single"]["heads"] = ["emotion", "mood"]
    document["teach"] = {"single": {"mood": {"map": names}}}
    teach(check(document, "tiny"), data, tmp_path / "made")
    assert "macro_f1" in metrics(tmp_path / "made")["sets"]["single"]["test"]["mood"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"select": {"single.emotion.macro-f1": 1}}, r"select\.single\.emotion\.macro-f1"),
        ({"teach": {"several": {"emotion": {"map": {"clam": "joy"}}}}}, "several has no label 'clam'"),
        ({"heads": [{"name": "emotion", "kind": "softmax", "labels": ["anger", "fear", "yoj"]}]}, "'emotion' yoj"),
    ],
)
def test_what_the_data_do_not_teach_is_told_before_training(
    base: Path, data: Path, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    document = recipe(base, select={"single.emotion.macro_f1": 1}) | changes
    with pytest.raises(ConfigError, match=said):
        teach(check(document, "tiny"), data, tmp_path / "made", KilledIn(1))


def test_patience_ends_a_training_and_the_best_epoch_stays(base: Path, data: Path, tmp_path: Path) -> None:
    watcher = KilledIn(0)
    read = check(recipe(base, epochs=30, patience=1, learning_rate=0.005), "tiny")
    made = teach(read, data, tmp_path / "made", watcher)
    history = metrics(tmp_path / "made")["history"]
    best = max(record["select"] for record in history)
    assert len(history) < 30
    assert history[-1]["select"] <= history[-2]["select"] == best
    assert watcher.lines[-1] == f"stopped: no better epoch since epoch {len(history) - 1}"
    shown = metrics(tmp_path / "made")["sets"]["single"]["validation"]["emotion"]["macro_f1"]
    assert shown == history[-2]["single.emotion.macro_f1"]
    assert made.heads


def test_teaching_leaves_the_callers_random_numbers_alone(base: Path, data: Path, tmp_path: Path) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    teach(check(recipe(base, epochs=1), "tiny"), data, tmp_path / "made")
    assert torch.equal(before, torch.get_rng_state())


def test_a_diverged_training_is_told(base: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="lower the learning_rate"):
        teach(check(recipe(base, learning_rate=1e30, clip=1e30), "tiny"), data, tmp_path / "made")


def test_rows_teach_the_heads_of_their_set_only(base: Path, data: Path) -> None:
    document = recipe(base)
    document["sets"]["several"]["weight"] = 0.5
    document["sets"]["several"]["heads"] = ["profile"]
    document["samples"] = {"single": 0.25}
    read = check(document, "tiny")
    encoder = TokenEncoder(tokenizer(), TextConfig(), 48)
    learnt = examples(read, encoder, load(read.sets, (), data))
    single, several = 36, 36
    assert learnt.weights["profile"].tolist() == [0.0] * single + [0.5] * several
    assert learnt.weights["emotion"].tolist() == [1.0] * single + [0.0] * several
    assert learnt.drawn == 9 + several
    assert len(learnt.texts) == single + several


def test_the_card_tells_data_scores_and_limits(taught_at: Path) -> None:
    said = (taught_at / "README.md").read_text()
    assert said.startswith("# tiny teacher\n")
    assert "| single | validation | emotion | 12 | 1.0000 |" in said
    assert "- Made up." in said
    assert "data they were made from" in (taught_at / "LICENSE").read_text()


def test_a_damaged_teacher_is_one_sentence(taught_at: Path, tmp_path: Path) -> None:
    for path in taught_at.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "config.json").write_text('{"model_type": "abacus"}')
    with pytest.raises(BundleError, match="abacus"):
        Taught.load(tmp_path, Hardware())
    (tmp_path / "config.json").write_bytes((taught_at / "config.json").read_bytes())
    weights = load_file(tmp_path / "weights.safetensors")
    del weights["heads.0.bias"]
    save_file(weights, tmp_path / "weights.safetensors")
    with pytest.raises(BundleError, match=r"heads\.0\.bias"):
        Taught.load(tmp_path, Hardware())


def test_a_changed_weight_changes_the_id(taught_at: Path, taught: Taught, tmp_path: Path) -> None:
    for path in taught_at.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = load_file(tmp_path / "weights.safetensors")
    save_file(weights | {"heads.0.bias": weights["heads.0.bias"] + 1}, tmp_path / "weights.safetensors")
    assert Taught.load(tmp_path, Hardware()).id != taught.id


def test_a_set_that_is_not_there_is_named(base: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="single-train"):
        teach(check(recipe(base), "tiny"), tmp_path, tmp_path / "made")


def test_a_base_may_lie_in_a_package(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made_base" / "model").mkdir(parents=True)
    (tmp_path / "made_base" / "__init__.py").touch()
    (tmp_path / "made_base" / "model" / "config.json").write_bytes((base / "config.json").read_bytes())
    monkeypatch.syspath_prepend(str(tmp_path))
    assert base_path("package:made-base") == tmp_path / "made_base" / "model"


def test_a_base_that_is_not_there_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no config\.json"):
        teach(check(recipe(tmp_path / "nowhere"), "tiny"), data, tmp_path / "made")
    with pytest.raises(UsageError, match="pip install no-such-package"):
        teach(check(recipe(Path("package:no-such-package")), "tiny"), data, tmp_path / "made")
    for package in ("no_such.package", ".package", "__main__"):
        with pytest.raises(UsageError, match=f"pip install {package}"):
            base_path(f"package:{package}")
