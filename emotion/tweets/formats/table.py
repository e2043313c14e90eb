"""CSV and TSV: rows cut without parsing them, then read by the names in the header."""

import csv
import re
from collections.abc import Iterator

from emotion.tweets.formats.columns import Columns, Fields, by_place, find_columns, row_tweet
from emotion.tweets.formats.lenient import BOM, trim
from emotion.tweets.formats.results import BLANK, Result
from emotion.tweets.stretches import Lost, Raw
from emotion.tweets.tweet import DeadLetter

_LONGEST_ROW = 1 << 20
_UNCLOSED = "quote never closed"
_MARKS = (",", ";", "\t", "|")


def header_cells(header: bytes, mark: str) -> list[str]:
    """Names of the columns in a header line."""
    text = header.removeprefix(BOM).decode("utf-8", "replace").strip("\r\n\0")
    try:
        return split_row(text, mark)
    except csv.Error:  # a carriage return or a cell of 128 kB in the first line
        return text.split(mark)


def split_row(text: str, mark: str) -> list[str]:
    """Cells of a row. In TSV quotes count only around a whole cell, as most TSV files know none."""
    if mark == "\t":
        return [_unquoted(cell) for cell in text.split("\t")]
    return next(csv.reader((text,), delimiter=mark), [])


def guess_mark(header: bytes) -> str:
    """The separator of a CSV file: the most frequent candidate in its first line."""
    return max(_MARKS, key=lambda mark: header.count(mark.encode()))


def join_rows(lines: Iterator[tuple[Raw, int]], mark: str) -> Iterator[tuple[Raw, int]]:
    """Rows of CSV with their sizes; a row goes on over lines while a quote is open, and is lost when none closes it."""
    whole, rest = _whole_row(mark)
    waiting: list[tuple[Raw, int]] = []

    def following() -> tuple[Raw, int] | None:
        return waiting.pop() if waiting else next(lines, None)

    while (item := following()) is not None:
        line = item[0]
        if isinstance(line, Lost) or b'"' not in line or whole.fullmatch(line):
            yield item
            continue
        parts, size, closed = [line], item[1], False
        taken = [item]
        while not closed and size < _LONGEST_ROW and (more := following()) is not None:
            taken.append(more)
            if isinstance(more[0], Lost):
                break
            parts.append(more[0])
            size += more[1]
            closed = b'"' in more[0] and rest.fullmatch(more[0]) is not None
        if closed:
            yield b"\n".join(parts), size
        else:
            yield Lost(_UNCLOSED, line), item[1]
            waiting.extend(reversed(taken[1:]))


class TableRecords:
    """Parses rows of CSV or TSV; the header comes with `begin`."""

    def __init__(self, fields: Fields, mark: str, header: bytes) -> None:
        self._mark = mark
        self._columns: Columns = (
            by_place(fields) if fields.by_place else find_columns(header_cells(header, mark), fields)
        )

    def parse(self, raw: bytes, line: int) -> Result:
        if not trim(raw):
            return BLANK
        try:
            row = split_row(raw.removeprefix(BOM).decode("utf-8").rstrip("\r\0"), self._mark)
        except UnicodeDecodeError:
            return DeadLetter(line, "not UTF-8", raw)
        except csv.Error as error:
            return DeadLetter(line, f"not CSV: {error}", raw)
        return row_tweet(row, self._columns, lambda: raw, line)


def _unquoted(cell: str) -> str:
    if len(cell) >= 2 and cell[0] == cell[-1] == '"' and '"' not in cell[1:-1].replace('""', ""):
        return cell[1:-1].replace('""', '"')
    return cell


def _whole_row(mark: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Match a row in which every opened quote is closed, and the rest of one from within a quote.

    A quote opens only at the start of a cell.
    """
    sep = re.escape(mark.encode())
    quoted = rb'(?:[^"]++|"")*+"[^' + sep + rb"]*+"
    cell = rb'(?:"' + quoted + rb'|[^"' + sep + rb"][^" + sep + rb"]*+|)"
    more = rb"(?:" + sep + cell + rb")*+"
    return re.compile(cell + more), re.compile(quoted + more)
