"""The command in processes of its own: several at work, interrupted, killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from emotion.errors import JobError
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.labelling.process import HUGE_PAGES, TUNABLES, ask_for_huge_pages
from tests.labelling.made import assert_equal_stores, leftovers, tweet, write_lines

FILES = 30
WAYS = [
    pytest.param(["--ray", "off"], id="one process"),
    pytest.param(["--ray", "off", "--workers", "2"], id="two processes"),
    pytest.param(["--ray", "local", "--workers", "2"], id="ray", marks=pytest.mark.ray),
]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """So many files that a signal comes between two commits."""
    for k in range(FILES):
        write_lines(tmp_path / "many" / f"{k:02d}.jsonl", (tweet(n) for n in range(k * 300, k * 300 + 300)))
    return tmp_path / "many"


@pytest.fixture
def undisturbed(many: Path, tmp_path: Path, bundle: Path) -> Path:
    label(LabelOptions((str(many),), str(tmp_path / "undisturbed"), model=str(bundle), ray="off"))
    return tmp_path / "undisturbed"


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (None, HUGE_PAGES),
        ("", HUGE_PAGES),
        ("glibc.malloc.arena_max=2", f"glibc.malloc.arena_max=2:{HUGE_PAGES}"),
        ("glibc.malloc.hugetlb=0", "glibc.malloc.hugetlb=0"),
    ],
)
def test_huge_pages_are_asked_for_beside_what_the_user_says_of_memory(
    monkeypatch: pytest.MonkeyPatch, given: str | None, made: str
) -> None:
    monkeypatch.delenv(TUNABLES, raising=False)
    if given is not None:
        monkeypatch.setenv(TUNABLES, given)
    for _ in range(2):
        ask_for_huge_pages()
        assert os.environ[TUNABLES] == made


def test_a_worker_that_dies_is_told_with_the_files_at_which_it_did(
    many: Path, tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_CRASH", "part-written")
    with pytest.raises(JobError, match=r"A worker process died, at .*\d\d\.jsonl.*fewer --workers"):
        label(LabelOptions((str(many),), str(tmp_path / "store"), model=str(bundle), ray="off", workers=2))


class Command:
    """`emotion label` as a process, ended with all it started."""

    def __init__(self, archive: Path, store: Path, bundle: Path, way: list[str]) -> None:
        self.store = store
        arguments = ["label", str(archive), "--to", str(store), "--model", str(bundle), *way]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emotion", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_for_a_commit(self, seconds: float = 600) -> None:
        commits, end = self.store / "_job" / "commits", time.monotonic() + seconds
        while not list(commits.glob("[0-9]*.json")):
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end
            time.sleep(0.002)

    def ended(self, seconds: float = 600) -> tuple[int, str]:
        """Exit status and what was said on standard error."""
        _, errors = self.process.communicate(timeout=seconds)
        return self.process.returncode, errors


@pytest.fixture
def start(many: Path, tmp_path: Path, bundle: Path) -> Iterator[list[Command]]:
    started: list[Command] = []
    yield started
    for command in started:
        if command.process.poll() is None:
            os.killpg(command.process.pid, signal.SIGKILL)
        if command.process.stdout is not None and not command.process.stdout.closed:
            command.process.communicate()


def test_two_processes_write_the_same_store(many: Path, tmp_path: Path, bundle: Path, undisturbed: Path) -> None:
    label(LabelOptions((str(many),), str(tmp_path / "two"), model=str(bundle), ray="off", workers=2))
    assert_equal_stores(tmp_path / "two", undisturbed)


@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(
    way: list[str], many: Path, tmp_path: Path, bundle: Path, undisturbed: Path, start: list[Command]
) -> None:
    command = Command(many, tmp_path / "store", bundle, way)
    start.append(command)
    command.wait_for_a_commit()
    os.killpg(command.process.pid, signal.SIGINT)
    status, errors = command.ended()
    assert status == 130
    assert "the same command goes on" in errors
    assert "Traceback" not in errors
    label(LabelOptions((str(many),), str(tmp_path / "store"), model=str(bundle), ray="off"))
    assert_equal_stores(tmp_path / "store", undisturbed)
    assert leftovers(tmp_path / "store") == []


def test_workers_ask_for_huge_pages(
    many: Path, tmp_path: Path, bundle: Path, start: list[Command], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TUNABLES, "")
    command = Command(many, tmp_path / "store", bundle, ["--ray", "off", "--workers", "2"])
    start.append(command)
    command.wait_for_a_commit()
    workers = psutil.Process(command.process.pid).children(recursive=True)
    assert sum(worker.environ().get(TUNABLES) == HUGE_PAGES for worker in workers) >= 2


def test_workers_end_with_a_parent_that_was_killed(
    many: Path, tmp_path: Path, bundle: Path, start: list[Command]
) -> None:
    command = Command(many, tmp_path / "store", bundle, ["--ray", "off", "--workers", "2"])
    start.append(command)
    command.wait_for_a_commit()
    workers = psutil.Process(command.process.pid).children(recursive=True)
    command.process.kill()
    _, alive = psutil.wait_procs(workers, timeout=120)
    assert workers
    assert alive == []


def test_accounts_are_printed_as_json_for_programs(many: Path, tmp_path: Path, bundle: Path) -> None:
    command = Command(many, tmp_path / "store", bundle, ["--ray", "off", "--json"])
    printed, _ = command.process.communicate(timeout=600)
    accounts = json.loads(printed)
    assert accounts["read"] == accounts["documents"] == FILES * 300


def test_what_is_not_a_terminal_gets_no_bar(many: Path, tmp_path: Path, bundle: Path) -> None:
    command = Command(many, tmp_path / "store", bundle, ["--ray", "off"])
    assert command.ended() == (0, "")
