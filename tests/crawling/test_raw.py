"""The archive of raw records: what `emotion label` reads, each record once, through kills."""

import threading
from pathlib import Path

import pytest

from emotion.crawling.buffer import Buffer, Frame
from emotion.crawling.raw import RawArchive
from tests.crawling.made import raw
from tests.tweets.made import read


def frame(buffer: Buffer, archive: RawArchive, *numbers: int) -> Frame:
    found = buffer.append([raw(n) for n in numbers], None, {}, archive.next_position(), threading.Event())
    assert found is not None
    return found


def ids(folder: Path) -> list[str]:
    return [tweet.tweet_id for tweet in read(folder).tweets]


def test_records_are_kept_as_an_archive(tmp_path: Path) -> None:
    archive = RawArchive(tmp_path / "raw", "s")
    with Buffer(tmp_path / "buffer", "s", "t", 10**6) as buffer:
        archive.write(frame(buffer, archive, 1, 2))
        archive.write(frame(buffer, archive, 3))
    assert ids(tmp_path / "raw") == ["1", "2", "3"]
    assert len(list((tmp_path / "raw").iterdir())) == 1


@pytest.mark.parametrize("lost", [0, 7, 10**6])
def test_a_copy_that_a_kill_cut_short_is_mended(tmp_path: Path, lost: int) -> None:
    archive = RawArchive(tmp_path / "raw", "s")
    with Buffer(tmp_path / "buffer", "s", "t", 10**6) as buffer:
        archive.write(frame(buffer, archive, 1))
        (file,) = (tmp_path / "raw").iterdir()
        before = file.stat().st_size
        archive.write(frame(buffer, archive, 2))
        whole = file.read_bytes()
        file.write_bytes(whole[: max(before, len(whole) - lost)])
        RawArchive(tmp_path / "raw", "s").mend(buffer.newest())
        assert file.read_bytes() == whole
    assert ids(tmp_path / "raw") == ["1", "2"]


def test_a_new_file_is_begun_where_one_has_grown_large(tmp_path: Path) -> None:
    archive = RawArchive(tmp_path / "raw", "s", file_bytes=1)
    with Buffer(tmp_path / "buffer", "s", "t", 10**6) as buffer:
        for number in (1, 2, 3):
            archive.write(frame(buffer, archive, number))
    assert len(list((tmp_path / "raw").iterdir())) == 3
    assert ids(tmp_path / "raw") == ["1", "2", "3"]


def test_files_that_are_whole_may_be_moved_away(tmp_path: Path) -> None:
    archive, away = RawArchive(tmp_path / "raw", "s", file_bytes=1), tmp_path / "away"
    away.mkdir()
    with Buffer(tmp_path / "buffer", "s", "t", 10**6) as buffer:
        for number in (1, 2, 3):
            archive.write(frame(buffer, archive, number))
        for file in sorted((tmp_path / "raw").iterdir())[:2]:
            file.rename(away / file.name)
        archive = RawArchive(tmp_path / "raw", "s")
        archive.mend(buffer.newest())
        archive.write(frame(buffer, archive, 4))
    assert (ids(away), ids(tmp_path / "raw")) == (["1", "2"], ["3", "4"])
    assert not {file.name for file in away.iterdir()} & {file.name for file in (tmp_path / "raw").iterdir()}
