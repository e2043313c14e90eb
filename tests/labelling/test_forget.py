"""Tweets and users that a store is told to forget: gone, kept away, and accounted for."""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from emotion.cli import run
from emotion.errors import JobError, UsageError
from emotion.labelling import forget as forgetting
from emotion.labelling.accounts import Accounts
from emotion.labelling.forget import forget
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.predictor import Predictor
from emotion.stores.described import describe
from emotion.stores.directory.live import DirectoryLive
from emotion.stores.directory.store import DirectoryStore
from emotion.stores.document import Context
from emotion.stores.live.records import read
from emotion.stores.opening import open_queries
from tests.labelling.made import EMOTIONS, PROFILE, delete, label_and_die, rows, tweet, write_lines


def id_of(number: int) -> str:
    return str(tweet(number)["id_str"])


def options(archive: Path, store: Path, bundle: Path, **more: Any) -> LabelOptions:
    return LabelOptions((str(archive),), str(store), model=str(bundle), ray="off", **more)


def ids(store: Path) -> set[str]:
    return {str(row["tweet_id"]) for row in rows(store)}


def kept_run(store: Path) -> dict[str, Any]:
    with open_queries(str(store)) as queries:
        return queries.run or {}


def crawl(store: Path, bundle: Path, numbers: range, batch: int = 1, source: str = "made") -> None:
    """What a live writer brings."""
    bring(store, bundle, [tweet(n) for n in numbers], batch, source)


def bring(store: Path, bundle: Path, tweets: list[dict[str, Any]], batch: int = 1, source: str = "made") -> None:
    predictor, found = Predictor.load(bundle), read([json.dumps(each).encode() for each in tweets], source)
    made = found.labelled(predictor(found.texts), Context("crawl", "exact", "live", 0))
    with DirectoryLive(store, describe(EMOTIONS, PROFILE)) as live:
        live.write(source, batch, made)


def test_tweets_and_users_go_as_by_notices_and_the_accounts_balance(
    archive: Path, tmp_path: Path, bundle: Path
) -> None:
    before = label(options(archive, tmp_path / "store", bundle)).accounts
    forgotten = forget(str(tmp_path / "store"), [id_of(9), id_of(10), "5"], ["3"])
    of_user = {id_of(n) for n in range(300) if n % 7 == 3}
    after = forgotten.accounts
    assert ids(tmp_path / "store") == {id_of(n) for n in range(300)} - of_user - set(map(id_of, (7, 8, 9, 10, 251)))
    assert (after.read, after.deleted, after.labelled) == (before.read + 4, before.deleted + 4, before.labelled)
    assert forgotten.removed == after.removed - before.removed == before.documents - after.documents
    assert kept_run(tmp_path / "store").items() >= after.to_dict().items()
    assert kept_run(tmp_path / "store")["model"], "what the last job was is no longer told"


def test_what_is_forgotten_comes_back_by_no_later_job(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = options(archive, tmp_path / "store", bundle)
    label(asked)
    forget(asked.to, [id_of(9)], ["3"])
    assert label(asked).read_now == 0
    write_lines(archive / "d.jsonl", [tweet(9), tweet(3 + 7 * 100), tweet(7000)])
    label(asked)
    assert not ids(tmp_path / "store") & {id_of(9), id_of(3 + 7 * 100)}
    assert id_of(7000) in ids(tmp_path / "store")
    again = forget(asked.to, [id_of(9)], [])
    assert again.removed == 0


def test_a_restart_that_would_bring_it_back_is_refused_and_another_store_keeps_it_away(
    archive: Path, tmp_path: Path, bundle: Path
) -> None:
    asked = options(archive, tmp_path / "store", bundle)
    label(asked)
    forget(asked.to, [id_of(9)], [])
    with pytest.raises(JobError, match=r"was told to forget.*emotion label \S+store --to NEW"):
        label(replace(asked, restart=True))
    label(replace(asked, archives=(asked.to, str(archive)), to=str(tmp_path / "new")))
    assert id_of(9) not in ids(tmp_path / "new")


def test_an_archive_that_is_named_like_ids_to_forget_is_none(tmp_path: Path, bundle: Path) -> None:
    archive = write_lines(tmp_path / "forget-me.jsonl", [tweet(n) for n in range(30)])
    asked = options(archive, tmp_path / "store", bundle)
    label(asked)
    label(replace(asked, restart=True))
    new = options(
        write_lines(tmp_path / "forget-more.jsonl", [tweet(n) for n in range(30, 60)]), Path(asked.to), bundle
    )
    assert label_and_die(new, "part-written")
    with pytest.raises(JobError, match="say the same `emotion label` again first"):
        forget(asked.to, [id_of(9)], [])
    assert label(new).accounts.documents == 60


@pytest.mark.parametrize(
    ("private", "instead"),
    [({"hash_ids": True}, "Label the archives into another"), ({"drop_user": True}, "--to NEW --drop-user`")],
)
def test_a_private_store_names_the_way_that_is_open_instead_of_a_restart(
    private: dict[str, Any], instead: str, archive: Path, tmp_path: Path, bundle: Path
) -> None:
    asked = options(archive, tmp_path / "store", bundle, **private)
    label(asked)
    forget(asked.to, [id_of(9)], [])
    with pytest.raises(JobError, match=instead):
        label(replace(asked, restart=True))


@pytest.mark.parametrize("private", [{"hash_ids": True}, {"drop_user": True}, {"hash_ids": True, "drop_user": True}])
def test_a_private_store_forgets_by_the_ids_as_they_were(
    private: dict[str, Any], archive: Path, tmp_path: Path, bundle: Path
) -> None:
    asked = options(archive, tmp_path / "store", bundle, **private)
    label(asked)
    assert forget(asked.to, [id_of(9), id_of(10)], []).removed == 2
    if "drop_user" in private:
        with pytest.raises(UsageError, match="knows no users: name their --tweets"):
            forget(asked.to, [], ["3"])
    else:
        of_user = len([n for n in range(300) if n % 7 == 3 and n not in (7, 8, 9, 10, 251)])
        assert forget(asked.to, [], ["3"]).removed == of_user
        (tmp_path / "store.key").write_text("11" * 32)
        with pytest.raises(JobError, match="is the key of another store"):
            forget(asked.to, ["1"], [])


def test_live_tweets_go_with_those_of_jobs_and_without_any(archive: Path, tmp_path: Path, bundle: Path) -> None:
    label(options(archive, tmp_path / "store", bundle))
    crawl(tmp_path / "store", bundle, range(400, 420))
    found = forget(str(tmp_path / "store"), [id_of(9), id_of(400)], ["3"])
    assert not ids(tmp_path / "store") & {id_of(9), id_of(400), id_of(402)}
    assert kept_run(tmp_path / "store")["documents"] == found.accounts.documents
    crawl(tmp_path / "alone", bundle, range(20))
    for number in (1, 2):
        found = forget(str(tmp_path / "alone"), [id_of(number)], [])
        assert (found.removed, found.accounts.deleted) == (1, number)
    crawl(tmp_path / "alone", bundle, range(30), batch=2)
    assert ids(tmp_path / "alone") == {id_of(n) for n in range(30)} - {id_of(1), id_of(2)}


@pytest.mark.parametrize("hashed", [False, True])
def test_retweets_go_with_what_they_repeat(hashed: bool, tmp_path: Path, bundle: Path) -> None:
    one, other, bystander = tweet(1, "good sun"), tweet(2, "bad rain"), tweet(4, "late train")
    pairs = [(one, 11), (one, 13), (other, 20), (bystander, 21)]
    repeated = [tweet(n, "RT", retweeted_status=original) for original, n in pairs]
    archive = write_lines(tmp_path / "a.jsonl", [one, other, bystander, *repeated])
    asked = options(archive, tmp_path / "store", bundle, hash_ids=hashed)
    label(asked)
    found = forget(asked.to, [id_of(1)], ["2"])
    assert (found.retweets, found.removed, found.accounts.deleted) == (3, 5, 5)
    assert {row["text"] for row in rows(tmp_path / "store")} == {"late train"}
    assert label(asked).read_now == 0


def die(store: str, crash: str, environment: dict[str, str]) -> None:
    os.environ |= environment | {"EMOTION_CRASH": crash}
    forget(store, [id_of(n) for n in range(20, 30)], ["3"])


@pytest.mark.parametrize("point", ["part-written", "before-commit", "after-commit", "finish-staged", "finish-swap"])
@pytest.mark.parametrize("live", [False, True])
def test_killed_anywhere_the_same_again_brings_it_to_its_end(
    point: str, live: bool, archive: Path, tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, asked = tmp_path / "store", options(archive, tmp_path / "store", bundle)
    if live:
        crawl(store, bundle, range(100))
    else:
        label(asked)
    before = ids(store)
    process = get_context("forkserver").Process(target=die, args=(str(store), point, dict(os.environ)))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL, f"no process passed {point}"
    if not live and point in ("part-written", "before-commit"):
        with pytest.raises(JobError, match="`emotion forget` on this store was cut short"):
            label(asked)
    forget(str(store), [id_of(n) for n in range(20, 30)], ["3"])
    assert ids(store) == before - {id_of(n) for n in range(100 if live else 300) if n % 7 == 3 or n in range(20, 30)}
    if not live:
        assert label(asked).read_now == 0


def die_between(store: str, environment: dict[str, str]) -> None:
    forgetting._AT_ONCE = 1
    os.environ |= environment | {"EMOTION_CRASH": "after-commit"}
    forget(store, [], ["3"])


def test_killed_between_commits_retweets_go_too_where_a_live_writer_has_taken_out_what_they_repeat(
    tmp_path: Path, bundle: Path
) -> None:
    original = tweet(3, "good sun")
    repeated = [tweet(n, "RT", retweeted_status=original) for n in (11, 12)]
    bring(tmp_path / "store", bundle, [original, *repeated, tweet(4)])
    process = get_context("forkserver").Process(target=die_between, args=(str(tmp_path / "store"), dict(os.environ)))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    crawl(tmp_path / "store", bundle, range(30, 31), batch=2)
    forget(str(tmp_path / "store"), [], ["3"])
    assert ids(tmp_path / "store") == {id_of(4), id_of(30)}


@pytest.mark.parametrize("name", ["forget", "forget-1"])
def test_a_live_source_that_is_named_so_loses_nothing(name: str, tmp_path: Path, bundle: Path) -> None:
    crawl(tmp_path / "store", bundle, range(10))
    forget(str(tmp_path / "store"), [id_of(1)], [])
    crawl(tmp_path / "store", bundle, range(10, 20), batch=0, source=name)
    assert ids(tmp_path / "store") == {id_of(n) for n in range(20)} - {id_of(1)}


def test_what_a_restart_left_that_was_cut_short_goes_too(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = options(archive, tmp_path / "store", bundle)
    label(asked)
    assert label_and_die(replace(asked, restart=True), "finish-staged")
    assert list((tmp_path / ".store.restart").rglob("*.parquet"))
    forget(asked.to, [id_of(9)], [])
    assert not list((tmp_path / ".store.restart").rglob("*.parquet"))
    assert label(asked).read_now == 0


def test_a_store_that_was_begun_and_holds_nothing_is_left_to_whoever_began_it(tmp_path: Path, bundle: Path) -> None:
    archive = write_lines(tmp_path / "a.jsonl", [tweet(n) for n in range(9)])
    store = DirectoryStore(tmp_path / "store")
    with store.hold():
        store.open(EMOTIONS, PROFILE)
    with pytest.raises(JobError, match="holds no tweet yet: say the command again"):
        forget(store.name, [id_of(1)], [])
    assert not store.holds_live()
    assert label(options(archive, store.root, bundle, hash_ids=True)).accounts.documents == 9


def test_dead_letters_without_their_texts_are_counted_as_before(archive: Path, tmp_path: Path, bundle: Path) -> None:
    """As docs/deleting.md says."""
    asked = options(archive, tmp_path / "store", bundle)
    label(asked)
    path = tmp_path / "store" / "dead_letters.jsonl"
    letters = [json.loads(line) for line in path.read_text().splitlines()]
    write_lines(path, [{name: value for name, value in letter.items() if name != "raw"} for letter in letters])
    assert forget(asked.to, [id_of(9)], []).accounts.dead_letters == 2
    assert "not json" not in path.read_text()


def test_ids_of_many_commits_are_one_request(
    archive: Path, tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion.labelling.forget._AT_ONCE", 7)
    asked = options(archive, tmp_path / "store", bundle)
    label(asked)
    assert forget(asked.to, [id_of(n) for n in range(21, 42)], []).removed == 21
    write_lines(archive / "e.jsonl", [tweet(30), delete(50)])
    assert label(asked).accounts.removed == 3 + 21 + 1
    crawl(tmp_path / "live", bundle, range(40))
    assert forget(str(tmp_path / "live"), [id_of(n) for n in range(20)], []).removed == 20


def test_a_store_at_work_or_cut_short_is_left_alone(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = options(archive, tmp_path / "store", bundle)
    with pytest.raises(UsageError, match="There is no store at"):
        forget(asked.to, ["1"], [])
    assert not (tmp_path / "store").exists()
    assert label_and_die(asked, "after-commit")
    with pytest.raises(JobError, match="was cut short: say the same `emotion label` again first"):
        forget(asked.to, ["1"], [])
    label(asked)
    with DirectoryStore(tmp_path / "store").hold(), pytest.raises(JobError, match="Another job is at work"):
        forget(asked.to, ["1"], [])


def test_the_command_reads_files_of_ids_and_tells_what_went(
    archive: Path, tmp_path: Path, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label(options(archive, tmp_path / "store", bundle))
    (tmp_path / "ids.txt").write_text(f"\ufeff{id_of(9)}\r\n\n{id_of(9)}\n {id_of(10)} \n")
    asked = ["forget", str(tmp_path / "store"), "--tweets", str(tmp_path / "ids.txt")]
    assert run(asked) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "2 tweets and 0 users are forgotten" in told
    assert "2 documents went now, and 295 are left." in told
    assert run([*asked, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer.pop("removed_now"), answer.pop("retweets")) == (0, 0)
    assert Accounts(**answer).documents == 295


WRONG: dict[str, Callable[[Path], object]] = {
    "--tweets .* holds no id": lambda path: path.write_text("\n \n"),
    "holds '@ann', which is no id": lambda path: path.write_text("1\n@ann\n"),
    "holds '1,2', which is no id": lambda path: path.write_text("1,2\n"),
    "cannot be read: no UTF-8": lambda path: path.write_bytes(b"\xff\xfe1"),
    "cannot be read: No such file": lambda path: path.unlink(missing_ok=True),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_file_that_holds_no_ids_is_wrong_use(said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import re

    WRONG[said](tmp_path / "ids.txt")
    assert run(["forget", "store", "--tweets", str(tmp_path / "ids.txt")]) == 2
    assert re.search(said, capsys.readouterr().err)
    assert run(["forget", "store"]) == 2
