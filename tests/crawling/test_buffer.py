"""The buffer on disk: what it promises, when it is killed, and when it is full."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from emotion.crawling.buffer import Buffer, Policy, Stopped
from emotion.crawling.buffer import segments as segments_module
from emotion.errors import StoreError, UsageError

ROOT = Path(__file__).parents[2]
NEVER = threading.Event()
APPEND = """
import sys, threading, pathlib
from emotion.crawling.buffer import Buffer
with Buffer(pathlib.Path(sys.argv[1]), "s", "t", 10**6) as buffer:
    first = buffer.last.sequence + 1 if buffer.last else 1
    for number in range(first, first + 5):
        buffer.append([b"%d" % number], str(number), {"received": number}, None, threading.Event())
        print(number, flush=True)
"""


def opened(folder: Path, limit: int = 10**6, policy: Policy = "wait", target: str = "t") -> Buffer:
    return Buffer(folder, "s", target, limit, policy)


def put(buffer: Buffer, *numbers: int, size: int = 1) -> None:
    for number in numbers:
        buffer.append([b"%d" % number, os.urandom(size).hex().encode()], str(number), {"received": number}, None, NEVER)


def full(*_: object) -> None:
    """What a full disk makes of a call."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def drain(buffer: Buffer) -> list[int]:
    """The first records of all frames, each acknowledged."""
    found = []
    while frame := buffer.next(0):
        found.append(int(frame.lines()[0]))
        buffer.acknowledge(frame.header.sequence)
    return found


def test_frames_leave_in_order_once_they_are_acknowledged(tmp_path: Path) -> None:
    with opened(tmp_path) as buffer:
        put(buffer, 1, 2, 3)
        first = buffer.next(0)
        assert first is not None
        assert buffer.next(0) == first
        assert drain(buffer) == [1, 2, 3]
        assert (buffer.size, buffer.records) == (0, 0)


def test_what_waits_is_there_for_the_next_crawler_with_cursor_and_tally(tmp_path: Path) -> None:
    with opened(tmp_path) as buffer:
        name = buffer.name
        put(buffer, 1, 2, 3)
        buffer.next(0)
        buffer.acknowledge(1)
    with opened(tmp_path) as buffer:
        assert buffer.name == name
        assert buffer.last is not None
        assert (buffer.last.sequence, buffer.last.cursor, buffer.last.tally) == (3, "3", {"received": 3})
        assert drain(buffer) == [2, 3]
        put(buffer, 4)
    with opened(tmp_path) as buffer:
        assert drain(buffer) == [4]


def test_numbers_go_on_when_everything_is_gone(tmp_path: Path) -> None:
    with opened(tmp_path) as buffer:
        put(buffer, 1, 2)
        drain(buffer)
    with opened(tmp_path) as buffer:
        put(buffer, 3)
        assert buffer.last is not None
        assert buffer.last.sequence == 3


def test_a_frame_without_records_leaves_no_hole_in_the_numbers_that_targets_know(tmp_path: Path) -> None:
    numbers = []
    with opened(tmp_path) as buffer:
        for records in ([b"a"], [], [], [b"b"], [], [b"c"]):
            buffer.append(records, "c", {}, None, NEVER)
        while frame := buffer.next(0):
            numbers += [frame.header.number] if frame.header.records else []
            buffer.acknowledge(frame.header.sequence)
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


def test_numbers_that_targets_know_go_on_after_frames_of_an_earlier_version(tmp_path: Path) -> None:
    with opened(tmp_path) as buffer, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Buffer, "_batch", lambda self: -1)
        buffer._first = 0
        for _ in range(3):
            buffer.append([b"a"], "c", {}, None, NEVER)
    with opened(tmp_path) as buffer:
        assert [place.header.number for _, place in buffer._waiting] == [1, 2, 3]
        frame = buffer.append([b"b"], "c", {}, None, NEVER)
        assert frame is not None
        assert frame.header.number > 3


def numbers_of(folder: Path, frames: int) -> list[int]:
    """The numbers of so many more frames, by which targets know them."""
    with opened(folder) as buffer:
        added = [buffer.append([b"a"], "c", {}, None, NEVER) for _ in range(frames)]
        return [frame.header.number for frame in added if frame]


def test_an_old_copy_of_a_buffer_gives_no_number_that_was_given_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 2e9
    monkeypatch.setattr(time, "time", lambda: now)
    numbers_of(tmp_path / "buffer", 3)
    shutil.copytree(tmp_path / "buffer", tmp_path / "copy")
    since = []
    for _ in range(3):
        now += 1
        since += numbers_of(tmp_path / "buffer", 200)
    now += 1
    assert min(numbers_of(tmp_path / "copy", 200)) > max(since)
    assert sorted(since) == since
    assert max(since) * 10_000 < 10**18  # of records that are sent apart


def test_numbers_go_on_where_the_clock_was_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 2e9)
    *_, last = numbers_of(tmp_path, 3)
    monkeypatch.setattr(time, "time", lambda: 1e9)
    assert numbers_of(tmp_path, 2) == [last + 1, last + 2]


def test_a_buffer_has_one_crawler(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(UsageError, match="Another crawler"):
        opened(tmp_path)


def test_a_buffer_is_for_one_target(tmp_path: Path) -> None:
    with opened(tmp_path) as buffer:
        put(buffer, 1)
    with pytest.raises(UsageError, match="give the same --to"):
        opened(tmp_path, target="another")
    opened(tmp_path).close()


def test_a_buffer_that_nothing_came_into_goes_over_to_another_target(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with opened(tmp_path, target="another") as buffer:
        put(buffer, 1)
    with opened(tmp_path, target="another") as buffer:
        assert drain(buffer) == [1]


def test_what_comes_after_the_end_is_not_kept(tmp_path: Path) -> None:
    buffer = opened(tmp_path)
    buffer.close()
    with pytest.raises(Stopped):
        put(buffer, 1)


@pytest.mark.parametrize("point", ["buffer-append:3", "buffer-half:3", "buffer-appended:3"])
def test_a_kill_while_appending_leaves_whole_frames(tmp_path: Path, point: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", APPEND, str(tmp_path)]
    killed = subprocess.run(command, env=environment | {"EMOTION_CRASH": point}, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL
    assert killed.stdout.split() == ["1", "2"]
    with opened(tmp_path) as buffer:
        found = drain(buffer)
        assert found == ([1, 2, 3] if point == "buffer-appended:3" else [1, 2])
        put(buffer, 9)
        assert drain(buffer) == [9]


def test_a_damaged_segment_is_told_and_not_passed_over(tmp_path: Path) -> None:
    with opened(tmp_path, limit=8000) as buffer:
        put(buffer, *range(1, 6), size=400)
    segments = sorted((tmp_path / "segments").iterdir())
    assert len(segments) > 2
    data = bytearray(segments[0].read_bytes())
    data[len(data) // 2] ^= 1
    segments[0].write_bytes(data)
    with pytest.raises(StoreError, match="damaged at byte"):
        opened(tmp_path)


def test_damage_before_whole_frames_is_not_taken_for_the_end(tmp_path: Path) -> None:
    with opened(tmp_path) as buffer:
        put(buffer, 1, 2, 3, size=400)
    (segment,) = (tmp_path / "segments").iterdir()
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    with pytest.raises(StoreError, match="damaged at byte"):
        opened(tmp_path)
    assert segment.read_bytes() == data


@pytest.mark.parametrize("refuses", ["half of it", "to sync"])
def test_a_full_disk_leaves_no_half_frame(tmp_path: Path, refuses: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(file: Any, data: bytes) -> None:
        file.write(data[: len(data) // 2])
        full()

    with opened(tmp_path) as buffer:
        put(buffer, 1)
        (segment,) = (tmp_path / "segments").iterdir()
        before = segment.read_bytes()
        with monkeypatch.context() as disk:
            target, name, fails = (segments_module, "_write", half) if refuses == "half of it" else (os, "fsync", full)
            disk.setattr(target, name, fails)
            with pytest.raises(StoreError, match="is full"):
                put(buffer, 2)
        assert segment.read_bytes() == before
        put(buffer, 3)
        assert drain(buffer) == [1, 3]


def test_a_full_disk_does_not_keep_the_buffer_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = opened(tmp_path)
    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        with pytest.raises(StoreError, match="is full"):
            buffer.close()
    opened(tmp_path).close()


def test_segments_go_when_all_of_them_is_sent(tmp_path: Path) -> None:
    with opened(tmp_path, limit=8000) as buffer:
        put(buffer, *range(1, 6), size=400)
        many = len(list((tmp_path / "segments").iterdir()))
        drain(buffer)
        assert len(list((tmp_path / "segments").iterdir())) == 1 < many


def test_segments_go_although_each_frame_is_sent_before_the_next_comes(tmp_path: Path) -> None:
    with opened(tmp_path, limit=8000) as buffer:
        seen = set()
        for number in range(1, 9):
            put(buffer, number, size=400)
            seen |= set((tmp_path / "segments").iterdir())
            drain(buffer)
        assert len(seen) >= 3
        assert len(list((tmp_path / "segments").iterdir())) == 1
    with opened(tmp_path) as buffer:
        assert buffer.last is not None
        assert buffer.last.cursor == "8"


def test_a_full_buffer_makes_the_source_wait(tmp_path: Path) -> None:
    with opened(tmp_path, limit=3000) as buffer:
        writer = threading.Thread(target=put, args=(buffer, *range(1, 9)), kwargs={"size": 400})
        writer.start()
        found: list[int] = []
        while len(found) < 8:
            if frame := buffer.next(1):
                assert buffer.size <= 4000
                found.append(int(frame.lines()[0]))
                buffer.acknowledge(frame.header.sequence)
        writer.join()
        assert (found, buffer.dropped) == (list(range(1, 9)), 0)


def test_a_crawler_that_is_ended_does_not_wait_for_room(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with opened(tmp_path, limit=1000) as buffer:
        put(buffer, 1, size=400)
        with pytest.raises(Stopped):
            buffer.append([os.urandom(600).hex().encode()], None, {}, None, stop)


def test_the_newest_can_be_dropped_and_are_counted(tmp_path: Path) -> None:
    with opened(tmp_path, limit=2500, policy="drop-newest") as buffer:
        put(buffer, *range(1, 6), size=400)
    with opened(tmp_path) as buffer:
        kept = drain(buffer)
        assert kept == list(range(1, len(kept) + 1))
        assert buffer.dropped == 2 * (5 - len(kept)) > 0


def test_the_source_goes_on_after_what_was_dropped_and_counted(tmp_path: Path) -> None:
    with opened(tmp_path, limit=2500, policy="drop-newest") as buffer:
        put(buffer, *range(1, 6), size=400)
    with opened(tmp_path) as buffer:
        assert buffer.last is not None
        assert (buffer.last.cursor, buffer.last.tally) == ("5", {"received": 5})
        drain(buffer)
        put(buffer, 6)
    with opened(tmp_path) as buffer:
        assert buffer.last is not None
        assert buffer.last.cursor == "6"
        assert drain(buffer) == [6]


def test_the_oldest_can_be_dropped_but_not_what_is_being_sent(tmp_path: Path) -> None:
    with opened(tmp_path, limit=2500, policy="drop-oldest") as buffer:
        put(buffer, 1, size=400)
        sending = buffer.next(0)
        put(buffer, *range(2, 6), size=400)
        assert sending is not None
        buffer.acknowledge(sending.header.sequence)
        dropped = buffer.dropped
    with opened(tmp_path) as buffer:
        kept = drain(buffer)
        assert kept[-1] == 5
        assert 2 not in kept
        assert buffer.dropped == dropped == 2 * (4 - len(kept))


def test_a_full_disk_at_the_begin_of_a_segment_does_not_cost_the_cursor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion.crawling.buffer.buffer.SEGMENT_BYTES", 1)
    with opened(tmp_path) as buffer:
        put(buffer, 1)
        with monkeypatch.context() as disk:
            disk.setattr(segments_module, "_write", full)
            disk.setattr("emotion.crawling.buffer.kept.write_whole", full_store)
            with pytest.raises(StoreError, match="is full"):
                put(buffer, 2)
            assert drain(buffer) == [1]
    with opened(tmp_path) as buffer:
        assert buffer.last is not None
        assert (buffer.last.cursor, buffer.last.tally) == ("1", {"received": 1})
        assert len(list((tmp_path / "segments").iterdir())) == 1


def full_store(*_: object) -> None:
    raise StoreError("The disk is full.")


@pytest.mark.parametrize("point", ["buffer-append", "buffer-half"])
@pytest.mark.parametrize("is_sent", [True, False])
def test_a_kill_at_the_begin_of_a_segment_does_not_cost_the_cursor(tmp_path: Path, point: str, is_sent: bool) -> None:
    with opened(tmp_path) as buffer:
        put(buffer, 1)
        if is_sent:
            drain(buffer)
    code = APPEND.replace("with Buffer", "vars(sys.modules[Buffer.__module__])['SEGMENT_BYTES'] = 1\nwith Buffer")
    env = os.environ | {"EMOTION_CRASH": f"{point}:1"}
    killed = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, env=env, check=False)
    assert killed.returncode == -signal.SIGKILL
    for _ in range(2):
        with opened(tmp_path) as buffer:
            drain(buffer)
            assert buffer.last is not None
            assert buffer.last.cursor == "1"
            newest = buffer.newest()
            assert newest is not None
            assert newest.header.sequence == 1
