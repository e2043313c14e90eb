"""`emotion embed` as it is typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emotion.cli import run
from emotion.vectors.loading import load
from tests.made_store import Made, make_store
from tests.report.parsed import Page
from tests.tweets.made import lines, status
from tests.vectors.made_texts import archive, made

Out = pytest.CaptureFixture[str]
SMALL = ["--dimension", "6", "--epochs", "1", "--min-count", "2"]


def test_an_archive_becomes_vectors_with_a_page(tmp_path: Path, capsys: Out) -> None:
    source = archive(tmp_path / "a.jsonl", list(made(60)))
    assert run(["embed", str(source), "--to", str(tmp_path / "v"), *SMALL]) == 0
    shown = capsys.readouterr().out
    assert "14 words have a vector, 100.0% of the 420 read in 60 texts" in shown
    assert f"path: {tmp_path / 'v'}, dimension: 6" in shown
    assert load(tmp_path / "v").rows.shape == (14, 6)
    page = Page((tmp_path / "v/report.html").read_text())
    assert "Nearest words" in page.text


def test_json_says_what_was_made(tmp_path: Path, capsys: Out) -> None:
    source = archive(tmp_path / "a.jsonl", list(made(60)))
    options = [*SMALL, "--method", "skipgram", "--pieces", "--buckets", "20", "--json", "--text"]
    assert run(["embed", str(source), "--to", str(tmp_path / "v"), *options]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["texts"], found["words"], found["coverage"]) == (60, 14, 1.0)
    assert (found["config"]["kind"], found["config"]["method"]["window"]) == ("skipgram", 5)
    assert found["config"]["pieces"] == {"shortest": 3, "longest": 6, "buckets": 20}
    assert found == json.loads((tmp_path / "v/embed.json").read_text())
    assert (tmp_path / "v/vectors.txt").read_text().startswith("14 6\n")


def test_a_store_gives_its_texts_too_and_a_tweet_counts_once_wherever_it_stands(tmp_path: Path, capsys: Out) -> None:
    texts = list(made(40))
    stored = [Made(str(number), text) for number, text in enumerate(texts[:30])]
    stored += [Made("100", texts[1], retweet_of="1"), Made("101", "?", lang=None), Made("102", "fr", lang="fr")]
    store = make_store(tmp_path / "store", stored)
    records = [status(number, text) for number, text in enumerate(texts[20:], 20)]
    records += [status(200, "RT", retweeted_status=status(number, texts[number])) for number in (1, 25)]
    (tmp_path / "a.jsonl").write_bytes(lines(records))
    sources = [str(store), str(tmp_path / "a.jsonl")]
    assert run(["embed", *sources, "--to", str(tmp_path / "v"), *SMALL, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["texts"] == 41


def test_languages_and_texts_that_are_measured_on_are_left_out(tmp_path: Path, capsys: Out) -> None:
    texts = list(made(40))
    records = [status(number, text) for number, text in enumerate(texts)]
    records += [status(99, "ein Hund am Meer", lang="de")]
    (tmp_path / "a.jsonl").write_bytes(lines(records))
    (tmp_path / "test.csv").write_text(f"text,label\n{texts[0].upper()}!,joy\n{texts[1]},joy\n")
    options = ["--leave-out", str(tmp_path / "test.csv"), "--json"]
    assert run(["embed", str(tmp_path / "a.jsonl"), "--to", str(tmp_path / "v"), *SMALL, *options]) == 0
    assert json.loads(capsys.readouterr().out)["texts"] == 38


def test_what_gave_no_text_is_told(tmp_path: Path, capsys: Out) -> None:
    records = [status(number, text) for number, text in enumerate(made(40))]
    records += [records[0], status(99, "ein Hund am Meer", lang="de"), {"delete": {"status": {"id_str": "3"}}}]
    (tmp_path / "a.jsonl").write_bytes(lines(records) + b'{"id_str": "7", "text": \n')
    (tmp_path / "notes.jsonl").write_bytes(b"")
    assert run(["embed", str(tmp_path), "--to", str(tmp_path.with_name("v")), *SMALL]) == 0
    shown = capsys.readouterr().out
    assert "44 records were read; left out: delete notice 1, language 1, met before 1, unreadable 1" in shown
    assert "(the first in a.jsonl: " in shown
    (tmp_path / "a.csv").write_text("body\nwhat a day\n" * 5)
    source = ["embed", str(tmp_path / "a.csv"), "--to", str(tmp_path / "w"), "--text-field", "words", *SMALL]
    assert run([*source, "--json"]) == 1
    assert "There is no text to learn from: 9 records were read; left out: unreadable 9" in capsys.readouterr().err


def test_the_folder_is_shown_as_recipes_find_it_from_anywhere(
    tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = archive(tmp_path / "a.jsonl", list(made(20)))
    monkeypatch.chdir(tmp_path)
    assert run(["embed", str(source), "--to", "v", *SMALL]) == 0
    assert f"path: {tmp_path / 'v'}, dimension: 6" in capsys.readouterr().out


def test_the_job_is_the_command(root: Path, tmp_path: Path) -> None:
    source = archive(tmp_path / "a.jsonl", list(made(60)))
    command = [sys.executable, "jobs/embed.py", str(source), "--to", str(tmp_path / "v"), *SMALL]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "14 words have a vector" in done.stdout
    assert load(tmp_path / "v").rows.shape == (14, 6)


MEASURED = """
import resource, sys
from emotion.cli import run
status = run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(status)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="kilobytes on Linux alone")
def test_memory_of_the_whole_command_does_not_follow_the_archive(tmp_path: Path, root: Path) -> None:
    """Four times as many tweets of the same words: their texts alone would be 4 MB more."""

    def peak(count: int) -> int:
        source = archive(tmp_path / f"{count}.jsonl", [f"{text} {'so ' * 80}" for text in made(count)])
        options = ["--to", str(tmp_path / "v"), "--dimension", "4", "--epochs", "1"]
        command = [sys.executable, "-c", MEASURED, "embed", str(source), *options]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        return int(done.stdout.splitlines()[-1])

    assert peak(16_000) < peak(4_000) + 2_000  # kilobytes


def test_a_server_that_is_not_there_is_told_before_anything_is_read(
    tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_ES_PATIENCE", "0")
    monkeypatch.setattr("emotion.vectors.own.texts.read_parts", lambda *_: pytest.fail("read"))
    source = archive(tmp_path / "a.jsonl", list(made(10)))
    assert run(["embed", str(source), "http://127.0.0.1:9/tweets", "--to", str(tmp_path / "v"), *SMALL]) == 1
    assert "http://127.0.0.1:9" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--method", "glove"], 2, "--method 'glove' is none of cbow, skipgram."),
        (["--pieces", "--shortest", "7"], 2, "--shortest 7 is longer than --longest 6."),
        (["--shortest", "2"], 2, "--shortest is of sub-words; add --pieces to learn them, or leave it out."),
        (["--longest", "6"], 2, "--longest is of sub-words; add --pieces"),
        (["--buckets", "20"], 2, "--buckets is of sub-words; add --pieces"),
        (["--min-count", "9999"], 1, "met 9999 times; give more texts, or a lower --min-count."),
        (["--leave-out", "nowhere.csv"], 2, "There is no labelled set 'nowhere.csv' to leave out."),
        (["--to", "{made}"], 2, "holds something else than vectors; name a new folder."),
        (["--to", "{made}/no/where"], 2, "does not exist; make it first."),
        (["--model", "nothing"], 1, "There is no model 'nothing'"),
        (["--lang", "xx1"], 2, "xx1"),
        (["--seed", "2147483648"], 2, "Invalid value for '--seed'"),
        (["--pieces", "--buckets", "20000000"], 2, "Invalid value for '--buckets'"),
        (["--window", "99999999999"], 2, "Invalid value for '--window'"),
        (["--negative", "99999999999"], 2, "Invalid value for '--negative'"),
        (["--sample", "nan"], 2, "--sample"),
        (["--sample", "inf"], 2, "--sample inf is no share."),
        (["--lang", "fr"], 1, "There is no text to learn from: 10 records were read; left out: language 10."),
        (["--min-count", "99"], 1, "or a lower --min-count. 10 records were read; left out: none."),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    options: list[str], status: int, said: str, tmp_path: Path, capsys: Out
) -> None:
    source = archive(tmp_path / "a.jsonl", list(made(10)))
    given = [option.format(made=tmp_path) for option in options]
    assert run(["embed", str(source), "--to", str(tmp_path / "v"), *given]) == status
    assert said in capsys.readouterr().err
    assert not (tmp_path / "v").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("emotion.vectors.own.run.learn", interrupted)
    source = archive(tmp_path / "a.jsonl", list(made(10)))
    assert run(["embed", str(source), "--to", str(tmp_path / "v"), *SMALL]) == 130
    assert capsys.readouterr().err == "emotion: stopped; nothing was written\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]
