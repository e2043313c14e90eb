"""`emotion sets` as it is typed."""

import json
from pathlib import Path

import pytest

from emotion.cli import run

Out = pytest.CaptureFixture[str]
RECIPE = """
sets:
  single:
    format: carer
    train: [single.txt]
    split: {validation: 0.2, seed: 1}
  several:
    format: semeval-ec
    train: [several.txt]
    test: [held.txt]
unheard_of: 3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [f"text number {i} of all;{('joy', 'fear')[i % 3 == 0]}" for i in range(30)]
    (tmp_path / "single.txt").write_text("\n".join([*rows, "Text number 1, of all!;fear"]) + "\n")
    header = "ID\tTweet\tanger\tjoy\tlove\n"
    (tmp_path / "several.txt").write_text(header + "1\tso good\t0\t1\t1\n2\tmeh\t0\t0\t0\n3\tgrr\t1\t0\t0\n")
    (tmp_path / "held.txt").write_text(header + "1\tSo good!\t0\t1\t0\n")
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return tmp_path


def test_a_recipe_is_shown_set_by_set(folder: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["sets", str(folder / "recipe.yaml"), "--data-root", str(folder)]) == 0
    shown = capsys.readouterr().out
    for words in (
        "single  2 labels, one a text",
        "several  3 labels, several a text",
        "validation",
        "1 text of train with different labels, as",
        "of … also, %",
        "several, train  several, test",
        "1 row of train also in what is measured on",
    ):
        assert words in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "█" in shown


def test_json_holds_everything(folder: Path, capsys: Out) -> None:
    assert run(["sets", str(folder / "recipe.yaml"), "--data-root", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    single = found["sets"]["single"]["splits"]
    assert single["train"]["rows"] + single["validation"]["rows"] == 31
    assert set(single["train"]["labels"]["joy"]) == {"rows", "share", "mean"}
    assert found["sets"]["several"]["together"] == [[1, 0, 0], [0, 2, 1], [0, 1, 1]]
    assert found["sets"]["several"]["leaks"] == 1
    (shared,) = found["shared"]
    assert (shared["one"], shared["other"], shared["texts"]) == (["several", "train"], ["several", "test"], 1)


def test_files_are_sets_each(folder: Path, capsys: Out) -> None:
    assert run(["sets", str(folder / "several.txt"), str(folder / "held.txt")]) == 0
    shown = capsys.readouterr().out.replace("\n", "")
    assert "Texts that stand in two splits" in shown
    assert run(["sets", str(folder / "single.txt"), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["sets"].values()
    assert found["splits"]["all"]["rows"] == 31
    assert found["splits"]["all"]["copies"] == 1


def test_columns_and_format_are_named(folder: Path, capsys: Out) -> None:
    (folder / "a.table").write_text("body,joy,fear\nx,0.5,0\ny,0.25,1\n")
    options = ["--format", "csv", "--text-field", "body", "--label-field", "joy,fear", "--json"]
    assert run(["sets", str(folder / "a.table"), *options]) == 0
    (found,) = json.loads(capsys.readouterr().out)["sets"].values()
    assert found["soft"]
    assert found["splits"]["all"]["labels"]["joy"] == {"rows": 1, "share": 0.5, "mean": 0.375}


def test_many_labels_are_shown_as_the_pairs_met_most(folder: Path, capsys: Out) -> None:
    rows = [{"text": f"text {i}", "label": [f"label{i % 15}", "common"]} for i in range(30)]
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert run(["sets", str(folder / "a.jsonl")]) == 0
    shown = capsys.readouterr().out
    assert "of … also" not in shown
    assert "common" in shown


def test_text_of_strangers_is_data(folder: Path, capsys: Out) -> None:
    (folder / "a.txt").write_text("[red]one\x1b[2J;jo[bold]y\n[red]One\x1b[2J;fear\n")
    assert run(["sets", str(folder / "a.txt"), "--format", "carer"]) == 0
    shown = capsys.readouterr().out
    assert "\x1b[2J" not in shown
    assert "[red]one" in shown
    assert "jo[bold]y" in shown


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["gone.txt"], 1, "There is no file gone.txt"),
        (["{}/single.txt", "--format", "word"], 2, "--format 'word' is none of carer"),
        (["{}/recipe.yaml", "{}/single.txt"], 2, "is a recipe; name it alone"),
        (["{}/recipe.yaml", "--text-field", "body"], 2, "recipe.yaml says its columns itself; leave out --text-field"),
        (["{}/recipe.yaml", "--label-field", "label"], 2, "leave out --text-field and --label-field."),
        (["{}/recipe.yaml", "--data-root", "{}/gone"], 1, "Is the data root right"),
        (["{}/other.yaml"], 1, "names no labelled sets"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    folder: Path, capsys: Out, arguments: list[str], status: int, said: str
) -> None:
    (folder / "other.yaml").write_text("name: x\n")
    assert run(["sets", *(argument.format(folder) for argument in arguments)]) == status
    assert said in capsys.readouterr().err


@pytest.mark.data
def test_the_sets_of_a_recipe_with_real_data(data_root: Path, root: Path, capsys: Out) -> None:
    assert run(["sets", str(root / "configs" / "union.yaml"), "--data-root", str(data_root), "--json"]) == 0
    carer = json.loads(capsys.readouterr().out)["sets"]["carer"]
    assert {split: found["rows"] for split, found in carer["splits"].items()} == {
        "train": 16000,
        "validation": 2000,
        "test": 2000,
    }
    assert carer["splits"]["train"]["contradictions"]["texts"] == 30
