"""From a split to the batches of records that become parts, whatever the layout of the file."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Protocol

from emotion.tweets import bz2blocks
from emotion.tweets.containers import UNLISTED, on_disk, stream_members, unpacked_members
from emotion.tweets.damage import Damage
from emotion.tweets.files import ArchiveFile, is_member_name
from emotion.tweets.formats.columns import Fields
from emotion.tweets.formats.detect import (
    CONTAINERS,
    HEAD,
    RECORD_FORMATS,
    UNREADABLE,
    detect,
    is_lines,
    is_other,
    layout,
)
from emotion.tweets.formats.documents import NOTICES, NoticeRows
from emotion.tweets.formats.keyed import KeyedRecords
from emotion.tweets.formats.lenient import trim
from emotion.tweets.formats.parquet import ROW_BYTES, ParquetRows
from emotion.tweets.formats.records import JsonRecords
from emotion.tweets.formats.results import Context, Result
from emotion.tweets.formats.table import TableRecords, guess_mark, join_rows
from emotion.tweets.formats.text import TextRecords
from emotion.tweets.places import Blocks, Bytes, MadeIds, Places
from emotion.tweets.ranges import line_bounds, own_lines
from emotion.tweets.splits import Split
from emotion.tweets.streams import as_utf8, is_utf16, open_stored, peek, pieces_of, plain_pieces, read_stored
from emotion.tweets.stretches import Lost, Raw, Stretch, cut_lines, cut_records, single_lines
from emotion.tweets.tweet import DeadLetter, Deletion, Part, Tweet
from emotion.tweets.values import cut_values

_DEEPEST = 16  # containers within each other
_BLANK = 1000  # lines among which the header of a table is looked for


class Batch(Protocol):
    """Records of one part, not yet parsed; `count` only counts them, `read` parses them into a part."""

    @property
    def source(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def raws(self) -> list[Raw] | None: ...  # None where a record cannot be read alone: rows of tables, plain texts
    def count(self) -> int: ...
    def read(self, part: Part, line: int) -> None: ...


class Parser(Protocol):
    """What a format knows of one record."""

    def parse(self, raw: bytes, line: int) -> Result | list[Result]: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be read, and how."""

    file: ArchiveFile
    split: Split
    format: str | None
    fields: Fields
    fold: bool
    part_bytes: int


def batches(plan: Plan) -> Iterator[Batch]:
    """The batches of a split in order; always the same, whatever is done with them."""
    file, split = plan.file, plan.split
    if file.format == UNREADABLE:
        yield _lost(file.name, UNLISTED)
    elif split.unit == "bytes":
        with open_stored(file) as handle:
            start, end = line_bounds(handle, split.start, file.size if split.end is None else split.end)
            yield from _line_batches(pieces_of(handle, start, end), file.name, plan, Bytes(start))
    elif split.unit == "bits":
        blocks = Blocks()
        yield from _line_batches(_bit_range(file, split, blocks), file.name, plan, blocks)
    elif (
        layout(file.format, plan.format) in ("parquet", NOTICES)
        and file.compression is None
        and not file.stream
        and not _zipped(file)
    ):
        with open_stored(file) as handle:
            yield from _row_batches(handle, file.name, plan)
    else:
        yield from _file_batches(*_whole(file), file.name, plan, file.format)


@dataclass(frozen=True, slots=True)
class _RecordBatch:
    source: str
    stretch: Stretch
    parser: Parser
    places: Places | None = None

    @property
    def bytes(self) -> int:
        return self.stretch.bytes

    @property
    def raws(self) -> list[Raw] | None:
        return self.stretch.records if isinstance(self.parser, JsonRecords) else None

    def count(self) -> int:
        return sum(1 if isinstance(raw, Lost) else _count(raw, self.parser) for raw in self.stretch.records)

    def read(self, part: Part, line: int) -> None:
        parse, append = self.parser.parse, part.tweets.append
        ids = MadeIds(self.source, self.stretch, self.places)
        part.read = len(self.stretch.records)
        for index, raw in enumerate(self.stretch.records):
            result = DeadLetter(line, raw.reason, raw.raw) if isinstance(raw, Lost) else parse(raw, line)
            if type(result) is Tweet:
                if not result.tweet_id:
                    result.tweet_id = ids.of(index, line)
                append(result)
            elif isinstance(result, list):
                _add(part, _named(result, ids, index, line))
                line += len(result) - 1
                part.read += len(result) - 1
            else:
                _add(part, (result,))
            line += 1


@dataclass(frozen=True, slots=True)
class _RowBatch:
    source: str
    rows: ParquetRows | NoticeRows
    batch: Any

    @property
    def bytes(self) -> int:
        return int(self.batch.nbytes)

    @property
    def raws(self) -> list[Raw] | None:
        return None

    def count(self) -> int:
        return int(self.batch.num_rows)

    def read(self, part: Part, line: int) -> None:
        part.read = self.batch.num_rows
        _add(part, _named(self.rows.read(self.batch, line), MadeIds(self.source), 0, line))


def _count(raw: bytes, parser: Parser) -> int:
    """As reading counts; a page that cannot be parsed is one record, however many elements it seems to have."""
    found = parser.parse(raw, 1) if isinstance(parser, JsonRecords) and parser.may_be_page(raw) else None
    return len(found) if isinstance(found, list) else 1


def _named(results: Iterable[Result], ids: MadeIds, index: int, line: int) -> Iterator[Result]:
    """The results of one record that holds several, or of the rows from `line` on, each with an id."""
    for element, result in enumerate(results):
        if isinstance(result, Tweet) and not result.tweet_id:
            result.tweet_id = ids.of(index, line, element)
        yield result


def _add(part: Part, results: Iterable[Result]) -> None:
    for result in results:
        if isinstance(result, Tweet):
            part.tweets.append(result)
        elif isinstance(result, Deletion):
            part.deletions.append(result)
        elif isinstance(result, DeadLetter):
            part.dead_letters.append(result)
        else:
            part.skipped[result] = part.skipped.get(result, 0) + 1


def _whole(file: ArchiveFile) -> tuple[Iterator[bytes], Places]:
    """A whole file decompressed, and where its bytes lie, told as if it were cut."""
    if file.compression != "bz2":
        return plain_pieces(read_stored(file)), Bytes()
    blocks = Blocks()
    head, pieces = peek(_blocks(file, 0, None, blocks), 2)
    return (as_utf8(pieces), Bytes()) if is_utf16(head) else (pieces, blocks)


def _bit_range(file: ArchiveFile, split: Split, blocks: Blocks) -> Iterator[bytes]:
    following: Iterator[bytes] = iter(()) if split.end is None else _blocks(file, split.end, None, blocks)
    return own_lines(_blocks(file, split.start, split.end, blocks), following, split.start == 0, blocks.drop)


def _blocks(file: ArchiveFile, start: int, end: int | None, blocks: Blocks) -> Iterator[bytes]:
    """Decompressed bytes from bit to bit; bit 0 is the header's."""
    before = start // 8 * 8
    return bz2blocks.decompress(
        read_stored(file, before // 8),
        start - before if start else None,
        None if end is None else end - before,
        lambda bit, size: blocks.seen(before + bit, size),
    )


def _file_batches(
    pieces: Iterator[bytes], places: Places, source: str, plan: Plan, known: str | None
) -> Iterator[Batch]:
    """A whole file or member, its layout told by its beginning where it is not known."""
    head, pieces = peek(pieces, HEAD)
    kind = layout(known or detect(head[:HEAD], source), plan.format)
    if kind in CONTAINERS:
        yield from _member_batches(pieces, source, plan, kind)
    elif kind == "parquet":
        try:
            with on_disk(pieces) as handle:
                yield from _row_batches(handle, source, plan)
        except Damage as damage:
            yield _lost(source, str(damage))
    elif kind in ("csv", "tsv"):
        yield from _table_batches(pieces, source, plan, kind)
    elif is_lines(kind):
        yield from _line_batches(pieces, source, plan, places, kind)
    else:
        yield from _record_batches(cut_values(pieces), source, plan, _json_parser(source, plan))


def _member_batches(pieces: Iterator[bytes], source: str, plan: Plan, kind: str) -> Iterator[Batch]:
    """A tar or zip that is read in sequence, member by member; what is no archive of tweets is left aside."""
    if source.count("!") >= _DEEPEST:
        yield _lost(source, "nested too deep")
        return
    try:
        for name, content in stream_members(pieces) if kind == "tar" else unpacked_members(pieces):
            if not is_member_name(name):
                continue
            head, plain = peek(plain_pieces(content), HEAD)
            if not is_other(name, head):
                yield from _file_batches(plain, Bytes(), f"{source}!{name}", plan, None)
            elif kind == "tar":
                deque(plain, maxlen=0)  # the tar may be cut off within it
    except Damage as damage:
        yield _lost(source, str(damage))


def _line_batches(
    pieces: Iterator[bytes], source: str, plan: Plan, places: Places, kind: str | None = None
) -> Iterator[Batch]:
    is_text = (kind or layout(plan.file.format, plan.format)) == "text"
    parser = TextRecords() if is_text else _json_parser(source, plan)
    return (_RecordBatch(source, stretch, parser, places) for stretch in cut_lines(pieces, plan.part_bytes))


def _table_batches(pieces: Iterator[bytes], source: str, plan: Plan, kind: str) -> Iterator[Batch]:
    lines, blank = single_lines(pieces), []
    for first in islice(lines, _BLANK):
        if isinstance(first[0], Lost) or trim(first[0]):
            break
        blank.append(first)
    else:
        first = (b"", 0)
    header = b"" if isinstance(first[0], Lost) else first[0]
    mark = "\t" if kind == "tsv" else guess_mark(header)
    kept = [*blank, first] if first[1] and (plan.fields.by_place or not header) else blank
    lines = chain(kept, lines)
    rows = lines if kind == "tsv" else join_rows(lines, mark)
    yield from _record_batches(rows, source, plan, TableRecords(plan.fields, mark, header))


def _record_batches(records: Iterator[tuple[Raw, int]], source: str, plan: Plan, parser: Parser) -> Iterator[Batch]:
    return (_RecordBatch(source, stretch, parser) for stretch in cut_records(records, plan.part_bytes))


def _row_batches(handle: Any, source: str, plan: Plan) -> Iterator[Batch]:
    try:
        notices = plan.file.format == NOTICES
        rows = NoticeRows(handle) if notices else ParquetRows(handle, plan.fields, plan.fold)
        for batch in rows.batches(max(1, plan.part_bytes // ROW_BYTES)):
            yield _RowBatch(source, rows, batch)
    except Damage as damage:
        yield _lost(source, str(damage))


def _lost(source: str, reason: str) -> Batch:
    return _RecordBatch(source, Stretch([Lost(reason, b"")], 0), TextRecords())


def _json_parser(source: str, plan: Plan) -> Parser:
    if plan.fields.given:
        return KeyedRecords(plan.fields)
    return JsonRecords(Context(source, plan.fold), plan.format if plan.format in RECORD_FORMATS else None)


def _zipped(file: ArchiveFile) -> bool:
    return file.member is not None and file.member.zipped
