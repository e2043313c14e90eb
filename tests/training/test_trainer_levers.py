"""What a recipe can ask of training, from file to bundle: soft labels, feeling, curves, hardware."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from pyarrow import parquet

from emotion.errors import ConfigError, UsageError
from emotion.models.bundle import Bundle
from emotion.models.config import HeadConfig
from emotion.predictor import Predictor
from emotion.sets.labelled import LabelledSet, several
from emotion.training import hardware
from emotion.training.loop.curves import cross_entropy, sample
from emotion.training.recipe import check
from emotion.training.targets import TeachConfig
from emotion.training.trainer import train
from tests.training.made_sets import FEELINGS, recipe, texts, write_sets

ONE = {"sets": ["single", "several"], "epochs": 1, "batch_size": 8}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sets(folder)
    return folder


def moods(root: Path) -> dict[str, Any]:
    """A set of two sentiments and of neutral texts."""
    for split, count in (("train", 24), ("validation", 8)):
        rows = [f"{text};negative" for text in texts("anger", count, f"mood {split}")]
        rows += [f"{text};positive" for text in texts("joy", count, f"mood {split}")]
        rows += [
            f"{split} mood {i} about the {word} station;neutral" for i in range(count) for word in ("bus", "train")
        ]
        (root / f"mood-{split}.txt").write_text("\n".join(rows) + "\n")
    return {"format": "carer", "train": ["mood-train.txt"], "validation": ["mood-validation.txt"]}


def test_a_head_for_feeling_learns_from_sentiment(root: Path) -> None:
    document = recipe()
    document["heads"].append({"name": "felt", "kind": "binary", "labels": ["calm", "felt"]})
    document["sets"]["mood"] = moods(root)
    document["teach"] = {
        "mood": {
            "felt": {"map": {"negative": "felt", "positive": "felt", "neutral": "calm"}},
            "profile": {"empty": ["neutral"]},
        }
    }
    document["stages"][0]["sets"] = ["single", "several", "mood"]
    document["select"]["mood.felt.macro_f1"] = 1
    document["felt"] = {"emotional": "mood", "neutral": "mood", "head": "felt", "keep": 0.99}
    made = train(check(document, "tiny"), root)
    assert made.metrics["sets"]["mood"]["validation"]["felt"]["accuracy"] == 1.0
    assert made.metrics["felt"]["emotional"]["rows"] == 16
    assert made.metrics["felt"]["neutral"]["felt"] == 0.0
    assert made.felt.head == "felt"
    found = Predictor(made)(["mood validation 2 so smile today", "validation mood 2 about the bus station"])
    assert found.felt.tolist() == [True, False]
    assert found.profile[1].max() < 0.5


def soft(root: Path, named: bool) -> dict[str, Any]:
    """Scores of a teacher for the head `emotion`, under its labels or named for it."""
    head = "emotion." if named else ""
    rows = [(text, label) for label in FEELINGS for text in texts(label, 12, "soft")]
    columns: dict[str, list[Any]] = {"text": [text for text, _ in rows]}
    for label in sorted(FEELINGS):
        columns[head + label] = [0.9 if label == true else 0.05 for _, true in rows]
    parquet.write_table(pa.table(columns), root / f"soft{named}.parquet")
    labels = [head + label for label in sorted(FEELINGS)]
    return {"format": "parquet", "columns": {"labels": labels}, "train": [f"soft{named}.parquet"]}


def test_a_student_learns_from_scores(root: Path) -> None:
    ids = set()
    for named in (True, False):
        stages = [recipe()["stages"][0] | {"sets": ["soft"]}]
        document = recipe(stages=stages, heads=recipe()["heads"][:1], select={"single.emotion.macro_f1": 1})
        document["sets"]["soft"] = soft(root, named) | {"heads": ["emotion"]}
        made = train(check(document, "tiny"), root)
        assert made.metrics["sets"]["single"]["test"]["emotion"]["accuracy"] == 1.0
        ids.add(made.id)
    assert len(ids) == 1


def test_frozen_vectors_end_as_they_began(root: Path) -> None:
    vectors = {"cbow": {"dimension": 8, "window": 2, "epochs": 1}}
    ends = []
    for epochs in (1, 2):
        document = recipe(stages=[ONE | {"epochs": epochs}], vectors=vectors | {"frozen": True})
        ends.append(train(check(document, "tiny"), root).weights)
    assert torch.equal(ends[0]["embedding.weight"], ends[1]["embedding.weight"])
    assert not torch.equal(ends[0]["heads.0.weight"], ends[1]["heads.0.weight"])


def test_vectors_can_be_frozen_first_and_move_later(root: Path) -> None:
    vectors = {"cbow": {"dimension": 8, "window": 2, "epochs": 1}}
    ends = {}
    for frozen in (1, 2, True):
        document = recipe(stages=[ONE, ONE], vectors=vectors | {"frozen": frozen})
        ends[frozen if frozen is not True else "always"] = train(check(document, "tiny"), root).weights
    assert torch.equal(ends[2]["embedding.weight"], ends["always"]["embedding.weight"])
    assert not torch.equal(ends[1]["embedding.weight"], ends["always"]["embedding.weight"])


LEVERS: dict[str, dict[str, Any]] = {
    "smoothing": {"losses": {"emotion": {"smoothing": 0.1}}},
    "focal": {"losses": {"profile": {"focal": 2}}},
    "cosine": {"stages": [ONE | {"optimiser": {"schedule": "cosine", "warmup": 0.2}}]},
    "swa": {"stages": [ONE | {"optimiser": {"swa": 0.0}}]},
    "tokens": {"stages": [ONE | {"batch_tokens": 40}]},
    "sample": {"stages": [ONE | {"sets": ["single", {"name": "several", "sample": 0.5}]}]},
    "rates": {"stages": [ONE | {"optimiser": {"rates": {"heads": 0.01}}}]},
    "partial": {"teach": {"single": {"profile": {"labels": "known"}}}},
}


@pytest.mark.parametrize("name", LEVERS)
def test_every_lever_changes_the_model_and_gives_the_same_one_again(name: str, root: Path) -> None:
    plain = train(check(recipe(stages=[ONE]), "tiny"), root)
    changed = check(recipe(**({"stages": [ONE]} | LEVERS[name])), "tiny")
    made = train(changed, root)
    assert made.id != plain.id
    assert train(changed, root).id == made.id


# Curves


@pytest.fixture(scope="module")
def bundle(root: Path) -> Bundle:
    return train(check(recipe(stages=[ONE | {"epochs": 2}]), "tiny"), root)


def test_an_epoch_tells_curves_of_training_and_validation(bundle: Bundle) -> None:
    first, last = bundle.metrics["history"]
    for split in ("train", "validation"):
        for measure in ("loss", "accuracy", "macro_precision", "macro_recall", "macro_f1"):
            assert first[f"{split}.single.emotion.{measure}"] >= 0
        for measure in ("loss", "jaccard", "macro_precision", "macro_recall", "macro_f1"):
            assert last[f"{split}.several.profile.{measure}"] >= 0
    assert first["validation.single.emotion.macro_f1"] == first["single.emotion.macro_f1"]
    assert not any(name.startswith("validation.single.profile") for name in first)


def test_curves_change_nothing_of_the_model(bundle: Bundle, root: Path) -> None:
    without = train(check(recipe(stages=[ONE | {"epochs": 2}], curves=0), "tiny"), root)
    assert without.id == bundle.id
    assert [name for name in without.metrics["history"][0] if name.startswith(("train.", "validation."))] == []


def test_the_sample_of_a_curve_is_the_same_each_time() -> None:
    rows = several([str(number) for number in range(50)], [["joy"]] * 50)
    assert sample(rows, 10, seed=3).texts == sample(rows, 10, seed=3).texts
    assert sample(rows, 10, seed=3).texts != sample(rows, 10, seed=4).texts
    assert sample(rows, 50, seed=3).texts == rows.texts


def test_the_loss_of_a_curve_is_plain_cross_entropy() -> None:
    head = HeadConfig(name="profile", kind="sigmoid", labels=("anger", "calm"))
    rows = LabelledSet(("anger",), ["x", "y"], np.array([[1.0], [0.25]], np.float32), multi=True)
    found = np.array([[0.8, 0.5], [0.4, 0.5]], np.float32)
    by_hand = -(np.log(0.8) + 0.25 * np.log(0.4) + 0.75 * np.log(0.6)) / 2
    assert cross_entropy(head, found, rows, TeachConfig(labels="known")) == pytest.approx(by_hand)
    assert cross_entropy(head, found, rows, TeachConfig()) is None


# Hardware


def test_a_device_that_is_not_there_is_a_sentence(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match="PyTorch finds no GPU"):
        train(check(recipe(), "tiny"), root, device="cuda")
    with pytest.raises(UsageError, match="--device 'abacus' is none of auto, cpu, cuda"):
        train(check(recipe(), "tiny"), root, device="abacus")
    assert hardware.find_device("auto").type == "cpu"


def test_a_precision_that_the_processor_has_not_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_knows_bfloat16", lambda _: False)
    with pytest.raises(ConfigError, match="precision: cpu does not compute in bfloat16 here"):
        train(check(recipe(precision="bfloat16"), "tiny"), root)


def test_compiling_without_a_compiler_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "COMPILERS", ("no-such-compiler",))
    with pytest.raises(ConfigError, match="needs a C\\+\\+ compiler"):
        train(check(recipe(compile=True), "tiny"), root)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")  # of the tracer itself
def test_a_compiled_model_learns_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traced as for the compiler, whose minutes are spared."""
    compiled, calls = torch.compile, []

    def traced(model: Any, **options: Any) -> Any:
        calls.append(options)
        return compiled(model, backend="eager", **options)

    monkeypatch.setattr(torch, "compile", traced)
    document = recipe(stages=[{"sets": ["single", "several"], "epochs": 1, "batch_size": 12}])
    loose = train(check(document, "tiny"), root)
    made = train(check(document | {"compile": True}, "tiny"), root)
    assert calls == [{"dynamic": True}]
    for name in ("recurrent.forwards.0.weight_hh_l0", "heads.0.weight"):
        torch.testing.assert_close(made.weights[name].float(), loose.weights[name].float(), atol=2e-3, rtol=1e-2)
