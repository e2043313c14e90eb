"""`emotion evaluate` as it is typed."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from emotion.cli import run
from emotion.evaluation.result import load
from emotion.models.bundle import Bundle
from emotion.models.config import HeadConfig
from emotion.predictor import Predictor
from tests.models.made import EMOTIONS, bundle, texts
from tests.training.made_sets import recipe, write_sets

Out = pytest.CaptureFixture[str]

HEADS = (
    EMOTIONS,
    HeadConfig(name="profile", kind="sigmoid", labels=("anger", "calm", "fear", "joy"), thresholds=(0.5,) * 4),
)
LABELS = ("joy", "anger", "fear")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sets, a recipe of them, a model of random weights and another, and a table."""
    made = tmp_path_factory.mktemp("made")
    write_sets(made)
    (made / "recipe.yaml").write_text(yaml.safe_dump(recipe(), sort_keys=False))
    bundle(heads=HEADS).save(made / "model")
    bundle(heads=HEADS, seed=1).save(made / "other")
    rows = [f"{text},{LABELS[i % 3]}" for i, text in enumerate(texts(30))]
    (made / "posts.csv").write_text("\n".join(["body,mood", *rows]) + "\n")
    return made


def call(folder: Path, *arguments: str, model: str = "model") -> int:
    return run(["evaluate", "--model", str(folder / model), "--resamples", "50", *arguments])


def answer(capsys: Out) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_file_is_measured_for_a_person(folder: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    options = ["--train", str(folder / "single-train.txt"), "--validation", str(folder / "single-validation.txt")]
    assert call(folder, "--data", str(folder / "single-test.txt"), *options) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    whole = " ".join(shown.split())
    for said in (
        "/single-test.txt 12 texts, 3 labels",
        "Head emotion, softmax: one label a text",
        "macro-F1",
        "95 % interval",
        "baseline",
        "label, by guess",
        "Calibration: expected error",
        "at the temperature",
        "kind of text",
        "Sure and wrong",
        "Intervals hold 95% of 50 bootstrap resamples.",
        "The linear baseline learnt from 36 texts",
    ):
        assert said in whole, said


def test_without_training_rows_it_says_how_to_get_a_baseline(folder: Path, capsys: Out) -> None:
    assert call(folder, "--data", str(folder / "single-test.txt")) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "name what it can learn from with --train or --recipe" in shown


def test_a_file_of_several_labels_a_text(folder: Path, capsys: Out) -> None:
    train = str(folder / "several-train.txt")
    assert call(folder, "--data", str(folder / "several-validation.txt"), "--train", train) == 0
    shown = capsys.readouterr().out
    for said in ("Head profile, sigmoid: several labels a text", "Jaccard", "exact match", "the best label, right"):
        assert said in shown


def test_a_program_gets_all_of_it(folder: Path, capsys: Out) -> None:
    data = ["--data", str(folder / "single-test.txt"), "--data", str(folder / "several-validation.txt")]
    assert call(folder, *data, "--json") == 0
    found = answer(capsys)
    assert [of_set["name"].split("/")[1] for of_set in found["sets"]] == ["single-test.txt", "several-validation.txt"]
    assert found["resamples"] == 50
    assert found["sets"][0]["heads"][0]["measures"]["accuracy"].keys() == {"value", "low", "high"}


def test_a_named_column_of_a_table(folder: Path, capsys: Out) -> None:
    columns = ["--text-field", "body", "--label-field", "mood"]
    assert call(folder, "--data", str(folder / "posts.csv"), *columns, "--json") == 0
    (of_set,) = answer(capsys)["sets"]
    assert (of_set["rows"], of_set["labels"]) == (30, ["anger", "fear", "joy"])


def test_texts_without_a_feeling_are_measured_as_charts_count_them(folder: Path, tmp_path: Path, capsys: Out) -> None:
    rows = [f"{text},{(*LABELS, 'neutral', 'bored')[i % 5]}" for i, text in enumerate(texts(30))]
    (tmp_path / "posts.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    assert call(folder, "--data", str(tmp_path / "posts.csv")) == 0
    whole = " ".join(capsys.readouterr().out.split())
    for said in (
        "Texts not measured on: 6 labelled bored, 6 labelled neutral.",
        "Counted, emotion or none: the best emotion, or none where nothing is felt, as charts show it, on 24 texts",
        "Texts not measured on: 6 labelled bored.",
    ):
        assert said in whole, said
    named = ["--none-label", "bored", "--none-label", "neutral"]
    assert call(folder, "--data", str(tmp_path / "posts.csv"), *named, "--json", "--to", str(tmp_path / "pages")) == 0
    *_, counted = answer(capsys)["sets"][0]["heads"]
    assert (counted["kind"], counted["rows"], counted["skipped"]) == ("counted", 30, [])
    assert "emotion or none" in (tmp_path / "pages" / "report.html").read_text()


def test_where_no_label_is_known_to_mean_none_it_says_how_to_name_one(
    folder: Path, tmp_path: Path, capsys: Out
) -> None:
    (tmp_path / "posts.csv").write_text("text,label\na,joy\nb,anger\nc,bored\n")
    assert call(folder, "--data", str(tmp_path / "posts.csv")) == 0
    assert "name it with --none-label" in capsys.readouterr().out


def test_a_recipe_names_the_sets_and_what_belongs_to_them(folder: Path, capsys: Out) -> None:
    options = ["--recipe", str(folder / "recipe.yaml"), "--data-root", str(folder), "--json"]
    assert call(folder, *options) == 0
    single, several = answer(capsys)["sets"]
    assert (single["name"], single["split"], single["validation"]) == ("single", "test", "single, validation")
    assert single["heads"][0]["baseline"]["train"] == "single"
    assert (several["name"], several["split"]) == ("several", "validation")
    assert call(folder, *options, "--data", str(folder / "single-test.txt")) == 0
    assert answer(capsys)["sets"] == [single]


def test_a_file_of_a_recipe_is_read_as_the_recipe_says(folder: Path, tmp_path: Path, capsys: Out) -> None:
    document = recipe()
    columns = {"text": "body", "label": "mood"}
    document["sets"]["posts"] = {"format": "csv", "columns": columns, "test": ["posts.csv"]}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    options = ["--recipe", str(tmp_path / "recipe.yaml"), "--data-root", str(folder), "--json"]
    assert call(folder, *options, "--data", str(folder / "posts.csv")) == 0
    assert [(of_set["name"], of_set["rows"]) for of_set in answer(capsys)["sets"]] == [("posts", 30)]


def test_a_folder_gets_the_document_and_its_page(folder: Path, tmp_path: Path, capsys: Out) -> None:
    to = tmp_path / "deep" / "pages"
    assert call(folder, "--data", str(folder / "single-test.txt"), "--to", str(to), "--json") == 0
    found = load(to / "evaluation.json")
    assert found.model.id == answer(capsys)["model"]["id"]
    assert found.model.id in (to / "report.html").read_text()
    assert sorted(path.name for path in to.iterdir()) == ["evaluation.json", "report.html"]


def test_several_models_are_summarised(folder: Path, capsys: Out) -> None:
    data = ["--data", str(folder / "single-test.txt"), "--model", str(folder / "other")]
    assert call(folder, *data, "--json") == 0
    found = answer(capsys)
    assert len({model["id"] for model in found["models"]}) == 2
    assert all(len(head["measures"]["accuracy"]["values"]) == 2 for head in found["heads"])
    assert call(folder, *data) == 0
    shown = capsys.readouterr().out
    assert "each model" in shown
    assert "F1 of joy" in shown


def test_files_of_the_same_name_and_folder_are_told_apart(folder: Path, tmp_path: Path, capsys: Out) -> None:
    options: list[str] = []
    for language, split in (("en", "test"), ("de", "validation")):
        (tmp_path / language / "carer").mkdir(parents=True)
        copy = shutil.copy(folder / f"single-{split}.txt", tmp_path / language / "carer" / "test.txt")
        options += ["--data", str(copy)]
    assert call(folder, *options, "--model", str(folder / "other"), "--json") == 0
    sets = {head["set"] for head in answer(capsys)["heads"]}
    assert sets == {"en/carer/test.txt", "de/carer/test.txt"}
    assert call(folder, *options, "--recipe", str(folder / "recipe.yaml"), "--data-root", str(folder), "--json") == 0
    assert {of_set["name"] for of_set in answer(capsys)["sets"]} == sets


def test_the_device_is_that_of_the_predictor(folder: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def load_on(model: str, device: str, engine: str) -> Predictor:
        given.append(device)
        return Predictor(Bundle.load(Path(model)))

    monkeypatch.setattr(Predictor, "load", load_on)
    assert call(folder, "--data", str(folder / "single-test.txt"), "--device", "cuda") == 0
    assert given == ["cuda"]


def test_each_set_may_be_left_out(folder: Path, tmp_path: Path, capsys: Out) -> None:
    options = ["--recipe", str(folder / "recipe.yaml"), "--data-root", str(folder), "--leave-one-out"]
    quick = ["--set", "stages.0.epochs=1", "--to", str(tmp_path / "pages")]
    assert call(folder, *options, *quick) == 0
    shown = capsys.readouterr()
    assert "left out" in shown.out
    assert "single left out (1 of 2)" in shown.err
    assert "macro_recall" not in shown.err, "an epoch tells what the recipe chooses by"
    assert [of_set.name for of_set in load(tmp_path / "pages" / "evaluation.json").sets] == ["single", "several"]


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        ([], 2, "name a labelled file with --data, or a recipe"),
        (["--data", "{}/single-test.txt", "--format", "word"], 2, "--format 'word'"),
        (["--data", "{}/single-test.txt", "--engine", "steam"], 2, "--engine 'steam'"),
        (["--data", "{}/other.csv"], 2, "fewer than two labels with what it is to be measured on; "),
        (["--data", "{}/none.txt"], 1, "none.txt"),
        (["--data", "{}/single-test.txt", "--train", "{}/single-test.txt"], 1, "nothing to learn from"),
        (["--data", "{}/single-test.txt", "--to", "{}/recipe.yaml"], 2, "recipe.yaml is a file"),
        (["--data", "{}/single-test.txt", "--none-label", "calm"], 2, "--none-label 'calm' is no label of what is"),
        (["--data", "{}/single-test.txt", "--none-label", "joy"], 2, "'joy' is an answer of the head 'emotion'"),
        (["--leave-one-out", "--none-label", "joy"], 2, "--none-label cannot be used with --leave-one-out"),
        (["--data", "{}/single-test.txt", "--set", "seed=1"], 2, "--leave-one-out"),
        (["--data", "{}/single-test.txt", "--device", "banana"], 2, "The device 'banana' is none of cpu, cuda, auto."),
        (["--recipe", "{}/recipe.yaml", "--train", "{}/single-train.txt"], 2, "--train cannot be used"),
        (["--recipe", "{}/recipe.yaml", "--text-field", "x"], 2, "--text-field cannot be used with --recipe without"),
        (["--leave-one-out"], 2, "--leave-one-out needs a recipe"),
        (["--leave-one-out", "--data", "{}/single-test.txt"], 2, "--data cannot be used with --leave-one-out"),
        (["--leave-one-out", "--format", "csv"], 2, "--format cannot be used with --leave-one-out; leave out either"),
        (["--leave-one-out", "--text-field", "x", "--label-field", "y"], 2, "--text-field, --label-field cannot be"),
    ],
)
def test_wrong_use_is_a_sentence(folder: Path, capsys: Out, options: Sequence[str], status: int, said: str) -> None:
    (folder / "other.csv").write_text("text,label\nx,happy\ny,grim\n")
    assert call(folder, *(option.format(folder) for option in options)) == status
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_an_interrupt_is_no_traceback(folder: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("emotion.evaluation.evaluate.evaluate", interrupted)
    assert call(folder, "--data", str(folder / "single-test.txt")) == 130
    assert capsys.readouterr().err == "emotion: stopped\n"


def test_strange_texts_cannot_speak_to_the_terminal(folder: Path, capsys: Out, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(
        "".join(
            json.dumps({"text": f"\x1b[31m bad [bold]{i}", "label": label}) + "\n" for i, label in enumerate(LABELS)
        )
    )
    assert call(folder, "--data", str(tmp_path / "x.jsonl")) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[bold]" in shown
