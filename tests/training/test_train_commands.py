"""`emotion train` as it is typed."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from emotion.commands import train as commands
from emotion.commands.shown.training import ConsoleWatcher
from emotion.errors import ConfigError, UsageError
from emotion.models.bundle import Bundle
from emotion.training import run, trainer
from tests.training.made_sets import recipe, write_sets

QUICK = [
    {"sets": ["single", "several"], "epochs": 4, "batch_size": 8, "optimiser": {"learning_rate": 0.02, "ema": 0.8}}
]


def call(*arguments: str) -> Result:
    """Run the command; an app of one command knows no names."""
    app = typer.Typer()
    commands.register(app)
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sets, a recipe, and the bundle that `emotion train` made of them."""
    made = tmp_path_factory.mktemp("made")
    write_sets(made)
    (made / "recipe.yaml").write_text(yaml.safe_dump(recipe(stages=QUICK)))
    done = call(str(made / "recipe.yaml"), "--to", str(made / "bundle"), "--data-root", str(made), "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["id"] == Bundle.load(made / "bundle").id
    return made


def train(folder: Path, *options: str) -> Result:
    """Train the recipe of the folder."""
    return call(str(folder / "recipe.yaml"), "--data-root", str(folder), *options)


def interrupted_at(epoch: int) -> Callable[[ConsoleWatcher, Mapping[str, Any]], None]:
    """Ctrl-C in this epoch."""

    def told(_: ConsoleWatcher, record: Mapping[str, Any]) -> None:
        if record["epoch"] == epoch:
            raise KeyboardInterrupt

    return told


def test_train_writes_a_bundle_and_shows_what_it_is_worth(folder: Path, tmp_path: Path) -> None:
    to = tmp_path / "deep" / "bundle"
    done = train(folder, "--to", str(to), "--set", "stages.0.epochs=1", "--set", "seed=8")
    assert done.exit_code == 0
    made = Bundle.load(to)
    assert made.metrics["recipe"]["seed"] == 8
    assert f"Bundle {made.id} is in {to}" in done.stdout.replace("\n", "")
    assert "single, test" in done.stdout
    assert "epoch 1: loss" in done.stderr
    assert "\x1b" not in done.stderr
    assert [path.name for path in to.parent.iterdir()] == ["bundle"]


def test_train_refuses_a_target_that_is_no_bundle_before_it_starts(folder: Path) -> None:
    for target, said in ((folder, "other things"), (folder / "recipe.yaml", "is a file")):
        with pytest.raises(UsageError, match=said):
            train(folder, "--to", str(target))


def test_train_refuses_a_mount_point_before_it_starts(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda path: path == tmp_path)
    with pytest.raises(UsageError, match="is a mount point"):
        train(folder, "--to", str(tmp_path))


def test_train_writes_where_one_stands(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = tmp_path / "here"
    to.mkdir()
    monkeypatch.chdir(to)
    done = train(folder, "--to", ".", "--report", "--set", "stages.0.epochs=1")
    assert done.exit_code == 0
    assert Bundle.load(to).metrics["recipe"]["name"] == "tiny"
    assert (to / "report.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Training needs --to"),
        (["--seeds", "2", "--report"], "--report needs --to"),
        (["--to", "x", "--track", "paper"], "--track 'paper'"),
        (["--to", "x", "--device", "abacus"], "--device 'abacus'"),
    ],
)
def test_wrong_use_is_a_sentence(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=said):
        train(folder, *options)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_training_leaves_nothing_where_nothing_was_done(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConsoleWatcher, "epoch", interrupted_at(1))
    done = train(folder, "--to", str(tmp_path / "bundle"))
    assert done.exit_code == 130
    assert "emotion: stopped; nothing was written" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_same_command_goes_on_to_the_same_bundle(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ConsoleWatcher, "epoch", interrupted_at(3))
        done = train(folder, "--to", str(tmp_path / "bundle"))
    assert done.exit_code == 130
    assert f"the same command goes on where it was, from {tmp_path / '.bundle.unfinished'}" in done.stderr
    with pytest.raises(ConfigError, match=r"differs in model\.hidden"):
        train(folder, "--to", str(tmp_path / "bundle"), "--set", "model.hidden=9")
    done = train(folder, "--to", str(tmp_path / "bundle"))
    assert "going on with the training that was begun" in done.stderr
    assert Bundle.load(tmp_path / "bundle").id == Bundle.load(folder / "bundle").id
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_several_seeds_keep_the_best_and_tell_of_all(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to, work = tmp_path / "bundle", tmp_path / "work"
    options = ["--to", str(to), "--checkpoints", str(work), "--seeds", "2", "--set", "stages.0.epochs=2"]
    trained: list[int] = []

    def second_is_interrupted(one: Any, *rest: Any, **more: Any) -> Bundle:
        if trained:
            raise KeyboardInterrupt
        trained.append(one.seed)
        return trainer.train(one, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(run, "train", second_is_interrupted)
        assert train(folder, *options).exit_code == 130
    done = train(folder, *options)
    assert "seed 3 is trained" in done.stderr
    assert "seed 4, 2 of 2" in done.stderr
    seeds = Bundle.load(to).metrics["seeds"]
    best = max(seeds["runs"], key=lambda one: one["select"])
    assert (best["seed"], best["id"]) == (seeds["kept"], Bundle.load(to).id)
    assert [one["seed"] for one in seeds["runs"]] == [3, 4]
    assert "single, test, emotion" in done.stdout
    assert "deviation" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_seeds_alone_are_measured_and_not_kept(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = train(folder, "--seeds", "2", "--set", "stages.0.epochs=1", "--json")
    shown = json.loads(done.stdout)
    assert shown["bundle"] is None
    assert len(shown["metrics"]["seeds"]["runs"]) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_report_and_curves_lie_where_they_are_wanted(folder: Path, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    to = tmp_path / "bundle"
    done = train(folder, "--to", str(to), "--report", "--track", "tensorboard", "--set", "stages.0.epochs=2")
    assert "report.html" in done.stdout
    assert "single" in (to / "report.html").read_text(encoding="utf-8")
    assert json.loads((to / "evaluation.json").read_bytes())["model"]["id"] == Bundle.load(to).id
    (events,) = (tmp_path / "tracking" / "tensorboard").iterdir()
    read: Any = EventAccumulator(str(events))
    read.Reload()
    history = Bundle.load(to).metrics["history"]
    losses = [(event.step, event.value) for event in read.Scalars("loss")]
    assert losses == [(place, pytest.approx(one["loss"])) for place, one in enumerate(history, start=1)]
