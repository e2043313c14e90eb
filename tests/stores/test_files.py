from pathlib import Path

import pytest

from emotion.stores.files import sweep, whole, write_json, write_whole


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"old")

    def fail() -> None:
        with whole(tmp_path / "a") as temporary:
            temporary.write_bytes(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]


def test_sweep_removes_temporary_files_alone(tmp_path: Path) -> None:
    write_json(tmp_path / "kept.json", {"a": 1})
    (tmp_path / ".gone.json.1.tmp").touch()
    sweep(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["kept.json"]
