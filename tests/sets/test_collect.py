"""From an archive to a labelled set."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from emotion.errors import UsageError
from emotion.sets.distant.collect import Accounts, DistantOptions, collect
from emotion.sets.distant.keywords import Keywords, read_keywords
from emotion.sets.distant.sample import Row
from emotion.sets.distant.write import check_target, write
from emotion.sets.formats import read
from emotion.tweets.archive import find_files
from emotion.tweets.selection import Selection
from tests.tweets.made import lines, post, status

KEYWORDS = Keywords.model_validate(
    {
        "labels": {
            "joy": {"hashtags": ["joy", "sohappy"], "emoji": ["\U0001f60a"]},
            "fear": {"hashtags": ["scared"], "emoji": ["\U0001f628"]},
        },
        "leave_out": ["not"],
    }
)
PLAIN = DistantOptions()


def collected(path: Path, records: list[Any], options: DistantOptions = PLAIN) -> tuple[list[Row], Accounts]:
    path.mkdir(exist_ok=True)
    (path / "a.jsonl").write_bytes(lines(records))
    return collect(find_files([str(path)]).files, KEYWORDS, options)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a fine day at the sea #joy", ("a fine day at the sea", "joy", "#joy")),
        ("a fine day at the #sea #SoHappy", ("a fine day at the #sea", "joy", "#sohappy")),
        ("oh \U0001f60a a fine day at sea \U0001f60a\U0001f60a", ("oh a fine day at sea", "joy", "\U0001f60a")),
        ("alone in the dark house \U0001f628 #scared", ("alone in the dark house", "fear", "\U0001f628 #scared")),
        ("RT @ann: a fine day at the sea #joy", ("a fine day at the sea", "joy", "#joy")),
        ("a fine day at the sea", "no keyword"),
        ("a fine day at the #joyful sea", "no keyword"),
        ("#joy is what we had today", "keyword not at the end"),
        ("a fine day at the sea #joy #not", "hashtag to leave out"),
        ("a fine day at the sea #joy #scared", "several labels"),
        ("I was #scared but now we are home #joy", "several labels"),
        ("a fine day at the sea #joy https://t.co/x", "link"),
        ("a fine day #joy", "too short"),
    ],
)
def test_a_tweet_is_taken_or_left_out_for_a_reason(tmp_path: Path, text: str, found: Any) -> None:
    rows, accounts = collected(tmp_path, [status(1, text)])
    if isinstance(found, str):
        assert (rows, accounts.left_out) == ([], {found: 1})
    else:
        assert [(row.text, *row.labels, row.keyword) for row in rows] == [found]
        assert (rows[0].tweet_id, rows[0].lang) == ("1", "en")


@pytest.mark.parametrize(
    ("options", "text", "found"),
    [
        (DistantOptions(anywhere=True), "what #joy we had there today", ("what we had there today", ("joy",))),
        (
            DistantOptions(links=True),
            "day at the old sea #joy https://t.co/x",
            ("day at the old sea https://t.co/x", ("joy",)),
        ),
        (DistantOptions(several="keep"), "we are so home now #scared #joy", ("we are so home now", ("joy", "fear"))),
        (DistantOptions(min_words=2), "fine day #joy", ("fine day", ("joy",))),
    ],
)
def test_options_let_more_in(tmp_path: Path, options: DistantOptions, text: str, found: Any) -> None:
    assert collected(tmp_path, [status(1, text)])[0] == []
    (row,), _ = collected(tmp_path, [status(1, text)], options)
    assert (row.text, row.labels) == found


def test_a_link_that_only_the_record_tells_of_counts(tmp_path: Path) -> None:
    urls = {"urls": [{"expanded_url": "https://example.org"}], "hashtags": [], "user_mentions": []}
    _, accounts = collected(tmp_path, [status(1, "a fine day at the sea #joy", entities=urls)])
    assert accounts.left_out == {"link": 1}


def test_retweets_count_once_under_the_original(tmp_path: Path) -> None:
    original = status(5, "a fine day at the sea #joy")
    records = [status(n, "RT @ann: a fine day at the se…", retweeted_status=original) for n in (7, 8, 9)]
    rows, accounts = collected(tmp_path, records)
    assert [(row.tweet_id, row.text) for row in rows] == [("5", "a fine day at the sea")]
    assert accounts.left_out == {"retweet": 2}


def test_every_record_is_accounted_for(tmp_path: Path) -> None:
    records = [
        *(status(n, f"a fine day at the sea number {n} #joy") for n in range(1, 4)),
        status(4, "guten Tag am Meer heute #joy", lang="de"),
        status(5, "nothing at all"),
        {"limit": {"track": 3}},
        {"delete": {"status": {"id_str": "2", "user_id_str": "7"}}},
        post(6, "alone in the dark old house #scared"),
    ]
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.jsonl").write_bytes(b'{"broken\n\n')
    options = DistantOptions(alike=1)
    rows, accounts = collected(tmp_path, records, options)
    assert sorted(row.tweet_id for row in rows) == ["1", "3", "6"]
    assert (accounts.read, accounts.kept) == (10, 3)
    assert accounts.left_out == {
        **{"blank": 1, "delete notice": 1, "deleted": 1, "language": 1, "no keyword": 1, "notice": 1, "unreadable": 1}
    }
    assert (accounts.found, accounts.labels) == ({"joy": 3, "fear": 1}, {"joy": 2, "fear": 1})


def test_the_languages_and_dates_of_labelling_hold_here_too(tmp_path: Path) -> None:
    records = [status(1, "guten Tag am Meer heute hier #joy", lang="de"), status(2, "a fine day at the sea #joy")]
    options = DistantOptions(selection=Selection(frozenset({"de"})))
    assert [row.tweet_id for row in collected(tmp_path, records, options)[0]] == ["1"]
    everything = DistantOptions(selection=Selection(None, since=2**60))
    assert collected(tmp_path, records, everything)[1].left_out == {"date": 2}


def test_parts_are_watched(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines([status(1, "a fine day at the sea #joy")]))
    seen: list[tuple[str, int, int]] = []
    watch: Callable[..., None] = lambda file, part, kept: seen.append((file.name, part.read, kept))  # noqa: E731
    collect(find_files([str(tmp_path)]).files, KEYWORDS, PLAIN, watch)
    assert seen == [("a.jsonl", 1, 1)]


@pytest.mark.parametrize("several", ["drop", "keep"])
def test_what_is_written_is_a_labelled_set(tmp_path: Path, several: Any) -> None:
    options = DistantOptions(several=several)
    records = [status(1, "a fine day at the sea #joy"), status(2, "alone in the dark old house #scared")]
    rows, accounts = collected(tmp_path, records, options)
    path = tmp_path / "set.parquet"
    write(path, rows, accounts, KEYWORDS, options)
    found = read(path, "parquet")
    assert (found.labels, found.multi) == (("fear", "joy"), several == "keep")
    assert sorted(zip(found.texts, found.carrying("joy").tolist(), strict=True)) == [
        ("a fine day at the sea", True),
        ("alone in the dark old house", False),
    ]
    table = parquet.read_table(path)
    assert table.column_names == ["text", "label", "tweet_id", "lang", "keyword"]
    made = json.loads(table.schema.metadata[b"emotion"])
    assert made["options"]["several"] == several
    assert made["accounts"]["kept"] == 2
    assert made["keywords"]["labels"]["joy"]["hashtags"] == ["joy", "sohappy"]


def test_the_same_archive_gives_the_same_file(tmp_path: Path) -> None:
    records = [status(n, f"number {n * 7919} of many {n * 104729} at {n * 1299709} there #joy") for n in range(200)]
    options = DistantOptions(per_label=50)
    for name in ("one", "two"):
        rows, accounts = collected(tmp_path / "archive", records, options)
        write(tmp_path / f"{name}.parquet", rows, accounts, KEYWORDS, options)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


@pytest.mark.parametrize(("name", "said"), [("a.csv", "end its name in .parquet"), ("no/a.parquet", "does not exist")])
def test_a_target_that_cannot_be_written_is_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_target(tmp_path / name)
    (tmp_path / "folder.parquet").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        check_target(tmp_path / "folder.parquet")


@pytest.mark.parametrize("changes", [{"per_label": 0}, {"min_words": 0}, {"alike": 0.4}, {"alike": 1.1}])
def test_options_that_make_no_sense_are_refused(changes: Any) -> None:
    with pytest.raises(UsageError):
        DistantOptions(**changes)


@pytest.mark.data
def test_a_real_minute_of_tweets(data_root: Path) -> None:
    files = find_files([str(data_root / "tweets" / "ia_stream_grab")]).files
    rows, accounts = collect(files, read_keywords(), DistantOptions(links=True, anywhere=True))
    assert accounts.read == 4279
    assert accounts.kept == len(rows) > 5
    assert {"joy", "sadness"} <= {label for row in rows for label in row.labels}
