import errno
import os
from pathlib import Path

import pytest

from emotion.errors import StoreError
from emotion.stores.files import TEMPORARY, append_line, read_whole, sweep, whole, write_json, write_whole


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"old")

    def fail() -> None:
        with whole(tmp_path / "a") as temporary:
            temporary.write_bytes(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]


def test_two_machines_whose_processes_have_one_number_do_not_write_into_each_other(tmp_path: Path) -> None:
    with whole(tmp_path / "a") as one, whole(tmp_path / "a") as other:
        one.write_bytes(b"one")
        other.write_bytes(b"other")
        assert (one.read_bytes(), {one.suffix, other.suffix}) == (b"one", {TEMPORARY})
        sweep(tmp_path, "a")
        assert list(tmp_path.iterdir()) == [], "a name that sweep does not know is left for ever"
        one.touch()
        other.touch()


def test_sweep_removes_temporary_files_alone(tmp_path: Path) -> None:
    write_json(tmp_path / "kept.json", {"a": 1})
    (tmp_path / ".gone.json.1.tmp").touch()
    sweep(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["kept.json"]


def test_sweep_of_one_file_leaves_those_of_others(tmp_path: Path) -> None:
    for name in (".a.key.1.tmp", ".b.key.1.tmp", ".[a].key.1.tmp"):
        (tmp_path / name).touch()
    sweep(tmp_path, "a.key")
    sweep(tmp_path, "[a].key")
    assert [p.name for p in tmp_path.iterdir()] == [".b.key.1.tmp"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path, number: int) -> None:
    def fill() -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(StoreError, match=f"The disk that holds {tmp_path} is full: make room and say the same again"):
        write_whole(tmp_path / "a", b"new", check=fill)
    assert list(tmp_path.iterdir()) == []


def test_what_else_fails_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "nowhere" / "a", b"new")


@pytest.mark.parametrize("content", [b"", b"[", b"[1, null]", b'["\xff"]', b"[" * 100_000, b'{"a": 1}', b'["a", "b"]'])
def test_a_file_that_holds_something_else_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(StoreError, match=r"a is damaged \(.*\); do this\."):
        read_whole(tmp_path / "a", list[int], "; do this")
    assert read_whole(tmp_path / "b", list[int]) is None
    with pytest.raises(StoreError, match="cannot be read: Is a directory"):
        read_whole(tmp_path, list[int])


def test_a_line_is_added_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append_line(tmp_path / "a", b"one")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="is full"):
            append_line(tmp_path / "a", b"two")
    append_line(tmp_path / "a", b"three")
    assert (tmp_path / "a").read_bytes() == b"one\nthree\n"
