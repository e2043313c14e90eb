"""`emotion compare` as it is typed."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from emotion.cli import run
from tests.models.made import bundle, texts
from tests.training.made_sets import recipe, write_sets

Out = pytest.CaptureFixture[str]
LABELS = ("joy", "anger", "fear")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("made")
    bundle().save(made / "first")
    bundle(seed=1).save(made / "second")
    (made / "rows.txt").write_text("".join(f"{text};{LABELS[i % 3]}\n" for i, text in enumerate(texts(60))))
    return made


def call(folder: Path, *arguments: str) -> int:
    models = [str(folder / "first"), str(folder / "second")]
    return run(["compare", *models, "--data", str(folder / "rows.txt"), "--format", "carer", *arguments])


def test_two_models_for_a_person(folder: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert call(folder, "--resamples", "50") == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    whole = " ".join(shown.split())
    for said in (
        "Head emotion, 3 labels, 60 texts",
        "B less A",
        "by McNemar's exact test",
        "A, by B",
        "A is right, B is not",
        "paired bootstrap resamples",
        "texts a second with A",
    ):
        assert said in whole, said


def test_two_models_for_a_program(folder: Path, capsys: Out) -> None:
    assert call(folder, "--resamples", "50", "--no-speed", "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["speeds"] is None
    assert found["first"]["id"] == bundle().id
    assert found["second"]["id"] == bundle(seed=1).id
    (head,) = found["sets"][0]["heads"]
    assert head["differences"]["accuracy"]["value"] == pytest.approx(
        head["second"]["accuracy"]["value"] - head["first"]["accuracy"]["value"]
    )


def test_what_charts_count_is_compared_where_texts_have_no_feeling(folder: Path, tmp_path: Path, capsys: Out) -> None:
    rows = [f"{text},{(*LABELS, 'nothing')[i % 4]}" for i, text in enumerate(texts(40))]
    (tmp_path / "posts.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    models = [str(folder / "first"), str(folder / "second")]
    options = [
        "--data",
        str(tmp_path / "posts.csv"),
        "--no-speed",
        "--resamples",
        "20",
        "--to",
        str(tmp_path / "pages"),
    ]
    assert run(["compare", *models, *options, "--none-label", "nothing"]) == 0
    whole = " ".join(capsys.readouterr().out.split())
    assert "Head emotion, 3 labels, 30 texts Texts not measured on: 10 labelled nothing." in whole
    assert "Counted, emotion or none, 4 labels, 40 texts" in whole
    assert "emotion or none" in (tmp_path / "pages" / "report.html").read_text()


def test_a_folder_gets_the_document_and_its_page(folder: Path, tmp_path: Path) -> None:
    assert call(folder, "--resamples", "0", "--no-speed", "--to", str(tmp_path / "pages")) == 0
    assert sorted(path.name for path in (tmp_path / "pages").iterdir()) == ["comparison.json", "report.html"]


def test_a_recipe_names_what_to_compare_on(folder: Path, capsys: Out) -> None:
    document = recipe(teach={"single": {"emotion": {"map": {"anger": "anger"}}}})
    write_sets(folder)
    (folder / "recipe.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    models = [str(folder / "first"), str(folder / "second")]
    options = ["--recipe", str(folder / "recipe.yaml"), "--data-root", str(folder), "--no-speed", "--json"]
    assert run(["compare", *models, "--resamples", "0", *options]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(of_set["name"], of_set["rows"]) for of_set in found["sets"]] == [("single", 12), ("several", 12)]


def test_columns_are_of_files_and_not_of_a_recipe(folder: Path, capsys: Out) -> None:
    models = [str(folder / "first"), str(folder / "second")]
    assert run(["compare", *models, "--recipe", "r.yaml", "--label-field", "mood"]) == 2
    assert "--label-field cannot be used with --recipe without --data" in capsys.readouterr().err


def test_without_data_there_is_nothing_to_compare_on(folder: Path, capsys: Out) -> None:
    assert run(["compare", str(folder / "first"), str(folder / "second")]) == 2
    assert "Nothing to measure on" in capsys.readouterr().err


def test_one_model_is_not_compared_with_itself(folder: Path, capsys: Out) -> None:
    one = str(folder / "first")
    assert run(["compare", one, one, "--data", str(folder / "rows.txt"), "--format", "carer"]) == 2
    assert "are the same model" in capsys.readouterr().err


def test_texts_that_neither_model_speaks_of_are_refused(folder: Path, tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "other.csv").write_text("text,label\nx,happy\ny,grim\n")
    models = [str(folder / "first"), str(folder / "second")]
    assert run(["compare", *models, "--data", str(tmp_path / "other.csv"), "--no-speed"]) == 2
    assert "other.csv has grim, happy" in capsys.readouterr().err
