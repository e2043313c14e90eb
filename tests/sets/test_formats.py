"""Readers of labelled files, and what they say of files that they cannot use."""

from pathlib import Path

import pytest

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


def test_semeval_4a_undoes_the_quotes_of_2013(tmp_path: Path) -> None:
    path = made(tmp_path / "a.tsv", '1\tneutral\t"He said \\""well\\"" twice"\n')
    assert read(path, "semeval-4a").texts == ['He said "well" twice']


def test_tweeteval_joins_texts_numbers_and_names(tmp_path: Path) -> None:
    made(tmp_path / "mapping.txt", "0\tanger\n1\tjoy\n")
    made(tmp_path / "val_labels.txt", "1\n0\n")
    rows = read(made(tmp_path / "val_text.txt", "good\nbad\n"), "tweeteval")
    assert [rows.labels[row.argmax()] for row in rows.targets] == ["joy", "anger"]


def test_bare_lines_carry_the_label_they_are_given(tmp_path: Path) -> None:
    rows = read(made(tmp_path / "a.txt", "one\n\ntwo\n"), "lines", Columns(label="positive"))
    assert (rows.texts, rows.labels) == (["one", "two"], ("positive",))


def test_sentiment140_has_six_columns_in_latin_1_and_no_header(tmp_path: Path) -> None:
    rows = (
        b'"0","1","Mon May 11 03:17:40 UTC 2009","kindle2","ann","caf\xe9, closed"\n'
        b'"4","2","Mon May 11 03:18:03 UTC 2009","NO_QUERY","bob","so ""good"""\n'
        b'"2","3","Mon May 11 03:18:54 UTC 2009","NO_QUERY","cy","a map"\n'
    )
    (tmp_path / "a.csv").write_bytes(rows)
    found = read(tmp_path / "a.csv", "sentiment140")
    assert found.texts == ["caf\u00e9, closed", 'so "good"', "a map"]
    assert [found.labels[row.argmax()] for row in found.targets] == ["negative", "positive", "neutral"]
    assert detect(tmp_path / "a.csv") == "sentiment140"


def test_sentiment140_is_read_with_a_header_and_in_utf_8(tmp_path: Path) -> None:
    lines = "polarity,tweet_id,tweet_date,query,user,text\n4,1,Mon May 11 03:17:40 UTC 2009,x,ann,caf\u00e9\n"
    path = made(tmp_path / "a.csv", lines)
    assert read(path, "sentiment140").texts == ["caf\u00e9"]
    assert detect(path) == "sentiment140"


@pytest.mark.data
def test_the_manual_test_of_sentiment140(data_root: Path) -> None:
    path = data_root / "sentiment140" / "testdata.manual.2009.06.14.6col.csv"
    rows = read(path, detect(path))
    assert dict(zip(rows.labels, rows.targets.sum(axis=0), strict=True)) == {
        "negative": 177,
        "neutral": 139,
        "positive": 182,
    }


def test_labels_may_get_other_names_and_be_merged(tmp_path: Path) -> None:
    path = made(tmp_path / "a.txt", "a;0\nb;1\nc;2\n")
    rows = read(path, "carer", Columns(names={"0": "sad", "1": "glad", "2": "sad"}))
    assert rows.labels == ("glad", "sad")
    assert rows.targets.tolist() == [[0, 1], [1, 0], [0, 1]]
    assert Columns.model_validate({"names": {0: "sad"}}).names == {"0": "sad"}


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("carer", "fine;joy\nno label here\n", "line 2"),
        ("semeval-ec", "ID\tTweet\tjoy\n1\tx\t2\n", "line 2"),
        ("semeval-ec", "Tweet\tID\n", "line 1"),
        ("semeval-4a", "1\thappy\tx\n", "line 1"),
        ("csv", "text,label\nx,\ny\n", "line 2: nothing in the column 'label'"),
        ("csv", "body,label\nx,joy\n", "'text'"),
        ("jsonl", '{"text":"x","label":"joy"}\n{oops\n', "line 2"),
        ("jsonl", '["x"]\n', "line 1: nothing in the column 'text', 'label'"),
        ("jsonl", '{"text":"x","label":{"joy":1}}\n', "line 1: 'label' holds .* no label"),
        ("jsonl", '{"text":["x"],"label":"joy"}\n', "line 1: 'text' holds no text"),
        ("jsonl", "[" * 100_000, "not JSON"),
        ("csv", 'text,label\n"x,joy\ny,fear\n', "quoted"),
        ("csv", "", "no column 'text'"),
        ("sentiment140", "7,1,a,b,c,d\n", "line 1: expected six columns"),
        ("sentiment140", "4,1,a,b\n", "line 1: expected six columns"),
        ("semeval-ec", "ID\tTweet\tjoy\tjoy\n", "line 1"),
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


def test_tweeteval_with_a_label_too_few_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "mapping.txt", "0\tanger\n")
    made(tmp_path / "val_labels.txt", "0\n")
    with pytest.raises(DataError, match="2 texts, but its label file 1"):
        read(made(tmp_path / "val_text.txt", "a\nb\n"), "tweeteval")


def test_tweeteval_with_a_mapping_of_another_shape_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "mapping.txt", "0\tanger\njoy\n")
    made(tmp_path / "val_labels.txt", "0\n")
    with pytest.raises(DataError, match=r"mapping\.txt, line 2"):
        read(made(tmp_path / "val_text.txt", "a\n"), "tweeteval")


def test_a_column_of_ids_is_no_column_of_labels(tmp_path: Path) -> None:
    path = made(tmp_path / "a.txt", "".join(f"text;{number}\n" for number in range(1001)))
    with pytest.raises(DataError, match="1,001 different labels"):
        read(path, "carer")


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
        ("a.bin", "PAR1", "parquet"),
        ("a.csv", "\ufeffID\tTweet\tanger\n", "semeval-ec"),
        ("val_text.txt", "hello\n", "tweeteval"),
        ("a.txt", "i feel fine;joy\n", "carer"),
    ],
)
def test_the_format_is_seen_in_name_and_first_line(tmp_path: Path, name: str, first: str, kind: Format) -> None:
    assert detect(made(tmp_path / name, first)) == kind


def test_an_unclear_format_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--format"):
        detect(made(tmp_path / "a.txt", "hello there\n"))
