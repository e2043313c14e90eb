"""Archives in a bucket give what the same archives on a disk give."""

import bz2
import gzip
import io
import random
import tarfile
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotion.errors import StorageError, UsageError
from emotion.objects.file import open_object
from emotion.tweets import archive, streams
from emotion.tweets.archive import find_files
from emotion.tweets.reader import read_parts
from emotion.tweets.splits import Split, plan_splits
from tests.objects.made import Bucket
from tests.tweets.made import PLAINLY, content, lines, read, status, write


def many(count: int = 3000) -> bytes:
    words = random.Random(1)
    return lines(status(n, f"day {n} {words.random()} so good") for n in range(count))


def packed(kind: str, contents: list[bytes]) -> bytes:
    target = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as container:
            for number, each in enumerate(contents):
                container.writestr(f"{number}.jsonl", each)
        return target.getvalue()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for number, each in enumerate(contents):
            info = tarfile.TarInfo(f"{number}.jsonl")
            info.size = len(each)
            tar.addfile(info, io.BytesIO(each))
    return target.getvalue()


def table() -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table({"id": [str(n) for n in range(500)], "text": ["so happy today"] * 500}), target)
    return target.getvalue()


PLAIN = many()
ARCHIVES = {
    "plain.jsonl": PLAIN,
    "packed.jsonl.gz": gzip.compress(PLAIN),
    "blocks.jsonl.bz2": bz2.compress(PLAIN, 1),
    "broken.jsonl.bz2": bz2.compress(PLAIN, 1)[:-500],
    "days.tar": packed("tar", [many(50), b"", gzip.compress(many(20))]),
    "cut.tar": packed("tar", [many(50), many(60)])[:-20_000],
    "days.zip": packed("zip", [many(50), many(20)]),
    "broken.zip": packed("zip", [many(50), many(20)])[:-300],
    "rows.parquet": table(),
    "rows.csv": b"id,text\n1,so happy\n2,so sad\n",
    "empty.jsonl": b"",
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_format_is_read_as_from_a_disk(name: str, bucket: Bucket, tmp_path: Path) -> None:
    address, path = bucket.put(f"archive/{name}", ARCHIVES[name]), write(tmp_path / name, ARCHIVES[name])
    for split_bytes, whole_below in ((64 << 20, 32 << 20), (100_000, 0)):
        there, here = read(address, PLAINLY, split_bytes, whole_below), read(path, PLAINLY, split_bytes, whole_below)
        assert content(there) == content(here)


def test_a_folder_is_listed_as_on_a_disk(bucket: Bucket, tmp_path: Path) -> None:
    files = {
        **{f"archive/{name}": data for name, data in ARCHIVES.items()},
        "archive/notes.md": b"no archive",
        "archive/.git/a.jsonl": PLAIN,
        "archive/old/store.json": b"{}",
        "archive/old/month=2017-01/a.parquet": table(),
        "archive/older/b.jsonl.gz": gzip.compress(PLAIN),
    }
    for name, data in files.items():
        bucket.put(name, data)
        write(tmp_path / name, data)
    there, here = find_files([f"{bucket.address}/archive"]), find_files([str(tmp_path / "archive")])
    assert described(there.files) == described(here.files)
    assert "notes.md" in there.left_aside


@pytest.mark.parametrize("pattern", ["**/*.parquet", "**/month=*/*", "*/*/*.parquet", "*"])
def test_a_pattern_that_takes_in_a_store_leaves_it_out(pattern: str, bucket: Bucket, tmp_path: Path) -> None:
    for name, data in {
        "rows.parquet": table(),
        "new/month=2017-01/b.parquet": table(),
        "old/store.json": b"{}",
        "old/month=2017-01/a.parquet": table(),
    }.items():
        bucket.put(name, data)
        write(tmp_path / name, data)
    there, here = (find_files([f"{place}/{pattern}"]).files for place in (bucket.address, tmp_path))
    assert described(there) == described(here)
    assert {file.name for file in there} <= {"rows.parquet", "new/month=2017-01/b.parquet"}


def test_a_pattern_that_takes_in_nothing_but_a_store_says_that_there_is_nothing(bucket: Bucket) -> None:
    bucket.put("old/store.json", b"{}")
    with pytest.raises(UsageError, match="no object"):
        find_files([f"{bucket.address}/**/*.parquet"])


def described(files: list[archive.ArchiveFile]) -> list[tuple[Any, ...]]:
    return sorted((file.name, file.size, file.head, file.format or "", file.compression or "") for file in files)


def test_two_folders_with_the_same_names_are_told_apart(bucket: Bucket) -> None:
    for day in ("1", "2"):
        bucket.put(f"{day}/a.jsonl", lines([status(int(day))]))
    found = find_files([f"{bucket.address}/1", f"{bucket.address}/2", f"{bucket.address}/1/a.jsonl"])
    assert [file.name for file in found.files] == ["a.jsonl", "2/a.jsonl"]


def test_a_thousand_objects_are_found_with_their_beginnings(bucket: Bucket) -> None:
    bucket.fill({f"{n // 100}/{n:04d}.jsonl": lines([status(n)]) for n in range(1000)})
    found = find_files([f"{bucket.address}/"]).files
    assert [file.name for file in found] == [f"{n // 100}/{n:04d}.jsonl" for n in range(1000)]
    assert len({file.head for file in found}) == 1000
    assert {file.format for file in found} == {"jsonl"}


def test_an_object_that_changes_while_it_is_read_ends_the_reading(bucket: Bucket) -> None:
    address = bucket.put("a.jsonl", PLAIN)
    (file,) = find_files([address]).files
    bucket.put("a.jsonl", PLAIN.replace(b"good", b"evil"))
    (split,) = plan_splits(file, 0)
    with pytest.raises(StorageError, match="changed or vanished"):
        list(read_parts(file, split, PLAINLY, lambda index: False))


@pytest.mark.parametrize("name", ["rows.parquet", "days.zip", "days.tar", "blocks.jsonl.bz2"])
def test_a_bucket_that_fails_is_no_damage_of_the_archive(
    name: str, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its records would be counted as lost for good."""
    files = find_files([bucket.put(name, ARCHIVES[name])]).files

    def refuse(*asked: object, **more: object) -> bytes:
        raise StorageError("not now")

    monkeypatch.setattr(streams, "open_object", partial(open_object, read=refuse))
    streams._opened_zip.cache_clear()
    whole = Split(0, 0)
    with pytest.raises(StorageError, match="not now"):
        list(read_parts(files[0], whole, PLAINLY, lambda index: False))


def test_nothing_at_an_address_is_a_sentence(bucket: Bucket) -> None:
    bucket.put("days/readme.md", b"nothing")
    with pytest.raises(UsageError, match="There is no object at"):
        find_files([f"{bucket.address}/nights/"])
    with pytest.raises(UsageError, match="No archive files in"):
        find_files([f"{bucket.address}/days/"])
