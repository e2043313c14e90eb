"""ELMo in the whole system: trained from a cache, in a bundle, in the predictor, labelling an archive."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from emotion.cli import run
from emotion.document import read_document
from emotion.errors import BundleError, ConfigError
from emotion.models.bundle import Bundle
from emotion.models.context.cache import ContextCache
from emotion.models.context.config import PLACES
from emotion.models.context.contextual import FOLDER, Open
from emotion.models.context.rows import Live
from emotion.models.elmo.encoder import Elmo
from emotion.models.encoded import encode, scores
from emotion.predictor import Predictor
from emotion.training.recipe import check
from emotion.training.trainer import train
from emotion.training.unfinished import Unfinished
from tests.models.elmo.made_elmo import arrays, options, write_elmo
from tests.training.made_sets import recipe, write_sets
from tests.tweets.made import lines, status

ONE = {"sets": ["single", "several"], "epochs": 1, "batch_size": 8}
CONTEXT = {"kind": "elmo", "options": "elmo/tiny_options.json", "weights": "elmo/tiny_weights.hdf5"}
SAID = ["I am so HAPPY", "", "zzz unheard", "zzz unmet", "what a rage #furious 😢", "I am so HAPPY"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sets(folder)
    write_elmo(folder / "elmo")
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("EMOTION_CACHE", str(folder))
    return folder


def document(width: int = 0, **context: Any) -> dict[str, Any]:
    made = recipe(stages=[ONE], context=CONTEXT | context)
    made["model"] |= {"embedding_dim": width}
    return made


@pytest.fixture(scope="module")
def bundle(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOTION_CACHE", str(tmp_path_factory.mktemp("cache")))
        return train(check(document(), "tiny"), root)


def test_a_bundle_is_the_same_loaded_again(bundle: Bundle, tmp_path: Path) -> None:
    bundle.save(tmp_path / "bundle")
    loaded = Bundle.load(tmp_path / "bundle")
    assert loaded.id == bundle.id
    assert sorted(path.name for path in (tmp_path / "bundle" / FOLDER).iterdir()) == [
        "options.json", "weights.safetensors",
    ]  # fmt: skip
    there, here = Predictor(loaded)(SAID), Predictor(bundle)(SAID)
    assert there.scores == pytest.approx(here.scores, abs=1e-6)
    loaded.save(tmp_path / "again")
    assert Predictor.load(tmp_path / "again")(SAID).scores == pytest.approx(here.scores, abs=1e-6)
    assert "8-dimensional vectors of ELMo" in bundle.card


def test_unknown_words_are_told_apart_and_a_text_is_the_same_in_any_company(bundle: Bundle) -> None:
    predict = Predictor(bundle)
    found = predict(SAID)
    assert not np.allclose(found.scores[2], found.scores[3], atol=1e-6)
    assert np.array_equal(found.scores[0], found.scores[5])
    for text, row in zip(SAID, found.scores, strict=True):
        assert predict([text]).scores[0] == pytest.approx(row, abs=1e-5)
    assert found.felt[1] == np.False_


def test_the_network_of_training_and_that_of_predicting_agree(bundle: Bundle) -> None:
    assert bundle.context is not None
    contextual = bundle.context.open(torch.device("cpu"))
    texts = encode(bundle.encoder(), SAID, Live(contextual))
    assert scores(bundle.classifier(), bundle.heads, texts)["emotion"] == pytest.approx(
        Predictor(bundle)(SAID).scores, abs=1e-5
    )


@pytest.mark.parametrize("width", [0, 6])
def test_training_repeats_itself_with_and_without_a_cache_at_hand(width: int, root: Path, cache: Path) -> None:
    made = train(check(document(width), "tiny"), root)
    assert any(cache.rglob("vectors.f32"))
    assert train(check(document(width), "tiny"), root).id == made.id
    shutil.rmtree(cache)
    assert train(check(document(width), "tiny"), root).id == made.id


def test_layers_are_another_model(bundle: Bundle, root: Path) -> None:
    top = train(check(document(layers="top"), "tiny"), root)
    assert top.config.context is not None
    assert top.config.context.layers == (2,)
    assert top.id != bundle.id
    with pytest.raises(ConfigError, match=r"there is no layer 7; there are 0 to 2"):
        train(check(document(layers=[7]), "tiny"), root)


def test_a_bundle_without_the_files_says_where_to_find_them(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = train(check(document(pack=False), "tiny"), root)
    made.save(tmp_path / "bundle")
    assert not (tmp_path / "bundle" / FOLDER).exists()
    with pytest.raises(BundleError, match=f"does not hold; {PLACES} names no folder. ELMo's options"):
        Predictor.load(tmp_path / "bundle")
    write_elmo(tmp_path / "other", seed=5)
    monkeypatch.setenv(PLACES, str(tmp_path / "other"))
    with pytest.raises(BundleError, match=r"looked in .*other"):
        Predictor.load(tmp_path / "bundle")
    monkeypatch.setenv(PLACES, f"{tmp_path / 'other'}:{root / 'elmo'}")
    expected = pytest.approx(Predictor(made)(SAID).scores, abs=1e-6)
    assert Predictor.load(tmp_path / "bundle")(SAID).scores == expected


def test_folders_that_hold_other_encoders_are_passed_over(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = train(check(document(pack=False), "tiny"), root)
    made.save(tmp_path / "bundle")
    write_elmo(tmp_path / "fewer", n_layers=1)
    write_elmo(tmp_path / "cut")
    (tmp_path / "cut/tiny_weights.hdf5").write_bytes(b"junk")
    others = f"{tmp_path / 'fewer'}:{tmp_path / 'cut'}"
    monkeypatch.setenv(PLACES, others)
    with pytest.raises(BundleError) as refused:
        Predictor.load(tmp_path / "bundle")
    assert "fewer/tiny_options.json is of another elmo: it has no layer 2" in str(refused.value)
    assert "cut/tiny_weights.hdf5 cannot be read as ELMo's weights" in str(refused.value)
    monkeypatch.setenv(PLACES, f"{others}:{root / 'elmo'}")
    expected = pytest.approx(Predictor(made)(SAID).scores, abs=1e-6)
    assert Predictor.load(tmp_path / "bundle")(SAID).scores == expected


def test_several_encoders_may_lie_in_one_folder(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = train(check(document(pack=False), "tiny"), root)
    made.save(tmp_path / "bundle")
    for seed, name in ((0, "mine"), (5, "another"), (6, "without")):
        for path in write_elmo(tmp_path / "made", seed=seed):
            (tmp_path / "all").mkdir(exist_ok=True)
            path.rename(tmp_path / "all" / path.name.replace("tiny", name))
    (tmp_path / "all/without_weights.hdf5").unlink()
    monkeypatch.setenv(PLACES, str(tmp_path / "all"))
    expected = pytest.approx(Predictor(made)(SAID).scores, abs=1e-6)
    assert Predictor.load(tmp_path / "bundle")(SAID).scores == expected


def test_paths_of_a_recipe_may_begin_at_home(root: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(root / "elmo"))
    names: dict[str, Any] = {"options": "~/tiny_options.json", "weights": "~/tiny_weights.hdf5"}
    assert train(check(document(**names), "tiny"), root).config.context == bundle.config.context


def test_a_training_that_goes_on_finds_the_files_where_its_recipe_names_them(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its earlier seeds, and what workers of a cluster made, are read again before they are measured for the report."""
    monkeypatch.delenv(PLACES, raising=False)
    names: dict[str, Any] = {"options": "own.json", "weights": "own.hdf5"}
    for file, name in zip(write_elmo(tmp_path / "elmo"), names.values(), strict=True):
        shutil.copy(file, root / name)
    named = check(document(**names, pack=False), "tiny")
    made = train(named, root)
    with Unfinished(tmp_path / "work", named, root) as unfinished:
        unfinished.keep(named, made)
        again = unfinished.bundle(named)
    assert again is not None
    assert Predictor(again)(SAID).scores == pytest.approx(Predictor(made)(SAID).scores, abs=1e-6)
    again.save(tmp_path / "bundle")
    assert not (tmp_path / "bundle" / FOLDER).exists()
    shutil.copy(write_elmo(tmp_path / "other", seed=5)[1], root / names["weights"])
    with pytest.raises(BundleError, match="have changed since"):
        Predictor(again)


@pytest.mark.skipif(os.name != "posix", reason="no modes")
def test_whoever_may_read_a_bundle_may_read_its_encoder(bundle: Bundle, tmp_path: Path) -> None:
    bundle.save(tmp_path / "bundle")
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "bundle").rglob("*") if path.is_file()}
    (tmp_path / "plain").touch()
    assert modes == {(tmp_path / "plain").stat().st_mode & 0o777}


def test_the_page_names_the_same_recipe_without_elmo_to_compare_with() -> None:
    home = Path(__file__).resolve().parents[2]
    (line,) = [line for line in (home / "docs/elmo.md").read_text().splitlines() if "--set context=null" in line]
    changes = [change.strip() for change in line.split("--set ")[1:]]
    plain, whole = (check(read_document(home / "configs/elmo.yaml", given), "elmo") for given in (changes, ()))
    assert whole.context is not None
    model = whole.model.model_copy(update={"embedding_dim": 100})
    assert plain == whole.model_copy(update={"context": None, "model": model})


# Devices


class Elsewhere:
    """An encoder that is at work on a GPU, as training leaves it."""

    carries = False

    def __init__(self, here: Elmo) -> None:
        self.config, self._here = here.config, here

    def __call__(self, texts: Sequence[Sequence[str]]) -> torch.Tensor:
        raise AssertionError("tensors of two devices")

    def to(self, device: torch.device) -> Any:
        assert device == torch.device("cpu")
        return self._here

    def pack(self, folder: Path) -> None:
        self._here.pack(folder)


def test_a_predictor_takes_the_encoder_of_a_training_to_its_own_device(bundle: Bundle) -> None:
    expected = Predictor(bundle)(SAID).scores
    moved = replace(bundle, context=Open(Elsewhere(elmo()), packed=True))
    assert Predictor(moved)(SAID).scores == pytest.approx(expected, abs=1e-6)


def test_elmo_goes_with_training_in_half_precision(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On any CPU, though slowly."""
    monkeypatch.setattr("emotion.training.hardware._knows_bfloat16", lambda device: True)
    made = train(check(document() | {"precision": "bfloat16"}, "tiny"), root)
    assert np.isfinite(Predictor(made)(SAID).scores).all()
    with torch.autocast("cpu", torch.bfloat16):
        half = elmo()(TEXTS)
    assert torch.allclose(half, elmo()(TEXTS), atol=0.05)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_model_trained_on_a_gpu_predicts_on_the_cpu_at_once(root: Path, tmp_path: Path) -> None:
    made = train(check(document(), "tiny"), root, device="cuda")
    here, there = Predictor(made), Predictor(made, "cuda")
    assert here(SAID).scores == pytest.approx(there(SAID).scores, abs=1e-4)
    assert there(SAID).scores == pytest.approx(here(SAID).scores, abs=1e-4)


def test_damaged_files_in_a_bundle_are_refused(bundle: Bundle, tmp_path: Path) -> None:
    bundle.save(tmp_path / "bundle")
    Elmo(options(), arrays(seed=3)).pack(tmp_path / "bundle" / FOLDER)
    with pytest.raises(BundleError, match="it does not hold the elmo that the bundle was made with"):
        Predictor.load(tmp_path / "bundle")
    write_elmo(tmp_path / "fewer", n_layers=1)
    shutil.copy(tmp_path / "fewer/tiny_options.json", tmp_path / "bundle" / FOLDER / "options.json")
    with pytest.raises(BundleError, match=r"weights\.safetensors does not fit its options|is of another elmo"):
        Predictor.load(tmp_path / "bundle")
    (tmp_path / "bundle" / FOLDER / "weights.safetensors").write_bytes(b"junk")
    with pytest.raises(BundleError, match="cannot be read as ELMo's weights"):
        Predictor.load(tmp_path / "bundle")


def test_missing_files_of_a_recipe_are_named_with_what_to_do(root: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        train(check(document(weights="elmo/none.hdf5"), "tiny"), root)
    said = str(refused.value)
    assert "context.weights: there is no file" in said
    assert "published by AllenNLP" in said
    assert "--set context.weights=PATH" in said


def test_a_recipe_says_what_cannot_be() -> None:
    with pytest.raises(ConfigError, match=r"model\.embedding_dim: 0 leaves nothing to read without context"):
        check(document() | {"context": None}, "tiny")
    with pytest.raises(ConfigError, match="layers: name at least one"):
        check(document(layers=[]), "tiny")


def test_training_goes_on_from_a_bundle_with_its_elmo(bundle: Bundle, root: Path, tmp_path: Path) -> None:
    bundle.save(tmp_path / "bundle")
    more = recipe(stages=[ONE], start={"bundle": str(tmp_path / "bundle")})
    del more["model"]
    made = train(check(more, "more"), root)
    assert made.config.context == bundle.config.context
    assert made.id != bundle.id
    made.save(tmp_path / "more")
    assert (tmp_path / "more" / FOLDER / "weights.safetensors").exists()


def commands_take(bundle: Path, root: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command that predicts takes the bundle."""
    (folder / "a.jsonl").write_bytes(lines(status(number, text) for number, text in enumerate(SAID[2:])))
    model, store, test = ["--model", str(bundle)], str(folder / "store"), str(root / "single-test.txt")
    assert run(["label", str(folder / "a.jsonl"), "--to", store, *model, "--ray", "off", "--engine", "fast"]) == 0
    capsys.readouterr()
    assert run(["summary", store, "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tweets"] == 4
    assert run(["evaluate", *model, "--data", test, "--format", "carer", "--resamples", "2", "--json"]) == 0
    soft = folder / "soft.parquet"
    assert (
        run(["distil", "--teacher", str(bundle), "--texts", f"carer:{test}", "--to", str(soft), "--workers", "1"]) == 0
    )
    assert pq.read_metadata(soft).num_rows == 12


def test_an_archive_is_labelled_and_the_model_measured_and_distilled(
    bundle: Bundle, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle.save(tmp_path / "bundle")
    commands_take(tmp_path / "bundle", root, tmp_path, capsys)


@pytest.mark.data
def test_official_files_go_through_the_whole_system(
    data_root: Path, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = data_root / "elmo"
    names: dict[str, Any] = {
        "options": str(files / "options.json"),
        "weights": str(files / "lm_weights.hdf5"),
        "pack": False,
    }
    train(check(document(**names), "tiny"), root).save(tmp_path / "bundle")
    monkeypatch.setenv(PLACES, str(files))
    commands_take(tmp_path / "bundle", root, tmp_path, capsys)


@pytest.mark.parametrize("command", ["predict", "label", "evaluate", "distil", "serve"])
def test_files_that_are_missing_are_told_at_each_command(
    command: str, bundle: Bundle, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(bundle.context, Open)
    replace(bundle, context=replace(bundle.context, packed=False)).save(tmp_path / "bundle")
    model, test = ["--model", str(tmp_path / "bundle")], str(root / "single-test.txt")
    asked = {
        "predict": ["a text", *model],
        "label": [test, "--to", str(tmp_path / "store"), *model, "--ray", "off"],
        "evaluate": [*model, "--data", test, "--format", "carer"],
        "distil": ["--teacher", model[1], "--texts", f"carer:{test}", "--to", str(tmp_path / "soft.parquet")],
        "serve": [*model, "--port", "0"],  # before Ray starts
    }
    assert run([command, *asked[command]]) == 1
    assert f"Name the folder that holds them: {PLACES}=FOLDER." in capsys.readouterr().err


# The cache


def elmo(seed: int = 0) -> Elmo:
    return Elmo(options(), arrays(seed=seed))


TEXTS = [["a", "b"], ["c"], ["a", "b"], ["d", "e", "f"]]


def test_the_cache_gives_what_the_encoder_gives(cache: Path) -> None:
    rows = np.array([3, 0, 1, 2])
    live = Live(elmo()).of(TEXTS).batch(rows)
    assert torch.allclose(ContextCache(elmo()).of(TEXTS).batch(rows), live, atol=1e-6)


def test_what_is_cached_is_not_computed_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ContextCache(elmo()).of(TEXTS).batch(np.arange(4))
    size = next(cache.rglob("vectors.f32")).stat().st_size
    assert size == 4 * 6 * 3 * 8  # floats, words of distinct texts, layers, width
    monkeypatch.setattr(Elmo, "__call__", lambda *_: pytest.fail("computed"))
    assert torch.equal(ContextCache(elmo()).of(TEXTS).batch(np.arange(4)), first)


def test_each_encoder_and_choice_of_layers_has_its_own(cache: Path) -> None:
    made = options()
    encoders = [elmo(), elmo(1), Elmo(made, arrays(), layers=[2]), Elmo(options(proj_clip=0.1), arrays())]
    assert len({ContextCache(encoder).folder for encoder in encoders}) == 4


def test_what_a_kill_left_behind_is_made_again(cache: Path) -> None:
    expected = ContextCache(elmo()).of(TEXTS).batch(np.arange(4))
    path = next(cache.rglob("vectors.f32"))
    path.write_bytes(path.read_bytes()[:-100])  # less than the index says
    assert torch.allclose(ContextCache(elmo()).of(TEXTS).batch(np.arange(4)), expected, atol=1e-6)
    path.with_name("index.npz").unlink()
    path.write_bytes(path.read_bytes() + b"x" * 50)  # more than the index says
    assert torch.allclose(ContextCache(elmo()).of(TEXTS).batch(np.arange(4)), expected, atol=1e-6)
    for content in (b"damaged", path.with_name("index.npz").read_bytes()[:-30]):
        path.with_name("index.npz").write_bytes(content)
        assert torch.allclose(ContextCache(elmo()).of(TEXTS).batch(np.arange(4)), expected, atol=1e-6)


def test_an_encoder_that_carries_is_refused(cache: Path) -> None:
    with pytest.raises(ConfigError, match="carries its state"):
        ContextCache(Elmo(options(), arrays(), carries=True))
    assert list(cache.iterdir()) == []
