"""`emotion calibrate` as it is typed."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from emotion.cli import run
from emotion.models.bundle import Bundle
from emotion.models.config import Felt
from emotion.predictor import Predictor
from tests.models.made import bundle, texts

Out = pytest.CaptureFixture[str]
LABELS = ("joy", "anger", "fear", "bored")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("made")
    bundle(felt=Felt(threshold=0)).save(made / "model")
    rows = [f"{text},{LABELS[i % 4]}" for i, text in enumerate(texts(160, 5))]
    (made / "mine.csv").write_text("\n".join(["body,mood", *rows]) + "\n")
    return made


def call(folder: Path, *more: str, to: str = "new") -> int:
    columns = ["--text-field", "body", "--label-field", "mood"]
    place = ["--data", str(folder / "mine.csv"), "--to", str(folder / to)]
    return run(["calibrate", str(folder / "model"), *place, *columns, *more])


def test_a_model_is_fitted_to_ones_own_texts(folder: Path, capsys: Out) -> None:
    assert call(folder, "--none-label", "bored") == 0
    said = " ".join(capsys.readouterr().out.split())
    new = Bundle.load(folder / "new")
    before = Bundle.load(folder / "model")
    for part in (
        "Felt: score of `profile` at or above",
        "As it was: profile: the texts do not tell of each of its labels",
        "on texts that nothing was chosen on before after",
        "counted: share of none, true 0.250 0.250",
        f"model {new.id}, from {before.id}.",
    ):
        assert part in said, part
    felt = Predictor(new)(texts(160, 5)).felt
    assert float((~felt).mean()) == pytest.approx(0.25, abs=0.02)
    assert "`" not in new.metrics["recalibrated"]["set"]


def test_the_bundle_that_it_starts_from_stays(folder: Path) -> None:
    before = (folder / "model" / "bundle.json").read_bytes()
    assert call(folder, "--none-label", "bored", to="another") == 0
    assert (folder / "model" / "bundle.json").read_bytes() == before


@pytest.mark.parametrize(
    ("more", "to", "status", "because"),
    [
        (["--thresholds", "high"], "new", 2, "--thresholds 'high' is none of global, label."),
        (["--none-label", "dull"], "new", 2, "--none-label 'dull' is no label"),
        (["--none-label", "joy"], "new", 2, "'joy' is an answer of the head 'emotion'"),
        (["--device", "tpu"], "new", 2, "The device 'tpu' is none of"),
        ([], "mine.csv", 1, "is not written: something that is no bundle is there"),
    ],
)
def test_wrong_use_is_a_sentence(
    folder: Path, capsys: Out, more: Sequence[str], to: str, status: int, because: str
) -> None:
    assert call(folder, *more, to=to) == status
    assert because in capsys.readouterr().err
