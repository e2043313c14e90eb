"""Compressed files, whole and broken, and lines that are not what they should be."""

import bz2
import errno
import gzip
import io
import json
import lzma
import os
import random
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotion import zstd
from emotion.errors import ArchiveError
from emotion.tweets.archive import find_files
from emotion.tweets.damage import Damage
from emotion.tweets.decompress import decompress
from emotion.tweets.files import ArchiveFile
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.splits import Split
from emotion.tweets.streams import pieces_of
from emotion.tweets.stretches import cut_lines
from emotion.tweets.tweet import Part
from tests.tweets.made import lines, parts, read, reasons, status, texts, write

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "zst": lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: True}),
    "xz": lzma.compress,
}
RANDOM = random.Random(5)
RECORDS = [status(n, "".join(RANDOM.choices("abcdefgh é", k=100))) for n in range(2000)]
PLAIN = lines(RECORDS)


@pytest.mark.parametrize("kind", COMPRESS)
def test_every_compression_is_read_whole(tmp_path: Path, kind: str) -> None:
    part = read(write(tmp_path / f"a.json.{kind}", COMPRESS[kind](PLAIN)))
    assert [tweet.text for tweet in part.tweets] == [record["text"] for record in RECORDS]
    assert part.bytes == len(PLAIN)


@pytest.mark.parametrize("kind", COMPRESS)
def test_compressed_files_joined_are_one(tmp_path: Path, kind: str) -> None:
    halves = [COMPRESS[kind](lines(RECORDS[:1000])), COMPRESS[kind](b""), COMPRESS[kind](lines(RECORDS[1000:]))]
    part = read(write(tmp_path / f"a.json.{kind}", b"".join(halves) + b"\0" * 512))
    assert (len(part.tweets), part.read) == (2000, 2000)


SKIPPED = b"\x50\x2a\x4d\x18\x04\0\0\0\1\2\3\4"


def test_frames_of_zstd_that_hold_no_data_are_passed_over(tmp_path: Path) -> None:
    """pzstd puts one before each frame, seekable files end in one."""
    first, second = (zstd.compress(lines([status(n)])) for n in (1, 2))
    path = write(tmp_path / "a.json.zst", SKIPPED + first + SKIPPED + second + b"\x5e" + SKIPPED[1:])
    assert [tweet.tweet_id for tweet in read(path).tweets] == ["1", "2"]


@pytest.mark.parametrize("kind", ["gz", "xz", "zst"])  # bz2 comes in runs of blocks
def test_a_long_run_comes_out_in_small_pieces(kind: str) -> None:
    packed = COMPRESS[kind](bytes(64 << 20))
    sizes = [len(piece) for piece in decompress(iter([packed]), kind)]
    assert sum(sizes) == 64 << 20
    assert max(sizes) <= 128 << 10


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_cut_file_is_used_up_to_the_cut(tmp_path: Path, kind: str) -> None:
    packed = COMPRESS[kind](PLAIN)
    part = read(write(tmp_path / f"a.json.{kind}", packed[: len(packed) * 2 // 3]))
    assert reasons(part)[0].startswith("decompression failed: ")
    assert len(part.dead_letters) == 1
    assert texts(part) == [record["text"] for record in RECORDS[: len(part.tweets)]]
    assert kind == "bz2" or len(part.tweets) > 1000


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_damaged_file_is_used_up_to_the_damage(tmp_path: Path, kind: str) -> None:
    packed = bytearray(COMPRESS[kind](PLAIN))
    packed[len(packed) // 2 : len(packed) // 2 + 8] = b"\xff" * 8
    part = read(write(tmp_path / f"a.json.{kind}", bytes(packed)))
    assert [reason for reason in reasons(part) if reason.startswith("decompression failed: ")] == [reasons(part)[-1]]
    assert len(part.tweets) < 2000


@pytest.mark.parametrize("kind", COMPRESS)
def test_junk_behind_a_compressed_file_is_one_dead_letter(tmp_path: Path, kind: str) -> None:
    part = read(write(tmp_path / f"a.json.{kind}", COMPRESS[kind](PLAIN) + b"junk, not compressed"))
    assert (len(part.tweets), len(part.dead_letters)) == (2000, 1)


@pytest.mark.parametrize("kind", COMPRESS)
def test_compressed_nothing_is_empty(tmp_path: Path, kind: str) -> None:
    (part,) = parts(write(tmp_path / f"a.json.{kind}", COMPRESS[kind](b"")))
    assert (part.read, part.last) == (0, True)


def test_a_name_that_promises_compression_is_not_believed(tmp_path: Path) -> None:
    assert len(read(write(tmp_path / "a.json.gz", PLAIN)).tweets) == 2000


def test_a_bomb_is_read_in_small_pieces(tmp_path: Path) -> None:
    """A line of 100 MB of blanks, in 100 kB."""
    part = read(write(tmp_path / "a.json.gz", gzip.compress(b" " * 100_000_000 + b"\n" + lines([status(1)]), 9)))
    assert reasons(part) == ["line longer than 16 MiB"]
    assert len(part.tweets) == 1


def test_a_damaged_array_is_used_up_to_the_damage(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps(RECORDS).encode())
    part = read(write(tmp_path / "a.json.gz", packed[: len(packed) // 2]))
    assert len(part.dead_letters) == 1
    assert reasons(part)[0].startswith("decompression failed: ")
    assert len(part.tweets) > 500


GOOD = json.dumps(status(1)).encode()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (GOOD[:-30], "truncated line"),
        (GOOD[:100], "truncated line"),
        (b"not json at all", "not JSON: Expecting value"),
        (GOOD + GOOD, "not JSON: Extra data"),
        (GOOD.replace(b"happy", b"\xff"), "not UTF-8"),
        (b'"data"', "not a tweet"),
        (b'["data"]', "not a tweet"),
        (b'{"a":NaN}', "not JSON: NaN"),
        (b'{"a":' + b"9" * 5000 + b"}", "not JSON: a number too long"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
        (b'{"delete":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}", "nested too deep"),
    ],
)
def test_a_broken_line_costs_itself_alone(tmp_path: Path, line: bytes, reason: str) -> None:
    part = read(write(tmp_path / "a.jsonl", GOOD + b"\n" + line + b"\n" + GOOD + b"\n"))
    assert reasons(part) == [reason]
    assert (part.dead_letters[0].line, part.dead_letters[0].raw) == (2, line)
    assert [tweet.line for tweet in part.tweets] == [1, 3]


@pytest.mark.parametrize("line", [GOOD + b"\r", b"\xef\xbb\xbf" + GOOD, GOOD + b"\0\0", b" \t" + GOOD + b" "])
def test_stray_bytes_around_a_record_do_no_harm(tmp_path: Path, line: bytes) -> None:
    assert len(read(write(tmp_path / "a.jsonl", GOOD + b"\n" + line + b"\n")).tweets) == 2


@pytest.mark.parametrize("blank", [b"", b"  ", b"\r", b"\0\0\0", b"\xef\xbb\xbf"])
def test_blank_lines_are_counted(tmp_path: Path, blank: bytes) -> None:
    part = read(write(tmp_path / "a.jsonl", GOOD + b"\n" + blank + b"\n"))
    assert (part.skipped, part.read) == ({"blank": 1}, 2)


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_final_newline_makes_no_difference(tmp_path: Path, end: bytes) -> None:
    assert read(write(tmp_path / "a.jsonl", GOOD + b"\n" + GOOD + end)).read == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("kind", ["plain", "gz"])
def test_utf16_with_a_mark_is_read(tmp_path: Path, encoding: str, kind: str) -> None:
    text = json.dumps(status(1, "é 🎉"), ensure_ascii=False) + "\n"
    content = (text * 3 if encoding == "utf-16" else "\ufeff" + text * 3).encode(encoding)
    path = write(tmp_path / "a.jsonl", gzip.compress(content) if kind == "gz" else content)
    assert texts(read(path, split_bytes=100)) == ["é 🎉"] * 3


def test_a_line_of_a_hundred_megabytes_is_a_dead_letter(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(GOOD + b'\n{"text":"')
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n' + GOOD + b"\n")
    part = read(path, split_bytes=1 << 30)
    assert reasons(part) == ["line longer than 16 MiB"]
    assert len(part.dead_letters[0].raw) == 10_000
    assert len(read(path, split_bytes=10 << 20).tweets) == 2
    assert [tweet.line for tweet in part.tweets] == [1, 3]


def test_parts_end_at_the_same_lines_whatever_is_done(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json.gz", gzip.compress(PLAIN))
    options = ReadOptions(part_bytes=50_000)
    every = parts(path, options)
    assert len(every) > 10
    assert [part.index for part in every] == list(range(len(every)))
    assert [part.last for part in every] == [False] * (len(every) - 1) + [True]
    assert parts(path, options, lambda index: index % 2 == 1) == every[::2]
    assert parts(path, options, lambda index: True) == []


def test_parts_of_short_lines_are_cut_by_their_number() -> None:
    stretches = list(cut_lines(iter((b"hi\n" * 1_000_000,)), 32 << 20))
    assert sum(len(stretch.records) for stretch in stretches) == 1_000_000
    assert max(len(stretch.records) for stretch in stretches) < 160_000


class Failing(io.FileIO):
    """A file on a disk that cannot be read just now."""

    error = OSError()

    def read(self, size: int | None = -1, /) -> bytes:
        raise self.error


@pytest.mark.parametrize("error", [OSError("Invalid data stream"), OSError(errno.EINVAL, "Invalid argument")])
def test_an_oserror_of_a_library_is_damage(tmp_path: Path, error: OSError) -> None:
    with Failing(write(tmp_path / "a.json", PLAIN)) as handle:
        handle.error = error
        with pytest.raises(Damage, match="Invalid"):
            list(pieces_of(handle))


PACKED_PARQUET = io.BytesIO()
pq.write_table(pa.table({"text": ["a", "b"]}), PACKED_PARQUET)
PARQUET = PACKED_PARQUET.getvalue()


def packed(path: Path, members: dict[str, bytes], mode: Literal["w", "w:gz"] = "w:gz") -> Path:
    with tarfile.open(path, mode) as container:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            container.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EIO, errno.ETIMEDOUT])
@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "jsonl.bz2", "parquet", "parquet.gz", "tar", "tgz", "zip"])
def test_what_cannot_be_read_just_now_is_not_taken_for_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, number: int
) -> None:
    content = {"jsonl": PLAIN, "jsonl.gz": gzip.compress(PLAIN), "jsonl.bz2": bz2.compress(PLAIN)}
    content |= {"parquet": PARQUET, "parquet.gz": gzip.compress(PARQUET)}
    path = tmp_path / f"a.{kind}"
    if kind in ("tar", "tgz"):
        packed(path, {"a.parquet": PARQUET}, "w" if kind == "tar" else "w:gz")
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as container:
            container.writestr("a.jsonl", PLAIN)
    else:
        write(path, content[kind])
    (file,) = find_files([str(path)]).files
    monkeypatch.setattr(Failing, "error", OSError(number, os.strerror(number)))
    monkeypatch.setattr(Path, "open", lambda path, mode: Failing(path, mode))
    monkeypatch.setattr("zipfile.ZipExtFile.read", Failing.read)
    monkeypatch.setattr("zipfile.ZipExtFile.error", Failing.error, raising=False)
    with pytest.raises(ArchiveError, match=rf"^Reading {file.name} failed: .*\. Say the same again to go on\.$"):
        list(read_parts(file, Split(0, 0), ReadOptions(), lambda index: False))


@pytest.mark.parametrize("broken", [PARQUET[:-20], PARQUET[:4] + b"x" * 100, gzip.compress(PARQUET)[:-30]])
def test_a_broken_parquet_file_in_a_compressed_tar_leaves_the_others_alone(tmp_path: Path, broken: bytes) -> None:
    members = {"1.parquet": PARQUET, "2.parquet": broken, "3.json": PLAIN, "4.parquet": PARQUET}
    part = read(packed(tmp_path / "a.tgz", members))
    assert (len(part.dead_letters), len(part.tweets)) == (1, 2004)


def test_a_cut_compressed_parquet_file_is_one_dead_letter(tmp_path: Path) -> None:
    part = read(write(tmp_path / "a.parquet.gz", gzip.compress(PARQUET)[:-30]))
    assert reasons(part) == ["decompression failed: the file ends early"]


def test_a_parquet_file_in_a_cut_tar_is_one_dead_letter(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar", {"1.json": PLAIN, "2.parquet": PARQUET}, "w")
    part = read(write(path, path.read_bytes()[: (len(PLAIN) + 511) // 512 * 512 + 1024 + len(PARQUET) // 2]))
    assert len(part.tweets) == 2000
    assert [reason.partition(":")[0] for reason in reasons(part)] == ["not Parquet"]


def test_a_bad_cell_of_a_parquet_file_costs_itself_alone(tmp_path: Path) -> None:
    times = pa.array([2**62, 1_485_432_000_000_000, None], pa.timestamp("us", "UTC"))
    bytes_ = pa.array([b"far away", b"caf\xe9", b"fine"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"created_at": times, "text": bytes_}), tmp_path / "a.parquet")
    part = read(tmp_path / "a.parquet")
    assert [(tweet.text, tweet.created_at) for tweet in part.tweets] == [("far away", None), ("fine", None)]
    assert reasons(part) == ["no text"]


def test_a_member_that_its_tar_cuts_off_is_read_to_the_cut_by_whoever_has_a_range_of_it(tmp_path: Path) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        info = tarfile.TarInfo("a.jsonl")
        info.size = len(PLAIN)
        tar.addfile(info, io.BytesIO(PLAIN))
    cut = write(tmp_path / "a.tar", target.getvalue()[: len(PLAIN) // 2])
    part = read(cut, split_bytes=len(PLAIN) // 5)
    assert [tweet.text for tweet in part.tweets] == [record["text"] for record in RECORDS[: len(part.tweets)]]
    assert len(part.tweets) > 990
    assert {reason.partition(": ")[2] for reason in reasons(part)} == {"the tar ends early"}


def of_file(file: ArchiveFile) -> list[Part]:
    return list(read_parts(file, Split(0, 0), ReadOptions(), lambda index: False))


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_whose_header_claims_to_be_huge_fills_no_memory(tmp_path: Path, mode: str, kind: bytes) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as container:  # type: ignore[call-overload]  # one of two
        info = tarfile.TarInfo("a.jsonl")
        info.size = len(PLAIN)
        container.addfile(info, io.BytesIO(PLAIN))
        huge = tarfile.TarInfo("././@LongLink")
        huge.type, huge.size = kind, 64 << 20
        container.addfile(huge, io.BytesIO(bytes(64 << 20)))
    path = write(tmp_path / ("a.tar" if mode == "w" else "a.tar.gz"), target.getvalue())
    tracemalloc.start()
    read_all = [part for file in find_files([str(path)]).files for part in of_file(file)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(len(part.tweets) for part in read_all) == len(RECORDS)
    assert peak < 32 << 20
