"""The one live writer of a directory: durable batches, each once, compacted as it goes; kills; jobs beside it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.errors import JobError, NumberTaken, StoreError
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.stores.described import describe
from emotion.stores.directory import batches
from emotion.stores.directory.live import DirectoryLive
from emotion.stores.directory.pace import Pace
from emotion.stores.directory.queries import DirectoryQueries
from emotion.stores.directory.store import DirectoryStore
from emotion.stores.finish import finish
from emotion.stores.finish import live as finish_live
from emotion.stores.finish.live import Runs, put_in, with_more, within
from emotion.stores.ledger import LIVE_FILES, Tombstones, part_key
from emotion.stores.live.batch import Labelled
from tests.labelling.made import rows, tweet, write_lines
from tests.made_store import made_batch
from tests.stores.live.made_live import DESCRIBED, SOURCE, ids, live, write
from tests.stores.parts import LABELS, PROFILE_LABELS, Parts, Row, finished_ids, made_documents

ROOT = Path(__file__).parents[3]
NEVER = Pace(batches=10**6, rows=10**9, seconds=1e9)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


def stored(root: Path) -> list[str]:
    return sorted(id for month in finished_ids(root).values() for id in month)


def expected(batches: int) -> list[str]:
    """Each id once, without those that notices named."""
    every = {id for sequence in range(1, batches + 1) for id in ids(sequence)}
    return sorted(every - {ids(sequence)[2] for sequence in range(3, batches + 1, 3)})


def run(root: Path) -> dict[str, object]:
    return dict(json.loads((root / "run.json").read_bytes()))


def test_after_closing_the_store_holds_each_id_once(root: Path) -> None:
    with live(root) as store:
        for sequence in range(1, 11):
            write(store, sequence)
    assert stored(root) == expected(10)
    accounts = run(root)
    assert accounts["read"] == 60 + 2 + 3
    assert accounts["documents"] == len(expected(10)) == 60 - accounts["duplicates"] - accounts["removed"]  # type: ignore[operator]
    assert not DirectoryQueries(root).unfinished
    assert list((root / "_job/parts").iterdir()) == []


def test_the_same_batch_again_has_no_effect(root: Path) -> None:
    for _ in range(2):
        with live(root) as store:
            for sequence in (1, 2, 2, 1, 3, 4):
                write(store, sequence)
    assert stored(root) == expected(4)
    assert run(root)["read"] == 24 + 1 + 1


def test_batches_that_come_late_or_never_are_told_apart(root: Path) -> None:
    for sequence in (1, 5, 2, 9, 5):
        with live(root) as store:
            write(store, sequence)
    assert run(root)["read"] == 24 + 1
    ledger = json.loads((root / "_job/ledger.json").read_bytes())
    wanted = {"source": SOURCE, "file": LIVE_FILES, "runs": [[1, 2], [5, 5], [9, 9]], "digests": {}}
    assert ledger["live"] == [wanted]
    assert len(ledger["commits"]) == 1


@pytest.mark.parametrize("close", [True, False])
def test_batch_0_may_come_after_others_were_finished(root: Path, close: bool) -> None:
    for sequences in ((1, 2), (0,), (3,)) if close else ((1, 2, 0, 3),):
        with live(root) as store:
            for sequence in sequences:
                write(store, sequence)
    wanted = sorted({id for sequence in range(4) for id in ids(sequence)} - {ids(0)[2], ids(3)[2]})
    assert stored(root) == wanted
    found = rows(root)
    assert len({row["line"] for row in found}) == len(found)
    assert json.loads((root / "_job/ledger.json").read_bytes())["live"][0]["runs"] == [[0, 3]]
    with live(root) as store:
        write(store, 0)
    assert stored(root) == wanted


def test_nothing_is_written_once_it_is_closed(root: Path) -> None:
    store = live(root)
    write(store, 1)
    store.close()
    with pytest.raises(JobError, match="closed"):
        write(store, 2)


def test_two_sources_have_numbers_of_their_own(root: Path) -> None:
    with live(root) as store:
        write(store, 1)
        write(store, 1, "crawler-2")
        write(store, 1, "crawler-2")
    assert run(root)["duplicates"] == 6
    assert stored(root) == expected(1)


def test_what_is_written_can_be_asked_for_at_once(root: Path) -> None:
    with live(root, NEVER) as store:
        write(store, 1)
        queries = DirectoryQueries(root)
        assert queries.unfinished
        assert queries.summary().tweets == 6
    assert DirectoryQueries(root).summary().tweets == 6


def test_months_are_kept_in_order_beside_the_writing(root: Path) -> None:
    with live(root) as store:
        for sequence in range(1, 40):
            write(store, sequence)
        assert store._compaction is not None
        store._compaction.join()
        assert finished_ids(root)
    assert stored(root) == expected(39)


def test_a_notice_reaches_what_was_compacted_long_ago_and_what_comes_later(root: Path) -> None:
    gone = Tombstones(tweets=["a", "z"], users=["u"])
    with live(root) as store:
        store.write("s", 1, made_batch(made_documents([Row("a"), Row("b", user="u"), Row("c")])))
    with live(root) as store:
        store.write("s", 2, made_batch(made_documents([]), gone))
    with live(root) as store:
        store.write("s", 3, made_batch(made_documents([Row("z"), Row("y", user="u"), Row("d")])))
    assert stored(root) == ["c", "d"]


def test_writers_in_several_threads_lose_nothing(root: Path) -> None:
    with live(root) as store:

        def write_every_third(first: int) -> None:
            for number in range(first, 25, 3):
                write(store, number)

        threads = [threading.Thread(target=write_every_third, args=(first,)) for first in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert stored(root) == expected(24)


def test_another_writer_is_sent_to_elasticsearch(root: Path) -> None:
    with live(root), pytest.raises(StoreError, match=r"one writer.*Elasticsearch"):
        live(root)
    live(root).close()


def test_a_store_of_other_labels_is_refused_and_let_go_of(root: Path) -> None:
    live(root).close()
    with pytest.raises(StoreError, match="one label set"):
        DirectoryLive(root, describe(["sadness"], []))
    live(root).close()


def test_a_job_that_was_cut_short_comes_first(root: Path) -> None:
    live(root).close()
    Parts(root).add(0, [Row("a")])
    with pytest.raises(StoreError, match="emotion label"):
        live(root)
    finish(root)
    with live(root) as store:
        write(store, 1)
    assert stored(root) == [*expected(1), "a"]


def test_a_job_takes_in_what_a_killed_writer_left(root: Path) -> None:
    leave_unfinished(root)
    Parts(root).add(0, [Row("a"), Row(ids(1)[0])])
    finish(root)
    assert stored(root) == [*expected(2), "a"]
    with live(root) as store:
        write(store, 2)
    assert stored(root) == [*expected(2), "a"]


def leave_unfinished(root: Path) -> None:
    """Two batches, committed by a writer that never closed."""
    killed(root, "live-begin:3")


def killed(root: Path, point: str | None, batches: int = 12) -> list[int]:
    """Batches that a process said to be durable before it killed itself at the point."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | ({"EMOTION_CRASH": point} if point else {})
    command = [sys.executable, "-m", "tests.stores.live.made_live", str(root), str(batches)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == (-signal.SIGKILL if point else 0), done.stderr
    return [int(line) for line in done.stdout.split()]


POINTS = ("part-written:5", "after-commit:6", "finish-staged", "finish-swap:2", "finish-cleanup:2")


def test_a_kill_anywhere_loses_nothing_and_doubles_nothing(root: Path) -> None:
    said: list[int] = []
    for point in POINTS:
        said += killed(root, point, batches=12 + len(said))
    last = max(said)
    with live(root) as store:  # the crawler sends again what was not acknowledged
        for sequence in range(1, last + 2):
            write(store, sequence)
    assert stored(root) == expected(last + 1)
    assert run(root)["documents"] == len(expected(last + 1))


def test_keys_of_live_batches_are_sorted_by_number() -> None:
    keys = [part_key(LIVE_FILES, sequence, 0) for sequence in (1, 99_999, 100_000, 10**12)]
    assert keys == sorted(keys)
    assert part_key(1, 2, 3) == "000001-00002-00003"


def test_runs_of_numbers_grow_together() -> None:
    runs = with_more([], (3, 1, 7))
    assert runs == [(1, 1), (3, 3), (7, 7)]
    assert with_more(runs, (2, 6, 4, 5)) == [(1, 7)]


@given(st.lists(st.integers(0, 30)))
def test_a_number_is_put_where_it_belongs(numbers: list[int]) -> None:
    runs: Runs = []
    for number in numbers:
        put_in(runs, number)
    assert runs == with_more([], set(numbers))
    assert [within(runs, number) for number in range(32)] == [number in numbers for number in range(32)]


def test_any_number_that_the_api_takes_can_be_read_again(root: Path) -> None:
    largest = 10**18 - 1
    with live(root) as store:
        store.write("s", largest, made_batch(made_documents([Row("a")])))
    with live(root) as store:
        store.write("s", largest, made_batch(made_documents([Row("b")])))
        store.write("s", largest - 1, made_batch(made_documents([Row("c")])))
    assert stored(root) == ["a", "c"]


def told(text: str, id: str) -> Labelled:
    """A batch of one tweet, and of a record that was skipped."""
    batch = made_batch(made_documents([Row(id)]), digest=text)
    return replace(batch, read=batch.read + 1, skipped={"language": 1})


@pytest.mark.parametrize("close", [False, True], ids=["pending", "finished"])
def test_other_records_under_a_number_are_refused_and_not_passed_over(root: Path, close: bool) -> None:
    with live(root) as store:
        store.write("s", 1, told("good", "a"))
        if close:
            store.close()
        with ExitStack() as reopened:
            again = reopened.enter_context(live(root)) if close else store
            with pytest.raises(NumberTaken, match="batch 1 of s"):
                again.write("s", 1, told("bad", "b"))
            assert again.write("s", 1, told("good", "a")).documents == 1
            again.write("t", 1, told("bad", "b"))
            again.write("s", 2, told("bad", "c"))
    assert stored(root) == ["a", "b", "c"]
    assert (run(root)["read"], run(root)["skipped"], run(root)["labelled"]) == (6, {"language": 3}, 3)


def test_digests_of_the_newest_batches_are_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finish_live, "KEPT_DIGESTS", 3)
    monkeypatch.setattr(batches, "KEPT_DIGESTS", 3)
    for first in (1, 6):
        with live(root, NEVER) as store:
            for number in range(first, first + 5):
                store.write("s", number, told(f"text {number}", f"id-{number}"))
    (kept,) = json.loads((root / "_job/ledger.json").read_bytes())["live"]
    assert kept["digests"] == {str(number): f"text {number}" for number in (8, 9, 10)}
    with live(root) as store:
        store.write("s", 1, told("another", "x"))  # nobody knows it any more
        with pytest.raises(NumberTaken):
            store.write("s", 8, told("another", "x"))


def test_what_is_deleted_goes_in_time_although_nothing_more_is_written(root: Path) -> None:
    with live(root, Pace(seconds=0.1)) as store:
        store.write("s", 1, made_batch(made_documents([Row("a"), Row("b")])))
        store.write("s", 2, made_batch(made_documents([]), Tombstones(tweets=["a"])))
        end = time.monotonic() + 60
        while [*finished_ids(root).values()] != [["b"]]:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_what_a_killed_writer_left_is_put_in_order_although_nothing_is_written(root: Path) -> None:
    leave_unfinished(root)
    assert not finished_ids(root)
    with live(root, Pace(seconds=0.1)):
        wait_for_order(root)


def test_order_is_tried_again_after_a_fault_that_has_passed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[bool] = []

    def full_once(*asked: Any, **more: Any) -> Any:
        if not failed:
            failed.append(True)
            raise StoreError("The disk is full")
        return finish(*asked, **more)

    monkeypatch.setattr("emotion.stores.directory.live.finish", full_once)
    with live(root, Pace(seconds=0.1)) as store:
        write(store, 1)
        wait_for_order(root)
        assert store._compaction is not None
        store._compaction.join()  # until then the fault is told
        write(store, 2)
    assert failed
    assert stored(root) == expected(2)


def wait_for_order(root: Path) -> None:
    """Until something stands in the months."""
    end = time.monotonic() + 60
    while not finished_ids(root):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_closing_finishes_although_it_failed_before(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("The disk is full")

    with live(root, Pace(batches=1)) as store, monkeypatch.context() as patch:
        patch.setattr("emotion.stores.directory.live.finish", full)
        write(store, 1)
        assert store._compaction is not None
        store._compaction.join()
    assert stored(root) == expected(1)


def test_the_store_is_one_that_jobs_know(root: Path) -> None:
    live(root).close()
    DirectoryStore(root).open(DESCRIBED.labels, DESCRIBED.profile_labels)


def test_a_private_labelling_does_not_go_where_live_tweets_are(root: Path, tmp_path: Path) -> None:
    with live(root) as store:
        write(store, 1)
    archive = write_lines(tmp_path / "a.jsonl", [tweet(0)])
    asked = LabelOptions((str(archive),), str(root), ray="off", drop_user=True)
    with pytest.raises(JobError, match="holds tweets of live sources"):
        label(asked)


def test_a_damaged_manifest_is_a_sentence(root: Path) -> None:
    DirectoryStore(root).open(LABELS, PROFILE_LABELS)
    (root / "_job" / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        live(root)
