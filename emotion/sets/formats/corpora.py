"""Files as the makers of well-known sets give them out."""

import csv
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from emotion.errors import DataError
from emotion.sets.formats.cells import check_labels, one_label
from emotion.sets.formats.columns import Columns
from emotion.sets.formats.lines import ended_lines, lines, numbered
from emotion.sets.labelled import LabelledSet

SENTIMENTS = ("negative", "neutral", "positive")
POLARITIES = {"0": "negative", "2": "neutral", "4": "positive"}
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_CHUNK = 1 << 20  # characters


def read_carer(path: Path, columns: Columns) -> LabelledSet:
    """`text;label`, as CARER comes (Saravia et al. 2018); a text may hold semicolons."""
    rows = [(number, *line.rpartition(";")) for number, line in numbered(path)]
    for number, text, _, label in rows:
        if not text or not label.strip():
            raise DataError(f"{path}, line {number}: expected text;label.")
    return one_label(path, [row[1] for row in rows], [row[3].strip() for row in rows])


def read_semeval_ec(path: Path, columns: Columns) -> LabelledSet:
    """SemEval-2018 task 1 E-c (Mohammad et al. 2018): ID, Tweet, then a 0/1 column a label."""
    rows = ((number, line.split("\t")) for number, line in numbered(path))
    _, header = next(rows, (0, []))
    if header[:2] != ["ID", "Tweet"] or len(header) < 3 or len(set(header)) < len(header):
        raise DataError(f"{path}, line 1: expected a header of ID, Tweet and the labels, separated by tabs.")
    check_labels(path, header[2:])
    texts, targets = [], []
    for number, row in rows:
        if len(row) != len(header) or set(row[2:]) - {"0", "1"}:
            raise DataError(f"{path}, line {number}: expected {len(header)} columns, the labels as 0 or 1.")
        texts.append(row[1])
        targets.append(row[2:])
    values = np.array(targets, np.float32).reshape(len(texts), len(header) - 2)
    return LabelledSet(tuple(header[2:]), texts, values, multi=True)


def read_semeval_4a(path: Path, columns: Columns) -> LabelledSet:
    """SemEval-2017 task 4A (Rosenthal et al. 2017): id, sentiment, text; some years quote and escape their texts."""
    texts, names = [], []
    for number, line in numbered(path):
        fields = line.split("\t")
        if len(fields) < 3 or fields[1] not in SENTIMENTS:
            raise DataError(
                f"{path}, line {number}: expected id, {' or '.join(SENTIMENTS)}, and text, separated by tabs."
            )
        texts.append(_unescaped(fields[2].strip()))
        names.append(fields[1])
    return one_label(path, texts, names)


def _unescaped(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('\\""', '"').replace('""', '"')
    return _ESCAPES.sub(_characters, text) if "\\u" in text else text


def _characters(escapes: re.Match[str]) -> str:
    """The characters of \\uXXXX escapes; two surrogates in a row make one character."""
    units = bytes.fromhex(escapes[0].replace("\\u", ""))
    return units.decode("utf-16-be", errors="replace")


def read_tweeteval(path: Path, columns: Columns) -> LabelledSet:
    """TweetEval (Barbieri et al. 2020): NAME_text.txt, NAME_labels.txt with numbers, and mapping.txt beside them."""
    if not path.name.endswith("_text.txt"):
        raise DataError(f"{path}: a TweetEval set is named by its text file, which ends in _text.txt.")
    names = dict(_mapping(path.with_name("mapping.txt")))
    label_file = path.with_name(path.name.removesuffix("_text.txt") + "_labels.txt")
    labels = [(number, line.strip()) for number, line in numbered(label_file)]
    texts = list(lines(path))
    if len(texts) != len(labels):
        raise DataError(f"{path} holds {len(texts)} texts, but its label file {len(labels)} labels.")
    for number, label in labels:
        if label not in names:
            raise DataError(f"{label_file}, line {number}: the label {label!r} is not in mapping.txt.")
    return one_label(path, texts, [names[label] for _, label in labels])


def _mapping(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in numbered(path):
        if len(fields := line.split(maxsplit=1)) != 2:
            raise DataError(f"{path}, line {number}: expected a number and the label that it stands for.")
        yield fields[0], fields[1].strip()


def read_sentiment140(path: Path, columns: Columns) -> LabelledSet:
    """Sentiment140 (Go et al. 2009): polarity (0, 2 or 4), id, date, query, user and text, without header.

    The files come in latin-1; copies in UTF-8 and with a header are read too.
    """
    rows = csv.reader(ended_lines(path, _encoding(path)))
    texts, names = [], []
    try:
        first = next(rows, [])
        header = bool(first) and first[0].strip().lower() in ("polarity", "target", "sentiment")
        for row in filter(None, rows if header else chain([first], rows)):
            if len(row) != 6 or row[0] not in POLARITIES:
                raise DataError(f"{path}, line {rows.line_num}: expected six columns, the first of them 0, 2 or 4.")
            texts.append(row[5])
            names.append(POLARITIES[row[0]])
    except csv.Error as error:
        raise DataError(f"{path}, line {rows.line_num}: {error}.") from error
    return one_label(path, texts, names)


def _encoding(path: Path) -> str:
    """UTF-8 where all of the file is, else latin-1, in which any bytes are a text."""
    with path.open(encoding="utf-8") as file:
        try:
            while file.read(_CHUNK):
                pass
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8"


def read_lines(path: Path, columns: Columns) -> LabelledSet:
    """A text a line; all carry the label that is named."""
    texts = [line for _, line in numbered(path)]
    return one_label(path, texts, [columns.label] * len(texts))
