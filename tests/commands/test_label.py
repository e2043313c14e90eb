"""What `emotion label` says at its end."""

from pathlib import Path

import pytest

from emotion.cli import run
from tests.labelling.made import tweet, write_bundle, write_lines

Out = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_bundle(tmp_path_factory.mktemp("model") / "bundle"))


def said(archive: Path, model: str, capsys: Out, *more: str) -> str:
    """The last words of a job."""
    store = archive.parent / "store"
    assert run(["label", str(archive), "--to", str(store), "--model", model, "--ray", "off", *more]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_it_tells_that_many_records_were_skipped_for_their_language(tmp_path: Path, model: str, capsys: Out) -> None:
    path = write_lines(
        tmp_path / "a.jsonl", [*(tweet(n) for n in range(90)), *(tweet(n, lang="fr") for n in range(10))]
    )
    told = "10 of 100 skipped: the model reads en; --lang all labels them anyway."
    assert told in said(path, model, capsys)
    assert "language" not in said(path, model, capsys, "--restart", "--lang", "all")
    assert "the model reads" not in said(path, model, capsys, "--restart", "--lang", "de")


def test_it_is_silent_on_few(tmp_path: Path, model: str, capsys: Out) -> None:
    path = write_lines(tmp_path / "a.jsonl", [*(tweet(n) for n in range(99)), tweet(100, lang="fr")])
    assert "the model reads" not in said(path, model, capsys)


def test_it_warns_where_most_tweets_tell_no_language(tmp_path: Path, model: str, capsys: Out) -> None:
    path = write_lines(tmp_path / "a.csv", ["id,text,tongue", *(f"{n},good day,{'en' * (n < 4)}" for n in range(10))])
    warning = "10 of 10 labelled tweets tell no language and were taken whatever theirs is: the model reads en."
    assert f"{warning} Where a column or key tells it, name it by --lang-field." in said(path, model, capsys)
    assert "6 of 10 labelled" in said(path, model, capsys, "--restart", "--lang-field", "tongue")
    half = write_lines(tmp_path / "half.jsonl", [tweet(1), tweet(2, lang=None)])
    assert "tell no language" not in said(half, model, capsys, "--restart")
