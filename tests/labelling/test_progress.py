"""What is seen of a job from its ledger."""

import threading
from pathlib import Path

import pytest

from emotion.labelling import progress
from emotion.labelling.manifest import Start
from emotion.labelling.progress import LONGEST_REST, POLL_SECONDS, Watch, shown
from emotion.labelling.work import Task
from emotion.stores.ledger import Commit, Ledger, part_key
from emotion.tweets.files import ArchiveFile
from emotion.tweets.splits import Split


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path)
    made.create()
    return made


def commit(ledger: Ledger, file: int, part: int = 0, last: bool = True) -> None:
    ledger.commit(Commit(part_key(file, 0, part), "a.jsonl", file, 0, part, last, 10, 10, 0, 0, bytes=500))


def tasks(files: int) -> list[Task]:
    return [
        Task(ArchiveFile(f"/{n}.jsonl", f"{n}.jsonl", 1000, 0, ""), Split(n, 0), Start("job", 0)) for n in range(files)
    ]


def test_commits_are_added_up_once_and_those_of_earlier_runs_not_at_all(ledger: Ledger) -> None:
    commit(ledger, 7)
    watch = Watch(ledger, tasks(2))
    commit(ledger, 0, last=False)
    watch.poll()
    assert (watch.records, watch.share) == (10, 0.25)
    for part in (0, 1):
        commit(ledger, 1, part, last=part == 1)
    (ledger.commits / ".000001-00000-00002.json.1.tmp").touch()
    watch.poll()
    watch.poll()
    assert (watch.records, watch.share) == (30, 0.75)


def test_the_more_a_look_costs_the_rarer_it_is(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(ledger, [])
    for cost, rest in ((0.001, POLL_SECONDS), (0.1, 5.0), (9.0, LONGEST_REST)):
        times = iter((1.0, 1.0 + cost))
        monkeypatch.setattr("emotion.labelling.progress.time.thread_time", lambda times=times: next(times))
        watch.poll()
        assert watch.rest == pytest.approx(rest)


def test_a_damaged_commit_is_not_the_watch_s_to_tell(
    ledger: Ledger, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LOG_SECONDS", 0.01)
    watch = Watch(ledger, tasks(1))
    (ledger.commits / "000000-00000-00000.json").write_text("{")
    with shown(watch):
        watch.poll()
    assert watch.records == 0
    assert "Traceback" not in capfd.readouterr().err


def test_no_end_is_promised_while_the_head_is_away(
    ledger: Ledger, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LOG_SECONDS", 0.01)
    monkeypatch.setattr(progress, "AWAY", away := threading.Event())
    away.set()
    watch, pause = Watch(ledger, tasks(1)), threading.Event()
    with shown(watch):
        pause.wait(0.2)
        assert capfd.readouterr().err == ""
        away.clear()
        pause.wait(0.2)
    assert "records read" in capfd.readouterr().err


def test_a_ledger_that_is_not_made_yet_has_no_commits(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "nowhere").pending_keys() == []
