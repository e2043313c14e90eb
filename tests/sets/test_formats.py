"""Readers of labelled files, and what they say of files that they cannot use."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from emotion.errors import DataError
from emotion.sets.formats import Columns, Format, detect, read


def made(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_carer_splits_at_the_last_semicolon(tmp_path: Path) -> None:
    rows = read(made(tmp_path / "a.txt", "i feel; so fine;joy\ni fear\u2028it;fear\n"), "carer")
    assert rows.texts == ["i feel; so fine", "i fear\u2028it"]
    assert rows.labels == ("fear", "joy")
    assert rows.targets.tolist() == [[0, 1], [1, 0]]
    assert not rows.multi


def test_semeval_ec_takes_labels_from_its_header(tmp_path: Path) -> None:
    rows = read(made(tmp_path / "a.txt", "ID\tTweet\tanger\tjoy\n1\tboth\t1\t1\n2\tnone\t0\t0\n"), "semeval-ec")
    assert rows.labels == ("anger", "joy")
    assert rows.targets.tolist() == [[1, 1], [0, 0]]
    assert rows.multi


def test_semeval_4a_undoes_quotes_and_escapes(tmp_path: Path) -> None:
    lines = '1\tneutral\tplain\n2\tpositive\t"it\\u2019s ""fine"" \\ud83d\\ude00"\t\n3\tnegative\t"\n'
    assert read(made(tmp_path / "a.tsv", lines), "semeval-4a").texts == ["plain", 'it\u2019s "fine" \U0001f600', '"']


def test_tweeteval_joins_texts_numbers_and_names(tmp_path: Path) -> None:
    made(tmp_path / "mapping.txt", "0\tanger\n1\tjoy\n")
    made(tmp_path / "val_labels.txt", "1\n0\n")
    rows = read(made(tmp_path / "val_text.txt", "good\nbad\n"), "tweeteval")
    assert [rows.labels[row.argmax()] for row in rows.targets] == ["joy", "anger"]


def test_bare_lines_carry_the_label_they_are_given(tmp_path: Path) -> None:
    rows = read(made(tmp_path / "a.txt", "one\n\ntwo\n"), "lines", Columns(label="positive"))
    assert (rows.texts, rows.labels) == (["one", "two"], ("positive",))


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_tables_give_the_same_set_in_every_format(tmp_path: Path, kind: Format) -> None:
    table = [{"body": 'a "b", c', "feeling": "joy"}, {"body": "d", "feeling": "anger"}]
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        parquet.write_table(pa.Table.from_pylist(table), path)
    elif kind == "jsonl":
        made(path, "\n".join(json.dumps(row) for row in table))
    else:
        separator = "," if kind == "csv" else "\t"
        made(path, separator.join(("body", "feeling")) + f'\n"a ""b"", c"{separator}joy\nd{separator}anger\n')
    rows = read(path, kind, Columns(text="body", label="feeling"))
    assert rows.texts == ['a "b", c', "d"]
    assert rows.labels == ("anger", "joy")
    assert rows.targets.tolist() == [[0, 1], [1, 0]]


def test_a_quoted_cell_keeps_its_line_ends(tmp_path: Path) -> None:
    assert read(made(tmp_path / "a.csv", 'text,label\n"one\ntwo",joy\n'), "csv").texts == ["one\ntwo"]


def test_a_cell_too_large_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 2"):
        read(made(tmp_path / "a.csv", f"text,label\n{'x' * 200_000},joy\n"), "csv")


def test_a_table_may_hold_a_column_a_label(tmp_path: Path) -> None:
    path = made(tmp_path / "a.csv", "text,joy,fear\nx,1,0\ny,1,1\nz,0,0\n")
    rows = read(path, "csv", Columns(labels=("fear", "joy")))
    assert rows.targets.tolist() == [[0, 1], [1, 1], [0, 0]]
    assert rows.multi


def test_a_cell_may_hold_a_list_of_labels(tmp_path: Path) -> None:
    path = made(tmp_path / "a.jsonl", '{"text":"x","label":["joy","love"]}\n{"text":"y","label":[]}\n')
    rows = read(path, "jsonl")
    assert (rows.labels, rows.targets.tolist(), rows.multi) == (("joy", "love"), [[1, 1], [0, 0]], True)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("carer", "fine;joy\nno label here\n", "line 2"),
        ("semeval-ec", "ID\tTweet\tjoy\n1\tx\t2\n", "line 2"),
        ("semeval-ec", "Tweet\tID\n", "line 1"),
        ("semeval-4a", "1\thappy\tx\n", "line 1"),
        ("csv", "text,label\nx,\ny\n", "row 3: nothing in the column 'label'"),
        ("csv", "body,label\nx,joy\n", "'text'"),
        ("jsonl", '{"text":"x","label":"joy"}\n{oops\n', "line 2"),
        ("jsonl", '["x"]\n', "row 1"),
        ("parquet", "not parquet", "Parquet"),
        ("lines", "\n\n", "no labelled texts"),
        ("tweeteval", "x\n", "_text.txt"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_place(tmp_path: Path, kind: Format, text: str, said: str) -> None:
    path = made(tmp_path / "a.file", text)
    with pytest.raises(DataError, match=said) as caught:
        read(path, kind)
    assert str(path) in str(caught.value)


def test_a_label_column_of_other_values_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="0 or 1"):
        read(made(tmp_path / "a.csv", "text,joy,fear\nx,yes,0\n"), "csv", Columns(labels=("joy", "fear")))
    with pytest.raises(DataError, match="0 or 1"):
        read(made(tmp_path / "a.csv", "text,joy,fear\nx,3,0\n"), "csv", Columns(labels=("joy", "fear")))


def test_tweeteval_with_a_label_too_few_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "mapping.txt", "0\tanger\n")
    made(tmp_path / "val_labels.txt", "0\n")
    with pytest.raises(DataError, match="2 texts, but its label file 1"):
        read(made(tmp_path / "val_text.txt", "a\nb\n"), "tweeteval")


def test_a_missing_or_foreign_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="data root"):
        read(tmp_path / "gone.txt", "carer")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9;joy\n")
    with pytest.raises(DataError, match="not UTF-8"):
        read(tmp_path / "latin.txt", "carer")


@pytest.mark.parametrize(
    ("name", "first", "kind"),
    [
        ("a.txt", "ID\tTweet\tanger\n", "semeval-ec"),
        ("a.tsv", "12\tneutral\thello\n", "semeval-4a"),
        ("a.tsv", "text\tlabel\tmore\n", "tsv"),
        ("a.csv", "text,label\n", "csv"),
        ("a.jsonl", "{}\n", "jsonl"),
        ("a.parquet", "PAR1", "parquet"),
        ("val_text.txt", "hello\n", "tweeteval"),
        ("a.txt", "i feel fine;joy\n", "carer"),
    ],
)
def test_the_format_is_seen_in_name_and_first_line(tmp_path: Path, name: str, first: str, kind: Format) -> None:
    assert detect(made(tmp_path / name, first)) == kind


def test_an_unclear_format_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--format"):
        detect(made(tmp_path / "a.txt", "hello there\n"))
