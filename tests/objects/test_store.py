"""A store in a bucket: what a directory store holds, after whatever kill; and all answers of its queries."""

import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import Any
from unittest.mock import Mock

import msgspec
import pytest
from filelock import FileLock

from emotion.errors import JobError, StorageError, StoreError, UsageError
from emotion.labelling.forget import forget
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.models.bundle import Bundle
from emotion.objects import bucket as objects
from emotion.objects.bucket import listed, remove, whole, write_as_seen
from emotion.report.page import write_report
from emotion.stores.bucket.layout import Layout, Snapshot
from emotion.stores.bucket.mirror import Mirror
from emotion.stores.bucket.store import BucketStore
from emotion.stores.ledger import Commit, part_key
from emotion.stores.opening import check_live, open_queries, open_store
from emotion.stores.protocol import Haste
from emotion.tweets.reader import ReadOptions
from emotion.tweets.selection import Selection
from emotion.vectors.own.texts import tweets
from tests.labelling.made import (
    assert_equal_rows,
    delete,
    label_and_die,
    rows_answered,
    tweet,
    write_archive,
    write_bundle,
    write_lines,
)
from tests.objects.made import Bucket
from tests.stores.parts import LABELS, PROFILE_LABELS, Row, made_documents

POINTS = [
    "part-written:2",
    "before-commit",
    "after-commit:2",
    "finish-part",
    "finish-swap",
    "bucket-put",
    "bucket-shown",
]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "archive")


@pytest.fixture
def asked(archive: Path, bundle: Path, bucket: Bucket) -> LabelOptions:
    return LabelOptions((str(archive),), f"{bucket.address}/tweets/store", model=str(bundle), ray="off")


@pytest.fixture(scope="module")
def undisturbed(bundle: Path) -> str:
    """A directory store of an archive of the same content and name."""
    archive = write_archive(bundle.parent / "archive")
    store = str(bundle.parent / "undisturbed")
    label(LabelOptions((str(archive),), store, model=str(bundle), ray="off"))
    return store


def names(store: str) -> list[str]:
    """What lies there, without what tells two finishes apart."""
    found = (entry.address[len(store) + 1 :] for entry in listed(store))
    return sorted(re.sub(r"\.[0-9a-f]{8}\.", ".", name) for name in found)


def test_it_holds_what_a_directory_holds_and_nothing_of_the_work(asked: LabelOptions, undisturbed: str) -> None:
    run = label(asked)
    assert run.store == asked.to
    with open_queries(undisturbed) as queries:
        assert run.accounts.to_dict().items() <= (queries.run or {}).items()
    assert_equal_rows(rows_answered(asked.to), rows_answered(undisturbed))
    files = [name for name in names(asked.to) if not name.startswith("v000001/month=")]
    inside = ["lease.json", "ledger.json", "manifest.json", "removed.arrow", "snapshot.json", "tombstones.arrow"]
    assert files == [
        *(f"v000001/_job/{name}" for name in inside),
        *("v000001/dead_letters.jsonl", "v000001/run.json", "v000001/store.json"),
    ]
    again = label(asked)
    assert (again.read_now, again.accounts) == (0, run.accounts)


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_the_same_command_goes_on_from_another_machine(
    point: str, asked: LabelOptions, undisturbed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other machine has nothing of the store on its disk."""
    assert label_and_die(asked, point), f"no process passed {point}"
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "another"))
    label(asked)
    assert_equal_rows(rows_answered(asked.to), rows_answered(undisturbed))
    found = names(asked.to)
    assert len(found) == len(set(found))
    assert not any("/parts/" in name or "/commits/" in name for name in found)


def test_what_is_shown_counts_once_though_its_parts_are_still_there(asked: LabelOptions, undisturbed: str) -> None:
    assert label_and_die(asked, "bucket-shown")
    assert any("/parts/" in name for name in names(asked.to))
    assert_equal_rows(rows_answered(asked.to), rows_answered(undisturbed))


def test_it_is_labelled_anew_into_another_store(asked: LabelOptions, undisturbed: str, tmp_path: Path) -> None:
    """With its delete notices, and not before the job on it has come to its end."""
    better = str(write_bundle(tmp_path / "better", seed=1))
    anew = replace(asked, archives=(asked.to,), to=str(tmp_path / "new"), model=better)
    assert label_and_die(asked, "bucket-put")
    with pytest.raises(StoreError, match=f"{re.escape(asked.to)} is unfinished"):
        label(anew)
    label(asked)
    found = label(anew).accounts
    of_directory = replace(anew, archives=(undisturbed,), to=str(tmp_path / "of-directory"))
    assert found == label(of_directory).accounts
    assert (found.documents, found.deleted) == (297, 4)
    rows, others = rows_answered(anew.to), rows_answered(of_directory.to)
    for row in (*rows, *others):
        row["source"] = row["source"].partition("/")[2]
    assert_equal_rows(rows, others)
    with pytest.raises(UsageError, match="name another one to write to"):
        label(replace(anew, to=f"{asked.to}/"))


def test_it_forgets_as_a_directory_does(asked: LabelOptions, tmp_path: Path, archive: Path) -> None:
    directory = replace(asked, to=str(tmp_path / "store"))
    gone, users = [str(tweet(n)["id_str"]) for n in (9, 10)], ["3"]
    for options in (asked, directory):
        label(options)
        forget(options.to, gone, users)
    write_lines(archive / "d.jsonl", [tweet(9), tweet(703), tweet(7000)])
    assert label(asked).accounts == label(directory).accounts
    assert_equal_rows(rows_answered(asked.to), rows_answered(directory.to))
    with open_queries(asked.to) as queries:
        assert (queries.run or {})["documents"] == len({*range(300)} - {7, 8, 251, 9, 10, *range(3, 300, 7)}) + 1


def test_what_a_restart_left_that_was_cut_short_is_forgotten_too(asked: LabelOptions) -> None:
    label(asked)
    assert label_and_die(replace(asked, restart=True), "after-commit")
    assert any(name.startswith("v000002/") for name in names(asked.to))
    forget(asked.to, [str(tweet(9)["id_str"])], [])
    assert not any(name.startswith("v000002/") for name in names(asked.to))
    assert label(asked).read_now == 0


def test_later_archives_are_added_and_notices_reach_back(asked: LabelOptions, tmp_path: Path, archive: Path) -> None:
    directory = replace(asked, to=str(tmp_path / "store"))
    for options in (asked, directory):
        label(options)
    write_lines(archive / "d.jsonl", [tweet(299), tweet(400), tweet(7), delete(20)])
    assert label(asked).accounts == label(directory).accounts
    assert_equal_rows(rows_answered(asked.to), rows_answered(directory.to))


def test_restart_shows_the_new_store_when_it_is_whole_and_removes_the_old_one(
    asked: LabelOptions, tmp_path: Path
) -> None:
    label(asked)
    before = rows_answered(asked.to)
    other = write_bundle(tmp_path / "other", seed=1)
    anew = replace(asked, model=str(other), restart=True)
    assert label_and_die(anew, "before-exchange")
    assert rows_answered(asked.to) == before
    assert label_and_die(anew, "after-exchange")
    assert {row["model"] for row in rows_answered(asked.to)} == {Bundle.load(other).id}
    label(replace(anew, restart=False))
    assert {name.partition("/")[0] for name in names(asked.to)} == {"current", "v000002"}


@pytest.mark.parametrize(
    "question",
    [
        lambda queries: queries.summary(),
        lambda queries: queries.timeline("hour"),
        lambda queries: queries.top("words"),
        lambda queries: queries.search("good day").hits,
        lambda queries: queries.run["documents"],
    ],
    ids=["summary", "timeline", "top", "search", "run"],
)
def test_its_queries_answer_as_those_of_a_directory(
    question: Callable[[Any], Any], asked: LabelOptions, undisturbed: str
) -> None:
    label(asked)
    with open_queries(f"{asked.to}/") as there, open_queries(undisturbed) as here:
        assert question(there) == question(here)
        assert (there.name, there.unfinished) == (asked.to, False)


def test_an_unfinished_store_is_answered_from_what_is_committed(asked: LabelOptions) -> None:
    assert label_and_die(asked, "after-commit:2")
    with open_queries(asked.to) as queries:
        assert queries.unfinished
        assert 100 < queries.summary().tweets < 297


def test_each_file_is_fetched_once(
    asked: LabelOptions, tmp_path: Path, archive: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By who made it never; by another machine the first time, and then what is new."""
    fetched: list[str] = []
    read = objects.read

    def counted(address: str, *range: Any) -> bytes:
        fetched.append(address)
        return read(address, *range)

    label(asked)
    monkeypatch.setattr("emotion.objects.fetch.read", counted)

    def months() -> int:
        fetched.clear()
        rows_answered(asked.to)
        return len({address for address in fetched if "/month=" in address})

    assert months() == 0
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "another"))
    assert [months(), months()] == [1, 0]
    write_lines(archive / "d.jsonl", [tweet(500, created_at="Thu Mar 02 10:00:00 +0000 2017")])
    monkeypatch.setenv("EMOTION_CACHE", str(cache))
    label(asked)
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "another"))
    assert [months(), months()] == [1, 0]
    assert list((tmp_path / "another").rglob("folders/*")) == [], "a folder of a query that has ended is still there"


def test_of_a_question_that_was_given_up_no_more_is_fetched(
    asked: LabelOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place that it holds is free, and what it fetched until then is there for the next."""
    label(asked)
    fetched: list[str] = []
    haste, read = Haste(60), objects.read

    def given_up(address: str, *range: Any) -> bytes:
        fetched.append(address)
        haste.given_up.set()
        return read(address, *range)

    monkeypatch.setattr("emotion.objects.bucket.AT_ONCE", 1)
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "another"))
    with monkeypatch.context() as patch:
        patch.setattr("emotion.objects.fetch.read", given_up)
        with pytest.raises(StoreError, match="Nobody waits"):
            open_queries(asked.to, haste=haste)
    assert len(fetched) == 1

    def counted(address: str, *range: Any) -> bytes:
        fetched.append(address)
        return read(address, *range)

    monkeypatch.setattr("emotion.objects.fetch.read", counted)
    with open_queries(asked.to, haste=Haste(60)) as queries:
        assert queries.summary().tweets > 100
    assert len(fetched) == len(set(fetched)) > 1


def test_a_question_that_waits_for_what_another_process_fetches_is_given_up(cache: Path) -> None:
    haste, mirror = Haste(60), Mirror("s3://b/store")
    mirror._folder.mkdir(parents=True)
    with FileLock(mirror._folder / "lock"):
        Timer(0.1, haste.given_up.set).start()
        with pytest.raises(StoreError, match="Nobody waits"), mirror.folder({}, haste.check):
            pass
    with mirror.folder({}) as made:
        assert made.is_dir()


def test_who_shares_the_cache_leaves_a_folder_in_use_alone_and_removes_one_that_was_left(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine or container knows none of the processes that use it."""
    monkeypatch.setattr("psutil.pid_exists", lambda _: False)
    with Mirror("s3://b/store").folder({}) as used:
        left = used.parent.with_name("emotion-left")
        left.mkdir()
        (left / "lock").touch()
        with Mirror("s3://b/store").folder({}) as other:
            assert (used.is_dir(), other.is_dir(), left.exists()) == (True, True, False)
    assert list(cache.rglob("folders/*")) == []


def test_files_that_vanish_before_they_are_put_back_end_the_job_and_nothing_is_shown(
    asked: LabelOptions, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    label(asked)
    before = rows_answered(asked.to)
    write_lines(archive / "d.jsonl", [tweet(400)])
    finish = BucketStore._finish_in

    def then_cleaned(store: BucketStore, root: Path, *more: Any) -> Any:
        made = finish(store, root, *more)
        next(root.glob("month=*/*.parquet")).unlink()
        return made

    with monkeypatch.context() as patched:
        patched.setattr(BucketStore, "_finish_in", then_cleaned)
        with pytest.raises(JobError, match="have vanished; nothing of it was shown"):
            label(asked)
    with open_queries(asked.to) as queries:
        assert queries.unfinished
    label(asked)
    assert len(rows_answered(asked.to)) == len(before) + 1


def test_what_changed_while_it_is_looked_at_is_looked_at_again(
    asked: LabelOptions, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of January is replaced, as a notice takes a tweet out, between its being named and its being fetched."""
    label(asked)
    write_lines(archive / "d.jsonl", [delete(20)])
    read, jobs = objects.read, [asked]

    def late(address: str, *range: Any) -> bytes:
        if jobs and "/month=" in address:
            label(jobs.pop())
        return read(address, *range)

    def unless_of_all(path: Path, *how: Any, **more: Any) -> Any:
        """The job runs in this thread, which holds the lock of the whole cache already."""
        return Mock() if path.name == "lock" else FileLock(path, *how, **more)

    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "another"))
    with monkeypatch.context() as patched:
        patched.setattr("emotion.objects.fetch.read", late)
        patched.setattr("emotion.stores.bucket.mirror.FileLock", unless_of_all)
        found = rows_answered(asked.to)
    assert jobs == []
    assert len(found) == 296


def test_a_job_that_ends_while_its_objects_are_listed_is_seen_before_or_after(
    asked: LabelOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its parts would be gone already, and the months not yet known."""
    assert label_and_die(asked, "finish-swap")
    jobs = [asked]

    def late(address: str) -> Any:
        if jobs:
            label(jobs.pop())
        return listed(address)

    monkeypatch.setattr("emotion.stores.bucket.queries.listed", late)
    assert len(rows_answered(asked.to)) == 297


def test_a_job_that_lost_its_lease_shows_nothing_more(asked: LabelOptions) -> None:
    """It had looked at the store before the other one took it over, and checked its lease just before."""
    assert label_and_die(asked, "finish-swap")
    slow = open_store(asked.to)
    slow.recover()

    def taken_over() -> None:
        other = open_store(asked.to)
        other.recover()
        with other.hold():
            other.sweep()

    checks = iter([lambda: None, lambda: None, taken_over])
    with pytest.raises(JobError, match="Another job took this store over"):
        slow.finish(workers=1, check=lambda: next(checks)())
    label(asked)
    assert len(rows_answered(asked.to)) == 297


def labelled(store: BucketStore, file: int, *ids: str) -> None:
    """A part of its own for a file, as a worker puts it."""
    key = part_key(file, 0, 0)
    store.write(key, "a.jsonl", made_documents([Row(id) for id in ids]), [])
    store.commit(Commit(key, "a.jsonl", file, 0, 0, True, len(ids), len(ids), 0, 0))


def shown(store: BucketStore) -> int:
    """Objects of the finished store, all of which must be there."""
    there = {entry.address for entry in listed(store.name)}
    files = store.layout.snapshot()[0].files.values()
    assert [kept.key for kept in files if f"{store.layout.root}/{kept.key}" not in there] == []
    return len(files)


def test_a_job_held_up_just_after_it_showed_its_store_removes_nothing_of_the_next_one(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, next_one = BucketStore(f"{bucket.address}/s"), BucketStore(f"{bucket.address}/s")
    slow.open(LABELS, PROFILE_LABELS)
    labelled(slow, 0, "1", "2")
    jobs = [next_one]

    def held_up(point: str) -> None:
        if point == "bucket-shown" and jobs:
            other = jobs.pop()
            other.sweep()
            labelled(other, 1, "3", "4")
            assert other.finish(workers=1).documents == 4
            labelled(other, 2, "5")

    monkeypatch.setattr("emotion.stores.bucket.store.crash_point", held_up)
    slow.finish(workers=1)
    assert (jobs, shown(slow)) == ([], 6)
    assert next_one.ledger.pending_keys() == [part_key(2, 0, 0)]
    assert next_one.finish(workers=1).documents == 5


def test_a_job_held_up_while_it_sweeps_removes_nothing_of_the_next_one(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, next_one = BucketStore(f"{bucket.address}/s"), BucketStore(f"{bucket.address}/s")
    slow.open(LABELS, PROFILE_LABELS)
    jobs, publish = [next_one], BucketStore._publish

    def held_up(store: BucketStore, *more: Any) -> None:
        publish(store, *more)
        if jobs:
            other = jobs.pop()
            other.sweep()
            labelled(other, 0, "1", "2")
            assert other.finish(workers=1).documents == 2

    monkeypatch.setattr(BucketStore, "_publish", held_up)
    slow.sweep()
    assert (jobs, shown(slow)) == ([], 5)


def test_a_worker_of_a_restart_that_was_given_up_reaches_nothing_of_the_next(
    asked: LabelOptions, tmp_path: Path
) -> None:
    label(asked)
    assert label_and_die(replace(asked, restart=True), "after-commit:2")
    late = open_store(asked.to)
    late.recover()
    worker = pickle.loads(pickle.dumps(late.beside()))
    other = replace(asked, model=str(write_bundle(tmp_path / "other", seed=1)), restart=True)
    assert label_and_die(other, "after-commit:2")
    labelled(worker, 0, "1", "2")
    label(other)
    assert {row["model"] for row in rows_answered(asked.to)} == {Bundle.load(Path(other.model or "")).id}
    assert len(rows_answered(asked.to)) == 297
    labelled(worker, 1, "1", "2")
    label(replace(other, restart=False))
    assert {name.partition("/")[0] for name in names(asked.to)} == {"current", "v000003"}


def test_a_restart_that_lost_its_lease_shows_nothing(asked: LabelOptions) -> None:
    label(asked)
    slow, other = BucketStore(asked.to), BucketStore(asked.to)
    slow.beside().open(LABELS, PROFILE_LABELS)
    grown = other.beside()
    grown.discard()
    assert grown.layout.generation == 3
    with pytest.raises(JobError, match="what this one made is not shown"):
        slow.exchange()
    assert len(rows_answered(asked.to)) == 297
    with pytest.raises(JobError, match="say the same again"), BucketStore(asked.to, generation=2).hold():
        pass


def test_a_live_job_keeps_others_off(asked: LabelOptions) -> None:
    label(asked)
    store = open_store(asked.to)
    store.recover()
    with store.hold(), pytest.raises(JobError, match="Another job is at work on this store"):
        label(asked)


def test_a_part_that_was_lost_is_told_by_its_address(asked: LabelOptions) -> None:
    assert label_and_die(asked, "after-commit:2")
    parts = [entry.address for entry in listed(asked.to) if entry.address.endswith(".parquet")]
    remove(parts[:1])
    with pytest.raises(JobError, match=rf"but {re.escape(parts[0])} is missing"):
        label(asked)


def test_a_ledger_that_was_lost_is_not_taken_for_an_empty_one(asked: LabelOptions) -> None:
    label(asked)
    remove([entry.address for entry in listed(asked.to) if "/_job/ledger." in entry.address])
    with pytest.raises(StorageError, match=r"_job/ledger\.[0-9a-f]{8}\.json has vanished: put it back"):
        label(asked)


def test_other_labels_and_other_objects_are_refused(asked: LabelOptions, bucket: Bucket) -> None:
    bucket.put("photos/cat.jpeg", b"x")
    bucket.fill({"tweets/store/": b""})  # made in a console
    with pytest.raises(StoreError, match="photos holds other objects and is not a store"):
        label(replace(asked, to=f"{bucket.address}/photos"))
    label(asked)
    store = open_store(asked.to)
    with pytest.raises(StoreError, match=r"holds the labels sadness, .* choose another folder, or --restart"):
        store.open(["good", "bad"], [])


def test_where_no_store_is_it_is_said(bucket: Bucket) -> None:
    with pytest.raises(UsageError, match=r"s3://.*/nowhere is not a store"):
        open_queries(f"{bucket.address}/nowhere")
    with pytest.raises(UsageError, match="What is live cannot be written to s3://b/store"):
        check_live("s3://b/store")
    with pytest.raises(UsageError, match="names no bucket"):
        LabelOptions(("x",), "s3:///store")


def test_a_snapshot_names_nothing_outside_of_its_store(asked: LabelOptions) -> None:
    """What a stranger put there must not be written elsewhere on this disk."""
    label(asked)
    layout = Layout(asked.to)
    snapshot, seen = layout.snapshot()
    name, kept = next(iter(snapshot.files.items()))
    for files in ({"../outside": kept}, {"month=x/../../../y.parquet": kept}, {name: replaced(kept, "../x")}):
        layout.publish(Snapshot(files), seen)
        seen = whole(f"{layout.job}/snapshot.json")[1]  # type: ignore[index] # it is there
        with pytest.raises(StoreError, match=r"snapshot\.json is damaged"):
            open_queries(asked.to)


def replaced(kept: Any, key: str) -> Any:
    return msgspec.structs.replace(kept, key=key)


def test_of_two_writers_the_slower_one_hears_of_it(bucket: Bucket) -> None:
    place = f"{bucket.address}/one"
    first = write_as_seen(place, b"1", None)
    assert first is not None
    assert write_as_seen(place, b"2", None) is None
    assert write_as_seen(place, b"1", None) == first, "its own answer had been lost"
    second = write_as_seen(place, b"2", first)
    assert second is not None
    assert write_as_seen(place, b"3", first) is None
    assert whole(place) == (b"2", second)


def test_the_job_s_small_notes_outlive_a_worker(asked: LabelOptions) -> None:
    store = BucketStore(asked.to)
    assert store.tries.begun("000000-00000") == 0
    store.tries.begin("000000-00000", 2)
    assert BucketStore(asked.to).tries.begun("000000-00000") == 2
    store.tries.end("000000-00000")
    store.tries.begin("000000-00001", 1)
    store.tries.forget()
    assert list(listed(asked.to)) == []


def test_reports_and_word_vectors_read_it(asked: LabelOptions, tmp_path: Path) -> None:
    label(asked)
    write_report(asked.to, tmp_path / "report.html")
    assert "297" in (tmp_path / "report.html").read_text()
    assert len(list(tweets([asked.to], Selection(None), ReadOptions(retweets="fold")))) > 100
