"""A bundle on disk: what goes in comes out, and whatever is wrong with it is one sentence."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from emotion.errors import BundleError
from emotion.models import registry
from emotion.models.bundle import Bundle, weights_of
from emotion.models.config import Felt, HeadConfig
from emotion.models.description import read_description, read_encoder
from emotion.models.registry import resolve
from emotion.predictor import Predictor
from emotion.text.rules import Rules
from emotion.text.vocabulary import Vocabulary
from tests.models.made import EMOTIONS, HEADS, PROFILE, bundle, config, texts

FILES = ("bundle.json", "weights.safetensors", "vocabulary.txt", "metrics.json", "README.md", "LICENSE")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    bundle().save(path)
    return path


def change_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def half(whole: Bundle) -> Bundle:
    weights = weights_of(whole.classifier(), half=True)
    return Bundle(whole.config, whole.heads, whole.rules, whole.vocabulary, weights, whole.felt, whole.ambiguity_margin)


# Round trip


@pytest.mark.parametrize("make", [bundle, lambda: half(bundle())], ids=["single", "half"])
def test_a_round_trip_gives_the_same_id_and_predictions(make: Callable[[], Bundle], tmp_path: Path) -> None:
    before = make()
    before.save(tmp_path / "model")
    after = Bundle.load(tmp_path / "model")
    assert (after.id, after.checksum) == (before.id, before.checksum)
    assert (after.settings, after.metrics, after.card, after.license) == (
        before.settings,
        before.metrics,
        before.card,
        before.license,
    )
    one, other = (Predictor(each)(texts(20)) for each in (before, after))
    assert (one.scores == other.scores).all()
    assert (one.profile == other.profile).all()
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == sorted(FILES)


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        bundle().save(tmp_path / name)
    for file in FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_half_precision_takes_half_the_space_and_computes_in_float32(tmp_path: Path) -> None:
    small = half(bundle())
    assert {weight.dtype for weight in small.weights.values()} == {torch.float16}
    assert {parameter.dtype for parameter in small.classifier().parameters()} == {torch.float32}


def test_a_bundle_is_replaced_and_nothing_else_is(saved: Path, tmp_path: Path) -> None:
    bundle(seed=1).save(saved)
    assert Bundle.load(saved).id == bundle(seed=1).id
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").touch()
    for taken in (tmp_path / "notes", tmp_path / "notes" / "mine.txt"):
        with pytest.raises(BundleError, match="something that is no bundle is there"):
            bundle().save(taken)
    assert (tmp_path / "notes" / "mine.txt").exists()


def test_a_bundle_is_put_where_one_stands_and_where_a_link_leads(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "latest"
    link.symlink_to("model")
    bundle(seed=1).save(link)
    assert link.is_symlink()
    assert Bundle.load(saved).id == bundle(seed=1).id
    monkeypatch.chdir(saved)
    bundle(seed=2).save(Path())
    assert Bundle.load(saved).id == bundle(seed=2).id
    assert {path.name for path in tmp_path.iterdir()} == {"model", "latest"}


def test_a_mount_point_is_refused_before_anything_is_written(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda path: path == saved)
    with pytest.raises(BundleError, match="is a mount point"):
        bundle(seed=1).save(saved)
    assert Bundle.load(saved).id == bundle().id


def test_what_lies_beside_a_model_stays_with_it_and_goes_with_another(saved: Path) -> None:
    (saved / "report.html").write_text("page")
    (saved / "charts").mkdir()
    (saved / "charts" / "one.svg").write_text("chart")
    replace(Bundle.load(saved), metrics={"new": 1}).save(saved)
    assert (Bundle.load(saved).metrics, (saved / "report.html").read_text()) == ({"new": 1}, "page")
    assert (saved / "charts" / "one.svg").read_text() == "chart"
    half(bundle()).save(saved)
    assert not (saved / "report.html").exists()


def test_an_encoder_alone_needs_two_files(saved: Path) -> None:
    (saved / "weights.safetensors").unlink()
    found, expected = read_encoder(saved).encode(texts(5)), bundle().encoder().encode(texts(5))
    assert found.words == expected.words
    assert (found.ids == expected.ids).all()


# Identity


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"felt": Felt(threshold=0.6)},
        {"felt": Felt(head="emotion")},
        {"ambiguity_margin": 0.2},
        {"heads": (EMOTIONS, PROFILE.model_copy(update={"thresholds": (0.5, 0.5)}))},
        {"heads": (EMOTIONS.model_copy(update={"temperature": 1.1}), PROFILE)},
        {"heads": (EMOTIONS.model_copy(update={"labels": ("joy", "anger", "awe")}), PROFILE)},
    ],
    ids=str,
)
def test_the_id_changes_with_what_decides_a_prediction(other: dict[str, Any]) -> None:
    assert bundle(**other).id != bundle().id


def test_the_id_changes_with_rules_and_vocabulary() -> None:
    made = bundle()
    rules, words = Rules(lower=False), Vocabulary({word: count + 1 for word, count in made.vocabulary.counts.items()})
    ids = {
        Bundle(made.config, made.heads, *parts, made.weights, made.felt, made.ambiguity_margin).id
        for parts in ((made.rules, made.vocabulary), (rules, made.vocabulary), (made.rules, words))
    }
    assert len(ids) == 3


@pytest.mark.parametrize(
    "other",
    [
        {"metrics": {"accuracy": 0.6}},
        {"card": "other"},
        {"license": "other"},
        {"languages": ("de",)},
        {"model": config(dropout=0.2)},
    ],
    ids=str,
)
def test_what_only_describes_changes_the_checksum_alone(other: dict[str, Any]) -> None:
    assert bundle(**other).id == bundle().id
    assert bundle(**other).checksum != bundle().checksum


# Damage


@pytest.mark.parametrize("file", FILES)
def test_a_flipped_bit_anywhere_is_noticed(saved: Path, file: str) -> None:
    content = (saved / file).read_bytes()
    places = sorted({0, 1, len(content) // 3, len(content) // 2, len(content) - 3, *range(2, len(content), 97)})
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1
        (saved / file).write_bytes(flipped)
        with pytest.raises(BundleError) as error:
            Bundle.load(saved)
        assert str(saved) in str(error.value)
    (saved / file).write_bytes(content)
    Bundle.load(saved)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("share", [0, 0.5, 0.9])
def test_a_cut_file_is_noticed(saved: Path, file: str, share: float) -> None:
    content = (saved / file).read_bytes()
    (saved / file).write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BundleError):
        Bundle.load(saved)


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named(saved: Path, file: str) -> None:
    (saved / file).unlink()
    with pytest.raises(BundleError, match=f"no whole bundle: {file} is missing"):
        Bundle.load(saved)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (lambda d: d.update(version=2), "version 2, newer than 1"),
        (lambda d: d.update(format="else"), "no bundle of emotion"),
        (lambda d: d.update(extra=1), "extra: there is no such key"),
        (lambda d: d["settings"]["config"].update(windows=3), "settings.config.windows: there is no such key"),
        (lambda d: d["settings"]["config"].update(hidden=10**12), "settings.config.hidden"),
        (lambda d: d["settings"]["config"].update(hidden=4096, layers=16), "do not fit each other"),
        (lambda d: d["settings"]["config"].update(cell="gru"), "do not fit each other"),
        (lambda d: d["settings"].update(ambiguity_margin=0.3), "are not those of model"),
        (lambda d: d["settings"].update(languages=["de"]), "languages were changed"),
        (lambda d: d["settings"]["felt"].update(head="mood"), "felt names a head that does not exist"),
        (lambda d: d.pop("id"), "id: this key is missing"),
        (lambda d: d.update(version="1"), "version"),
    ],
)
def test_a_changed_description_gets_one_sentence(saved: Path, change: Any, because: str) -> None:
    change_json(saved / "bundle.json", change)
    with pytest.raises(BundleError, match=because) as error:
        Bundle.load(saved)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"{}", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b'{"format": NaN}', b"PK\x03\x04"]
)
def test_a_foreign_description_gets_one_sentence(saved: Path, content: bytes) -> None:
    (saved / "bundle.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"bundle\.json"):
        read_description(saved)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_metrics_that_json_does_not_hold_get_one_sentence(saved: Path, number: str) -> None:
    (saved / "metrics.json").write_text(f'{{"accuracy": {number}}}')
    with pytest.raises(BundleError, match="metrics of the bundle are not what JSON holds"):
        Bundle.load(saved)


def test_what_is_no_directory_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "nowhere"):
        with pytest.raises(BundleError, match="not a directory"):
            Bundle.load(path)


def test_files_larger_than_they_can_be_are_not_read(saved: Path) -> None:
    for file, size in (("bundle.json", 1 << 40), ("weights.safetensors", 1 << 30)):
        shutil.copy(saved / file, saved / "kept")
        with (saved / file).open("r+b") as handle:
            handle.truncate(size)  # sparse: takes no space
        with pytest.raises(BundleError, match="is refused"):
            Bundle.load(saved)
        (saved / "kept").replace(saved / file)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (lambda w: w.pop("heads.0.bias"), r"do not fit each other: see heads\.0\.bias"),
        (lambda w: w.update(more=torch.zeros(1)), "do not fit each other: see more"),
        (lambda w: w.update({"heads.0.bias": torch.zeros(4)}), r"see heads\.0\.bias"),
        (lambda w: w.update({"heads.0.bias": torch.zeros(3, dtype=torch.int64)}), r"torch\.int64"),
        (lambda w: w.update({"heads.0.bias": torch.tensor([0, float("nan"), 0])}), "not finite"),
        (lambda w: w["heads.0.bias"].add_(1e-3), "are not those of model"),
    ],
)
def test_other_weights_get_one_sentence(saved: Path, change: Any, because: str) -> None:
    weights = {name: weight.clone() for name, weight in load_file(saved / "weights.safetensors").items()}
    change(weights)
    save_file(weights, saved / "weights.safetensors")
    with pytest.raises(BundleError, match=because):
        Bundle.load(saved)


def test_a_pickle_in_place_of_weights_is_not_opened(saved: Path) -> None:
    torch.save(bundle().weights, saved / "weights.safetensors")
    with pytest.raises(BundleError, match="is damaged"):
        Bundle.load(saved)


def test_a_bundle_that_cannot_be_is_refused_when_made() -> None:
    twins = (EMOTIONS, HeadConfig(name="two", kind="softmax", labels=("a", "b"), primary=True))
    with pytest.raises(BundleError, match="exactly one head must be primary, of: emotion, two"):
        Bundle(config(), twins, Rules(), bundle().vocabulary, bundle().weights)
    with pytest.raises(BundleError, match="felt names a head that does not exist: mood"):
        bundle(felt=Felt(head="mood"))
    with pytest.raises(BundleError, match="do not fit each other"):
        Bundle(config(hidden=5), HEADS, Rules(), bundle().vocabulary, bundle().weights)


# Names


def test_a_model_is_found_by_path_then_shipped(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve(str(saved)) == saved
    monkeypatch.setattr(registry, "SHIPPED", saved)
    assert resolve() == resolve(None) == resolve("shipped") == saved
    with pytest.raises(
        BundleError, match=r"no model 'mine': tried it as a path, in the registry .*, and as the name 'shipped'"
    ):
        resolve("mine")
    monkeypatch.setattr(registry, "SHIPPED", tmp_path / "nowhere")
    with pytest.raises(BundleError, match="The shipped bundle is missing"):
        resolve()


def test_metrics_keep_their_order(tmp_path: Path) -> None:
    bundle(metrics={"test": {"b": 1, "a": 2}, "dev": 3}).save(tmp_path / "model")
    assert json.dumps(Bundle.load(tmp_path / "model").metrics) == '{"test": {"b": 1, "a": 2}, "dev": 3}'
