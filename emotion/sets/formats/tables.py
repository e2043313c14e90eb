"""Tables with named columns row by row: CSV, TSV and JSON lines."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emotion.errors import DataError
from emotion.sets.formats.cells import many_labels, one_label, score_column, scored
from emotion.sets.formats.columns import Columns
from emotion.sets.formats.lines import ended_lines, numbered
from emotion.sets.labelled import LabelledSet

Row = tuple[int, Sequence[Any]]  # line, and the cells of the wanted columns


def read_csv(path: Path, columns: Columns) -> LabelledSet:
    return _delimited(path, columns, ",")


def read_tsv(path: Path, columns: Columns) -> LabelledSet:
    return _delimited(path, columns, "\t")


def read_jsonl(path: Path, columns: Columns) -> LabelledSet:
    """A JSON object a line."""
    table = _Table(path, columns)
    for line, text in numbered(path):
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}, line {line}: not JSON ({error}).") from error
        named = row if isinstance(row, dict) else {}
        table.add(line, [named.get(name) for name in columns.wanted])
    return table.labelled()


def _delimited(path: Path, columns: Columns, separator: str) -> LabelledSet:
    rows = csv.reader(
        ended_lines(path, columns.encoding),
        delimiter=columns.delimiter or separator,
        quoting=csv.QUOTE_MINIMAL if columns.quoted else csv.QUOTE_NONE,
        strict=True,  # a text that begins with a quote must not swallow the rows behind it
    )
    table = _Table(path, columns)
    try:
        header = next(rows, [])
        places = _places(path, header, columns)
        for line, row in _rows(rows, header, columns):
            table.add(line, [_cell(row, place, is_label=k > 0) for k, place in enumerate(places)])
    except csv.Error as error:
        hint = " Where quotes are part of the texts, set columns.quoted to false." if columns.quoted else ""
        raise DataError(f"{path}, line {rows.line_num}: {error}.{hint}") from error
    return table.labelled()


def _cell(row: Sequence[str], place: int, is_label: bool) -> str | None:
    """None where a row is too short, or holds no label."""
    cell = row[place] if place < len(row) else None
    return None if is_label and not (cell or "").strip() else cell


def _rows(rows: Any, header: Sequence[str], columns: Columns) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with the line that each ends on; the first too where it is no header."""
    if header and _is_numbered(header, columns):
        yield 1, list(header)
    for row in rows:
        if row:
            yield rows.line_num, row


def _is_numbered(header: Sequence[str], columns: Columns) -> bool:
    """Whether columns are named by their numbers, in a table without header."""
    return all(map(str.isdecimal, columns.wanted)) and not set(columns.wanted) <= set(header)


def _places(path: Path, header: Sequence[str], columns: Columns) -> list[int]:
    names = [name.strip() for name in header]
    if _is_numbered(header, columns):
        names = [str(number) for number in range(1, len(header) + 1)]
    for name in columns.wanted:
        if name not in names:
            raise DataError(f"{path} has no column {name!r}; it has {', '.join(map(repr, names[:20])) or 'none'}.")
    return [names.index(name) for name in columns.wanted]


@dataclass
class _Table:
    """What the rows of a file hold, as they come."""

    path: Path
    columns: Columns
    lines: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    cells: list[Sequence[Any]] = field(default_factory=list)

    def add(self, line: int, row: Sequence[Any]) -> None:
        """Take a row, its text first; None is a cell with nothing in it."""
        empty_is_fine = self.columns.label_delimiter is not None and self.columns.labels is None
        missing = [
            name
            for name, cell in zip(self.columns.wanted, row, strict=True)
            if cell is None and not (empty_is_fine and name == self.columns.label)
        ]
        if missing:
            raise DataError(f"{self.path}, line {line}: nothing in the column {', '.join(map(repr, missing))}.")
        if isinstance(row[0], dict | list):
            raise DataError(f"{self.path}, line {line}: {self.columns.text!r} holds no text.")
        self.lines.append(line)
        self.texts.append(_written(row[0]))
        self.cells.append(row[1:])

    def labelled(self) -> LabelledSet:
        """The set that the rows make."""
        if self.columns.labels is not None:
            by_label = zip(*self.cells, strict=True) if self.cells else ((),) * len(self.columns.labels)
            scores = [
                score_column(label, cells, self._place)
                for label, cells in zip(self.columns.labels, by_label, strict=True)
            ]
            return scored(self.columns.labels, self.texts, scores)
        names = [self._names(i, row[0]) for i, row in enumerate(self.cells)]
        if self.columns.label_delimiter is None and not any(isinstance(row[0], list) for row in self.cells):
            return one_label(self.path, self.texts, [name for row in names for name in row])
        return many_labels(self.path, self.texts, names)

    def _names(self, row: int, cell: Any) -> list[str]:
        """The labels in a cell."""
        if self.columns.label_delimiter is not None and not isinstance(cell, list):
            pieces = [] if cell is None else _written(cell).split(self.columns.label_delimiter)
            return [piece.strip() for piece in pieces if piece.strip()]
        names = [_written(name).strip() for name in (cell if isinstance(cell, list) else [cell])]
        if isinstance(cell, dict) or not all(names):
            raise DataError(f"{self._place(row)}: {self.columns.label!r} holds {str(cell)[:60]!r}, which is no label.")
        return names

    def _place(self, row: int) -> str:
        return f"{self.path}, line {self.lines[row]}"


def _written(cell: Any) -> str:
    """A cell as text; half a surrogate, which JSON may hold, becomes a question mark."""
    text = str(cell)
    return text if text.isascii() else text.encode(errors="replace").decode()
