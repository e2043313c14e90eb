"""The job without a cluster: accounts, going on, and what is refused."""

import bz2
import gzip
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from emotion.errors import ArchiveError, JobError, StoreError, UsageError
from emotion.labelling import local, work
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.labelling.work import Labeller, Plan, Task
from emotion.models.bundle import Bundle
from emotion.models.config import HeadConfig
from emotion.stores.directory.store import DirectoryStore
from emotion.stores.document import documents
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.selection import Selection
from emotion.tweets.tweet import Part
from tests.labelling.made import (
    assert_equal_stores,
    delete,
    label_and_die,
    leftovers,
    rows,
    tweet,
    write_bundle,
    write_lines,
)

POINTS = [
    "dead-letter",
    "part-written",
    "before-commit:2",
    "after-commit",
    "between-parts:2",
    "finish-staged",
    "finish-swap",
    "finish-cleanup",
]


def options(archive: Path, store: Path, bundle: Path) -> LabelOptions:
    return LabelOptions(archives=(str(archive),), to=str(store), model=str(bundle), ray="off")


def test_every_record_is_accounted_for(archive: Path, tmp_path: Path, bundle: Path) -> None:
    accounts = label(options(archive, tmp_path / "store", bundle)).accounts
    assert accounts.read == 305 + 4 + 4 + 2 + 1
    assert accounts.labelled == 305
    assert accounts.skipped == {"blank": 1, "language": 4}
    assert (accounts.dead_letters, accounts.deleted) == (2, 4)
    assert (accounts.duplicates, accounts.removed, accounts.documents) == (5, 3, 297)


def test_the_finished_store_holds_each_id_once_and_nothing_temporary(
    archive: Path, tmp_path: Path, bundle: Path
) -> None:
    label(options(archive, tmp_path / "store", bundle))
    ids = [row["tweet_id"] for row in rows(tmp_path / "store")]
    assert len(ids) == len(set(ids)) == 297
    assert leftovers(tmp_path / "store") == []


def test_documents_say_what_made_them_and_where_they_stood(archive: Path, tmp_path: Path, bundle: Path) -> None:
    label(options(archive, tmp_path / "store", bundle))
    found = {row["tweet_id"]: row for row in rows(tmp_path / "store")}
    row = found[tweet(260)["id_str"]]
    assert (row["source"].rpartition("/")[2], row["line"]) == ("c.jsonl", 11)
    assert (row["model"], row["engine"]) == (Bundle.load(bundle).id, "exact")


def test_a_second_run_has_nothing_to_do(archive: Path, tmp_path: Path, bundle: Path) -> None:
    first = label(options(archive, tmp_path / "store", bundle))
    again = label(options(archive, tmp_path / "store", bundle))
    assert again.read_now == 0
    assert again.accounts == first.accounts


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_the_same_command_goes_on(point: str, archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = options(archive, tmp_path / "killed", bundle)
    assert label_and_die(asked, point), f"no process passed {point}"
    label(asked)
    label(replace(asked, to=str(tmp_path / "undisturbed")))
    assert_equal_stores(tmp_path / "killed", tmp_path / "undisturbed")
    assert leftovers(tmp_path / "killed") == []


def test_killed_again_and_again_it_still_ends_well(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = options(archive, tmp_path / "killed", bundle)
    for point in POINTS:
        label_and_die(asked, point)
    label(asked)
    label(replace(asked, to=str(tmp_path / "undisturbed")))
    assert_equal_stores(tmp_path / "killed", tmp_path / "undisturbed")


def test_new_files_are_added_to_the_same_store(archive: Path, tmp_path: Path, bundle: Path) -> None:
    label(options(archive, tmp_path / "store", bundle))
    more = write_lines(archive / "d.jsonl", [tweet(299), tweet(400), tweet(7), delete(20)])
    accounts = label(options(archive, tmp_path / "store", bundle)).accounts
    ids = {row["tweet_id"] for row in rows(tmp_path / "store")}
    assert tweet(400)["id_str"] in ids
    assert tweet(7)["id_str"] not in ids, "a deleted tweet came back"
    assert tweet(20)["id_str"] not in ids, "a late notice found no tweet of an earlier job"
    assert accounts.documents == len(ids) == accounts.labelled - accounts.duplicates - accounts.removed
    assert more.exists()


def test_two_archives_with_a_file_of_one_name_are_told_apart(tmp_path: Path, bundle: Path) -> None:
    write_lines(tmp_path / "2016" / "tweets.jsonl", [{"text": "good day"}])
    write_lines(tmp_path / "2017" / "tweets.jsonl", [{"text": "bad rain"}])
    for year in ("2016", "2017"):
        label(options(tmp_path / year / "tweets.jsonl", tmp_path / "store", bundle))
    found = rows(tmp_path / "store")
    assert {row["text"] for row in found} == {"good day", "bad rain"}
    assert len({row["source"] for row in found}) == 2


def test_a_file_that_changed_is_refused_with_the_difference(archive: Path, tmp_path: Path, bundle: Path) -> None:
    label(options(archive, tmp_path / "store", bundle))
    with (archive / "b.jsonl").open("a") as file:
        file.write("{}\n")
    with pytest.raises(ArchiveError, match=r"b\.jsonl has changed .*size \d+ -> \d+"):
        label(options(archive, tmp_path / "store", bundle))


def test_a_file_that_vanished_before_it_was_labelled_is_refused(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = options(archive, tmp_path / "store", bundle)
    assert label_and_die(asked, "after-commit")
    (archive / "c.jsonl").unlink()
    with pytest.raises(ArchiveError, match=r"c\.jsonl has vanished"):
        label(asked)


def test_another_option_is_refused_by_name(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = options(archive, tmp_path / "store", bundle)
    label(asked)
    with pytest.raises(JobError, match="retweets keep -> skip"):
        label(replace(asked, retweets="skip"))


def test_another_model_is_refused_by_its_id(archive: Path, tmp_path: Path, bundle: Path) -> None:
    other = write_bundle(tmp_path / "other", seed=1)
    label(options(archive, tmp_path / "store", bundle))
    with pytest.raises(JobError, match=f"model {Bundle.load(bundle).id} -> {Bundle.load(other).id}"):
        label(options(archive, tmp_path / "store", other))


def test_restart_labels_everything_anew_with_another_model(archive: Path, tmp_path: Path, bundle: Path) -> None:
    other = write_bundle(tmp_path / "other", seed=1)
    label(options(archive, tmp_path / "store", bundle))
    label(replace(options(archive, tmp_path / "store", other), restart=True))
    assert {row["model"] for row in rows(tmp_path / "store")} == {Bundle.load(other).id}
    assert sorted(p.name for p in tmp_path.iterdir() if "store" in p.name) == ["store"]


def test_a_restart_that_is_killed_leaves_the_old_store_and_goes_on(archive: Path, tmp_path: Path, bundle: Path) -> None:
    other = write_bundle(tmp_path / "other", seed=1)
    label(options(archive, tmp_path / "store", bundle))
    before = rows(tmp_path / "store")
    anew = replace(options(archive, tmp_path / "store", other), restart=True)
    assert label_and_die(anew, "after-commit:2")
    assert rows(tmp_path / "store") == before
    assert label(anew).read_now < 316, "the committed part was read again"
    assert {row["model"] for row in rows(tmp_path / "store")} == {Bundle.load(other).id}


@pytest.mark.parametrize("point", ["before-exchange", "after-exchange"])
def test_a_restart_that_is_killed_while_the_stores_are_exchanged_comes_to_its_end(
    point: str, archive: Path, tmp_path: Path, bundle: Path
) -> None:
    other = write_bundle(tmp_path / "other", seed=1)
    label(options(archive, tmp_path / "store", bundle))
    assert label_and_die(replace(options(archive, tmp_path / "store", other), restart=True), point)
    assert label(options(archive, tmp_path / "store", other)).read_now == 0
    assert {row["model"] for row in rows(tmp_path / "store")} == {Bundle.load(other).id}
    assert sorted(p.name for p in tmp_path.iterdir() if "store" in p.name) == ["store"]


def test_attempts_are_counted_over_all_that_lies_in_the_place_of_a_store(
    archive: Path, tmp_path: Path, bundle: Path
) -> None:
    """So a worker of an older one, which may have another model, is told by its attempt."""
    asked = options(archive, tmp_path / "store", bundle)
    other = replace(asked, model=str(write_bundle(tmp_path / "other", seed=1)), restart=True)

    def attempt(store: Path) -> int:
        return int(json.loads((store / "_job" / "lease.json").read_text())["attempt"])

    label(asked)
    label(asked)
    assert label_and_die(replace(asked, restart=True), "after-commit")
    assert attempt(tmp_path / ".store.restart") == 3
    assert label_and_die(other, "after-commit")
    assert attempt(tmp_path / ".store.restart") > 3
    label(other)
    before = attempt(tmp_path / "store")
    assert before > 4
    label(replace(other, restart=False))
    assert attempt(tmp_path / "store") == before + 1


def test_folders_of_others_beside_a_store_are_left_alone(archive: Path, tmp_path: Path, bundle: Path) -> None:
    """Whatever their names: a backup of a store, or notes where the new store would grow."""
    asked = options(archive, tmp_path / "store", bundle)
    label(asked)
    backup = tmp_path / ".store.old"
    (tmp_path / "store").rename(backup)
    for anew in (False, True):
        label(replace(asked, restart=anew))
        assert len(rows(backup)) == len(rows(tmp_path / "store")) == 297
    notes = tmp_path / ".store.restart" / "notes.txt"
    notes.parent.mkdir()
    notes.write_text("mine")
    with pytest.raises(StoreError, match=r"\.store\.restart exists and is not a store"):
        label(replace(asked, restart=True))
    assert notes.read_text() == "mine"


def test_a_directory_that_is_no_store_is_refused(archive: Path, tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match="is not a store"):
        label(options(archive, tmp_path / "home", bundle))


def test_a_store_holds_one_label_set(archive: Path, tmp_path: Path, bundle: Path) -> None:
    label(options(archive, tmp_path / "store", bundle))
    known = Bundle.load(bundle)
    heads = tuple(
        HeadConfig(name=head.name, kind=head.kind, labels=tuple(reversed(head.labels)), primary=head.primary)
        for head in known.heads
    )
    Bundle(known.config, heads, known.rules, known.vocabulary, known.weights).save(tmp_path / "renamed")
    with pytest.raises(StoreError, match="one label set"):
        label(options(archive, tmp_path / "store", tmp_path / "renamed"))


def test_a_missing_archive_is_wrong_use(tmp_path: Path, bundle: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        label(options(tmp_path / "nowhere", tmp_path / "store", bundle))
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("suffix", [".parquet", ".json"])
def test_a_part_that_was_lost_after_its_commit_fails_the_run(
    suffix: str, archive: Path, tmp_path: Path, bundle: Path
) -> None:
    asked = options(archive, tmp_path / "store", bundle)
    assert label_and_die(asked, "between-parts:3")
    folder = "parts" if suffix == ".parquet" else "commits"
    lost = sorted((tmp_path / "store" / "_job" / folder).glob(f"*{suffix}"))[0]
    lost.unlink()
    if suffix == ".parquet":
        with pytest.raises(JobError, match="000000-00000-00000"):
            label(asked)
    else:
        assert label(asked).accounts.documents == 297, "a part without its commit is done again"


def stream(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    data = "".join(line + "\n" for line in lines).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_standard_input_is_read_each_time_and_a_replay_doubles_nothing(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = LabelOptions(archives=("-",), to=str(tmp_path / "store"), model=str(bundle))
    texts = [json.dumps({"text": f"good day {n}"}) for n in range(200)]
    seen = []
    for lines in (texts, texts, [*texts, json.dumps({"text": "more"})], texts[5:]):
        stream(monkeypatch, lines)
        run = label(asked)
        seen.append((run.read_now, run.accounts.documents))
    assert seen == [(200, 200), (200, 200), (201, 201), (195, 396)], "another stream's records without ids are others"


def test_standard_input_that_was_cut_short_is_begun_again(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = LabelOptions(archives=("-",), to=str(tmp_path / "store"), model=str(bundle))

    def fail(*_: object, **__: object) -> None:
        raise JobError("enough")

    stream(monkeypatch, [json.dumps(tweet(n)) for n in range(20)])
    with monkeypatch.context() as patch:
        patch.setattr("emotion.stores.directory.store.finish", fail)
        with pytest.raises(JobError, match="enough"):
            label(asked)
    stream(monkeypatch, [json.dumps(tweet(n)) for n in range(10, 40)])
    label(asked)
    assert len(rows(tmp_path / "store")) == 40


def test_a_pipe_is_known_by_what_it_begins_with(archive: Path, tmp_path: Path, bundle: Path) -> None:
    """Cut short, it is gone on with when it is sent again; and whole, it is not doubled."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    asked = options(pipe, tmp_path / "store", bundle)

    def sent(numbers: range, work: Callable[[], Any]) -> Any:
        lines = "".join(json.dumps({"text": f"good day {n}"}) + "\n" for n in numbers)
        threading.Thread(target=pipe.write_text, args=(lines,), daemon=True).start()
        return work()

    assert sent(range(200), lambda: label_and_die(asked, "part-written"))
    with pytest.raises(JobError, match="was cut short: send it again"):
        label(options(archive, tmp_path / "store", bundle))
    runs = [sent(numbers, lambda: label(asked)) for numbers in (range(200), range(200), range(5, 200))]
    assert [run.accounts.documents for run in runs] == [200, 200, 395], "another pipe's records without ids are others"


def test_a_pipe_is_read_here_and_files_beside_it_as_was_asked(
    archive: Path, tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, ran, run = tmp_path / "pipe", [], local.run

    def running(plan: Plan, tasks: Sequence[Task], workers: int = 1) -> None:
        if tasks:
            ran.append(({task.file.name.rpartition("/")[2] for task in tasks}, workers))
            run(plan, tasks)

    monkeypatch.setattr(local, "run", running)
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_text, args=('{"text": "good day"}\n',), daemon=True).start()
    asked = replace(options(archive, tmp_path / "store", bundle), workers=2)
    alone = label(replace(asked, to=str(tmp_path / "alone"))).accounts.documents
    both = label(replace(asked, archives=(str(archive), str(pipe)))).accounts.documents
    assert both == alone + 1
    assert [workers for _, workers in ran] == [2, 1, 2]
    assert [sum(name.startswith("pipe-") for name in names) for names, _ in ran] == [0, 1, 0]
    assert len(ran[1][0]) == 1


def test_restart_refuses_a_directory_that_is_no_store(archive: Path, tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match="is not a store"):
        label(replace(options(archive, tmp_path / "home", bundle), restart=True))
    assert (tmp_path / "home" / "thesis.txt").exists()


def test_the_same_file_is_the_same_whatever_stands_beside_it(tmp_path: Path, bundle: Path) -> None:
    one = write_lines(tmp_path / "one" / "x.jsonl", [{"text": "good day"}])
    two = write_lines(tmp_path / "two" / "x.jsonl", [{"text": "bad rain"}])
    label(options(one, tmp_path / "store", bundle))
    both = replace(options(one, tmp_path / "store", bundle), archives=(str(two), str(one)))
    assert label(both).read_now == 1
    assert len(rows(tmp_path / "store")) == 2


def test_a_model_that_was_replaced_while_the_job_runs_is_noticed(archive: Path, tmp_path: Path, bundle: Path) -> None:
    store = DirectoryStore(tmp_path / "store")
    plan = Plan(store, str(bundle), "0" * 16, "exact", Selection(), ReadOptions(), attempt=1)
    with pytest.raises(JobError, match="but this job labels with 0000000000000000"):
        Labeller(plan)


def test_a_second_job_disturbs_nothing_of_the_live_one(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = options(archive, tmp_path / "store", bundle)
    label(asked)
    with DirectoryStore(tmp_path / "store").hold():
        half = tmp_path / "store" / "_job" / "parts" / ".000009-00000-00000.parquet.1.tmp"
        half.write_bytes(b"half")
        with pytest.raises(JobError, match="Another job is at work"):
            label(asked)
        assert half.exists()


@pytest.mark.parametrize("content", [None, "", "00ff", "no key"])
def test_a_store_of_hashed_ids_needs_its_key(content: str | None, archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = replace(options(archive, tmp_path / "store", bundle), hash_ids=True)
    label(asked)
    key = tmp_path / "store.key"
    key.unlink()
    if content is not None:
        key.write_text(content)
    with pytest.raises(JobError, match=r"store\.key"):
        label(asked)


def test_another_key_is_refused(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = replace(options(archive, tmp_path / "store", bundle), hash_ids=True)
    label(asked)
    (tmp_path / "store.key").write_text("11" * 32)
    with pytest.raises(JobError, match="hash_ids"):
        label(asked)


def test_what_cannot_be_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="is no address of a store"):
        LabelOptions(("a",), "ftp://host/store")
    for store in ("s3://my bucket/store", "s3://[x/store", "s3://bucket/caf\udce9"):
        with pytest.raises(UsageError, match=re.escape(repr(store))):
            LabelOptions(("a",), store)
    with pytest.raises(UsageError, match=r"The path '.*caf\\udce9' of a store is not UTF-8\."):
        LabelOptions(("a",), "caf\udce9")
    with pytest.raises(UsageError, match="--gpus needs a Ray cluster"):
        LabelOptions(("a",), "store", gpus=1, ray="off")
    with pytest.raises(UsageError, match="Standard input"):
        LabelOptions(("-", "a"), "store")


def test_read_is_the_number_of_lines(tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotion.labelling.job.SPLIT_BYTES", 10_000)
    monkeypatch.setattr("emotion.labelling.job.PART_BYTES", 4_000)
    file = write_lines(tmp_path / "a.jsonl", [*(tweet(n) for n in range(300)), "", "broken", delete(3)])
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(file.read_bytes()))
    (tmp_path / "c.jsonl.bz2").write_bytes(bz2.compress(file.read_bytes()))
    counted = int(subprocess.run(["wc", "-l", file], capture_output=True, text=True, check=True).stdout.split()[0])
    paths = tuple(str(tmp_path / name) for name in ("a.jsonl", "b.jsonl.gz", "c.jsonl.bz2"))
    accounts = label(replace(options(file, tmp_path / "store", bundle), archives=paths)).accounts
    assert accounts.read == 3 * counted
    lines = {row["line"] for row in rows(tmp_path / "store")}
    assert lines == set(range(1, 301)) - {4}, "lines are those of the file, whatever the split"


WRITE_TABLE = pq.write_table
LOSSES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "read": lambda patch: patch.setattr(work, "read_parts", _spoil(read_parts, lambda part: part.tweets.pop())),
    "dead letter": lambda patch: patch.setattr(
        work, "read_parts", _spoil(read_parts, lambda part: part.dead_letters and part.dead_letters.pop())
    ),
    "predict": lambda patch: patch.setattr(
        work, "documents", lambda tweets, rows, context: documents(tweets[1:], rows.slice(1), context)
    ),
    "write": lambda patch: patch.setattr(
        pq, "write_table", lambda table, *rest, **more: WRITE_TABLE(table.slice(1), *rest, **more)
    ),
}


def _spoil(read: Any, spoil: Callable[[Part], object]) -> Any:
    def spoilt(*arguments: Any) -> Iterator[Part]:
        for part in read(*arguments):
            spoil(part)
            yield part

    return spoilt


@pytest.mark.parametrize("stage", LOSSES)
def test_a_record_lost_in_any_stage_fails_the_run(
    stage: str, archive: Path, tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LOSSES[stage](monkeypatch)
    with pytest.raises(JobError, match=r"do not balance|gave"):
        label(options(archive, tmp_path / "store", bundle))


def test_retweets_are_kept_folded_or_skipped(tmp_path: Path, bundle: Path) -> None:
    original = tweet(1, "good sun today")
    retweets = [tweet(n, f"RT @user1: {original['text']}", retweeted_status=original) for n in (2, 3)]
    archive = write_lines(tmp_path / "retweets.jsonl", [original, *retweets, tweet(4)])
    found = {}
    for way in ("keep", "fold", "skip"):
        found[way] = label(replace(options(archive, tmp_path / way, bundle), retweets=way)).accounts
    assert (found["keep"].documents, found["keep"].skipped) == (4, {})
    assert (found["fold"].documents, found["fold"].skipped) == (2, {"retweet": 2})
    assert (found["skip"].documents, found["skip"].skipped) == (2, {"retweet": 2})
    assert all(accounts.duplicates == 0 for accounts in found.values())


def test_private_stores_hold_no_names_and_no_raw_text(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = replace(options(archive, tmp_path / "store", bundle), drop_user=True, hash_ids=True)
    accounts = label(asked).accounts
    found = rows(tmp_path / "store")
    assert {row["user_id"] for row in found} == {None}
    assert not {row["tweet_id"] for row in found} & {tweet(n)["id_str"] for n in range(300)}
    assert accounts.removed == 3, "a notice did not find the hashed tweet"
    letters = [json.loads(line) for line in (tmp_path / "store" / "dead_letters.jsonl").read_text().splitlines()]
    assert all("raw" not in letter and letter["length"] for letter in letters)
    assert (tmp_path / "store.key").stat().st_mode & 0o077 == 0
    assert label(asked).read_now == 0


def test_hashed_names_stay_in_no_file_and_change_no_label(tmp_path: Path, bundle: Path) -> None:
    said = ["RT @anna_bell: good sun", "love @anna_bell twitter.com/anna_bell/status/12", "hate rain @Anna_Bell"]
    mentioned = {"user_mentions": [{"screen_name": "anna_bell"}], "urls": [], "hashtags": []}
    by = {"id_str": "7", "screen_name": "anna_bell"}
    told = [tweet(n, text, user=by, entities=mentioned) for n, text in enumerate(said)]
    archive = write_lines(tmp_path / "a.jsonl", [*told, '{"user": {"screen_name": "anna_bell"}', delete(0)])
    plain, hidden = options(archive, tmp_path / "plain", bundle), options(archive, tmp_path / "hidden", bundle)
    label(plain)
    accounts = label(replace(hidden, hash_ids=True)).accounts
    known, found = rows(tmp_path / "plain"), rows(tmp_path / "hidden")
    assert (accounts.documents, accounts.removed, accounts.dead_letters) == (2, 1, 1)
    assert "anna_bell" not in str(found).lower()
    assert all(b"anna_bell" not in path.read_bytes().lower() for path in (tmp_path / "hidden").rglob("*.json*"))
    (one,) = {row["user_name"] for row in found}
    assert {name for row in found for name in row["mentions"]} == {one}
    decided = ("emotion", "score", "words", "felt", "emotions")
    assert sorted(str([row[key] for key in decided]) for row in found) == sorted(
        str([row[key] for key in decided]) for row in known
    )


def test_a_store_whose_names_were_left_in_clear_is_not_gone_on_with(
    archive: Path, tmp_path: Path, bundle: Path
) -> None:
    asked = replace(options(archive, tmp_path / "store", bundle), hash_ids=True)
    label(asked)
    path = tmp_path / "store" / "_job" / "manifest.json"
    kept = json.loads(path.read_bytes())
    assert kept["content"].pop("hashed") == "ids and names"
    path.write_text(json.dumps(kept))
    with pytest.raises(JobError, match=r"begun otherwise .hashed none -> ids and names"):
        label(asked)
    assert label(replace(asked, restart=True)).accounts.documents


def test_a_store_at_work_is_refused_to_a_second_job(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = options(archive, tmp_path / "store", bundle)
    with DirectoryStore(tmp_path / "store").hold(), pytest.raises(JobError, match="Another job is at work"):
        label(asked)


def test_a_stream_that_was_cut_short_is_not_given_up_in_silence(
    archive: Path, tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = LabelOptions(archives=("-",), to=str(tmp_path / "store"), model=str(bundle))

    def fail(*_: object, **__: object) -> None:
        raise JobError("enough")

    stream(monkeypatch, [json.dumps(tweet(n)) for n in range(20)])
    with monkeypatch.context() as patch:
        patch.setattr(Labeller, "label", fail)
        with pytest.raises(JobError, match="enough"):
            label(asked)
    with pytest.raises(JobError, match="was cut short: send it again"):
        label(options(archive, tmp_path / "store", bundle))
    stream(monkeypatch, [json.dumps(tweet(n)) for n in range(20, 40)])
    with pytest.raises(JobError, match="was cut short: send it again"):
        label(asked)
    stream(monkeypatch, [json.dumps(tweet(n)) for n in range(20)])
    assert label(asked).accounts.read == 20


def test_a_restart_with_other_files_does_not_go_on_with_a_stale_one(
    archive: Path, tmp_path: Path, bundle: Path
) -> None:
    label(options(archive, tmp_path / "store", bundle))
    assert label_and_die(replace(options(archive, tmp_path / "store", bundle), restart=True), "after-commit:2")
    (archive / "a.jsonl").write_text("")
    anew = replace(options(archive / "c.jsonl", tmp_path / "store", bundle), restart=True)
    assert label(anew).accounts.read == 52


def test_a_restart_of_another_version_is_begun_again(archive: Path, tmp_path: Path, bundle: Path) -> None:
    anew = replace(options(archive, tmp_path / "store", bundle), restart=True)
    documents = label(anew).accounts.documents
    assert label_and_die(anew, "after-commit")
    manifest = tmp_path / ".store.restart" / "_job" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"cuts": [1, 2, 3]}))
    commit = next((manifest.parent / "commits").glob("*.json"))
    commit.write_text(commit.read_text().replace('"last":true', '"last":false'))
    assert label(anew).accounts.documents == documents


def test_parts_that_another_version_cut_elsewhere_are_not_gone_on_with(
    archive: Path, tmp_path: Path, bundle: Path
) -> None:
    asked = options(archive, tmp_path / "store", bundle)
    assert label_and_die(asked, "after-commit")
    manifest = tmp_path / "store" / "_job" / "manifest.json"
    kept = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(kept | {"cuts": [1, 2, 3]}))
    commit = next((tmp_path / "store" / "_job" / "commits").glob("*.json"))
    commit.write_text(commit.read_text().replace('"last":true', '"last":false'))
    with pytest.raises(JobError, match="cuts files in other places"):
        label(asked)


def test_a_link_to_a_store_stays_a_link(archive: Path, tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "store")
    asked = options(archive, tmp_path / "link", bundle)
    for anew in (False, True, True):
        label(replace(asked, restart=anew))
    assert (tmp_path / "link").is_symlink()
    assert len(rows(tmp_path / "disk" / "store")) == 297
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["store"]
