"""Files of labelled texts, one reader a format; each gives a LabelledSet or a DataError with file and line."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from emotion.errors import DataError
from emotion.sets.labelled import LabelledSet, several, single

Format = Literal["carer", "semeval-ec", "semeval-4a", "tweeteval", "lines", "csv", "tsv", "jsonl", "parquet"]

SENTIMENTS = ("negative", "neutral", "positive")
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")


class Columns(BaseModel):
    """Where a table keeps its text and labels: one column with the label (or a list of them), or a 0/1 column a label.

    `label` in a file of bare lines is the label that every line carries.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = "text"
    label: str = "label"
    labels: tuple[str, ...] | None = None


def read(path: Path, kind: Format, columns: Columns | None = None) -> LabelledSet:
    """All rows of one file; a DataError names the file and the line that cannot be used."""
    if not path.is_file():
        raise DataError(f"There is no labelled set at {path}. Is the data root right (--data-root or EMOTION_DATA)?")
    found = _READERS[kind](path, columns or Columns())
    if not found.texts:
        raise DataError(f"{path} holds no labelled texts in the format {kind}.")
    return found


def detect(path: Path) -> Format:
    """The format of a file, by its name and first line."""
    named: dict[str, Format] = {
        ".csv": "csv",
        ".tsv": "tsv",
        ".jsonl": "jsonl",
        ".ndjson": "jsonl",
        ".parquet": "parquet",
    }
    first = "" if path.suffix == ".parquet" else next(_lines(path), "")
    if first.startswith("ID\tTweet\t"):
        return "semeval-ec"
    if len(first.split("\t")) >= 3 and first.split("\t")[1] in SENTIMENTS:
        return "semeval-4a"
    if path.suffix in named:
        return named[path.suffix]
    if path.name.endswith("_text.txt"):
        return "tweeteval"
    if re.search(r";\w+$", first):
        return "carer"
    raise DataError(f"The format of {path} is not clear from its name or first line; name it with --format.")


def _lines(path: Path) -> Iterator[str]:
    """Lines without their ends; only LF and CRLF end a line, so a text may hold other separators."""
    return (line.rstrip("\r\n") for line in _ended_lines(path))


def _ended_lines(path: Path) -> Iterator[str]:
    if not path.is_file():
        raise DataError(f"There is no file {path}.")
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        try:
            yield from file
        except UnicodeDecodeError as error:
            raise DataError(f"{path} is not UTF-8 text: {error}.") from error


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(_lines(path), start=1) if line.strip())


def _carer(path: Path, columns: Columns) -> LabelledSet:
    rows = [(number, *line.rpartition(";")) for number, line in _numbered(path)]
    for number, text, _, label in rows:
        if not text or not label.strip():
            raise DataError(f"{path}, line {number}: expected text;label.")
    return single([row[1] for row in rows], [row[3].strip() for row in rows])


def _semeval_ec(path: Path, columns: Columns) -> LabelledSet:
    """SemEval-2018 task 1 E-c (Mohammad et al. 2018): ID, Tweet, then a 0/1 column a label."""
    rows = ((number, line.split("\t")) for number, line in _numbered(path))
    _, header = next(rows, (0, []))
    if header[:2] != ["ID", "Tweet"] or len(header) < 3:
        raise DataError(f"{path}, line 1: expected a header of ID, Tweet and the labels, separated by tabs.")
    texts, targets = [], []
    for number, row in rows:
        if len(row) != len(header) or set(row[2:]) - {"0", "1"}:
            raise DataError(f"{path}, line {number}: expected {len(header)} columns, the labels as 0 or 1.")
        texts.append(row[1])
        targets.append(row[2:])
    return LabelledSet(tuple(header[2:]), texts, np.array(targets, np.float32).reshape(len(texts), -1), multi=True)


def _semeval_4a(path: Path, columns: Columns) -> LabelledSet:
    """SemEval-2017 task 4A (Rosenthal et al. 2017): id, sentiment, text; some years quote and escape their texts."""
    texts, names = [], []
    for number, line in _numbered(path):
        fields = line.split("\t")
        if len(fields) < 3 or fields[1] not in SENTIMENTS:
            raise DataError(
                f"{path}, line {number}: expected id, {' or '.join(SENTIMENTS)}, and text, separated by tabs."
            )
        texts.append(_unescaped(fields[2].strip()))
        names.append(fields[1])
    return single(texts, names)


def _unescaped(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"')
    return _ESCAPES.sub(_characters, text) if "\\u" in text else text


def _characters(escapes: re.Match[str]) -> str:
    """The characters of \\uXXXX escapes; two surrogates in a row make one character."""
    units = bytes.fromhex(escapes[0].replace("\\u", ""))
    return units.decode("utf-16-be", errors="replace")


def _tweeteval(path: Path, columns: Columns) -> LabelledSet:
    """TweetEval (Barbieri et al. 2020): NAME_text.txt, NAME_labels.txt with numbers, and mapping.txt beside them."""
    if not path.name.endswith("_text.txt"):
        raise DataError(f"{path}: a TweetEval set is named by its text file, which ends in _text.txt.")
    names = dict(line.split(maxsplit=1) for _, line in _numbered(path.with_name("mapping.txt")))
    labels = [line.strip() for _, line in _numbered(path.with_name(path.name.replace("_text.txt", "_labels.txt")))]
    texts = list(_lines(path))
    if len(texts) != len(labels):
        raise DataError(f"{path} holds {len(texts)} texts, but its label file {len(labels)} labels.")
    for number, label in enumerate(labels, start=1):
        if label not in names:
            raise DataError(f"{path}, line {number}: the label {label!r} is not in mapping.txt.")
    return single(texts, [names[label].strip() for label in labels])


def _bare(path: Path, columns: Columns) -> LabelledSet:
    texts = [line for _, line in _numbered(path)]
    return single(texts, [columns.label] * len(texts))


def _delimited(separator: str) -> Callable[[Path, Columns], LabelledSet]:
    def reader(path: Path, columns: Columns) -> LabelledSet:
        rows = csv.DictReader(_ended_lines(path), delimiter=separator)
        try:
            return _table(path, ((rows.line_num, row) for row in rows), columns)
        except csv.Error as error:
            raise DataError(f"{path}, line {rows.line_num + 1}: {error}.") from error

    return reader


def _jsonl(path: Path, columns: Columns) -> LabelledSet:
    def rows() -> Iterator[tuple[int, Any]]:
        for number, line in _numbered(path):
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise DataError(f"{path}, line {number}: not JSON ({error}).") from error

    return _table(path, rows(), columns)


def _parquet(path: Path, columns: Columns) -> LabelledSet:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}.") from error
    return _table(path, enumerate(table.to_pylist(), start=1), columns)


def _table(path: Path, rows: Iterator[tuple[int, Any]], columns: Columns) -> LabelledSet:
    texts: list[str] = []
    cells: list[list[Any]] = []
    wanted = columns.labels or (columns.label,)
    for number, row in rows:
        missing = [name for name in (columns.text, *wanted) if not isinstance(row, dict) or row.get(name) is None]
        if missing:
            raise DataError(f"{path}, row {number}: nothing in the column {', '.join(map(repr, missing))}.")
        texts.append(str(row[columns.text]))
        cells.append([row[name] for name in wanted])
    if columns.labels is not None:
        return LabelledSet(columns.labels, texts, _binary(path, cells), multi=True)
    first = [row[0] for row in cells]
    if any(isinstance(cell, list) for cell in first):
        return several(texts, [_names(cell) for cell in first])
    return single(texts, [str(cell) for cell in first])


def _names(cell: Any) -> Sequence[str]:
    return [str(name) for name in cell] if isinstance(cell, list) else [str(cell)]


def _binary(path: Path, cells: list[list[Any]]) -> np.ndarray[Any, np.dtype[np.float32]]:
    try:
        targets = np.array(cells, dtype=np.float32)
    except ValueError as error:
        raise DataError(f"{path}: a label column holds something else than 0 or 1 ({error}).") from error
    if not np.isin(targets, (0, 1)).all():
        raise DataError(f"{path}: a label column holds something else than 0 or 1.")
    return targets


_READERS: dict[Format, Callable[[Path, Columns], LabelledSet]] = {
    "carer": _carer,
    "semeval-ec": _semeval_ec,
    "semeval-4a": _semeval_4a,
    "tweeteval": _tweeteval,
    "lines": _bare,
    "csv": _delimited(","),
    "tsv": _delimited("\t"),
    "jsonl": _jsonl,
    "parquet": _parquet,
}
