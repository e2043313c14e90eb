"""`emotion train` and `emotion evaluate` as they are typed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from emotion.commands import train as commands
from emotion.errors import UsageError
from emotion.models.bundle import Bundle
from emotion.training import trainer
from tests.training.made_sets import recipe, write_sets

QUICK = [
    {"sets": ["single", "several"], "epochs": 8, "batch_size": 8, "optimiser": {"learning_rate": 0.02, "ema": 0.8}}
]


def call(*arguments: str) -> Result:
    app = typer.Typer()
    commands.register(app)
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sets, a recipe, and the bundle that `emotion train` made of them."""
    made = tmp_path_factory.mktemp("made")
    write_sets(made)
    (made / "recipe.yaml").write_text(yaml.safe_dump(recipe(stages=QUICK)))
    done = call("train", str(made / "recipe.yaml"), "--to", str(made / "bundle"), "--data-root", str(made), "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["id"] == Bundle.load(made / "bundle").id
    return made


def test_train_writes_a_bundle_and_shows_what_it_is_worth(folder: Path, tmp_path: Path) -> None:
    to = tmp_path / "deep" / "bundle"
    options = ["--to", str(to), "--data-root", str(folder), "--set", "stages.0.epochs=1", "--set", "seed=8"]
    done = call("train", str(folder / "recipe.yaml"), *options)
    assert done.exit_code == 0
    made = Bundle.load(to)
    assert made.metrics["recipe"]["seed"] == 8
    assert f"Bundle {made.id} is in {to}" in done.stdout.replace("\n", "")
    assert "single, test" in done.stdout
    assert "epoch 1" in done.stderr
    assert "\x1b" not in done.stderr


def test_evaluate_gives_the_numbers_that_the_bundle_holds(folder: Path) -> None:
    done = call("evaluate", "--model", str(folder / "bundle"), "--data", str(folder / "single-test.txt"), "--json")
    kept = Bundle.load(folder / "bundle").metrics["sets"]
    assert json.loads(done.stdout)["emotion"] == kept["single"]["test"]["emotion"]
    several = ["--data", str(folder / "several-validation.txt"), "--format", "semeval-ec", "--json"]
    done = call("evaluate", "--model", str(folder / "bundle"), *several)
    found = json.loads(done.stdout)
    assert found["profile"]["jaccard"] == pytest.approx(kept["several"]["validation"]["profile"]["jaccard"])


def test_evaluate_shows_a_table_of_a_named_column(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("body,feeling\nso happy sunshine,joy\nsuch rage,anger\n")
    options = ["--data", str(tmp_path / "posts.csv"), "--text-field", "body", "--label-field", "feeling"]
    done = call("evaluate", "--model", str(folder / "bundle"), *options)
    assert done.exit_code == 0
    for word in ("accuracy", "macro-F1", "emotion", "joy", "anger", "precision"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--data", "{}/single-test.txt", "--format", "word"], "--format 'word'"),
        (["--data", "{}/single-test.txt", "--engine", "steam"], "--engine 'steam'"),
        (["--data", "{}/other.csv"], "share fewer than two labels"),
    ],
)
def test_wrong_use_of_evaluate_is_a_sentence(folder: Path, options: Sequence[str], said: str) -> None:
    (folder / "other.csv").write_text("text,label\nx,happy\ny,grim\n")
    with pytest.raises(UsageError, match=said):
        call("evaluate", "--model", str(folder / "bundle"), *(option.format(folder) for option in options))


def test_train_refuses_a_target_that_is_no_bundle_before_it_starts(folder: Path) -> None:
    for target, said in ((folder, "other things"), (folder / "recipe.yaml", "is a file")):
        with pytest.raises(UsageError, match=said):
            call("train", str(folder / "recipe.yaml"), "--to", str(target))


def test_an_interrupted_training_leaves_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "fit", interrupted)
    options = ["--to", str(tmp_path / "bundle"), "--data-root", str(folder)]
    done = call("train", str(folder / "recipe.yaml"), *options)
    assert done.exit_code == 130
    assert "stopped" in done.stderr
    assert list(tmp_path.iterdir()) == []
