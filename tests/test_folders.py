"""Folders that go with their process."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from emotion.folders import own_folder

KILLED = """
import os, signal, sys
from pathlib import Path
from emotion.folders import own_folder
with own_folder(Path(sys.argv[1])) as folder:
    (folder / "much").write_text("of it")
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(within: Path) -> Path:
    """The folder that a killed process has left there."""
    run = subprocess.run([sys.executable, "-c", KILLED, within], stdout=subprocess.PIPE, text=True, check=False)
    left = Path(run.stdout.strip())
    assert (left / "much").exists()
    return left


def test_a_folder_is_empty_and_goes_with_its_block(tmp_path: Path) -> None:
    with own_folder(tmp_path) as folder:
        assert list(folder.iterdir()) == []
        (folder / "a" / "b").mkdir(parents=True)
    with pytest.raises(ZeroDivisionError), own_folder(tmp_path):
        _ = 1 // 0
    assert list(tmp_path.iterdir()) == []


def test_nobody_else_enters_it_whatever_is_done_to_it(tmp_path: Path) -> None:
    with own_folder(tmp_path) as folder:
        folder.chmod(0o777)  # as Ray does
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
        assert folder.parent.parent == tmp_path


def test_the_next_removes_what_a_killed_process_left(tmp_path: Path) -> None:
    left = killed(tmp_path)
    with own_folder(tmp_path):
        assert not left.exists()
    (left / "late").mkdir(parents=True)  # by a server that outlived it
    for is_there in (True, False):
        with own_folder(tmp_path):
            assert (left.exists(), left.parent.exists()) == (False, is_there)
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_use_stays(tmp_path: Path) -> None:
    with own_folder(tmp_path) as first, own_folder(tmp_path) as second:
        assert first != second
        assert killed(tmp_path).parent.exists()
        assert first.exists()
        assert second.exists()


def test_what_others_put_there_stays(tmp_path: Path) -> None:
    others = tmp_path / "emotion-project"
    (others / "own").mkdir(parents=True)
    kept = tmp_path / "kept"
    (kept / "own").mkdir(parents=True)
    (kept / "lock").touch()
    (tmp_path / "emotion-link").symlink_to(kept)
    (tmp_path / "emotion-file").touch()
    with own_folder(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "emotion-file",
        "emotion-link",
        "emotion-project",
        "kept",
    ]
    assert (others / "own").exists()
    assert (kept / "own").exists()


def test_one_that_cannot_be_removed_whole_is_removed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch, own_folder(tmp_path) as folder:
        patch.setattr("shutil.rmtree", lambda *given, **named: None)  # as where somebody still writes
    assert folder.exists()
    with own_folder(tmp_path):
        assert not folder.exists()


@pytest.mark.parametrize("usual", ["short", "much/too/long/for/a/socket"])
def test_its_path_is_as_short_as_it_must_be(usual: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / usual
    place.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(place))
    longest = len(str(tmp_path / "short")) + 21
    with own_folder(longest=longest) as folder:
        assert len(str(folder)) <= longest
        assert folder.is_relative_to(place) == (usual == "short")
