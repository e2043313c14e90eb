import pickle
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack
from copy import copy
from pathlib import Path

import orjson
import pyarrow as pa
import pytest
from msgspec.structs import replace

from emotion.errors import JobError, StoreError, UsageError
from emotion.stores.described import describe
from emotion.stores.directory.store import DirectoryStore
from emotion.stores.ledger import Commit, Tombstones, part_key
from emotion.stores.opening import open_live, open_queries, open_store
from emotion.tweets.tweet import DeadLetter

LABELS = (("joy", "anger"), ())


def commit(file: int, split: int, part: int, last: bool = False) -> Commit:
    return Commit(part_key(file, split, part), "a.jsonl", file, split, part, last, 1, 1, 0, 0)


def opened(root: Path) -> DirectoryStore:
    store = DirectoryStore(root)
    store.open(*LABELS)
    return store


def test_a_part_counts_only_once_it_is_committed(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    store.write("000000-00000-00000", "a.jsonl", pa.table({"x": [1]}), [])
    assert not store.ledger.progress()
    store.commit(commit(0, 0, 0, last=True))
    assert store.ledger.progress()[0, 0].complete


def test_a_split_is_complete_when_no_part_before_its_last_is_missing(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    for part in (0, 2):
        store.commit(commit(0, 0, part, last=part == 2))
    assert not store.ledger.progress()[0, 0].complete
    store.commit(commit(0, 0, 1))
    assert store.ledger.progress()[0, 0].complete


def test_counts_are_read_back_from_what_was_written(tmp_path: Path) -> None:
    letters = [DeadLetter(3, "not JSON", b"{"), DeadLetter(4, "not UTF-8", b"\xff\n\xfe")]
    written = opened(tmp_path / "store").write("000000-00000-00000", "a.jsonl", pa.table({"x": [1, 2, 3]}), letters)
    assert (written.documents, written.dead_letters) == (3, 2)


def test_writing_a_part_again_replaces_it(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    for _ in range(2):
        store.write("000000-00000-00000", "a.jsonl", pa.table({"x": [1]}), [DeadLetter(1, "not JSON", b"{")])
    assert sorted(p.name for p in store.ledger.parts.iterdir()) == [
        "000000-00000-00000.dead.jsonl",
        "000000-00000-00000.parquet",
    ]


def test_dead_letters_of_an_attempt_that_was_not_committed_are_forgotten(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    store.write("000000-00000-00000", "a.jsonl", pa.table({"x": [1]}), [DeadLetter(1, "decompression failed", b"")])
    assert store.write("000000-00000-00000", "a.jsonl", pa.table({"x": [1]}), []).dead_letters == 0
    assert [path.name for path in store.ledger.parts.iterdir()] == ["000000-00000-00000.parquet"]


def test_labels_and_profile_are_named_when_they_differ(tmp_path: Path) -> None:
    opened(tmp_path / "store")
    with pytest.raises(StoreError, match="holds the labels joy, anger; this model gives joy, anger with the profile x"):
        DirectoryStore(tmp_path / "store").open(("joy", "anger"), ("x",))


def test_dead_letters_keep_file_line_reason_and_raw(tmp_path: Path) -> None:
    letters = [DeadLetter(1, "a", "é".encode()), DeadLetter(2, "b", b"\xff"), DeadLetter(3, "c", "é".encode() * 6000)]
    store = opened(tmp_path / "store")
    store.write("000000-00000-00000", "a.jsonl", pa.table({}), letters)
    lines = (store.ledger.parts / "000000-00000-00000.dead.jsonl").read_bytes().splitlines()
    text, binary, long = map(orjson.loads, lines)
    assert text == {"file": "a.jsonl", "line": 1, "reason": "a", "raw": "é"}
    assert (binary["raw"], binary["encoding"]) == ("/w==", "base64")
    assert long["raw"] == "é" * 5000


def test_what_killed_writers_left_is_swept_and_nothing_is_swept_by_opening(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    (store.ledger.parts / ".000000-00000-00000.parquet.77.tmp").write_bytes(b"half")
    store.open(*LABELS)
    assert len(list(store.ledger.parts.iterdir())) == 1, "it may belong to a live job"
    store.ledger.sweep()
    assert list(store.ledger.parts.iterdir()) == []


def test_a_store_of_other_labels_is_refused(tmp_path: Path) -> None:
    opened(tmp_path / "store")
    with pytest.raises(StoreError, match="holds the labels joy, anger; this model gives sadness"):
        DirectoryStore(tmp_path / "store").open(("sadness",), ())


def test_the_rules_are_kept_with_the_store_and_no_part_of_its_label_set(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store")
    store.open(*LABELS, rules={"lower": False})
    for rules in (None, {"lower": True}):
        store.open(*LABELS, rules=rules)
    assert (described := store.describe()) is not None
    assert described.rules == {"lower": False}
    assert "rules" not in orjson.loads((opened(tmp_path / "other").root / "store.json").read_bytes())


@pytest.mark.parametrize(
    "content", ["", "[]", "{", "null", '{"version": 1, "labels": [1], "profile_labels": []}', '{"labels": ["joy"]}']
)
def test_a_damaged_store_file_is_a_sentence(tmp_path: Path, content: str) -> None:
    opened(tmp_path / "store")
    (tmp_path / "store" / "store.json").write_text(content)
    with pytest.raises(StoreError, match="damaged"):
        DirectoryStore(tmp_path / "store").open(*LABELS)


def test_a_file_in_the_place_of_a_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("mine")
    with pytest.raises(StoreError, match="is not a store"):
        opened(tmp_path / "store")


def test_a_damaged_commit_is_named(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    (store.ledger.commits / "000000-00000-00000.json").write_text("{")
    with pytest.raises(StoreError, match=r"000000-00000-00000\.json is damaged"):
        store.ledger.progress()


def test_counts_are_read_without_the_delete_notices(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    notices = Tombstones([f"{10**17 + number}" for number in range(50_000)], ["9"])
    for part in range(3):
        key = part_key(0, 0, part)
        store.commit(Commit(key, "a.jsonl", 0, 0, part, part == 2, 1, 1, 0, 0, tombstones=notices))
    tracemalloc.start()
    pending, progress = store.ledger.pending(), store.ledger.progress()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 200_000
    assert (sum(counts.read for counts in pending.values()), progress[0, 0].complete) == (3, True)
    assert store.ledger.read_tombstones(key) == notices


def test_a_store_travels_to_workers(tmp_path: Path) -> None:
    store = pickle.loads(pickle.dumps(opened(tmp_path / "store")))
    store.commit(commit(0, 0, 0))
    assert store.ledger.has("000000-00000-00000")


def test_a_machine_that_does_not_see_the_store_says_so(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "elsewhere")
    said = r"^There is no store .*elsewhere on .*: all machines of a cluster must see it\."
    with pytest.raises(StoreError, match=said), store.explained():
        store.tries.begin("000000-00000-00000", 1)


def test_what_comes_when_the_job_is_over_is_left_out_and_takes_nothing_with_it(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    done, late = commit(0, 0, 0), commit(0, 0, 1)
    with store.hold():
        store.write(done.key, "a.jsonl", pa.table({"x": [1]}), [])
        store.commit(done)
    for one, letters in ((done, []), (late, [DeadLetter(3, "not JSON", b"{")])):
        with pytest.raises(JobError, match="comes too late"):
            store.write(one.key, "a.jsonl", pa.table({"x": [1]}), letters)
        (store.ledger.parts / f"{one.key}.dead.jsonl").write_text("written just before")
        with pytest.raises(JobError, match="comes too late"):
            store.commit(one)
        (store.ledger.parts / f"{done.key}.dead.jsonl").unlink(missing_ok=True)
    assert store.ledger.pending_keys() == [done.key]
    assert [file.name for file in store.ledger.parts.iterdir()] == [f"{done.key}.parquet"]
    with store.hold() as held:  # the next one on the store
        store.write(late.key, "a.jsonl", pa.table({"x": [1]}), [])
        store.commit(replace(late, attempt=held.attempt))
    assert store.ledger.has(late.key)


def refused(worker: DirectoryStore, entry: Commit) -> None:
    """A worker that comes back can neither write nor commit its part, with dead letters or without."""
    worker = copy(worker)
    worker._attempt = entry.attempt
    parts = {path: path.read_bytes() for path in worker.ledger.parts.iterdir()}
    for letters in ([], [DeadLetter(3, "not JSON", b"{")]):
        with pytest.raises(JobError, match="comes too late"):
            worker.write(entry.key, "a.jsonl", pa.table({"x": [2]}), letters)
    with pytest.raises(JobError, match="comes too late"):
        worker.commit(entry)
    assert {path: path.read_bytes() for path in worker.ledger.parts.iterdir()} == parts


def test_a_worker_of_a_restart_that_was_given_up_reaches_nothing_of_the_next(tmp_path: Path) -> None:
    beside = opened(tmp_path / "store").beside()
    with beside.hold() as first:
        beside.open(*LABELS)
        worker = pickle.loads(pickle.dumps(beside))
    beside.discard()
    assert [path.name for path in beside.root.iterdir()] == ["_job"]
    with beside.hold() as held:
        beside.open(*LABELS)
        refused(worker, commit(0, 0, 0))
        assert not beside.ledger.progress()
        beside.write("000000-00000-00000", "a.jsonl", pa.table({"x": [1]}), [])
        beside.commit(replace(commit(0, 0, 0), attempt=held.attempt))
        refused(worker, commit(0, 0, 0))
    assert (first.attempt, held.attempt > 1) == (1, True)


def test_a_worker_of_a_store_that_was_exchanged_reaches_nothing_of_the_one_in_its_place(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    for _ in range(3):
        with store.hold():
            pass
    with store.hold() as old, store.beside().hold(old.attempt) as new:
        store.beside().open(*LABELS)
        store.exchange()
    assert new.attempt == old.attempt == 4
    with store.hold() as held:
        assert held.attempt == 5
        for attempt in range(1, 5):
            refused(store, replace(commit(0, 0, 0), attempt=attempt))


def test_attempts_go_on_where_the_new_store_saw_more_than_the_old_one(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    with store.hold() as old, store.beside().hold(7):
        store.beside().open(*LABELS)
        store.exchange()
    with store.hold() as held:
        assert (old.attempt, held.attempt) == (1, 8)


def test_what_a_worker_was_about_to_put_when_the_next_job_began_is_not_put(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    worker, taken = copy(store), []

    def taken_over(point: str) -> None:
        if point == "part-written":
            taken.append(stack.enter_context(store.hold(6)))

    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr("emotion.stores.directory.store.crash_point", taken_over)
        with pytest.raises(JobError, match="comes too late"):
            worker.write("000000-00000-00000", "a.jsonl", pa.table({"x": [1]}), [])
    assert len(taken) == 1
    assert list(store.ledger.parts.iterdir()) == []


def test_a_worker_that_still_sees_the_lease_of_the_job_before_may_write(tmp_path: Path) -> None:
    """As file systems that machines share show it for some seconds."""
    store = opened(tmp_path / "store")
    with store.hold():
        pass
    stale = (store.job / "lease.json").read_bytes()
    with store.hold():
        (store.job / "lease.json").write_bytes(stale)
        store.write("000000-00000-00000", "a.jsonl", pa.table({"x": [1]}), [])
    assert (store.ledger.parts / "000000-00000-00000.parquet").exists()


def test_a_mount_point_is_not_labelled_anew_only_to_find_that_it_cannot_be_exchanged() -> None:
    with pytest.raises(UsageError, match=r"The store / is a mount point, .* label into a folder within it"):
        DirectoryStore(Path("/")).beside()


@pytest.mark.parametrize("opening", [open_store, open_queries, lambda target: open_live(target, describe(["joy"], []))])
def test_a_path_that_is_not_utf8_is_refused(opening: Callable[[str], object], tmp_path: Path) -> None:
    place = tmp_path / "caf\udce9"
    place.mkdir()
    with pytest.raises(UsageError, match=r"caf\\udce9' of a store is not UTF-8\. Rename the folder"):
        opening(str(place))
