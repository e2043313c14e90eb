"""The commands: what people type, what they see, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from emotion.cli import run
from emotion.commands.distil import _lines
from emotion.training.teachers.taught import Taught
from tests.training.made_sets import texts
from tests.training.teachers.made_teachers import recipe


@pytest.fixture
def written(base: Path, tmp_path: Path) -> Path:
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(recipe(base, epochs=2)))
    return tmp_path / "tiny.yaml"


def test_teach_makes_a_teacher_and_shows_what_it_is_worth(
    written: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--to", str(tmp_path / "made"), "--data-root", str(data), "--set", "seed=7"]
    assert run(["teach", str(written), *options]) == 0
    said = capsys.readouterr()
    assert f"is in {tmp_path / 'made'}" in said.out.replace("\n", "")
    assert "several, validation" in said.out
    assert "epoch 2" in said.err
    assert json.loads((tmp_path / "made" / "metrics.json").read_text())["recipe"]["seed"] == 7
    assert run(["teach", str(written), *options]) == 2
    assert "holds a teacher already" in capsys.readouterr().err


def test_teach_goes_on_where_a_kill_left_it(
    written: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [str(written), "--to", str(tmp_path / "made"), "--data-root", str(data)]
    with monkeypatch.context() as patched:
        patched.setattr(Taught, "save", None)  # all is learnt, and nothing is written yet
        with pytest.raises(TypeError):
            run(["teach", *options])
    assert run(["teach", *options]) == 0
    assert "going on after epoch 2" in capsys.readouterr().err
    assert not (tmp_path / "made" / "checkpoint.safetensors").exists()


def test_teach_prints_json_for_programs(
    written: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["teach", str(written), "--to", str(tmp_path / "made"), "--data-root", str(data), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["teacher"] == str(tmp_path / "made")
    assert len(said["metrics"]["history"]) == 2


def test_teach_refuses_a_place_with_other_things(
    written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["teach", str(written), "--to", str(tmp_path)]) == 2
    assert "holds other things" in capsys.readouterr().err
    assert run(["teach", str(written), "--to", str(written)]) == 2
    assert "is a file" in capsys.readouterr().err


def distil(*options: object) -> int:
    return run(["distil", *map(str, options)])


def test_distil_writes_soft_labels_and_says_how_a_recipe_learns_from_them(
    taught_at: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new.txt").write_text("\n".join(texts("joy", 5)) + "\n")
    options = ["--teacher", taught_at, "--texts", f"lines:{tmp_path / 'new.txt'}", "--to", tmp_path / "soft.parquet"]
    assert distil(*options, "--workers", 1, "--data-root", tmp_path.parent) == 0
    said = capsys.readouterr().out
    assert "5 read, 0 empty, 0 held back, 0 copies, 5 kept" in said
    lines: dict[str, Any] = yaml.safe_load(said.partition("learns from them by:\n\n")[2])
    assert set(lines["sets"]["soft"]["columns"]["labels"]) < set(pq.read_table(tmp_path / "soft.parquet").column_names)
    assert lines["sets"]["soft"]["columns"]["labels"][2] == "emotion.joy"
    assert lines["sets"]["soft"]["train"] == [f"{tmp_path.name}/soft.parquet"]

    assert distil(*options, "--json") == 0
    assert json.loads(capsys.readouterr().out)["texts"] == 5


def test_distil_names_its_file_as_a_recipe_finds_it_below_the_data_root(tmp_path: Path) -> None:
    heads = [{"name": "emotion", "labels": ["joy", "a: b, [c]", "no"]}]
    below, strange = tmp_path / "data" / "distilled" / "soft.parquet", tmp_path / "data" / "a #1, [b]: é" / "s.parquet"
    for path, root, named in (
        (below, tmp_path / "data", "distilled/soft.parquet"),
        (below, tmp_path / "data" / "." / ".." / "data", "distilled/soft.parquet"),
        (below, tmp_path / "other", str(below)),
        (strange, tmp_path / "data", "a #1, [b]: é/s.parquet"),
    ):
        soft = yaml.safe_load(_lines(path, root, heads))["sets"]["soft"]
        assert soft["train"] == [named]
        assert soft["columns"] == {"labels": ["emotion.joy", "emotion.a: b, [c]", "emotion.no"]}
        assert (root / named).resolve() == path.resolve()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--to", "soft.csv"], "end it in .parquet"),
        (["--to", "nowhere/soft.parquet"], "does not exist"),
        (["--precision", "int8"], "is none of auto, float32, bfloat16"),
        (["--device", "tpu"], "is none of"),
        (["--texts", "nowhere.txt"], "no file or folder 'nowhere.txt'"),
        (["--weight", "1", "--weight", "2"], "1 teachers need as many weights"),
        (["--teacher", "nowhere"], "is no teacher"),
    ],
)
def test_distil_refuses_in_a_sentence(
    options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("new.txt").write_text("so happy\n")
    given = {"--teacher": "shipped", "--texts": "lines:new.txt", "--to": "soft.parquet"}
    given = {name: value for name, value in given.items() if name not in options}
    assert distil(*[part for pair in given.items() for part in pair], *options) == 2
    assert said in capsys.readouterr().err.replace("\n", " ")
    assert not Path("soft.parquet").exists()
