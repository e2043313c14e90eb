"""`emotion distant` as it is typed."""

import json
from pathlib import Path

import pytest

from emotion.cli import run
from emotion.commands import distant
from emotion.sets.formats import read
from tests.tweets.made import lines, status

Out = pytest.CaptureFixture[str]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    records = [
        status(1, "a fine day at the sea #joy"),
        status(2, "alone in the dark old house #scared"),
        status(3, "they lost my letter once again #furious"),
        status(4, "nothing to say"),
        status(5, "ein guter Tag am Meer heute #joy", lang="de"),
    ]
    (folder / "a.jsonl").write_bytes(lines(records))
    (folder / "notes.txt").write_text("not an archive")
    return folder


def test_an_archive_becomes_a_labelled_set(archive: Path, tmp_path: Path, capsys: Out) -> None:
    to = tmp_path / "set.parquet"
    assert run(["distant", str(archive), "--to", str(to)]) == 0
    shown = capsys.readouterr().out
    assert read(to, "parquet").labels == ("anger", "fear", "joy")
    for words in ("read", "left out, language", "left out, no keyword", "kept", "surprise", "1 file(s) left aside"):
        assert words in shown
    assert f"Next: emotion sets {to}" in shown
    assert run(["sets", str(to)]) == 0


def test_json_holds_the_accounts(archive: Path, tmp_path: Path, capsys: Out) -> None:
    options = ["--lang", "all", "--per-label", "1", "--min-words", "3", "--json"]
    assert run(["distant", str(archive), "--to", str(tmp_path / "set.parquet"), *options]) == 0
    accounts = json.loads(capsys.readouterr().out)
    assert (accounts["read"], accounts["kept"]) == (5, 3)
    assert accounts["left_out"] == {"no keyword": 1, "quota": 1}
    assert (accounts["found"]["joy"], accounts["labels"]["joy"]) == (2, 1)


def test_keywords_of_ones_own(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("labels: {upset: {hashtags: [furious, scared]}}")
    to = tmp_path / "set.parquet"
    assert run(["distant", str(archive), "--to", str(to), "--keywords", str(tmp_path / "mine.yaml")]) == 0
    assert len(read(to, "parquet")) == 2


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--to", "{}/set.csv"], 2, "end its name in .parquet"),
        (["--to", "{}/set.parquet", "--several", "both"], 2, "--several 'both' is none of drop, keep"),
        (["--to", "{}/set.parquet", "--lang", "english"], 2, "no language code"),
        (["--to", "{}/set.parquet", "--keywords", "{}/gone.yaml"], 2, "cannot be read"),
        (
            ["--to", "{}/set.parquet", "--since", "2030-01-01"],
            1,
            "Of 5 records none is kept (date 4, language 1); nothing",
        ),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    archive: Path, tmp_path: Path, capsys: Out, options: list[str], status: int, said: str
) -> None:
    assert run(["distant", str(archive), *(option.format(tmp_path) for option in options)]) == status
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_an_interrupted_run_leaves_nothing(
    archive: Path, tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(distant, "_run", interrupted)
    assert run(["distant", str(archive), "--to", str(tmp_path / "set.parquet")]) == 130
    assert "nothing was written" in capsys.readouterr().err
