"""The registry of chosen models: names, aliases, promotions that can be undone, and what --model makes of them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from emotion.cli import app
from emotion.errors import BundleError, UsageError
from emotion.evaluation.scoring import described
from emotion.models import registry as module
from emotion.models.bundle import Bundle
from emotion.models.registry import Registry, resolve
from emotion.predictor import Predictor
from emotion.training.outcome.expected import validation_texts
from tests.models.made import bundle


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Two bundles that differ."""
    first, second = tmp_path / "first", tmp_path / "second"
    bundle(metrics={"recipe": {"name": "tiny", "seed": 1}, "search": {"trial": 3}}).save(first)
    bundle(ambiguity_margin=0.5, metrics={"recipe": {"name": "tiny", "seed": 2}}).save(second)
    return first, second


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setenv("EMOTION_MODELS", str(tmp_path / "models"))
    return Registry()


def test_a_name_is_a_model_wherever_one_is_asked_for(registry: Registry, two: tuple[Path, Path]) -> None:
    entry = registry.add(two[0], "tiny-1")
    shutil.rmtree(two[0])
    assert Bundle.load(resolve("tiny-1")).id == entry.id
    assert entry.lineage["search"] == {"trial": 3}
    assert entry.lineage["recipe"] == "tiny"


def test_a_path_comes_before_a_name_and_a_name_before_shipped(
    registry: Registry, two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.add(two[1], "first")
    monkeypatch.chdir(two[0].parent)
    assert resolve("first") == Path("first")
    assert resolve("shipped") == module.SHIPPED
    with pytest.raises(
        BundleError, match=r"no model 'mine': tried it as a path, in the registry .*models, which knows first, and as"
    ):
        resolve("mine")


def test_an_alias_follows_promotions_and_their_undoing(registry: Registry, two: tuple[Path, Path]) -> None:
    first, second = (registry.add(path, f"tiny-{number}") for number, path in enumerate(two, 1))
    assert registry.promote("tiny-1", "production") is None
    assert registry.promote("tiny-2", "production") == "tiny-1"
    assert registry.promote("tiny-2", "production") == "tiny-2"
    assert resolve("production") == registry.bundle(second)
    assert registry.undo("production") == "tiny-1"
    assert resolve("production") == registry.bundle(first)
    assert registry.undo("production") is None
    with pytest.raises(UsageError, match="no alias 'production'"):
        registry.undo("production")


def test_an_alias_may_be_promoted_to_another(registry: Registry, two: tuple[Path, Path]) -> None:
    registry.add(two[0], "tiny-1")
    registry.promote("tiny-1", "candidate")
    registry.promote("candidate", "production")
    entry = registry.known("production")
    assert entry is not None
    assert entry.name == "tiny-1"


def test_a_name_stands_for_one_model_for_ever(registry: Registry, two: tuple[Path, Path]) -> None:
    entry = registry.add(two[0], "tiny")
    assert registry.add(two[0], "tiny") == entry
    with pytest.raises(UsageError, match=f"'tiny' is model {entry.id} already"):
        registry.add(two[1], "tiny")
    registry.promote("tiny", "production")
    with pytest.raises(UsageError, match="'production' is an alias of tiny already"):
        registry.add(two[1], "production")
    with pytest.raises(UsageError, match="'tiny' is the name of a model"):
        registry.promote("tiny", "tiny")


def test_a_damaged_copy_is_made_anew_when_its_bundle_is_added_again(registry: Registry, two: tuple[Path, Path]) -> None:
    entry = registry.add(two[0], "tiny")
    place = registry.bundle(entry)
    (place / "vocabulary.txt").write_text("")
    with pytest.raises(BundleError):
        Bundle.load(place)
    assert registry.add(two[0], "tiny") == entry
    assert Bundle.load(place).id == entry.id
    before = (place / "vocabulary.txt").stat().st_mtime_ns
    registry.add(two[0], "again")
    assert (place / "vocabulary.txt").stat().st_mtime_ns == before
    assert [path.name for path in place.parent.iterdir()] == [entry.id]


@pytest.mark.parametrize("name", ["shipped", "", "a/b", "../up", ".hidden", "two words"])
def test_what_cannot_be_a_name_is_refused(registry: Registry, two: tuple[Path, Path], name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a model"):
        registry.add(two[0], name)


def test_what_is_no_bundle_is_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is no whole bundle"):
        registry.add(tmp_path, "tiny")
    with pytest.raises(UsageError, match="There is no model 'tiny' to promote"):
        registry.promote("tiny", "production")


def test_a_damaged_or_newer_registry_is_a_sentence(registry: Registry) -> None:
    registry.folder.mkdir()
    (registry.folder / "registry.json").write_text("{")
    with pytest.raises(BundleError, match="cannot be read"):
        resolve("tiny")
    (registry.folder / "registry.json").write_text('{"version": 2}')
    with pytest.raises(BundleError, match="has version 2"):
        resolve("tiny")


def test_the_commands_do_what_they_say(registry: Registry, two: tuple[Path, Path]) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["models", *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    assert "No model is registered yet" in run("list")
    for number, path in enumerate(two, 1):
        assert f"tiny-{number} is model " in run("add", str(path), "--name", f"tiny-{number}")
    assert run("promote", "tiny-1").strip() == "production is tiny-1."
    assert run("promote", "tiny-2").strip() == "production is tiny-2, before that tiny-1."
    assert run("promote", "--undo").strip() == "production is tiny-1 again."
    assert "production" in run("list")
    assert "search.trial" in run("show", "production")
    assert json.loads(run("show", "tiny-1", "--json"))["lineage"]["seed"] == 1
    assert "recipe.seed: 1 -> 2" in run("diff", "production", "tiny-2")
    assert "are the same model" in run("diff", "production", "tiny-1")
    assert sorted(json.loads(run("diff", "tiny-1", "tiny-2", "--json"))) == ["model", "recipe.seed", "search.trial"]


def test_each_command_takes_what_model_takes(
    registry: Registry, two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a user can keep the model that ships before an upgrade brings another."""

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["models", *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    monkeypatch.setattr(module, "SHIPPED", two[0])
    assert "shipped-1 is model " in run("add", "shipped", "--name", "shipped-1")
    entry = registry.known("shipped-1")
    assert entry is not None
    assert entry.lineage["from"] == "shipped"
    monkeypatch.setattr(module, "SHIPPED", two[1])
    assert resolve("shipped-1") == registry.bundle(entry)
    run("promote", "shipped-1")
    run("add", "production", "--name", "again")
    assert "ambiguity" not in run("diff", "production", "again")
    assert "recipe.seed: 1 -> 2" in run("diff", "shipped-1", "shipped")
    assert f"shipped: model {Bundle.load(two[1]).id}, in {two[1]}" in run("show", "shipped")
    shown = json.loads(run("show", str(two[0]), "--json"))
    assert (shown["name"], shown["lineage"]["from"]) == (str(two[0]), str(two[0]))
    monkeypatch.setattr(module, "fetched", lambda address: two[1])
    run("add", "s3://bucket/model", "--name", "far")
    assert json.loads(run("show", "far", "--json"))["lineage"]["from"] == "s3://bucket/model"


def test_a_registry_elsewhere_is_where_its_names_are_looked_for(two: tuple[Path, Path], tmp_path: Path) -> None:
    place = ["--registry", str(tmp_path / "elsewhere")]
    for arguments in (
        ["add", str(two[0]), "--name", "far"],
        ["add", "far", "--name", "again"],
        ["diff", "far", "again"],
    ):
        done = CliRunner().invoke(app, ["models", *arguments, *place])
        assert done.exit_code == 0, done.output
    assert "are the same model" in done.output


def test_what_is_not_ones_own_is_not_changed_where_it_lies(
    registry: Registry, two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "week.txt").write_text("good day\n")
    monkeypatch.setattr(module, "SHIPPED", two[0])
    monkeypatch.setattr(module, "fetched", lambda address: two[1])
    for model in ("shipped", str(two[0]), "s3://bucket/model"):
        done = CliRunner().invoke(app, ["models", "expect", model, "--texts", str(tmp_path / "week.txt")])
        assert f"{model} is not changed where it lies" in str(done.exception)
        assert f"emotion models add {model} --name NAME" in str(done.exception)
    assert "expected" not in Bundle.load(two[0]).metrics
    registry.add("shipped", "mine")
    done = CliRunner().invoke(app, ["models", "expect", "mine", "--texts", str(tmp_path / "week.txt")])
    assert done.exit_code == 0, done.output
    assert Bundle.load(resolve("mine")).metrics["expected"]["texts"] == 1


def test_a_bundle_is_told_what_texts_usually_look_like(two: tuple[Path, Path], tmp_path: Path) -> None:
    path, texts = two[0], tmp_path / "week.txt"
    texts.write_text("good day\nbad\n")
    before = Bundle.load(path)
    done = CliRunner().invoke(app, ["models", "expect", str(path), "--texts", str(texts)])
    assert (done.exit_code, "what 2 texts look like: 1.5 words a text" in done.output) == (0, True), done.output
    kept = Bundle.load(path)
    assert kept.id == before.id
    assert kept.metrics["expected"]["texts"] == 2
    texts.write_text("")
    again = CliRunner().invoke(app, ["models", "expect", str(path), "--texts", str(texts)])
    assert "no texts in" in str(again.exception)


def test_a_field_without_texts_is_refused(two: tuple[Path, Path]) -> None:
    done = CliRunner().invoke(app, ["models", "expect", str(two[0]), "--field", "body"])
    assert "--field 'body' names a field of files; name them with --texts" in str(done.exception)


def test_a_bundle_at_a_mount_point_is_refused_before_its_texts_are_read(
    two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda path: path == two[0])
    done = CliRunner().invoke(app, ["models", "expect", str(two[0]), "--texts", "gone.txt"])
    assert "is a mount point" in str(done.exception)


@pytest.mark.parametrize(
    "metrics",
    [{"recipe": "notes", "sets": "none"}, {"recipe": ["notes"], "sets": {"a": 1, "b": {"test": {"head": 0.5}}}}],
)
def test_metrics_of_another_shape_are_no_origin_and_no_worth(
    registry: Registry, tmp_path: Path, metrics: dict[str, Any]
) -> None:
    bundle(metrics=metrics).save(tmp_path / "odd")
    bundle(seed=1).save(tmp_path / "tiny")
    for name in ("odd", "tiny"):
        assert CliRunner().invoke(app, ["models", "add", str(tmp_path / name), "--name", name]).exit_code == 0
    for asked in (["list"], ["show", "odd"], ["diff", "odd", "tiny"]):
        assert CliRunner().invoke(app, ["models", *asked]).exit_code == 0
    assert described(Predictor(Bundle.load(tmp_path / "odd"))).name == Bundle.load(tmp_path / "odd").id
    with pytest.raises(BundleError, match="keeps no recipe"):
        validation_texts(Bundle.load(tmp_path / "odd"), tmp_path)
