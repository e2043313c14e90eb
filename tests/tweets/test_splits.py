"""Splits: together they are the file, each record once."""

import bz2
import json
import os
import random
import tarfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.errors import ArchiveError, UsageError
from emotion.tweets import bz2blocks
from emotion.tweets.archive import ArchiveFile, find_files
from emotion.tweets.damage import Damage
from emotion.tweets.places import Blocks
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.splits import Split, plan_splits
from emotion.tweets.stretches import LONGEST
from emotion.tweets.tweet import Part
from tests.tweets.made import balances, lines, parts, read, status, texts, write

RANDOM = random.Random(3)
NOISE = [status(n, RANDOM.randbytes(300).hex()) for n in range(1500)]
PLAIN = lines(NOISE)


def compressed(plain: bytes, level: int = 1) -> bytes:
    """bz2 with a block for every 100 kB times the level."""
    return bz2.compress(plain, level)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([b"", b"a", b'{"text":"hi"}', b"x" * 40]), max_size=30),
    st.integers(1, 90),
    st.booleans(),
)
def test_ranges_of_a_plain_file_hold_each_line_once(
    tmp_path_factory: pytest.TempPathFactory, rows: list[bytes], size: int, newline: bool
) -> None:
    content = b"\n".join(rows) + (b"\n" if newline and rows else b"")
    path = write(tmp_path_factory.getbasetemp() / "random.txt", content)
    whole = read(path)
    cut = read(path, split_bytes=size)
    assert texts(cut) == texts(whole)
    assert cut.read == whole.read == len(content.split(b"\n")) - (1 if not content or content.endswith(b"\n") else 0)


@pytest.mark.parametrize("size", [40_000, 100_000, 170_000])
@pytest.mark.parametrize("streams", [1, 3])
def test_bz2_is_cut_between_blocks(tmp_path: Path, size: int, streams: int) -> None:
    step = len(NOISE) // streams
    packed = b"".join(compressed(lines(NOISE[k * step : (k + 1) * step])) for k in range(streams))
    path = write(tmp_path / "a.json.bz2", packed)
    (file,) = find_files([str(path)]).files
    splits = plan_splits(file, 0, size * 4, whole_below=0)
    assert len(splits) > 2
    part = read(path, split_bytes=size * 4, whole_below=0)
    assert texts(part) == [record["text"] for record in NOISE]


def test_damage_at_the_end_of_a_bz2_is_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = compressed(PLAIN)
    path = write(tmp_path / "a.json.bz2", packed[:-50_000] + bytes(50_000))
    (file,) = find_files([str(path)]).files
    tries: list[int] = []
    found = bz2blocks.first_block

    def counted(data: bytes) -> int | None:
        tries.append(len(data))
        return found(data)

    monkeypatch.setattr(bz2blocks, "first_block", counted)
    splits = plan_splits(file, 0, 4_000, whole_below=0)
    assert len(splits) > 2
    assert len(tries) == len(splits)


def test_a_small_bz2_stays_whole(tmp_path: Path) -> None:
    (file,) = find_files([str(write(tmp_path / "a.json.bz2", compressed(PLAIN)))]).files
    assert plan_splits(file, 3, 80_000) == [Split(3, 0)]


@pytest.mark.parametrize("content", [json.dumps(NOISE), "id,text\n" + "1,hi\n" * 300_000])
def test_a_bz2_of_anything_but_lines_stays_whole(tmp_path: Path, content: str) -> None:
    name = "a.json.bz2" if content[0] == "[" else "a.csv.bz2"
    (file,) = find_files([str(write(tmp_path / name, compressed(content.encode())))]).files
    assert plan_splits(file, 0, 8, whole_below=0) == [Split(0, 0)]


def test_a_magic_number_inside_a_block_is_no_boundary(tmp_path: Path) -> None:
    """A number found by chance lets a run of blocks fail; then each block is tried up to its true end."""
    packed = compressed(PLAIN)
    marks = bz2blocks.find_marks(packed)
    false = sorted([*marks, *((at + 4321, False) for at, _ in marks[:-1])])
    real = bz2blocks.find_marks
    try:
        bz2blocks.find_marks = lambda data: false if data == packed else real(data)
        assert b"".join(bz2blocks.decompress(iter((packed,)))) == PLAIN
    finally:
        bz2blocks.find_marks = real


def test_the_first_block_is_one_that_decodes() -> None:
    packed = compressed(PLAIN)
    second = bz2blocks.find_marks(packed)[1][0]
    junk = (0x314159265359).to_bytes(6) + b"no block"
    data = junk + packed[second // 8 - 5 :]
    assert bz2blocks.first_block(data) == (len(junk) + 5) * 8 + second % 8
    assert bz2blocks.first_block(junk * 3) is None


def test_marks_are_found_at_every_bit() -> None:
    magic = 0x314159265359
    for shift in range(8):
        data = ((0b1 << 60 | magic) << (19 - shift)).to_bytes(11)
        expected = 88 - 48 - (19 - shift)
        assert (expected, False) in bz2blocks.find_marks(data)


@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_blocks_come_out_whatever_the_pieces(size: int) -> None:
    plain = PLAIN[:250_000]
    packed = compressed(plain)
    pieces = (packed[start : start + size] for start in range(0, len(packed), size))
    assert b"".join(bz2blocks.decompress(pieces)) == plain


def before_damage(pieces: Iterator[bytes]) -> bytes:
    found = b""
    try:
        for piece in pieces:
            found += piece
    except Damage:
        return found
    pytest.fail("the damage was not noticed")


@pytest.mark.parametrize("end", [0, 3, 9, 40, 5000, 200_000])
def test_whole_blocks_before_a_cut_are_kept(end: int) -> None:
    packed = compressed(PLAIN)
    found = before_damage(bz2blocks.decompress(iter((packed[:end],))))
    assert PLAIN.startswith(found)
    assert len(found) >= (end // 70_000) * 90_000


def test_a_damaged_split_leaves_the_others_alone(tmp_path: Path) -> None:
    packed = bytearray(compressed(PLAIN))
    path = write(tmp_path / "a.json.bz2", bytes(packed))
    (file,) = find_files([str(path)]).files
    splits = plan_splits(file, 0, 4 * 150_000, whole_below=0)
    middle = (splits[1].start + 8 * 1000) // 8
    packed[middle : middle + 4] = b"\0\xff\0\xff"
    path.write_bytes(bytes(packed))
    os.utime(path, ns=(0, file.mtime_ns))
    found = [list(read_parts(file, split, ReadOptions(), lambda index: False)) for split in splits]
    assert all(balances(part) for some in found for part in some)
    letters = [[letter.reason for part in some for letter in part.dead_letters] for some in found]
    assert [bool(reasons) for reasons in letters[1:]] == [True] + [False] * (len(splits) - 2)
    assert len(texts_of(found[0])) + len(texts_of(found[2])) > 200


def texts_of(some: list[Part]) -> list[str]:
    return [tweet.text for part in some for tweet in part.tweets]


def test_a_line_over_many_splits_belongs_to_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "first\n" + "x" * 5000 + "\nlast\n")
    (file,) = find_files([str(path)]).files
    counts = [
        sum(part.read for part in read_parts(file, split, ReadOptions(), lambda index: False))
        for split in plan_splits(file, 0, 100)
    ]
    assert sum(counts) == 3
    assert texts(read(path, split_bytes=100)) == ["first", "x" * 5000, "last"]


def test_an_empty_split_is_one_empty_part(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "x" * 500)
    (file,) = find_files([str(path)]).files
    (part,) = read_parts(file, Split(0, 1, 100, 200, "bytes"), ReadOptions(), lambda index: False)
    assert (part.index, part.read, part.last, part.source) == (0, 0, True, "a.txt")
    assert list(read_parts(file, Split(0, 1, 100, 200, "bytes"), ReadOptions(), lambda index: True)) == []


def test_an_empty_file_is_one_empty_part(tmp_path: Path) -> None:
    (part,) = parts(write(tmp_path / "a.jsonl", b""))
    assert (part.read, part.last) == (0, True)


def ids(path: Path, part_bytes: int = 1 << 20, **cuts: int) -> list[str]:
    return [tweet.tweet_id for tweet in read(path, ReadOptions(part_bytes=part_bytes), **cuts).tweets]


ANONYMOUS = [
    b'{"text": "same"}',
    b'{"text": "same"}\r',
    b"",
    b"broken",
    b'{"data": [{"id": null, "text": "one", "author_id": "7"}, {"text": "two", "author_id": "7"}]}',
    b'{"text": "' + b"long " * 200 + b'"}',
]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(ANONYMOUS), min_size=1, max_size=30), st.integers(1, 3000), st.integers(1, 3000))
def test_made_ids_are_the_same_however_a_file_is_cut(
    tmp_path_factory: pytest.TempPathFactory, rows: list[bytes], size: int, part_bytes: int
) -> None:
    path = write(tmp_path_factory.getbasetemp() / "anonymous.jsonl", b"\n".join(rows))
    whole = ids(path)
    assert ids(path, part_bytes, split_bytes=size) == whole
    assert len(set(whole)) == len(whole) == sum(2 if row.startswith(b'{"data') else row[:1] == b"{" for row in rows)


@pytest.mark.parametrize("streams", [1, 3])
def test_made_ids_are_the_same_however_a_bz2_is_cut(tmp_path: Path, streams: int) -> None:
    text = RANDOM.randbytes(40).hex()
    rows = lines({"text": text if n % 3 else RANDOM.randbytes(n % 90).hex() or "x"} for n in range(20_000))
    cuts = [rows.index(b"\n", len(rows) * k // streams) + 1 for k in range(1, streams)]
    pieces = [rows[a:b] for a, b in pairwise([0, *cuts, len(rows)])]
    path = write(tmp_path / "a.jsonl.bz2", b"".join(map(compressed, pieces)))
    (file,) = find_files([str(path)]).files
    whole = ids(path)
    assert len(set(whole)) == len(whole) == 20_000
    for size in (30_000, 70_000, 100_000):
        assert len(plan_splits(file, 0, size * 4, whole_below=0)) > 2
        assert ids(path, 50_000, split_bytes=size * 4, whole_below=0) == whole


def test_a_line_too_long_to_be_kept_counts_in_the_place_of_those_behind_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "first\n" + "x" * (LONGEST + 1) + "\nsecond\nsecond\n")
    assert ids(path) == ids(path, split_bytes=LONGEST // 2)


def test_the_newline_at_the_end_of_a_block_leaves_the_next_line_where_it_is() -> None:
    blocks = Blocks()
    for bit, size in ((32, 100), (900, 0), (1000, 50)):
        blocks.seen(bit, size)
    assert [blocks.of(offset) for offset in (0, 99, 100, 149)] == ["32:0", "32:99", "1000:0", "1000:49"]
    blocks.drop(60)
    assert blocks.of(40) == "1000:0"


def test_another_format_than_planned_is_refused(tmp_path: Path) -> None:
    (file,) = find_files([str(write(tmp_path / "a.jsonl", PLAIN))]).files
    split = plan_splits(file, 0, 1000)[0]
    with pytest.raises(ArchiveError, match="planned as lines"):
        list(read_parts(file, split, ReadOptions(format="csv"), lambda index: False))


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    (file,) = find_files([str(write(tmp_path / "a.jsonl", PLAIN))]).files
    with pytest.raises(UsageError, match="'xml'"):
        plan_splits(file, 0, format="xml")


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    file = ArchiveFile(str(tmp_path / "gone.jsonl"), "gone.jsonl", 5, 0, "", format="jsonl")
    with pytest.raises(ArchiveError, match=r"gone\.jsonl"):
        list(read_parts(file, Split(0, 0), ReadOptions(), lambda index: False))


@pytest.mark.parametrize("content", [PLAIN[:500], PLAIN[:-1] + b" ", PLAIN + PLAIN, b""])
def test_a_file_that_changed_since_it_was_listed_is_told(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "a.jsonl", PLAIN)
    (file,) = find_files([str(path)]).files
    splits = plan_splits(file, 0, 1000)
    path.write_bytes(content)
    os.utime(path, ns=(0, file.mtime_ns + 1))
    for split in splits:
        with pytest.raises(ArchiveError, match=r"a\.jsonl changed while it was being read"):
            list(read_parts(file, split, ReadOptions(), lambda index: False))


def test_a_file_that_shrinks_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", PLAIN)
    (file,) = find_files([str(path)]).files
    found = read_parts(file, plan_splits(file, 0)[0], ReadOptions(part_bytes=1), lambda index: False)
    assert not next(found).last
    os.truncate(path, 0)
    with pytest.raises(ArchiveError, match="changed while"):
        list(found)


def test_a_member_of_a_tar_that_changed_is_told(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as container:
        container.add(write(tmp_path / "a.jsonl", PLAIN), "a.jsonl")
    (file,) = find_files([str(tmp_path / "a.tar")]).files
    os.truncate(tmp_path / "a.tar", 0)
    with pytest.raises(ArchiveError, match="changed while"):
        list(read_parts(file, Split(0, 0), ReadOptions(), lambda index: False))
