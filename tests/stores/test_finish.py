"""The finish: each id once, nothing lost, tombstones kept, totals that balance."""

import errno
import json
import os
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotion.errors import JobError, StoreError
from emotion.stores.finish import Layout, Totals, finish, ids, months, stage
from emotion.stores.finish.fates import _Graves
from emotion.stores.finish.ids import Buckets
from emotion.stores.finish.sources import Source
from emotion.stores.ledger import Tombstones
from tests.stores.parts import (
    Parts,
    Row,
    content,
    copy_store,
    finished_ids,
    finished_rows,
    kill_at,
    made_documents,
)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(tmp_path / "store")


def test_the_first_copy_in_manifest_order_is_kept(parts: Parts) -> None:
    parts.add(1, [Row("b"), Row("c")])
    parts.add(0, [Row("a"), Row("b")], split=1)
    parts.add(0, [Row("b"), Row("b")], split=0)
    assert finish(parts.root) == Totals(documents=3, duplicates=3, removed=0, folded=0, labelled=6)
    found = [(row["tweet_id"], row["source"], row["line"]) for row in finished_rows(parts.root)["month=2017-01"]]
    assert found == [("b", "file0.jsonl", 1), ("a", "file0.jsonl", 3), ("c", "file1.jsonl", 2)]


def test_documents_come_through_unchanged(parts: Parts) -> None:
    rows = [Row("a", user="u"), Row("b", at=None), Row("c", at="2017-02-01")]
    parts.add(0, rows)
    finish(parts.root)
    whole = made_documents(rows, "file0.jsonl").drop_columns(["folded"])
    for month, row in (("2017-01", 0), ("unknown", 1), ("2017-02", 2)):
        (path,) = (parts.root / f"month={month}").iterdir()
        table = pq.ParquetFile(path).read()
        assert table.schema.equals(whole.schema)
        assert table.to_pylist() == whole.slice(row, 1).to_pylist()


def test_files_are_named_after_the_first_part_that_gave_rows(parts: Parts) -> None:
    parts.add(0, [Row("a")])
    parts.add(1, [Row("b"), Row("c", at="2017-02-01")])
    finish(parts.root)
    assert sorted(str(path.relative_to(parts.root)) for path in parts.root.glob("**/*.parquet")) == [
        "month=2017-01/000000-00000-00000.parquet",
        "month=2017-02/000001-00000-00000.parquet",
    ]


def test_lines_count_the_records_of_earlier_splits_and_parts(parts: Parts) -> None:
    parts.add(0, [Row("a"), Row("b")], split=0, last=False, dead=2)
    parts.add(0, [Row("c")], split=0, deletes=["z"])
    parts.add(0, [Row("d")], split=1, dead=1)
    parts.add(1, [Row("e")])
    finish(parts.root)
    lines = {row["tweet_id"]: row["line"] for row in finished_rows(parts.root)["month=2017-01"]}
    assert lines == {"a": 1, "b": 2, "c": 5, "d": 7, "e": 1}
    assert content(parts.root)["dead letters"].splitlines() == [
        '{"file":"file0.jsonl","line":3,"reason":"bad"}',
        '{"file":"file0.jsonl","line":4,"reason":"bad"}',
        '{"file":"file0.jsonl","line":8,"reason":"bad"}',
    ]


def test_nothing_but_the_finished_store_is_left(parts: Parts) -> None:
    parts.add(0, [Row("a")], dead=1)
    (parts.ledger.parts / ".stray.tmp").write_text("of a killed writer")
    finish(parts.root)
    found = content(parts.root)
    assert found["others"] == ["_job/ledger.json", "_job/removed.arrow", "_job/tombstones.arrow", "dead_letters.jsonl"]
    assert not (parts.root / "_job/finish").exists()


@pytest.mark.parametrize("name", ["../../victim.parquet", "../victim.txt", "/victim.parquet", "..", "a/b.parquet"])
@pytest.mark.parametrize("what", ["put", "drop"])
def test_a_journal_names_nothing_outside_of_its_month(parts: Parts, what: str, name: str) -> None:
    """A store may come from a stranger."""
    victims = [parts.root.parent / "victim.parquet", parts.root / "victim.txt"]
    for victim in victims:
        victim.write_text("mine")
    journal = parts.root / "_job" / "finish" / "journal.json"
    journal.parent.mkdir()
    journal.write_text(json.dumps({"parts": [], "months": {"month=2017-01": {what: [name]}}}))
    with pytest.raises(StoreError, match=r"journal\.json is damaged"):
        finish(parts.root)
    assert [victim.read_text() for victim in victims] == ["mine", "mine"]


def test_parts_without_notices_hold_nothing_while_ids_are_gathered(tmp_path: Path) -> None:
    """Most parts have none, and there may be hundreds of thousands of parts."""
    layout = Layout(tmp_path / "store")
    with Buckets(tmp_path / "ids", 1) as buckets:
        tracemalloc.start()
        before = pa.total_allocated_bytes()
        users = _Graves(layout).fill(buckets, (Tombstones() for _ in range(2000)))
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (len(users), kept < 50_000, pa.total_allocated_bytes() - before < 50_000) == (0, True, True)
        assert buckets._held == []


def test_a_second_finish_changes_nothing(parts: Parts) -> None:
    parts.add(0, [Row("a"), Row("a")], deletes=["b"])
    first = finish(parts.root)
    before = content(parts.root)
    assert finish(parts.root) == first
    assert content(parts.root) == before


def test_a_store_without_parts_is_finished_at_once(parts: Parts) -> None:
    assert finish(parts.root) == Totals()


def test_a_job_that_labelled_nothing_keeps_its_tombstones(parts: Parts) -> None:
    parts.add(0, deletes=["x"])
    assert finish(parts.root) == Totals()
    parts.add(1, [Row("x")])
    assert finish(parts.root) == Totals(documents=0, removed=1, labelled=1)
    assert content(parts.root)["months"] == []


def test_files_of_earlier_jobs_stay_untouched_where_no_row_goes(parts: Parts) -> None:
    parts.add(0, [Row("a"), Row("b", at="2017-02-01")])
    finish(parts.root)
    before = {path: path.stat().st_ino for path in parts.root.glob("month=*/*.parquet")}
    parts.add(1, [Row("a"), Row("c")], deletes=["b"])
    assert finish(parts.root) == Totals(documents=2, duplicates=1, removed=1, labelled=4)
    assert finished_ids(parts.root) == {"2017-01": ["a", "c"]}
    kept = parts.root / "month=2017-01/000000-00000-00000.parquet"
    assert kept.stat().st_ino == before[kept]
    assert content(parts.root)["months"] == ["month=2017-01"]


def test_an_earlier_file_loses_the_rows_that_a_later_job_deletes(parts: Parts) -> None:
    parts.add(0, [Row("a"), Row("b"), Row("c")])
    finish(parts.root)
    before = finished_rows(parts.root)["month=2017-01"]
    parts.add(1, deletes=["b"])
    assert finish(parts.root) == Totals(documents=2, removed=1, labelled=3)
    assert finished_rows(parts.root)["month=2017-01"] == [before[0], before[2]]


def test_a_deleted_tweet_never_comes_back_and_counts_once(parts: Parts) -> None:
    parts.add(0, [Row("a"), Row("b")], deletes=["a"])
    assert finish(parts.root) == Totals(documents=1, removed=1, labelled=2)
    parts.add(1, [Row("a"), Row("a")])
    assert finish(parts.root) == Totals(documents=1, duplicates=2, removed=1, labelled=4)
    assert finished_ids(parts.root) == {"2017-01": ["b"]}


def test_a_notice_before_its_tweet_holds(parts: Parts) -> None:
    parts.add(0, [Row("b")], deletes=["a"])
    parts.add(1, [Row("a"), Row("c")])
    assert finish(parts.root) == Totals(documents=2, removed=1, labelled=3)


def test_an_account_notice_removes_all_tweets_of_the_user(parts: Parts) -> None:
    parts.add(0, [Row("a", user="u"), Row("b", user="v"), Row("c")])
    finish(parts.root)
    parts.add(1, [Row("d", user="u"), Row("e", user="v")], users=["u"])
    assert finish(parts.root) == Totals(documents=3, removed=2, labelled=5)
    parts.add(2, [Row("f", user="u")])
    assert finish(parts.root) == Totals(documents=3, removed=3, labelled=6)
    assert finished_ids(parts.root) == {"2017-01": ["b", "c", "e"]}


def test_an_account_notice_takes_a_tweet_whose_author_only_a_later_copy_names(parts: Parts) -> None:
    parts.add(0, [Row("a"), Row("a", user="u")], users=["u"])
    assert finish(parts.root) == Totals(documents=0, duplicates=1, removed=1, labelled=2)


def test_a_user_is_not_taken_for_a_tweet_of_the_same_number(parts: Parts) -> None:
    parts.add(0, [Row("1", user="2"), Row("2", user="1")], users=["1"])
    finish(parts.root)
    assert finished_ids(parts.root) == {"2017-01": ["1"]}


def test_a_folded_retweet_that_loses_is_skipped_and_no_duplicate(parts: Parts) -> None:
    parts.add(0, [Row("a"), Row("b", folded=True)])
    parts.add(1, [Row("a", folded=True), Row("b"), Row("b", folded=True)])
    assert finish(parts.root) == Totals(documents=2, duplicates=1, removed=0, folded=2, labelled=3)
    first, second = content(parts.root)["ledger"]["commits"]
    assert (first["labelled"], first["skipped"]) == (2, {})
    assert (second["labelled"], second["skipped"], second["read"]) == (1, {"retweet": 2}, 3)
    assert "folded" not in finished_rows(parts.root)["month=2017-01"][0]


def test_totals_add_up_over_jobs(parts: Parts) -> None:
    parts.add(0, [Row("a"), Row("a"), Row("b", folded=True), Row("b", folded=True)])
    finish(parts.root)
    parts.add(1, [Row("a"), Row("b", folded=True), Row("c")], deletes=["c"])
    assert finish(parts.root) == Totals(documents=2, duplicates=2, removed=1, folded=2, labelled=5)


def test_many_buckets_files_and_workers_give_the_same_store(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        rows = [Row(str(n % 40), f"2017-0{1 + n % 5}-03", user=f"u{n % 7}") for n in range(number * 7, number * 7 + 30)]
        parts.add(number // 4, rows, split=number % 4, deletes=[str(number)] * (number % 2), users=["u3"])
    other = copy_store(parts.root, parts.root.parent / "other")
    totals = finish(parts.root)
    monkeypatch.setattr(ids, "_BUCKET_ROWS", 16)
    monkeypatch.setattr(months, "ROW_GROUP", 4)
    monkeypatch.setattr(months, "FILE_ROWS", 10)
    monkeypatch.setattr(stage, "FEWEST_OPEN", 1)
    monkeypatch.setattr(stage, "OPEN", 6)
    monkeypatch.setattr(stage, "FILE_ROWS", 60)
    assert finish(other, workers=3, memory=10_000) == totals
    assert content(other) == content(parts.root)
    assert len(list(other.glob("month=*/*"))) > len(list(parts.root.glob("month=*/*")))


@pytest.mark.parametrize("room", [0, 10**9])
def test_no_more_files_are_open_than_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """Whether they are written as soon as there is a row group, or as memory is short."""
    at_once: list[int] = []

    class Counted(pq.ParquetWriter):  # type: ignore[misc]  # which has no types
        now = 0

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            Counted.now += 1
            at_once.append(Counted.now)

        def close(self) -> None:
            Counted.now -= self.is_open
            super().close()

    monkeypatch.setattr(months, "ROW_GROUP", 2)
    monkeypatch.setattr(pq, "ParquetWriter", Counted)
    written = months.MonthFiles(tmp_path / "months", room, 3)
    table = made_documents([Row(str(n), f"{2000 + n % 20}-01-03") for n in range(60)])
    for part in range(4):
        written.add(table, np.arange(60), f"000000-00000-{part:05d}")
        written.end_part()
    written.close()
    assert sum(written.staged.values()) == 240
    assert len(at_once) >= 20
    assert max(at_once) <= 4, "three, and one that is closed at once"


def test_equal_ids_meet_in_one_bucket_wherever_they_lie() -> None:
    names = [str(number * 7919) for number in range(500)] + ["", "x-0011", "\N{SNOWMAN}"]
    alone = [int(ids.bucket_of(pa.array([name]), 64)[0]) for name in names]
    together = ids.bucket_of(pa.array(["before", *names])[1:], 64).tolist()
    assert together == alone
    assert len(set(alone)) > 50


def test_the_progress_rises_to_one(parts: Parts) -> None:
    for file in range(4):
        parts.add(file, [Row(f"{file}-{n}") for n in range(5)])
    seen: list[float] = []
    finish(parts.root, progress=seen.append)
    assert seen == sorted(seen)
    assert len(seen) > 4
    assert seen[-1] == 1.0


def test_a_reader_never_sees_an_id_twice(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    parts.add(0, [Row("a"), Row("b", at="2017-02-01"), Row("old")])
    finish(parts.root)
    parts.add(1, [Row("c"), Row("d", at="2017-02-01")], deletes=["a"])
    seen: list[str] = []

    def read(point: str) -> None:
        found = [
            name for path in parts.root.glob("**/*.parquet") for name in pq.read_table(path)["tweet_id"].to_pylist()
        ]
        assert sorted(found) == sorted(set(found))
        assert "old" in found
        seen.append(point)

    monkeypatch.setattr("emotion.stores.finish.stage.crash_point", read)
    monkeypatch.setattr("emotion.stores.finish.journal.crash_point", read)
    finish(parts.root)
    assert seen == ["finish-part", "finish-staged", *["finish-swap"] * 2, *["finish-cleanup"] * 3]


def _rewrite(path: Path, change: Any) -> None:
    pq.write_table(change(pq.read_table(path)), path)


def test_a_row_lost_from_a_part_is_found(parts: Parts) -> None:
    key = parts.add(0, [Row("a"), Row("b")])
    _rewrite(parts.ledger.parts / f"{key}.parquet", lambda table: table.slice(1))
    with pytest.raises(JobError, match=rf"The part {key} \(file0.jsonl\) was committed with 2 documents.* holds 1"):
        finish(parts.root)
    assert (parts.ledger.parts / f"{key}.parquet").exists()


def test_a_lost_part_is_found(parts: Parts) -> None:
    key = parts.add(0, [Row("a"), Row("b")])
    (parts.ledger.parts / f"{key}.parquet").unlink()
    with pytest.raises(JobError, match=rf"The part {key} .* is missing. Remove _job/commits/{key}.json"):
        finish(parts.root)


def test_a_lost_commit_is_found(parts: Parts) -> None:
    parts.add(0, [Row("a")], last=False)
    key = parts.add(0, [Row("b")], last=False)
    parts.add(0, [Row("c")])
    (parts.ledger.commits / f"{key}.json").unlink()
    with pytest.raises(JobError, match=r"split 0 of file 0 \(file0.jsonl\) has 2 parts"):
        finish(parts.root)


def test_a_split_without_its_end_is_found(parts: Parts) -> None:
    parts.add(0, [Row("a")], last=False)
    with pytest.raises(JobError, match="gap"):
        finish(parts.root)


def test_a_damaged_part_is_a_sentence(parts: Parts) -> None:
    key = parts.add(0, [Row("a")])
    path = parts.ledger.parts / f"{key}.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(JobError, match=rf"{key}.parquet cannot be read"):
        finish(parts.root)


def test_a_part_damaged_inside_is_a_sentence_and_stays(parts: Parts) -> None:
    key = parts.add(0, [Row(str(number)) for number in range(2000)])
    path = parts.ledger.parts / f"{key}.parquet"
    damaged = bytearray(path.read_bytes())
    damaged[200:4000] = bytes(3800)
    path.write_bytes(damaged)
    with pytest.raises(JobError, match=rf"{key}.parquet cannot be read"):
        finish(parts.root, workers=2)
    assert path.exists()


def test_what_the_disk_refuses_is_a_sentence_and_the_finish_goes_on(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.add(0, [Row("a")])
    for number, said in ((errno.EIO, "could not be finished: .* Say the same again"), (errno.ENOSPC, "is full: make")):
        with monkeypatch.context() as patched:
            patched.setattr(months, "sync_file", Mock(side_effect=OSError(number, os.strerror(number))))
            with pytest.raises((JobError, StoreError), match=said):
                finish(parts.root)
    assert finish(parts.root) == Totals(documents=1, labelled=1)


def test_a_failure_stops_the_other_workers(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in range(40):
        parts.add(file, [Row(f"{file}-{number}") for number in range(10)])
    monkeypatch.setattr("emotion.stores.finish.stage.FILE_ROWS", 200)
    begun: list[str] = []

    def fail_first(point: str) -> None:
        begun.append(point)
        if len(begun) == 1:
            raise KeyboardInterrupt
        time.sleep(0.05)

    monkeypatch.setattr("emotion.stores.finish.stage.crash_point", fail_first)
    with pytest.raises(KeyboardInterrupt):
        finish(parts.root, workers=2)
    assert len(begun) < 10


def test_who_may_no_longer_finish_swaps_nothing(parts: Parts) -> None:
    """Whether the first check or the one after everything is staged finds it out."""
    parts.add(0, [Row("a")])
    for last in (1, 2):
        checks = iter(range(last))

        def check(checks: Iterator[int] = checks, last: int = last) -> None:
            if next(checks) == last - 1:
                raise JobError("another job has taken over")

        with pytest.raises(JobError, match="taken over"):
            finish(parts.root, check=check)
        assert list(parts.root.glob("month=*")) == []
    assert finish(parts.root) == Totals(documents=1, labelled=1)


def test_a_lost_dead_letter_is_found(parts: Parts) -> None:
    key = parts.add(0, [Row("a")], dead=2)
    path = parts.ledger.parts / f"{key}.dead.jsonl"
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    with pytest.raises(JobError, match=rf"The part {key} .* 2 dead letters, but .* holds 1"):
        finish(parts.root)


def test_a_part_that_does_not_balance_is_found(parts: Parts) -> None:
    key = parts.add(0, [Row("a")])
    path = parts.ledger.commits / f"{key}.json"
    path.write_text(path.read_text().replace('"read":1', '"read":2'))
    with pytest.raises(JobError, match=rf"The part {key} .* 2 read, but 1 labelled"):
        finish(parts.root)


@pytest.mark.parametrize("harm", ["row", "file", "copy"])
def test_a_finished_store_changed_by_hand_is_found(parts: Parts, harm: str) -> None:
    parts.add(0, [Row("a"), Row("b")])
    finish(parts.root)
    (path,) = parts.root.glob("month=*/*.parquet")
    if harm == "row":
        _rewrite(path, lambda table: table.slice(1))
    elif harm == "file":
        path.unlink()
    else:
        path.with_name("copy.parquet").write_bytes(path.read_bytes())
    parts.add(1, [Row("c")])
    with pytest.raises(JobError, match=r"hold . documents, but its ledger counts 2"):
        finish(parts.root)


def test_a_row_lost_on_the_way_is_found_before_anything_is_deleted(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.add(0, [Row("a"), Row("b"), Row("a")])
    split = months.split_months
    with monkeypatch.context() as patched:
        patched.setattr(months, "split_months", lambda created, keep: split(created, keep[1:]))
        with pytest.raises(JobError, match=r"1 documents, but 3 labelled - 1 duplicates - 0 removed = 2"):
            finish(parts.root)
    assert finish(parts.root) == Totals(documents=2, duplicates=1, labelled=3)


@pytest.mark.parametrize("name", ["tombstones.arrow", "removed.arrow", "ledger.json"])
@pytest.mark.parametrize("content", [b"", b"{}x", b"[]", b"ARROW1\0\0 no more"])
def test_a_damaged_file_of_an_earlier_job_is_a_sentence(parts: Parts, name: str, content: bytes) -> None:
    parts.add(0, [Row("a")], deletes=["b"])
    finish(parts.root)
    (parts.root / "_job" / name).write_bytes(content)
    parts.add(1, [Row("c")])
    with pytest.raises((JobError, StoreError), match=name):
        finish(parts.root)


@pytest.mark.parametrize("line", ["{", "[]", "null", '{"line": "2"}', '{"file": "x"}', "\udcff"])
def test_a_damaged_dead_letter_is_a_sentence(parts: Parts, line: str) -> None:
    key = parts.add(0, [Row("a")], dead=1)
    path = parts.ledger.parts / f"{key}.dead.jsonl"
    path.write_bytes((line + "\n").encode("utf-8", "surrogateescape"))
    with pytest.raises(JobError, match=rf"{key}.dead.jsonl is damaged"):
        finish(parts.root)


def test_a_commit_under_the_name_of_another_part_is_a_sentence(parts: Parts) -> None:
    key = parts.add(0, [Row("a")])
    commit = parts.ledger.commits / f"{key}.json"
    commit.rename(commit.with_name("000001-00000-00000.json"))
    with pytest.raises(StoreError, match=f"it names the part {key}"):
        finish(parts.root)


def jobs(parts: Parts, count: int) -> None:
    """So many jobs, each with a tweet of January, every third with one of February."""
    for file in range(count):
        parts.add(file, [Row(f"{file:02}"), *([Row(f"{file:02}-2", at="2017-02-01")] if file % 3 == 0 else [])])
        finish(parts.root)


def files(parts: Parts) -> dict[str, list[str]]:
    return {month.name: sorted(path.name for path in month.iterdir()) for month in parts.root.glob("month=*")}


def test_small_files_of_many_jobs_are_merged_in_their_order(parts: Parts) -> None:
    jobs(parts, stage.MANY)
    assert len(files(parts)["month=2017-01"]) == stage.MANY
    parts.add(stage.MANY, [Row("last")], deletes=["03"])
    totals = finish(parts.root)
    assert totals == Totals(documents=stage.MANY + 6, removed=1, labelled=stage.MANY + 7)
    found = files(parts)
    assert found["month=2017-01"] == ["000000-00000-00000.parquet", f"0000{stage.MANY}-00000-00000.parquet"]
    assert len(found["month=2017-02"]) == 6
    kept = [f"{file:02}" for file in range(stage.MANY) if file != 3]
    assert finished_ids(parts.root)["2017-01"] == [*kept, "last"]


@pytest.mark.parametrize("point", ["finish-part", "finish-staged", "finish-swap", "finish-cleanup:1"])
def test_a_merge_that_was_killed_goes_on(parts: Parts, tmp_path: Path, point: str) -> None:
    jobs(parts, stage.MANY)
    parts.add(stage.MANY, [Row("last", at="2017-02-03")])
    other = copy_store(parts.root, tmp_path / "undisturbed")
    kill_at(parts.root, point)
    assert finish(parts.root) == finish(other)
    assert content(parts.root) == content(other)


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        ([10] * 15, []),
        ([10] * 16, [16]),
        ([10] * 20 + [stage.SMALL] + [10] * 16, [20, 16]),
        ([10] * 10 + [stage.SMALL] + [10] * 10, []),
        ([stage.SMALL - 1] * 20, []),
        ([stage.SMALL // 4] * 40, [32]),
    ],
)
def test_runs_of_small_files_are_bounded(rows: list[int], merged: list[int]) -> None:
    sources = [Source(Path(f"month=2017-01/{number:06}.parquet"), 0, count) for number, count in enumerate(rows)]
    assert [len(run) for run in stage.small_files(sources)] == merged
    apart = [Source(Path(f"month={number}/0.parquet"), 0, 1) for number in range(20)]
    assert stage.small_files(apart) == []
