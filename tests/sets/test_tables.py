"""Tables: the same set from every format, and what tables of people look like."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from emotion.errors import DataError
from emotion.sets.formats import Columns, Format, read, read_texts

TABLES: tuple[Format, ...] = ("csv", "tsv", "jsonl", "parquet")
SCORES = Columns(labels=("joy", "fear"))


def written(folder: Path, kind: Format, rows: list[dict[str, Any]]) -> Path:
    """Rows as a file of a format; the cells of the first say what columns there are."""
    path = folder / f"a.{kind}"
    if kind == "parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        separator = "," if kind == "csv" else "\t"
        lines = [rows[0], *(row.values() for row in rows)]
        path.write_text("".join(separator.join(map(quoted, line)) + "\n" for line in lines))
    return path


def quoted(cell: Any) -> str:
    return '"' + cell.replace('"', '""') + '"' if isinstance(cell, str) else str(cell)


@pytest.mark.parametrize("kind", TABLES)
def test_tables_give_the_same_set_in_every_format(tmp_path: Path, kind: Format) -> None:
    path = written(tmp_path, kind, [{"body": 'a "b", c', "feeling": "joy"}, {"body": "d", "feeling": "anger"}])
    rows = read(path, kind, Columns(text="body", label="feeling"))
    assert rows.texts == ['a "b", c', "d"]
    assert rows.labels == ("anger", "joy")
    assert rows.targets.tolist() == [[0, 1], [1, 0]]
    assert rows.targets.dtype == np.float32
    assert not rows.multi


@pytest.mark.parametrize(
    "labels",
    [(), ("", "joy"), tuple(f"number {i}" for i in range(1500))],
    ids=["no column", "nothing in it", "too many"],
)
@pytest.mark.parametrize("kind", TABLES)
def test_texts_alone_are_read_whatever_labels_there_are(tmp_path: Path, kind: Format, labels: tuple[str, ...]) -> None:
    rows = [{"body": f"text {i}"} | ({"label": labels[i]} if labels else {}) for i in range(len(labels) or 2)]
    path = written(tmp_path, kind, rows)
    assert read_texts(path, kind, Columns(text="body")) == [row["body"] for row in rows]


def test_texts_alone_may_have_no_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("one\ntwo\n")
    assert read_texts("a.csv", "csv", Columns(text="1"), tmp_path) == ["one", "two"]


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("csv", "words\na\n", "has no column 'text'; it has 'words'"),
        ("csv", "text\n", "holds no texts in the format csv"),
        ("jsonl", '{"text": "a"}\n{"text": null}\n', "line 2: nothing in the column 'text'"),
    ],
)
def test_texts_that_are_not_there_are_told(tmp_path: Path, kind: Format, content: str, said: str) -> None:
    (tmp_path / "a").write_text(content)
    with pytest.raises(DataError, match=said):
        read_texts("a", kind, root=tmp_path)


@pytest.mark.parametrize("kind", TABLES)
def test_columns_of_scores_are_targets(tmp_path: Path, kind: Format) -> None:
    table = [{"text": "x", "fear": 0.25, "joy": 1}, {"text": "y", "fear": 0.125, "joy": 0}]
    if kind == "parquet":
        table = [row | {"joy": float(row["joy"])} for row in table]  # type: ignore[arg-type]
    rows = read(written(tmp_path, kind, table), kind, SCORES)
    assert rows.labels == ("joy", "fear")
    assert rows.targets.tolist() == [[1, 0.25], [0, 0.125]]
    assert rows.targets.dtype == np.float32
    assert (rows.multi, rows.soft) == (True, True)


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("score", [1.001, -0.25, 7.0, float("inf"), float("nan"), 1e300])
def test_a_score_outside_is_refused_with_its_row(tmp_path: Path, kind: Format, score: float) -> None:
    table = [{"text": str(i), "joy": 0.5, "fear": score if i == 2 else 1.0} for i in range(4)]
    path = written(tmp_path, kind, table)
    place = {"csv": "line 4", "tsv": "line 4", "jsonl": "line 3", "parquet": "row 3"}[kind]
    with pytest.raises(DataError, match=f"{place}: 'fear' holds .*no number from 0 to 1") as caught:
        read(path, kind, SCORES)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kind", TABLES)
def test_a_score_that_is_no_number_is_refused_with_its_row(tmp_path: Path, kind: Format) -> None:
    table = [{"text": "a", "joy": "0.5", "fear": "1"}, {"text": "b", "joy": "0.5", "fear": "much"}]
    with pytest.raises(DataError, match="much"):
        read(written(tmp_path, kind, table), kind, SCORES)


@pytest.mark.parametrize("kind", TABLES)
def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path, kind: Format) -> None:
    path = written(tmp_path, kind, [{"body": "x", "label": "joy"}])
    with pytest.raises(DataError, match="'text'"):
        read(path, kind)


@pytest.mark.parametrize("kind", TABLES)
def test_a_cell_may_hold_several_labels_with_something_between(tmp_path: Path, kind: Format) -> None:
    table = [{"text": "x", "label": "joy| love"}, {"text": "y", "label": ""}, {"text": "z", "label": "joy"}]
    rows = read(written(tmp_path, kind, table), kind, Columns(label_delimiter="|"))
    assert rows.labels == ("joy", "love")
    assert rows.targets.tolist() == [[1, 1], [0, 0], [1, 0]]
    assert rows.multi


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_cell_may_hold_a_list_of_labels(tmp_path: Path, kind: Format) -> None:
    path = written(tmp_path, kind, [{"text": "x", "label": ["joy", "love"]}, {"text": "y", "label": []}])
    rows = read(path, kind)
    assert (rows.labels, rows.targets.tolist(), rows.multi) == (("joy", "love"), [[1, 1], [0, 0]], True)


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_labels_may_be_numbers(tmp_path: Path, kind: Format) -> None:
    path = written(tmp_path, kind, [{"text": "x", "label": 3}, {"text": "y", "label": 0}])
    assert read(path, kind).labels == ("0", "3")
    assert read(path, kind, Columns(names={"0": "sad", "3": "glad"})).labels == ("glad", "sad")


def test_a_quoted_cell_keeps_its_line_ends(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,label\n"one\ntwo",joy\n')
    assert read(tmp_path / "a.csv", "csv").texts == ["one\ntwo"]


def test_a_table_without_quoting_keeps_its_quotes(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('text\tlabel\n"so it goes\tsadness\nwell "then"\tjoy\n')
    with pytest.raises(DataError, match=r"columns\.quoted to false"):
        read(tmp_path / "a.tsv", "tsv")
    assert read(tmp_path / "a.tsv", "tsv", Columns(quoted=False)).texts == ['"so it goes', 'well "then"']


def test_a_cell_too_large_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"text,label\n{'x' * 200_000},joy\n")
    with pytest.raises(DataError, match="line 2"):
        read(tmp_path / "a.csv", "csv")


def test_a_table_without_header_has_numbered_columns(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("so good\t2\tid1\nmeh\t\tid2\nwell\t2,0\tid3\n")
    columns = Columns(text="1", label="2", label_delimiter=",", names={"0": "joy", "2": "love"})
    rows = read(tmp_path / "a.tsv", "tsv", columns)
    assert (rows.texts, rows.labels) == (["so good", "meh", "well"], ("joy", "love"))
    assert rows.targets.tolist() == [[0, 1], [0, 0], [1, 1]]


def test_a_table_may_have_another_delimiter_and_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("text;label\ncaf\u00e9, tea;joy\n".encode("latin-1"))
    rows = read(tmp_path / "a.csv", "csv", Columns(delimiter=";", encoding="latin-1"))
    assert rows.texts == ["caf\u00e9, tea"]
    with pytest.raises(DataError, match="not UTF-8"):
        read(tmp_path / "a.csv", "csv", Columns(delimiter=";"))


def test_half_a_character_in_json_becomes_a_question_mark(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text":"x \\ud83d","label":"joy"}\n')
    assert read(tmp_path / "a.jsonl", "jsonl").texts == ["x ?"]


STRINGS: list[Callable[[list[str]], Any]] = [
    lambda cells: pa.array(cells, pa.string()),
    lambda cells: pa.array(cells, pa.large_string()),
    lambda cells: pa.array(cells, pa.string_view()),
    lambda cells: pa.array(cells).dictionary_encode(),
    lambda cells: pa.chunked_array([cells[:1], cells[1:]]),
]


@pytest.mark.parametrize("column", STRINGS)
def test_parquet_keeps_texts_and_labels_in_any_kind_of_string(tmp_path: Path, column: Callable[..., Any]) -> None:
    table = pa.table({"text": column(["x", "y", "z"]), "label": column(["joy", "fear", "joy"]), "other": [1, 2, 3]})
    parquet.write_table(table, tmp_path / "a.parquet")
    rows = read(tmp_path / "a.parquet", "parquet")
    assert (rows.texts, rows.targets.tolist()) == (["x", "y", "z"], [[0, 1], [1, 0], [0, 1]])


@pytest.mark.parametrize("kind", [pa.bool_(), pa.int8(), pa.float16(), pa.float64(), pa.decimal128(3, 1), pa.string()])
def test_parquet_keeps_scores_in_any_kind_of_number(tmp_path: Path, kind: Any) -> None:
    scores = pa.array([True, False] if kind == pa.bool_() else ["1", "0"]).cast(kind)
    parquet.write_table(pa.table({"text": ["x", "y"], "joy": scores, "fear": scores}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", "parquet", SCORES).targets.tolist() == [[1, 1], [0, 0]]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"text": ["x", None], "label": ["a", "b"]}, "row 2: nothing in the column 'text'"),
        ({"text": ["x", "y"], "label": ["a", None]}, "row 2: nothing in the column 'label'"),
        ({"text": ["x", "y"], "label": ["a", " "]}, "row 2: nothing in the column 'label'"),
        ({"text": ["x", "y"], "label": [["a"], None]}, "row 2: nothing in the column 'label'"),
        ({"text": ["x", "y"], "label": [["a"], ["b", None]]}, "row 2: nothing in the column 'label'"),
        ({"text": ["x", "y"], "label": [{"a": 1}, {"a": 2}]}, "holds no labels but struct"),
        ({"text": [["x"], ["y"]], "label": ["a", "b"]}, "holds no texts but list"),
        ({"text": [b"\xff", b"y"], "label": ["a", "b"]}, "UTF"),
        ({"text": ["x", "y"], "label": [1.5, 2.5], "more": [1, 2]}, None),
    ],
)
def test_a_row_of_parquet_that_cannot_be_used_is_named(tmp_path: Path, columns: Any, said: str | None) -> None:
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    if said is None:
        assert read(tmp_path / "a.parquet", "parquet").labels == ("1.5", "2.5")
        return
    with pytest.raises(DataError, match=said):
        read(tmp_path / "a.parquet", "parquet")


def test_no_cell_of_parquet_is_looked_at_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is quick: 200,000 rows of eleven labels are read column by column."""

    def refuse(*_: Any) -> None:
        raise AssertionError("a table was turned into Python's values")

    count, labels = 200_000, tuple(f"label{i}" for i in range(11))
    scores = {label: np.linspace(0, 1, count, dtype=np.float32) for label in labels}
    parquet.write_table(pa.table({"text": [f"text {i}" for i in range(count)], **scores}), tmp_path / "a.parquet")
    monkeypatch.setattr(parquet, "read_table", refuse)
    monkeypatch.setattr("emotion.sets.formats.cells._number", refuse)
    rows = read(tmp_path / "a.parquet", "parquet", Columns(labels=labels))
    assert rows.targets.shape == (count, 11)
    assert rows.texts[-1] == f"text {count - 1}"
    assert rows.targets[-1].tolist() == [1.0] * 11
