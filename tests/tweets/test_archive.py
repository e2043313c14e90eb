"""What is found in folders, globs, tar and zip."""

import bz2
import errno
import gzip
import io
import os
import re
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from emotion.errors import ArchiveError, UsageError
from emotion.tweets.archive import ArchiveFile, find_files, is_archive_name
from emotion.tweets.containers import tar_members
from emotion.tweets.files import is_member_name
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.splits import plan_splits
from emotion.tweets.tweet import Part
from tests.tweets.made import lines, merge, parts, read, reasons, status, texts, write

ONE = lines([status(1, "one")])
TWO = lines([status(2, "two")])
THREE = lines([status(3, "three")])


def names(*paths: Path | str) -> list[str]:
    return [file.name for file in find_files([str(path) for path in paths]).files]


def test_a_folder_is_searched_in_order_and_the_rest_left_aside(tmp_path: Path) -> None:
    for name in ("b/2.json.bz2", "b/10.json", "a.csv.gz", "c.parquet", "notes.txt", "pic.png", ".hidden.json", "x.gz"):
        write(tmp_path / name, ONE)
    listing = find_files([str(tmp_path)])
    assert [file.name for file in listing.files] == ["a.csv.gz", "c.parquet", "b/10.json", "b/2.json.bz2"]
    assert listing.left_aside == [".hidden.json", "notes.txt", "pic.png", "x.gz"]


@pytest.mark.parametrize("name", ["a.JSON", "a.jsonl.zst", "a.tar.gz", "a.tgz", "a.ndjson.xz", "a.js", "a.tsv"])
def test_names_of_archives(name: str) -> None:
    assert is_archive_name(name)


@pytest.mark.parametrize("name", ["a.txt", "a.gz", "a.json.rar", "json", "._a.json", "__MACOSX/a.json"])
def test_names_of_other_files(name: str) -> None:
    assert not is_archive_name(name)


def test_a_named_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    assert names(write(tmp_path / "tweets.backup", ONE)) == ["tweets.backup"]


def test_a_glob_names_files_below_its_fixed_part(tmp_path: Path) -> None:
    write(tmp_path / "01/a.json", ONE)
    write(tmp_path / "02/a.json", TWO)
    assert names(tmp_path / "*/a.json") == ["01/a.json", "02/a.json"]
    assert names(tmp_path / "0*") == ["01/a.json", "02/a.json"]
    assert names(tmp_path / "**") == ["01/a.json", "02/a.json"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", ONE)
    assert names(path, tmp_path, tmp_path / "*.json") == ["a.json"]


def test_equal_names_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    first, second = write(tmp_path / "x/a.json", ONE), write(tmp_path / "y/a.json", TWO)
    assert names(first, second) == ["a.json", "y/a.json"]


def test_a_store_inside_a_folder_is_no_archive(tmp_path: Path) -> None:
    write(tmp_path / "a.json", ONE)
    write(tmp_path / "store/store.json", "{}")
    write(tmp_path / "store/month=2017-01/a.parquet", "PAR1")
    listing = find_files([str(tmp_path)])
    assert [file.name for file in listing.files] == ["a.json"]
    assert listing.left_aside == ["store/"]
    for pattern in ("*", "**", "**/*", "**/*.json", "*/"):
        write(tmp_path / "b/b.json", TWO)
        assert {file.name for file in find_files([str(tmp_path / pattern)]).files} <= {"a.json", "b/b.json"}
    assert find_files([str(tmp_path / "**/*")]).left_aside == ["store/"]
    write(tmp_path / "b/notes.txt", "hi")
    write(tmp_path / "b/store/store.json", "{}")
    listing = find_files([str(tmp_path / "**/*")])
    assert [file.name for file in listing.files] == ["a.json", "b/b.json", "b/notes.txt"]
    assert sorted(listing.left_aside) == ["b/store/", "store/"]


def test_folders_that_are_not_searched_are_left_aside(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/b.json", TWO)
    write(tmp_path / "here/a.json", ONE)
    write(tmp_path / "here/.cache/c.json", TWO)
    (tmp_path / "here/days").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "here/round").symlink_to(tmp_path / "here")
    listing = find_files([str(tmp_path / "here")])
    assert [file.name for file in listing.files] == ["a.json"]
    assert listing.left_aside == [".cache/", "days/", "round/"]
    assert names(tmp_path / "here/days") == ["b.json"]


def test_a_folder_that_cannot_be_searched_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.json", ONE)
    write(tmp_path / "locked/b.json", TWO)
    real = os.scandir

    def listed(path: str) -> Any:
        if str(path).endswith("locked"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", listed)
    with pytest.raises(ArchiveError, match=r"Cannot search .*locked: Permission denied"):
        find_files([str(tmp_path)])


@pytest.mark.parametrize("path", ["missing.json", "missing*.json", "."])
def test_a_path_without_files_is_told(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match=r"missing|No archive files"):
        find_files([str(tmp_path / path)])


def test_what_identifies_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json.gz", gzip.compress(ONE, mtime=0))
    (file,) = find_files([str(path)]).files
    assert (file.path, file.size, file.mtime_ns) == (str(path), path.stat().st_size, path.stat().st_mtime_ns)
    assert (file.compression, file.format) == ("gz", None)
    path.write_bytes(gzip.compress(TWO, mtime=0))
    assert find_files([str(path)]).files[0].head != file.head
    assert msgspec.json.decode(msgspec.json.encode(file), type=ArchiveFile) == file


def tar(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as container:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            container.addfile(info, io.BytesIO(content))
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in members.items():
            container.writestr(name, content)
    return path


MEMBERS = {
    "d/1.json": ONE,
    "d/2.json.bz2": bz2.compress(TWO),
    "d/readme.md": b"hello",
    "d/3.csv": b"id,text\n3,three\n",
}


def test_members_of_a_tar_are_files_of_their_own(tmp_path: Path) -> None:
    path = tar(tmp_path / "days.tar", MEMBERS)
    listing = find_files([str(path)])
    assert [file.name for file in listing.files] == ["days.tar!d/1.json", "days.tar!d/2.json.bz2", "days.tar!d/3.csv"]
    assert listing.left_aside == ["days.tar!d/readme.md"]
    assert texts(read(path)) == ["one", "two", "three"]


def test_a_member_of_a_tar_can_be_cut(tmp_path: Path) -> None:
    content = lines(status(n, f"text {n}") for n in range(100))
    path = tar(tmp_path / "days.tar", {"0.json": ONE, "1.json": content, "2.json": TWO})
    (_, file, _) = find_files([str(path)]).files
    assert len(plan_splits(file, 0, 1000)) > 10
    assert texts(read(path, split_bytes=1000)) == ["one", *(f"text {n}" for n in range(100)), "two"]


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_tars_joined_are_one(tmp_path: Path, mode: str) -> None:
    first, second = tar(tmp_path / "1", {"a.json": ONE}, mode), tar(tmp_path / "2", {"a.json": TWO}, mode)
    third = tar(tmp_path / "3", {"b.json": THREE}, mode)
    path = write(
        tmp_path / ("all.tar" if mode == "w" else "all.tgz"), b"".join(map(Path.read_bytes, (first, second, third)))
    )
    assert texts(read(path)) == ["one", "two", "three"]


class Piecewise(io.BytesIO):
    """Gives less than it is asked for, as what is read over a network does."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(700, 700 if size is None or size < 0 else size))


def test_tars_joined_are_found_by_short_reads(tmp_path: Path) -> None:
    joined = b"".join(tar(tmp_path / str(n), {f"{n}.json": ONE}).read_bytes() for n in range(3))
    members, whole = tar_members(Piecewise(joined), len(joined))
    assert ([member.name for member in members], whole) == (["0.json", "1.json", "2.json"], True)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_follows_a_tar_and_is_none_is_told(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    whole = tar(tmp_path / "1", {"a.json": ONE}).read_bytes()
    part = read(write(tmp_path / "all.tar", pack(whole + b"noise" * 500)))
    assert texts(part) == ["one"]
    assert len(part.dead_letters) == 1


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_header_broken_in_the_middle_is_told(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    whole = bytearray(tar(tmp_path / "1", {"a.json": ONE, "b.json": TWO, "c.json": THREE}).read_bytes())
    at = whole.index(b"b.json")
    whole[at : at + 512] = b"\xff" * 512
    part = read(write(tmp_path / "all.tar", pack(bytes(whole))))
    assert (texts(part), len(part.dead_letters)) == (["one"], 1)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_tar_of_before_posix_is_told_by_its_checksum(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    whole = tar(tmp_path / "1", {"a.json": ONE}).read_bytes()
    head = bytearray(whole[:512])
    head[257:] = bytes(255)
    head[148:156] = b"%06o\0 " % (sum(head[:148]) + sum(head[156:]) + 8 * 32)
    assert texts(read(write(tmp_path / "old.tar", pack(bytes(head) + whole[512:])))) == ["one"]


@pytest.mark.parametrize("name", ["a.tar", "a.zip", "a.tgz", "a.tar.gz", "a.parquet"])
@pytest.mark.parametrize(
    "content", [b"<html>not found</html>", b"version https://git-lfs.github.com/spec/v1\nsize 12\n"]
)
def test_what_is_named_a_container_and_is_none_is_no_text(tmp_path: Path, name: str, content: bytes) -> None:
    packed = gzip.compress(content) if name.endswith("gz") else content
    part = read(write(tmp_path / name, packed))
    assert (part.tweets, len(part.dead_letters)) == ([], 1)


def test_a_broken_first_line_does_not_make_json_text(tmp_path: Path) -> None:
    part = read(write(tmp_path / "xab", b'"text": "cut"}\n' + ONE))
    assert (texts(part), len(part.dead_letters)) == (["one"], 1)


def test_members_of_a_zip_are_files_of_their_own(tmp_path: Path) -> None:
    path = zipped(tmp_path / "days.zip", MEMBERS)
    assert names(path) == ["days.zip!d/1.json", "days.zip!d/2.json.bz2", "days.zip!d/3.csv"]
    assert texts(read(path)) == ["one", "two", "three"]


OF_X = {
    "data/deleted-tweets.js": b'window.YTD.deleted_tweets.part0 = [ {"tweet": {"id_str": "2", "full_text": "gone"}} ]',
    "data/like.js": b'window.YTD.like.part0 = [ {"like": {"fullText": "hi"}} ]',
    "data/manifest.js": b"window.__THAR_CONFIG = {}",
    "data/tweets.js": b'window.YTD.tweets.part0 = [ {"tweet": {"id_str": "1", "full_text": "hi"}} ]',
}


@pytest.mark.parametrize(
    ("name", "is_read"),
    [
        ("a.jsonl", True),
        ("./days/a.jsonl", True),
        ("../a.jsonl", True),
        (".cache/a.jsonl", False),
        ("days/.old/a.jsonl", False),
        (".a.jsonl", False),
        ("days/a.png", False),
    ],
)
def test_hidden_folders_of_a_container_are_left_aside_as_those_of_a_folder(name: str, is_read: bool) -> None:
    assert is_member_name(name) == is_read


def test_only_tweets_are_taken_from_x_s_archive(tmp_path: Path) -> None:
    path = zipped(tmp_path / "twitter.zip", OF_X)
    listing = find_files([str(path)])
    assert [file.name for file in listing.files] == ["twitter.zip!data/tweets.js"]
    assert listing.left_aside == [f"twitter.zip!{name}" for name in list(OF_X)[:3]]
    assert texts(read(path)) == ["hi"]


@pytest.mark.parametrize("kind", ["", "gz"])
def test_x_s_archive_in_a_tar_is_read_like_the_zip(tmp_path: Path, kind: str) -> None:
    part = read(tar(tmp_path / f"twitter.tar.{kind}", OF_X, f"w:{kind}"))
    assert (texts(part), part.dead_letters) == (["hi"], [])


def test_a_tar_cut_within_what_is_left_aside_is_told(tmp_path: Path) -> None:
    likes = b"window.YTD.like.part0 = [" + os.urandom(300_000).hex().encode() + b"]"
    path = tar(tmp_path / "twitter.tar.gz", {"1.json": ONE, "like.js": likes, "2.json": TWO}, "w:gz")
    part = read(write(path, path.read_bytes()[:200_000]))
    assert (texts(part), reasons(part)) == (["one"], ["decompression failed: the file ends early"])


INNER = {"d/1.json": ONE, "d/2.json.bz2": bz2.compress(TWO), "d/readme.md": b"hello", "d/like.js": OF_X["data/like.js"]}


def nested(folder: Path, name: str, content: bytes) -> list[Path]:
    return [
        zipped(folder / "a.zip", {name: content}),
        tar(folder / "b.tar", {name: content}),
        tar(folder / "c.tgz", {name: content}, "w:gz"),
        write(folder / f"{name}.gz", gzip.compress(content)),
    ]


def test_a_zip_within_another_file_is_unpacked(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "days.zip", INNER).read_bytes()
    for path in nested(tmp_path, "week.zip", inner):
        part = read(path)
        assert (texts(part), part.dead_letters) == (["one", "two"], [])
    (part, *_) = parts(tmp_path / "c.tgz")
    assert part.source == "c.tgz!week.zip!d/1.json"


def test_a_broken_zip_within_another_file_is_one_dead_letter(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "days.zip", INNER).read_bytes()
    for path in nested(tmp_path, "week.zip", inner[:-40]):
        part = read(path)
        assert (texts(part), reasons(part)) == ([], ["decompression failed: not a readable tar or zip"])


def test_a_broken_member_of_a_zip_within_another_file_leaves_the_others_alone(tmp_path: Path) -> None:
    inner = bytearray(zipped(tmp_path / "days.zip", {"1.json": ONE, "2.json": TWO}).read_bytes())
    inner[60:64] = b"\xff\xff\xff\xff"
    for path in nested(tmp_path, "week.zip", bytes(inner)):
        part = read(path)
        assert len(part.dead_letters) == 1
        assert texts(part)[-1] == "two"


def test_containers_within_each_other_come_to_an_end(tmp_path: Path) -> None:
    content = ONE
    for _ in range(40):
        content = zipped(tmp_path / "in.zip", {"a.json" if content == ONE else "in.zip": content}).read_bytes()
    assert reasons(read(write(tmp_path / "out.zip", content))) == ["nested too deep"]


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_members_of_a_compressed_tar_begin_new_parts(tmp_path: Path, kind: str) -> None:
    path = tar(tmp_path / f"days.tar.{kind}", MEMBERS, f"w:{kind}")
    (file,) = find_files([str(path)]).files
    (split,) = plan_splits(file, 0)
    found = list(read_parts(file, split, ReadOptions(), lambda index: False))
    assert [part.source for part in found] == [
        f"days.tar.{kind}!d/{name}" for name in ("1.json", "2.json.bz2", "3.csv")
    ]
    assert [part.last for part in found] == [False, False, True]
    assert [tweet.text for part in found for tweet in part.tweets] == ["one", "two", "three"]
    assert [tweet.line for part in found for tweet in part.tweets] == [1, 1, 1]


def test_a_cut_compressed_tar_is_used_up_to_the_cut(tmp_path: Path) -> None:
    many = lines(status(n, os.urandom(50).hex()) for n in range(500))
    path = tar(tmp_path / "days.tar.gz", {"1.json": ONE, "2.json": many, "3.json": TWO}, "w:gz")
    part = read(write(path, path.read_bytes()[: path.stat().st_size // 2]))
    assert reasons(part) == ["decompression failed: the file ends early"]
    assert 100 < len(part.tweets) < 400


def test_a_cut_tar_is_used_up_to_the_cut(tmp_path: Path) -> None:
    many = lines(status(n) for n in range(100))
    path = tar(tmp_path / "days.tar", {"1.json": ONE, "2.json": many, "3.json": TWO})
    part = read(write(path, path.read_bytes()[:20_000]))
    assert len(part.dead_letters) == 1
    assert 20 < len(part.tweets) < 60


def test_a_broken_zip_is_one_dead_letter(tmp_path: Path) -> None:
    path = zipped(tmp_path / "days.zip", MEMBERS)
    part = read(write(path, path.read_bytes()[:-40]))
    assert reasons(part) == ["decompression failed: not a readable tar or zip"]


def test_a_broken_member_of_a_zip_leaves_the_others_alone(tmp_path: Path) -> None:
    path = zipped(tmp_path / "days.zip", {"1.json": ONE, "2.json": TWO})
    packed = bytearray(path.read_bytes())
    packed[60:64] = b"\xff\xff\xff\xff"
    part = read(write(path, bytes(packed)))
    assert len(part.dead_letters) == 1
    assert texts(part)[-1] == "two"


def test_compressed_parquet_and_parquet_in_containers(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": ["a", "b"]}), buffer)
    content = buffer.getvalue()
    for path in (
        write(tmp_path / "a.parquet.gz", gzip.compress(content)),
        tar(tmp_path / "b.tar", {"a.parquet": content}),
        tar(tmp_path / "c.tgz", {"a.parquet": content}, "w:gz"),
        zipped(tmp_path / "d.zip", {"a.parquet": content}),
    ):
        assert texts(read(path)) == ["a", "b"]


def zip_of(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as container:
        container.writestr("1.json", content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "content", [ONE + TWO, gzip.compress(ONE + TWO), b"id,text\n1,one\n2,two\n", zip_of(ONE + TWO)]
)
def test_standard_input_is_one_split(content: bytes) -> None:
    code = (
        "from emotion.tweets.archive import find_files\n"
        "from emotion.tweets.splits import plan_splits\n"
        "from emotion.tweets.reader import ReadOptions, read_parts\n"
        "(file,) = find_files(['-']).files\n"
        "(split,) = plan_splits(file, 0)\n"
        "(part,) = read_parts(file, split, ReadOptions(), lambda index: False)\n"
        "print(part.source, *(tweet.text for tweet in part.tweets))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True)
    assert re.fullmatch(rb"stdin-[0-9a-f]{8}(!1\.json)? one two\n", done.stdout)


def test_a_pipe_is_read_like_standard_input(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(ONE + TWO,))
    writer.start()
    (file,) = find_files([str(pipe)]).files
    whole = Part(0, "")
    for part in read_parts(file, plan_splits(file, 0)[0], ReadOptions(), lambda index: False):
        merge(whole, part)
    writer.join()
    assert texts(whole) == ["one", "two"]
    with pytest.raises(ArchiveError, match="is a pipe, and was read already"):
        list(read_parts(file, plan_splits(file, 0)[0], ReadOptions(), lambda index: False))


def test_names_that_are_not_utf8_are_written_out(tmp_path: Path) -> None:
    for name, mode in (("a.tar", "w"), ("b.tgz", "w:gz")):
        path = tar(tmp_path / name, {"caf\udce9.json": ONE, "caf\udce9.md": b"hello"}, mode)
        listing = find_files([str(path)])
        msgspec.json.encode((listing.files, listing.left_aside))
        (file,) = listing.files
        (part,) = read_parts(file, plan_splits(file, 0)[0], ReadOptions(), lambda index: False)
        assert (part.source, texts(part)) == (f"{name}!caf\\xe9.json", ["one"])


def test_a_path_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "caf\udce9.txt", b"left aside")
    write(tmp_path / "a.json", ONE)
    assert find_files([str(tmp_path)]).left_aside == ["caf\\xe9.txt"]
    write(tmp_path / "caf\udce9.json", ONE)
    with pytest.raises(ArchiveError, match=r"caf\\udce9\.json' is not UTF-8\. Rename"):
        find_files([str(tmp_path)])


def test_the_directory_of_a_zip_is_not_read_for_each_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "days.zip", {f"{n:02}.json": lines([status(n)]) for n in range(50)})
    opened: list[Path | str] = []
    real = zipfile.ZipFile

    def counted(path: Path | str) -> zipfile.ZipFile:
        opened.append(path)
        return real(path)

    monkeypatch.setattr(zipfile, "ZipFile", counted)
    assert [tweet.tweet_id for tweet in read(path).tweets] == [str(n) for n in range(50)]
    assert len(opened) == 2


def test_a_zip_written_anew_is_read_anew(tmp_path: Path) -> None:
    assert texts(read(zipped(tmp_path / "days.zip", {"1.json": ONE}))) == ["one"]
    assert texts(read(zipped(tmp_path / "days.zip", {"0.csv": b"text\nnew\n", "1.json": TWO}))) == ["new", "two"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_both_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "days.zip", {"1.json": ONE})
    with zipfile.ZipFile(path, "a") as container:
        container.writestr("1.json", TWO)
    assert names(path) == ["days.zip!1.json", "days.zip!again/1.json"]
    assert texts(read(path)) == ["one", "two"]


@pytest.mark.parametrize("kind", ["", "gz"])
def test_members_of_a_tar_of_one_name_are_both_read_and_told_apart(tmp_path: Path, kind: str) -> None:
    same = b'{"text": "same"}\n'
    path = tmp_path / "days.tar"
    with tarfile.open(path, f"w:{kind}") as container:  # type: ignore[call-overload]
        for name in ("1.json", "2.json", "1.json", "1.json"):
            info = tarfile.TarInfo(name)
            info.size = len(same)
            container.addfile(info, io.BytesIO(same))
    found = read(path)
    assert len({tweet.tweet_id for tweet in found.tweets}) == 4
    if not kind:
        members = ["days.tar!1.json", "days.tar!2.json", "days.tar!again/1.json", "days.tar!again-3/1.json"]
        assert names(path) == members


def test_files_of_one_name_in_a_container_are_numbered(tmp_path: Path) -> None:
    """As an archive has them that is appended to every hour."""
    path = tmp_path / "days.tar"
    with tarfile.open(path, "w") as container:
        for name in ["a.jsonl"] * 5 + ["again-3/a.jsonl"] + ["a.jsonl"] * 2000:
            info = tarfile.TarInfo(name)
            info.size = len(ONE)
            container.addfile(info, io.BytesIO(ONE))
    found = [file.name.partition("!")[2] for file in find_files([str(path)]).files]
    assert found[:4] == ["a.jsonl", "again/a.jsonl", "again-3/a.jsonl", "again-4/a.jsonl"]
    assert (len(set(found)), max(map(len, found))) == (2006, len("again/again-3/a.jsonl"))
