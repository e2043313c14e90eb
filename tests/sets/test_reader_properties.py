"""Whatever the bytes, a reader gives a whole set or a DataError."""

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from emotion.errors import DataError
from emotion.sets.formats import Columns, Format, detect, read

FORMATS: tuple[Format, ...] = (
    *("carer", "semeval-ec", "semeval-4a", "tweeteval", "sentiment140"),
    *("lines", "csv", "tsv", "jsonl", "parquet"),
)
COLUMNS = [
    Columns(),
    Columns(labels=("joy", "fear")),
    Columns(label_delimiter="|"),
    Columns(text="1", label="2"),
    Columns(quoted=False, encoding="latin-1"),
    Columns(names={"0": "joy"}),
]
PIECES = [
    "text",
    "label",
    "joy",
    "fear",
    ",",
    "\t",
    ";",
    '"',
    "\n",
    "\r\n",
    "0",
    "1",
    "0.5",
    "é",
    "\\ud83d",
    "ID\tTweet\t",
]
CELLS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=3,
)
JSON_LINES = st.lists(st.fixed_dictionaries({"text": CELLS, "label": CELLS, "joy": CELLS, "fear": CELLS}), max_size=3)
BYTES = (
    st.binary(max_size=200)
    | st.lists(st.sampled_from(PIECES), max_size=25).map(lambda found: "".join(found).encode())
    | JSON_LINES.map(lambda rows: "\n".join(map(json.dumps, rows)).encode())
)
FAST = settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])


def a_set_or_a_sentence(path: Path, kind: Format, columns: Columns) -> None:
    try:
        rows = read(path, kind, columns)
    except DataError:
        return
    assert rows.targets.shape == (len(rows.texts), len(rows.labels))
    assert ((rows.targets >= 0) & (rows.targets <= 1)).all()
    assert all(text.encode() is not None for text in [*rows.texts, *rows.labels])


@FAST
@given(BYTES, st.sampled_from(FORMATS), st.sampled_from(COLUMNS))
@example(b'{"text":"\\ud800","label":"\\udfff"}', "jsonl", COLUMNS[0])
@example(b'{"text":"x","joy":1e999,"fear":1' + b"0" * 400 + b"}", "jsonl", COLUMNS[1])
@example(b"text,label\n,\n", "csv", COLUMNS[2])
def test_any_bytes_make_a_set_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, kind: Format, columns: Columns
) -> None:
    folder = tmp_path_factory.getbasetemp() / "readers"
    folder.mkdir(exist_ok=True)
    for name in ("a_text.txt", "a_labels.txt", "mapping.txt"):
        (folder / name).write_bytes(data)
    a_set_or_a_sentence(folder / "a_text.txt", kind, columns)


@FAST
@given(BYTES, st.sampled_from(["a.txt", "a.csv", "a_text.txt", "a.parquet"]))
def test_any_bytes_have_a_format_or_not(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    with suppress(DataError):
        assert detect(path) in FORMATS


def whole() -> bytes:
    table = pa.table(
        {
            "text": ["x", "y", "z"],
            "label": pa.array(["a", "b", "a"]).dictionary_encode(),
            "joy": [0.5, 1.0, 0.0],
            "fear": [1, 0, 1],
        }
    )
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()


WHOLE = whole()


@FAST
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=5),
    st.integers(1, len(WHOLE)),
    st.sampled_from(COLUMNS[:3]),
)
def test_damaged_parquet_makes_a_set_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], length: int, columns: Columns
) -> None:
    data = bytearray(WHOLE)
    for place, byte in changes:
        data[place] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.parquet"
    path.write_bytes(data if changes else data[:length])
    a_set_or_a_sentence(path, "parquet", columns)
