import os
import socket
import time
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

import filelock
import msgspec
import psutil
import pytest

from emotion.errors import JobError
from emotion.stores.files import write_whole
from emotion.stores.lease import EXPIRE_SECONDS, Lease, _boot, hold


def write(folder: Path, **changes: object) -> None:
    me = psutil.Process()
    lease = Lease(socket.gethostname(), me.pid, me.create_time(), 3, time.time())
    with filelock.FileLock(folder / "lease.lock"):
        write_whole(folder / "lease.json", msgspec.json.encode(msgspec.structs.replace(lease, **changes)))


def held_until(folder: Path, begun: Event, over: Event) -> None:
    with hold(folder):
        begun.set()
        over.wait(60)


def test_attempts_are_numbered(tmp_path: Path) -> None:
    with hold(tmp_path) as first:
        pass
    with hold(tmp_path) as second:
        pass
    assert (first.attempt, second.attempt) == (1, 2)


def test_a_second_live_job_is_refused(tmp_path: Path) -> None:
    with (
        hold(tmp_path),
        pytest.raises(JobError, match=f"process {os.getpid()} on {socket.gethostname()}"),
        hold(tmp_path),
    ):
        pass


def test_a_lease_that_could_not_be_given_back_does_not_keep_its_own_process_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as disk, hold(tmp_path):
        disk.setattr("emotion.stores.lease.write_whole", full)
    assert not msgspec.json.decode((tmp_path / "lease.json").read_bytes(), type=Lease).released
    with hold(tmp_path) as held:
        assert held.attempt == 2


def test_the_lease_of_a_process_that_is_gone_is_taken_over_at_once(tmp_path: Path) -> None:
    gone = get_context("forkserver").Process(target=int)
    gone.start()
    gone.join()
    write(tmp_path, process=gone.pid)
    with hold(tmp_path) as held:
        assert held.attempt == 4


def test_a_later_process_with_the_same_number_does_not_hold_the_lease(tmp_path: Path) -> None:
    write(tmp_path, born=psutil.Process().create_time() - 100)
    with hold(tmp_path) as held:
        assert held.attempt == 4


def test_a_step_of_the_clock_lets_no_second_job_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forks, booted = get_context("forkserver"), psutil.boot_time()
    begun, over = forks.Event(), forks.Event()
    process = forks.Process(target=held_until, args=(tmp_path, begun, over))
    process.start()
    try:
        assert begun.wait(60)
        monkeypatch.setattr("psutil._pslinux.boot_time", lambda: booted + 2)
        with pytest.raises(JobError, match=f"process {process.pid} "), hold(tmp_path):
            pass
    finally:
        over.set()
        process.join()


def test_a_lease_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """It counted from 1970."""
    parent = psutil.Process(os.getppid())
    write(tmp_path, process=parent.pid, born=parent.create_time())
    with pytest.raises(JobError, match=f"process {parent.pid} "), hold(tmp_path):
        pass


@pytest.mark.parametrize("elsewhere", [{"host": "elsewhere"}, {"boot": "another"}])
@pytest.mark.parametrize(("age", "live"), [(1.0, True), (EXPIRE_SECONDS + 1, False)])
def test_on_another_host_or_before_it_was_started_again_a_lease_lives_as_long_as_it_is_renewed(
    tmp_path: Path, age: float, live: bool, elsewhere: dict[str, str]
) -> None:
    write(tmp_path, renewed=time.time() - age, **elsewhere)
    if live:
        with pytest.raises(JobError, match="Another job is at work"), hold(tmp_path):
            pass
    else:
        with hold(tmp_path) as held:
            assert held.attempt == 4


def test_a_process_of_another_container_is_not_taken_for_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers that share the machine's name, as with --net=host, do not know each other's processes."""
    with monkeypatch.context() as there:
        there.setattr(Path, "readlink", lambda path: Path("pid:[1]"))
        boot = _boot()
    write(tmp_path, process=2**22, renewed=time.time(), boot=boot)
    with pytest.raises(JobError, match="Another job is at work"), hold(tmp_path):
        pass
    write(tmp_path, process=2**22, renewed=time.time(), boot=_boot())
    with hold(tmp_path) as held:
        assert held.attempt == 4


@pytest.mark.parametrize("content", [b"{", b'{"host": "\xff"}', b"[]"])
def test_a_damaged_lease_does_not_lock_the_store_for_ever(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lease.json").write_bytes(content)
    with hold(tmp_path) as held:
        assert held.attempt == 1


@pytest.mark.parametrize("process", [-1, 1 << 70])
def test_a_number_that_no_process_has_holds_nothing(tmp_path: Path, process: int) -> None:
    write(tmp_path, process=process)
    with hold(tmp_path) as held:
        assert held.attempt == 4


def test_a_lease_that_was_taken_over_a_moment_ago_is_lost(tmp_path: Path) -> None:
    with hold(tmp_path) as held:
        write(tmp_path, host="elsewhere", attempt=9)
        with pytest.raises(JobError, match="took the store over"):
            held.check()


def test_what_killed_holders_left_goes_with_the_next_lease(tmp_path: Path) -> None:
    (tmp_path / ".lease.json.1.tmp").touch()
    with hold(tmp_path):
        assert list(tmp_path.glob("*.tmp")) == []


def test_a_job_that_lost_its_lease_is_told_and_does_not_free_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion.stores.lease.RENEW_SECONDS", 0.01)
    with hold(tmp_path) as held:
        held.check()
        write(tmp_path, host="elsewhere", attempt=9)
        assert held.lost.wait(5)
        with pytest.raises(JobError, match="took the store over"):
            held.check()
    kept = msgspec.json.decode((tmp_path / "lease.json").read_bytes(), type=Lease)
    assert (kept.host, kept.attempt, kept.released) == ("elsewhere", 9, False)
