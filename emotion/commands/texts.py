"""Texts for `emotion predict` with their records: from the command line, a file or standard input, block by block."""

import codecs
import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from emotion.errors import UsageError

T = TypeVar("T")

BLOCK = 4096  # texts
_READ = 1 << 18  # bytes
_HEAD = 1 << 16  # bytes
_LONGEST_CELL = 1 << 20  # characters; a quote that nobody closes is followed no further
_PARQUET = b"PAR1"  # at both ends of a file
_NO_LINES = {
    b"PK\x03\x04": "a zip file; unpack it first, or let `emotion label` read the archive",
    b"%PDF-": "a PDF; save its texts as a file with one a line",
}
_FILES = {".txt", ".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet"}  # what ends so is meant as a file


class Given(NamedTuple):
    """A text, the number of its record in its file, from 1, and the record itself.

    Records are lines, in tables the rows below the header that are not blank. A JSON line stays the line it was.
    """

    text: str
    line: int
    record: dict[str, Any] | bytes


def find(source: str, is_text: bool, field: str | None, keep: bool = False) -> tuple[Iterator[list[Given]], bool]:
    """The texts that SOURCE stands for, and whether it is the one text itself.

    `-` stands for standard input and an existing path for a file, unless `is_text`. Standard input has a text a line,
    with a `field` a JSON object a line. Records are whole where they are to be kept.
    """
    if source == "-" and not is_text:
        return _live(cast(BufferedReader, sys.stdin.buffer), field, keep), False
    path = None if is_text or not source else _existing(source)
    if path is None:
        if not is_text and Path(source).suffix.lower() in _FILES and not any(map(str.isspace, source)):
            raise UsageError(f"There is no file {source!r}; to predict these very words, add --text.")
        if field is not None:
            raise UsageError(f"--field {field!r} names a field of a file, and {source[:80]!r} is a text; leave it out.")
        text = source.encode(errors="replace").decode()
        return iter([[Given(text, 1, {"text": text})]]), True
    if path.is_dir():
        raise UsageError(f"{path} is a folder; `emotion label` reads archives, --text takes {source!r} as a text.")
    return _of_file(path, field, keep), False


def file_texts(path: Path, field: str | None) -> Iterator[str]:
    """The texts of a file.

    Raises:
        UsageError: it cannot be read, or has no such field.
    """
    for block in _of_file(path, field, keep=False):
        yield from (given.text for given in block)


def _existing(source: str) -> Path | None:
    try:
        return Path(source) if Path(source).exists() else None
    except (OSError, ValueError):  # longer than a name can be, or with a null character
        return None


def _of_file(path: Path, field: str | None, keep: bool) -> Iterator[list[Given]]:
    readers: dict[str, Callable[[Path, str, bool], Iterator[Given]]] = {
        ".csv": _csv,
        ".tsv": _csv,
        ".jsonl": _json_lines,
        ".ndjson": _json_lines,
        ".parquet": _parquet,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None and field is not None:
        raise UsageError(f"--field {field!r} needs CSV, TSV, JSONL or Parquet, and {path} has one text a line.")
    try:
        if reader is None and path.is_file():  # of a pipe, the head can be read but once
            _check_lines(path)
        yield from _blocked(_plain(_lines(path)) if reader is None else reader(path, field or "text", keep))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None


def _blocked(items: Iterable[T]) -> Iterator[list[T]]:
    items = iter(items)
    while block := list(islice(items, BLOCK)):
        yield block


def _plain(lines: Iterable[str], first: int = 1) -> Iterator[Given]:
    return (Given(line, number, {"text": line}) for number, line in enumerate(lines, first))


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as file:
        for line in file:
            yield line.rstrip("\r\n")


def _check_lines(path: Path) -> None:
    """Refuse a file of something else before each of its lines gets an answer that means nothing."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if head.startswith(_PARQUET):
            file.seek(-len(_PARQUET), os.SEEK_END)
            if file.read() == _PARQUET:
                raise UsageError(f"{path} is a Parquet file; it is read where its name ends in .parquet.")
    _check_magic(path, head)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or head.count(b"\0") > len(head) // 10:
        raise UsageError(f"{path} is no text in UTF-8: it holds null characters; write it so, one text a line.")
    if path.suffix.lower() == ".json" and head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"[", b"{"):
        raise UsageError(
            f"{path} is JSON, not one text a line; `emotion label` reads archives, and a file with an object a line is "
            "read here where its name ends in .jsonl."
        )


def _check_magic(where: object, head: bytes) -> None:
    """Refuse what begins as no text does."""
    from emotion.tweets.decompress import compression_of

    if kind := compression_of(head):
        raise UsageError(f"{where} is compressed ({kind}); unpack it first, or let `emotion label` read the archive.")
    for magic, said in _NO_LINES.items():
        if head.startswith(magic):
            raise UsageError(f"{where} is {said}.")


def _live(stream: BufferedReader, field: str | None, keep: bool) -> Iterator[list[Given]]:
    """Texts as they come; with a field, of JSON lines."""
    _check_magic("standard input", stream.peek(1))
    first = 1
    for block in _live_lines(stream):
        numbered = enumerate(block, first)
        found = _plain(block, first) if field is None else _fields(numbered, "standard input", field, keep)
        if given := list(found):
            yield given
        first += len(block)


def _live_lines(stream: BufferedReader) -> Iterator[list[str]]:
    """Lines as they come: a block is what has arrived, so that a pipe which waits is answered."""
    rest: list[bytes] = []
    while data := stream.read1(_READ):
        *lines, last = data.split(b"\n")
        if lines:
            lines[0] = b"".join([*rest, lines[0]])
            rest = []
            yield from _blocked(map(_decoded, lines))
        rest.append(last)
    if any(rest):
        yield [_decoded(b"".join(rest))]


def _decoded(line: bytes) -> str:
    return line.decode("utf-8-sig", errors="replace").rstrip("\r")


def _csv(path: Path, field: str, keep: bool) -> Iterator[Given]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        limit = csv.field_size_limit(_LONGEST_CELL)  # of the whole process
        rows = csv.DictReader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
        try:
            names = rows.fieldnames or ()
            if field not in names:
                raise _no_field(path, field, names)
            if keep:
                _check_names(path, names)
            for number, row in enumerate(rows, 1):
                if keep and None in row:
                    raise UsageError(
                        f"{path}, line {rows.line_num}, has more cells than the header; --keep keeps none."
                    )
                yield Given(row[field] or "", number, row)
        except csv.Error as error:
            raise UsageError(f"{path} is not valid CSV at line {rows.line_num}: {error}.") from None
        finally:
            csv.field_size_limit(limit)


def _json_lines(path: Path, field: str, keep: bool) -> Iterator[Given]:
    return _fields(enumerate(_lines(path), 1), path, field, keep)


def _fields(lines: Iterable[tuple[int, str]], where: object, field: str, keep: bool) -> Iterator[Given]:
    """The texts of numbered JSON lines; a blank line holds none. What is kept is printed as it stands: it is JSON."""

    def constant(word: str) -> None:
        if keep:
            raise UsageError(f"{where}, line {number}, holds {word}, which is not JSON; --keep cannot print it.")

    for number, line in lines:
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=constant)
        except (ValueError, RecursionError):
            raise UsageError(f"{where}, line {number}, is not JSON.") from None
        if not isinstance(row, dict) or not isinstance(row.get(field), str | None) or field not in row:
            names = row if isinstance(row, dict) else ()
            raise _no_field(f"{where}, line {number},", field, names)
        yield Given((row[field] or "").encode(errors="replace").decode(), number, line.strip().encode())


def _parquet(path: Path, field: str, keep: bool) -> Iterator[Given]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if field not in names or not _is_text(file.schema_arrow.field(field).type):
                raise _no_field(path, field, names)
            if keep:
                _check_names(path, names)
            batches = file.iter_batches(BLOCK, columns=None if keep else [field])
            rows = (row for batch in batches for row in batch.to_pylist())
            yield from (Given(row[field] or "", number, row) for number, row in enumerate(rows, 1))
    except pa.ArrowException as error:
        raise UsageError(f"{path} is not a Parquet file that can be read: {str(error)[:200]}.") from None


def _check_names(path: Path, names: Sequence[str]) -> None:
    """Refuse what could not be kept whole."""
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"{path} has two columns {twice[0]!r}; --keep needs them to differ.")


def _is_text(kind: Any) -> bool:
    import pyarrow.types as kinds

    kind = kind.value_type if kinds.is_dictionary(kind) else kind
    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))


def _no_field(where: object, field: str, names: Iterable[str]) -> UsageError:
    found = ", ".join(islice(names, 20)) or "none"
    return UsageError(f"{where} has no text in the field {field!r}; name another with --field. Its fields: {found}.")
