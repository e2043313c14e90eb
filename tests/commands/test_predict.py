"""`emotion predict`: one text, files, standard input; for people and for programs."""

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotion.cli import run
from emotion.commands import texts as texts_module
from emotion.commands.texts import find
from emotion.models.config import Felt
from emotion.predictor import Predictor
from tests.models.made import bundle, config

Out = pytest.CaptureFixture[str]


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "model"
    bundle(felt=Felt(threshold=0)).save(path)
    return str(path)


def rows(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def emotions(texts: list[str]) -> list[str]:
    found = Predictor(bundle())(texts)
    return [found.labels[best] for best in found.best]


def given(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(text))))


# One text


def test_a_text_is_shown_in_full(model: str, capsys: Out) -> None:
    assert run(["predict", "good day", "--model", model]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("good day\n")
    assert all(label in shown for label in ("joy", "anger", "fear", "Profile:", " %", "model"))


def test_json_holds_the_keys_that_every_answer_has(model: str, capsys: Out) -> None:
    assert run(["predict", "good day", "--model", model, "--json"]) == 0
    (row,) = rows(capsys.readouterr().out)
    assert list(row) == [
        *("emotion", "score", "scores", "second", "ambiguous", "emotions"),
        *("profile", "felt", "unknown", "model", "engine"),
    ]
    assert row["emotion"] == max(row["scores"], key=row["scores"].get)
    assert sum(row["scores"].values()) == pytest.approx(1)


def test_attention_comes_on_request_with_places_in_the_raw_text(model: str, capsys: Out) -> None:
    text = "Good  DAY &amp; sun"
    assert run(["predict", text, "--model", model, "--json", "--attention"]) == 0
    (row,) = rows(capsys.readouterr().out)
    assert [text[word["start"] : word["end"]] for word in row["attention"]] == ["Good", "DAY", "&amp;", "sun"]
    assert sum(word["weight"] for word in row["attention"]) == pytest.approx(1, abs=1e-5)
    assert run(["predict", text, "--model", model, "--attention"]) == 0
    assert "Looked at:" in capsys.readouterr().out


def test_a_model_without_attention_says_so(tmp_path: Path, capsys: Out) -> None:
    bundle(config(pooling=("max",))).save(tmp_path / "plain")
    assert run(["predict", "good", "--model", str(tmp_path / "plain"), "--attention"]) == 0
    assert "no attention to show" in capsys.readouterr().err
    assert run(["predict", "good", "--model", str(tmp_path / "plain"), "--attention", "--json"]) == 0
    assert rows(capsys.readouterr().out)[0]["attention"] is None


def test_what_is_not_felt_is_said(tmp_path: Path, capsys: Out) -> None:
    bundle(felt=Felt(threshold=1)).save(tmp_path / "calm")
    assert run(["predict", "good day", "--model", str(tmp_path / "calm")]) == 0
    assert "Nothing much is felt" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["", "\x1b[31mred\x07", "[bold]x[/bold]", "a\nb", "\ud800", "x" * 5000, "a\u202eb", "\0"]
)
def test_any_text_is_shown_as_data(model: str, text: str, capsys: Out) -> None:
    assert run(["predict", text, "--model", model, "--attention"]) == 0
    shown = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\x00", "\u202e"} & set(shown)
    if "[bold]" in text:
        assert text in shown
    assert run(["predict", text, "--model", model, "--json", "--attention"]) == 0
    assert len(rows(capsys.readouterr().out)) == 1


# Files


CONTENTS = ["good day", "", "sad, rain", 'a "sun" again']


def written(folder: Path, name: str, field: str) -> Path:
    path = folder / name
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"id": [1, 2, 3, 4], field: ["good day", None, *CONTENTS[2:]]}), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps({"id": 1, field: text}) + "\n\n" for text in CONTENTS))
    elif path.suffix in (".csv", ".tsv"):
        gap = "," if path.suffix == ".csv" else "\t"
        quoted = ['"' + text.replace('"', '""') + '"' for text in CONTENTS]
        path.write_text("\r\n".join([f"id{gap}{field}", *(f"1{gap}{text}" for text in quoted)]))
    else:
        path.write_text("\ufeff" + "\r\n".join(CONTENTS))
    return path


@pytest.mark.parametrize("name", ["t.txt", "t.csv", "t.tsv", "t.jsonl", "t.parquet"])
@pytest.mark.parametrize("field", [None, "body"])
def test_each_text_of_a_file_gets_an_answer_in_order(
    name: str, field: str | None, model: str, tmp_path: Path, capsys: Out
) -> None:
    if name == "t.txt" and field:
        return
    path = written(tmp_path, name, field or "text")
    more = ["--field", field] if field else []
    assert run(["predict", str(path), "--model", model, "--json", *more]) == 0
    assert [row["emotion"] for row in rows(capsys.readouterr().out)] == emotions(CONTENTS)
    assert run(["predict", str(path), "--model", model, *more]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[2].endswith("sad, rain")


def test_text_forces_text_where_a_file_has_the_name(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good").write_text("sad\nrain\n")
    for more, count in ([], 2), (["--text"], 1):
        assert run(["predict", "good", "--model", model, "--json", *more]) == 0
        assert len(rows(capsys.readouterr().out)) == count
    assert run(["predict", "-", "--text", "--model", model, "--json"]) == 0
    assert len(rows(capsys.readouterr().out)) == 1


def test_a_text_may_look_like_another_kind_of_file(model: str, tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "t.txt").write_bytes(b"PAR1S est magique\nso \0 happy\n")
    assert run(["predict", str(tmp_path / "t.txt"), "--model", model]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 2


@pytest.mark.parametrize(
    ("name", "content", "because"),
    [
        (
            "t.csv",
            b"id,words\n1,good\n",
            "no text in the field 'text'; name another with --field. Its fields: id, words",
        ),
        ("t.csv", b"", "Its fields: none"),
        ("t.csv", b'text\n"' + b"x" * 1_200_000 + b'"\n', "not valid CSV"),
        ("t.jsonl", b'{"text": "good"}\n{"text":\n', "line 2, is not JSON"),
        ("t.jsonl", b'{"text": "good"}\n{"body": "x"}\n', "line 2, has no text in the field 'text'"),
        ("t.jsonl", b'{"text": 3}\n', "line 1, has no text in the field 'text'"),
        ("t.jsonl", b"[1]\n", "line 1, has no text"),
        ("t.parquet", b"PAR1 not really", "not a Parquet file"),
    ],
)
def test_a_file_that_will_not_do_is_a_sentence(
    name: str, content: bytes, because: str, model: str, tmp_path: Path, capsys: Out
) -> None:
    (tmp_path / name).write_bytes(content)
    assert run(["predict", str(tmp_path / name), "--model", model, "--json"]) == 2
    assert because in capsys.readouterr().err


PARQUET = io.BytesIO()
pq.write_table(pa.table({"text": ["good"]}), PARQUET)


@pytest.mark.parametrize(
    ("name", "content", "because"),
    [
        (
            "t.jsonl.gz",
            gzip.compress(b'{"text": "good"}\n', mtime=0),
            "compressed (gz); unpack it first, or let `emotion label`",
        ),
        ("t.bz2", bz2.compress(b"good\n"), "compressed (bz2)"),
        ("t.xz", lzma.compress(b"good\n"), "compressed (xz)"),
        ("t.txt", b"\x28\xb5\x2f\xfd\x04\x00", "compressed (zst)"),
        ("t.zip", b"PK\x03\x04\x14", "a zip file"),
        ("t.pdf", b"%PDF-1.7\n", "a PDF"),
        ("t.data", PARQUET.getvalue(), "a Parquet file; it is read where its name ends in .parquet"),
        ("t.txt", "good\nday\n".encode("utf-16"), "is no text in UTF-8: it holds null characters"),
        (
            "t.json",
            b'\xef\xbb\xbf\n [{"text": "good"}]',
            "is JSON, not one text a line; `emotion label` reads archives",
        ),
        ("t.JSON", b'{"text": "good"}\n', "read here where its name ends in .jsonl"),
    ],
)
def test_a_file_of_something_else_is_not_taken_for_lines(
    name: str, content: bytes, because: str, model: str, tmp_path: Path, capsys: Out
) -> None:
    (tmp_path / name).write_bytes(content)
    for command in (
        ["predict", str(tmp_path / name), "--model"],
        ["models", "expect", "--texts", str(tmp_path / name)],
    ):
        assert run([*command, model]) == 2
        shown = capsys.readouterr()
        assert (because in shown.err, shown.out) == (True, "")


def test_lines_may_begin_as_json_does_and_hold_any_letters(model: str, tmp_path: Path, capsys: Out) -> None:
    contents = {"t.txt": "[sighs]\n{good}\n", "t.json": "good [day]\nday\n", "t": "BZh, PK\n\u00ff\n"}
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
        assert run(["predict", str(tmp_path / name), "--model", model, "--json"]) == 0
        assert len(rows(capsys.readouterr().out)) == 2


def test_a_pipe_with_a_name_is_read_once(model: str, tmp_path: Path, capsys: Out) -> None:
    os.mkfifo(tmp_path / "pipe")
    writing = Thread(target=(tmp_path / "pipe").write_text, args=("good\nday\n",))
    writing.start()
    assert run(["predict", str(tmp_path / "pipe"), "--model", model, "--json"]) == 0
    writing.join()
    assert len(rows(capsys.readouterr().out)) == 2


def test_a_parquet_column_of_numbers_is_refused(model: str, tmp_path: Path, capsys: Out) -> None:
    pq.write_table(pa.table({"text": [1, 2]}), tmp_path / "t.parquet")
    assert run(["predict", str(tmp_path / "t.parquet"), "--model", model]) == 2
    assert "no text in the field 'text'" in capsys.readouterr().err


def test_wrong_use_is_a_sentence(model: str, tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "t.txt").write_text("good\n")
    for arguments, because in (
        ([str(tmp_path)], "is a folder"),
        ([str(tmp_path / "t.txt"), "--field", "body"], "--field 'body' needs CSV"),
        (["good day", "--field", "body"], "--field 'body' names a field of a file, and 'good day' is a text"),
        (["-", "--text", "--field", "body"], "'-' is a text"),
        (["good", "--engine", "quick"], "engine 'quick'"),
        (["good", "--device", "tpu"], "device 'tpu'"),
    ):
        assert run(["predict", *arguments, "--model", model]) == 2
        assert because in capsys.readouterr().err
    assert run(["predict", "good", "--model", "nowhere"]) == 1
    assert "There is no model 'nowhere'" in capsys.readouterr().err


# What came, beside the answers


NUMBERED = {"t.txt": [1, 2, 3, 4], "t.csv": [1, 2, 3, 4], "t.jsonl": [1, 3, 5, 7], "t.parquet": [1, 2, 3, 4]}


@pytest.mark.parametrize("name", NUMBERED)
def test_each_answer_of_a_file_has_the_number_of_its_record(name: str, model: str, tmp_path: Path, capsys: Out) -> None:
    """Blank lines of JSON get no answer, so the place of an answer does not tell whose it is."""
    assert run(["predict", str(written(tmp_path, name, "text")), "--model", model, "--json"]) == 0
    answers = rows(capsys.readouterr().out)
    assert [row["line"] for row in answers] == NUMBERED[name]
    assert "record" not in answers[0]


def test_a_text_alone_has_no_number(model: str, capsys: Out) -> None:
    assert run(["predict", "good day", "--model", model, "--json", "--keep"]) == 0
    (row,) = rows(capsys.readouterr().out)
    assert "line" not in row
    assert row["record"] == {"text": "good day"}


def test_numbers_go_on_from_block_to_block(model: str, tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "many.jsonl").write_text('{"text": "x"}\n' * 5000)
    assert run(["predict", str(tmp_path / "many.jsonl"), "--model", model, "--json"]) == 0
    assert [row["line"] for row in rows(capsys.readouterr().out)] == list(range(1, 5001))


def test_records_are_kept_beside_their_answers(model: str, tmp_path: Path, capsys: Out) -> None:
    kept = {
        "t.txt": ({"text": "good day"}, {"text": ""}),
        "t.csv": ({"id": "1", "text": "good day"}, {"id": "1", "text": ""}),
        "t.jsonl": ({"id": 1, "text": "good day"}, {"id": 1, "text": ""}),
        "t.parquet": ({"id": 1, "text": "good day"}, {"id": 2, "text": None}),
    }
    for name, expected in kept.items():
        path = written(tmp_path, name, "text")
        assert run(["predict", str(path), "--model", model, "--json", "--keep"]) == 0
        first, second, *_ = rows(capsys.readouterr().out)
        assert (first["record"], second["record"]) == expected
        assert first["emotion"] in first["scores"]


def test_a_json_record_is_kept_as_it_was_written(model: str, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    line = '{"id": 123456789012345678901234567890, "score": 1.10, "body": "good day", "emotion": "mine"}'
    given(f"\n{line}\n".encode(), monkeypatch)
    assert run(["predict", "-", "--field", "body", "--model", model, "--json", "--keep"]) == 0
    shown = capsys.readouterr().out
    assert f'{{"line":2,"record":{line},"emotion":' in shown


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_that_are_not_json_are_not_kept(word: str, model: str, tmp_path: Path, capsys: Out) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(f'{{"text": "good", "x": 1}}\n{{"text": "good", "x": [{word}]}}\n')
    assert run(["predict", str(path), "--model", model, "--json", "--keep"]) == 2
    shown = capsys.readouterr()
    assert f"line 2, holds {word}, which is not JSON; --keep cannot print it." in shown.err
    assert word not in shown.out
    assert run(["predict", str(path), "--model", model, "--json"]) == 0
    assert len(rows(capsys.readouterr().out)) == 2


def test_bytes_that_are_no_text_are_replaced_in_what_is_kept(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    given(b'{"body": "a\xff"}\n', monkeypatch)
    assert run(["predict", "-", "--field", "body", "--model", model, "--json", "--keep"]) == 0
    assert rows(capsys.readouterr().out)[0]["record"] == {"body": "a\ufffd"}


def test_a_long_cell_ends_no_table(model: str, tmp_path: Path, capsys: Out) -> None:
    limit = csv.field_size_limit()
    (tmp_path / "t.csv").write_text(f"text,page\ngood,{'x' * 1_000_000}\nsad,\n")
    assert run(["predict", str(tmp_path / "t.csv"), "--model", model, "--json"]) == 0
    assert [row["line"] for row in rows(capsys.readouterr().out)] == [1, 2]
    assert csv.field_size_limit() == limit


def test_values_that_json_does_not_know_are_kept_as_text(model: str, tmp_path: Path, capsys: Out) -> None:
    day = datetime(2021, 3, 12, 8, tzinfo=UTC)
    pq.write_table(pa.table({"text": ["good"], "at": [day], "cost": [Decimal("1.5")]}), tmp_path / "t.parquet")
    assert run(["predict", str(tmp_path / "t.parquet"), "--model", model, "--json", "--keep"]) == 0
    (row,) = rows(capsys.readouterr().out)
    assert row["record"] == {"text": "good", "at": "2021-03-12T08:00:00+00:00", "cost": "1.5"}


def test_csv_has_a_row_an_answer(model: str, tmp_path: Path, capsys: Out) -> None:
    path = written(tmp_path, "t.txt", "text")
    assert run(["predict", str(path), "--model", model, "--json"]) == 0
    answers = rows(capsys.readouterr().out)
    assert run(["predict", str(path), "--model", model, "--csv"]) == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    for row, answer in zip(table, answers, strict=True):
        for name in ("line", "emotion", "felt", "second", "model"):
            assert row[name] == str(answer[name])
        assert json.loads(row["emotions"]) == answer["emotions"]
        assert float(row["scores_joy"]) == pytest.approx(answer["scores"]["joy"], abs=1e-6)
        assert float(row["profile_trust"]) == pytest.approx(answer["profile"]["trust"], abs=1e-6)


def test_csv_keeps_the_columns_that_came_under_their_names(model: str, tmp_path: Path, capsys: Out) -> None:
    content = 'id,emotion,text,change\n7,joy,"sad, ""rain"" today",-3\n8,none,=1+1,2\n'
    (tmp_path / "t.csv").write_text(content)
    assert run(["predict", str(tmp_path / "t.csv"), "--model", model, "--csv", "--keep"]) == 0
    first, second = csv.DictReader(io.StringIO(capsys.readouterr().out, newline=""))
    assert list(first)[:6] == ["id", "emotion", "text", "change", "line", "predicted_emotion"]
    assert (first["id"], first["emotion"], first["text"], first["change"]) == ("7", "joy", 'sad, "rain" today', "-3")
    assert second["text"] == "'=1+1"
    assert [first["predicted_emotion"], second["predicted_emotion"]] == emotions(['sad, "rain" today', "=1+1"])


@pytest.mark.parametrize(
    ("content", "options", "because"),
    [
        ("text\ngood\n", ["--keep"], "--keep is for programs: say --json or --csv, too."),
        ("text\ngood\n", ["--json", "--csv"], "--json and --csv are two forms"),
        ("text\ngood\n", ["--csv", "--attention"], "--attention has no place in a row of --csv"),
        ("text,a,a\ngood,1,2\n", ["--csv", "--keep"], "has two columns 'a'; --keep needs them to differ"),
        ("text,a\ngood,1,2\n", ["--json", "--keep"], "line 2, has more cells than the header"),
    ],
)
def test_what_cannot_be_kept_is_a_sentence(
    content: str, options: list[str], because: str, model: str, tmp_path: Path, capsys: Out
) -> None:
    (tmp_path / "t.csv").write_text(content)
    assert run(["predict", str(tmp_path / "t.csv"), "--model", model, *options]) == 2
    assert because in capsys.readouterr().err


def test_json_records_have_no_columns_to_keep(model: str, tmp_path: Path, capsys: Out) -> None:
    path = str(written(tmp_path, "t.jsonl", "text"))
    assert run(["predict", path, "--model", model, "--csv", "--keep"]) == 2
    shown = capsys.readouterr()
    assert ("--csv cannot keep JSON records" in shown.err, shown.out) == (True, "")


# Standard input, and blocks


@pytest.mark.parametrize("end", [b"\nsad\n", b"\nsad", b"\r\nsad\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_standard_input_has_one_text_a_line(
    mark: bytes, end: bytes, model: str, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    given(mark + b"good day" + end, monkeypatch)
    assert run(["predict", "-", "--model", model, "--json"]) == 0
    assert [row["emotion"] for row in rows(capsys.readouterr().out)] == emotions(["good day", "sad"])


def test_standard_input_has_json_lines_where_a_field_is_named(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.setattr(texts_module, "_READ", 7)
    command = ["predict", "-", "--field", "body", "--model", model, "--json"]
    given(b'{"body": "good day", "id": 1}\n\n{"body": "sad"}', monkeypatch)
    assert run(command) == 0
    assert [row["emotion"] for row in rows(capsys.readouterr().out)] == emotions(["good day", "sad"])
    given(b'{"body": "good day"}\n\n\n{"text": "sad"}\n', monkeypatch)
    assert run(command) == 2
    shown = capsys.readouterr()
    assert len(rows(shown.out)) == 1
    assert (
        "standard input, line 4, has no text in the field 'body'; name another with --field. Its fields: text"
        in shown.err
    )


def test_standard_input_that_is_compressed_is_refused(model: str, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    given(gzip.compress(b"good\n"), monkeypatch)
    assert run(["predict", "-", "--model", model]) == 2
    assert "standard input is compressed (gz)" in capsys.readouterr().err


def test_lines_of_standard_input_survive_any_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    content = "a\n\nbäc\nd" * 9
    for size in (1, 2, 3, 7):
        monkeypatch.setattr(texts_module, "_READ", size)
        given(content.encode(), monkeypatch)
        blocks, is_alone = find("-", False, None)
        assert not is_alone
        given_texts = [given for block in blocks for given in block]
        assert [one.text for one in given_texts] == content.split("\n")
        assert [one.line for one in given_texts] == list(range(1, len(given_texts) + 1))


def test_bytes_that_are_no_text_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    given(b"a\xff\nb", monkeypatch)
    assert [[one.text for one in block] for block in find("-", False, None)[0]] == [["a\ufffd"], ["b"]]


def test_a_pipe_that_waits_is_answered(model: str) -> None:
    command = [sys.executable, "-m", "emotion", "predict", "-", "--model", model, "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in (b"good\n", b"bad\n"):
            process.stdin.write(text)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["model"]
        process.stdin.close()
        assert process.wait(60) == 0


def test_a_file_is_read_in_blocks(tmp_path: Path) -> None:
    path = tmp_path / "many.txt"
    path.write_text("x\n" * 10_000)
    blocks, _ = find(str(path), False, None)
    assert [len(block) for block in blocks] == [4096, 4096, 1808]


def test_one_answer_loads_no_more_than_it_needs(model: str) -> None:
    """What keeps the start within 1.5 times that of `import torch`."""
    program = (
        "import sys; from emotion.cli import run\n"
        f"assert run(['predict', 'good day', '--model', {model!r}]) == 0\n"
        "print(*{'sympy', 'torch._dynamo', 'pyarrow', 'sklearn', 'ray', 'duckdb', 'plotly'} & set(sys.modules))"
    )
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == ""


def test_a_missing_file_is_not_taken_for_a_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", "no/such/comments.csv"]) == 2
    assert "There is no file 'no/such/comments.csv'" in capsys.readouterr().err
