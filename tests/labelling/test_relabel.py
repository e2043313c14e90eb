"""A store as what is labelled: its tweets, as they were read, and its delete notices go into another one."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotion.errors import JobError, StoreError, UsageError
from emotion.labelling.forget import forget
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.models.bundle import Bundle
from emotion.predictor import Predictor
from emotion.stores.described import describe
from emotion.stores.directory.live import DirectoryLive
from emotion.stores.document import Context
from emotion.stores.export import export
from emotion.stores.ledger import Tombstones
from emotion.stores.live.records import read
from emotion.stores.opening import open_queries
from emotion.tweets.archive import find_files
from emotion.tweets.reader import ReadOptions
from tests.labelling.made import (
    EMOTIONS,
    PROFILE,
    assert_equal_rows,
    delete,
    label_and_die,
    rows,
    tweet,
    write_bundle,
    write_lines,
)
from tests.made_store import made_batch
from tests.tweets.live.made_bluesky import DID, create

OF_PLACE = {"source", "line"}


@pytest.fixture(scope="module")
def better(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another model of the same labels."""
    return write_bundle(tmp_path_factory.mktemp("better") / "bundle", seed=1)


@pytest.fixture
def rich(tmp_path: Path) -> Path:
    """Tweets with all that a record knows beside its text, two of them retweets, and three deleted."""
    entities = {
        "hashtags": [{"text": "Sun"}],
        "user_mentions": [{"screen_name": "not_in_the_text"}],
        "urls": [{"expanded_url": "https://example.org/long"}],
    }
    author = {"id_str": "7", "screen_name": "ann", "utc_offset": 19_800}
    whole = [tweet(n, entities=entities, user=author, in_reply_to_status_id_str=str(n)) for n in range(40)]
    original = tweet(50, "good sun today")
    retweets = [tweet(n, "RT @user1: good sun today", retweeted_status=original) for n in (51, 52)]
    timeless = [{"id_str": "5", "text": "bad day"}, {"id_str": "123e4567", "text": "late train"}]
    return write_lines(tmp_path / "rich.jsonl", [*whole, *retweets, *timeless, *map(delete, (1, 2, 900)), "broken"])


def options(archive: Path | str, store: Path, bundle: Path, **more: Any) -> LabelOptions:
    return LabelOptions((str(archive),), str(store), model=str(bundle), ray="off", **more)


def of_tweets(store: Path) -> list[dict[str, Any]]:
    """The documents without the place that they were read from."""
    return [{name: value for name, value in row.items() if name not in OF_PLACE} for row in rows(store)]


def crawl(store: Path, bundle: Path, records: list[dict[str, Any]], gone: list[str]) -> None:
    """What a live writer leaves of these records, once notices named these users."""
    predictor, found = Predictor.load(bundle), read([json.dumps(each).encode() for each in records], "made/1")
    made = found.labelled(predictor(found.texts), Context("crawl", "exact", "live", 0))
    rules = Bundle.load(bundle).rules.model_dump(mode="json")
    with DirectoryLive(store, describe(EMOTIONS, PROFILE, rules)) as live:
        live.write("made", 1, made_batch(made.documents, Tombstones(users=gone)))


@pytest.mark.parametrize("retweets", ["keep", "fold", "skip"])
def test_a_store_labelled_anew_is_as_its_archive_labelled_anew(
    retweets: Any, rich: Path, tmp_path: Path, bundle: Path, better: Path
) -> None:
    label(options(rich, tmp_path / "old", bundle))
    run = label(options(tmp_path / "old", tmp_path / "new", better, retweets=retweets))
    label(options(rich, tmp_path / "direct", better, retweets=retweets))
    anew, direct = of_tweets(tmp_path / "new"), of_tweets(tmp_path / "direct")
    if retweets == "fold":  # the store does not tell who wrote what is repeated, nor in which zone
        for row in (row for row in (*anew, *direct) if row["tweet_id"] == tweet(50)["id_str"]):
            row.update(dict.fromkeys(("user_id", "user_name", "created_at", "local_hour")))
    assert_equal_rows(anew, direct)
    assert (run.accounts.dead_letters, run.accounts.deleted, run.left_aside) == (0, 3, ())


def test_only_documents_and_notices_of_a_store_are_read(
    archive: Path, tmp_path: Path, bundle: Path, better: Path
) -> None:
    old = label(options(archive, tmp_path / "old", bundle)).accounts
    new = label(options(tmp_path / "old", tmp_path / "new", better)).accounts
    assert (new.read, new.labelled, new.documents) == (old.documents + old.deleted, old.documents, old.documents)
    assert new.removed == 0
    names = [file.name for file in find_files([str(tmp_path / "old")]).files]
    assert names
    assert all(name.startswith("month=") for name in names), "bookkeeping counts as an archive"


def test_what_was_deleted_there_comes_back_by_no_archive(
    archive: Path, tmp_path: Path, bundle: Path, better: Path
) -> None:
    label(options(archive, tmp_path / "old", bundle))
    write_lines(tmp_path / "again.jsonl", [tweet(7), tweet(7000)])
    asked = options(tmp_path / "old", tmp_path / "new", better)
    found = label(replace(asked, archives=(*asked.archives, str(tmp_path / "again.jsonl")))).accounts
    assert found.removed == 1
    ids = {row["tweet_id"] for row in rows(tmp_path / "new")}
    assert tweet(7)["id_str"] not in ids
    assert tweet(7000)["id_str"] in ids


def test_a_restart_without_the_store_that_keeps_something_away_is_refused(
    archive: Path, tmp_path: Path, bundle: Path, better: Path
) -> None:
    label(options(archive, tmp_path / "old", bundle))
    forget(str(tmp_path / "old"), [str(tweet(9)["id_str"])], [])
    both = replace(options(tmp_path / "old", tmp_path / "new", better), archives=(str(tmp_path / "old"), str(archive)))
    label(both)
    with pytest.raises(JobError, match=r"keeps away what old/_job/tombstones.arrow names.*Label the store"):
        label(replace(both, archives=(str(archive),), restart=True))
    label(replace(both, restart=True))
    assert tweet(9)["id_str"] not in {row["tweet_id"] for row in rows(tmp_path / "new")}


def test_a_crawled_store_is_labelled_anew_into_another(tmp_path: Path, bundle: Path, better: Path) -> None:
    records = [tweet(n) for n in range(30)]
    crawl(tmp_path / "old", bundle, records, ["3"])
    with pytest.raises(JobError, match=r"emotion label \S+old --to NEW"):
        label(options(write_lines(tmp_path / "a.jsonl", records), tmp_path / "old", better, restart=True))
    label(options(tmp_path / "old", tmp_path / "new", better))
    found = rows(tmp_path / "new")
    assert {row["tweet_id"] for row in found} == {each["id_str"] for each in records if each["user"]["id_str"] != "3"}
    assert {row["model"] for row in found} == {Bundle.load(better).id}


@pytest.mark.parametrize("point", ["part-written", "after-commit", "finish-swap"])
def test_killed_anywhere_the_same_command_goes_on(
    point: str, rich: Path, tmp_path: Path, bundle: Path, better: Path
) -> None:
    label(options(rich, tmp_path / "old", bundle))
    asked = options(tmp_path / "old", tmp_path / "new", better)
    assert label_and_die(asked, point), f"no process passed {point}"
    label(asked)
    label(replace(asked, to=str(tmp_path / "direct")))
    assert_equal_rows(rows(tmp_path / "new"), rows(tmp_path / "direct"))


def test_a_store_at_work_is_no_source(archive: Path, tmp_path: Path, bundle: Path, better: Path) -> None:
    assert label_and_die(options(archive, tmp_path / "old", bundle), "after-commit")
    with pytest.raises(StoreError, match=r"old is unfinished: end the crawler or the job"):
        label(options(tmp_path / "old", tmp_path / "new", better))
    assert not (tmp_path / "new").exists()


def test_what_cannot_be_is_told_with_what_to_do(archive: Path, tmp_path: Path, bundle: Path) -> None:
    label(options(archive, tmp_path / "old", bundle))
    with pytest.raises(UsageError, match="and --to too: name another"):
        label(options(tmp_path / "old", tmp_path / "new" / ".." / "old", bundle))
    with pytest.raises(UsageError, match="is a store: leave them out"):
        label(options(tmp_path / "old", tmp_path / "new", bundle, read=ReadOptions(text_field="words")))
    index = "http://localhost:9200/tweets"
    with pytest.raises(UsageError, match=rf"emotion export {index} --to tweets.parquet"):
        label(options(index, tmp_path / "new", bundle))


def test_an_export_is_read_as_the_store_that_it_is_of(rich: Path, tmp_path: Path, bundle: Path, better: Path) -> None:
    label(options(rich, tmp_path / "old", bundle))
    with open_queries(str(tmp_path / "old")) as queries:
        export(queries.documents(), tmp_path / "tweets.parquet")
    label(options(tmp_path / "tweets.parquet", tmp_path / "new", better))
    label(options(tmp_path / "old", tmp_path / "direct", better))
    assert_equal_rows(of_tweets(tmp_path / "new"), of_tweets(tmp_path / "direct"))


def test_a_table_that_is_only_named_like_a_store_is_read_as_a_table(
    rich: Path, tmp_path: Path, bundle: Path, better: Path
) -> None:
    label(options(rich, tmp_path / "old", bundle))
    (month, *_) = sorted((tmp_path / "old").glob("month=2017*/*.parquet"))
    stored = pq.read_table(month, partitioning=None)
    place = stored.schema.get_field_index("hashtags")
    joined = pa.array([" ".join(tags) for tags in stored["hashtags"].to_pylist()])
    pq.write_table(stored.set_column(place, "hashtags", joined), tmp_path / "a.parquet")
    run = label(options(tmp_path / "a.parquet", tmp_path / "new", better))
    assert run.accounts.documents == stored.num_rows
    assert {tuple(row["mentions"]) for row in rows(tmp_path / "new")} == {()}, "by the text, as of any table"


@pytest.mark.parametrize("more", [{}, {"hash_ids": True}, {"drop_user": True}])
def test_a_store_of_hashed_ids_is_no_source(more: dict[str, Any], archive: Path, tmp_path: Path, bundle: Path) -> None:
    label(options(archive, tmp_path / "old", bundle, hash_ids=True))
    with pytest.raises(UsageError, match=r"labelled with --hash-ids.*Label its archives instead"):
        label(options(tmp_path / "old", tmp_path / "new", bundle, **more))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("more", [{}, {"hash_ids": True}])
def test_a_store_without_users_meets_its_archive_and_is_told_to_forget(
    more: dict[str, Any], archive: Path, tmp_path: Path, bundle: Path, better: Path
) -> None:
    post = create(2, "a good day @bob.example bsky.app/profile/ann.example/post/k1")
    write_lines(archive / "posts.jsonl", [post])
    asked = options(archive, tmp_path / "old", bundle, drop_user=True)
    label(asked)
    forget(asked.to, [str(tweet(9)["id_str"])], [])
    again = options(tmp_path / "old", tmp_path / "new", better, drop_user=True, **more)
    with pytest.raises(UsageError, match="label it with --drop-user again"):
        label(replace(again, drop_user=False))
    label(replace(again, archives=(*again.archives, str(archive))))
    direct = options(archive, tmp_path / "direct", better, drop_user=True, **more)
    if more:
        (tmp_path / "direct.key").write_bytes((tmp_path / "new.key").read_bytes())
    label(direct)
    forget(direct.to, [str(tweet(9)["id_str"])], [])
    assert_equal_rows(of_tweets(tmp_path / "new"), of_tweets(tmp_path / "direct"))
    assert forget(again.to, [str(tweet(10)["id_str"]), f"at://{DID}/app.bsky.feed.post/k2"], []).removed == 2
