"""Statuses of API v1.1, and what a stream says besides."""

from pathlib import Path
from typing import Any

import pytest

from emotion.tweets.reader import ReadOptions
from emotion.tweets.tweet import Deletion
from tests.tweets.made import NOON, PLAINLY, lines, one, parts, read, reasons, status, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.jsonl"


def tweet(path: Path, record: dict[str, Any], options: ReadOptions = PLAINLY) -> Any:
    return one(write(path, lines([record])), options)


def test_a_status_gives_all_its_fields(path: Path) -> None:
    entities = {
        "hashtags": [{"text": "Joy"}],
        "urls": [{"url": "https://t.co/a", "expanded_url": "https://example.org/a"}],
        "user_mentions": [{"screen_name": "bob"}],
    }
    found = tweet(path, status(5, "yes &amp; no #Joy", entities=entities, in_reply_to_status_id_str="4"))
    assert (found.tweet_id, found.text, found.line, found.created_at) == ("5", "yes &amp; no #Joy", 1, NOON)
    assert (found.lang, found.user_id, found.user_name, found.utc_offset) == ("en", "7", "ann", -18000)
    assert (found.hashtags, found.mentions, found.urls) == (["Joy"], ["bob"], ["https://example.org/a"])
    assert (found.reply_to, found.retweet_of, found.folded) == ("4", None, False)


def test_the_stream_s_milliseconds_come_first(path: Path) -> None:
    assert tweet(path, status(5, timestamp_ms="1485432000657")).created_at == NOON + 657_000


def test_a_date_that_is_none_is_taken_from_the_id(path: Path) -> None:
    snowflake = (NOON // 1000 - 1_288_834_974_657) << 22
    assert tweet(path, status(snowflake, created_at="soon")).created_at == NOON


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"full_text": "the whole text"}, "the whole text"),
        ({"extended_tweet": {"full_text": "the whole text"}}, "the whole text"),
        ({"extended_tweet": {}}, "cut…"),
        ({"extended_tweet": None, "full_text": None}, "cut…"),
    ],
)
def test_the_longest_text_is_taken(path: Path, more: dict[str, Any], text: str) -> None:
    assert tweet(path, status(5, "cut…", **more)).text == text


def test_an_extended_tweet_brings_its_own_entities(path: Path) -> None:
    extended = {"full_text": "whole #one", "entities": {"hashtags": [{"text": "one"}]}}
    assert tweet(path, status(5, "cut…", extended_tweet=extended)).hashtags == ["one"]


def test_a_retweet_keeps_its_id_and_takes_the_original_s_text(path: Path) -> None:
    original = status(
        3, "cut…", extended_tweet={"full_text": "the whole original"}, user={"id_str": "9", "screen_name": "bo"}
    )
    record = status(5, "RT @bo: cut…", retweeted_status=original)
    kept = tweet(path, record)
    assert (kept.tweet_id, kept.retweet_of, kept.text, kept.user_id) == ("5", "3", "the whole original", "7")
    folded = tweet(path, record, ReadOptions(retweets="fold"))
    assert (folded.tweet_id, folded.retweet_of, folded.text) == ("3", None, "the whole original")
    assert (folded.user_id, folded.user_name, folded.folded) == ("9", "bo", True)


def test_folding_takes_the_original_s_date_not_the_retweet_s(path: Path) -> None:
    original = status(3, created_at="Wed Jan 25 12:00:00 +0000 2017")
    record = status(5, retweeted_status=original, timestamp_ms="1485432000657")
    assert tweet(path, record, ReadOptions(retweets="fold")).created_at == NOON - 86_400_000_000


def test_a_quote_keeps_its_own_text(path: Path) -> None:
    found = tweet(path, status(5, "look", quoted_status=status(3, "other words")))
    assert (found.text, found.retweet_of) == ("look", None)


@pytest.mark.parametrize(
    ("fields", "tweet_id"),
    [({"id_str": "12", "id": 1.2e18}, "12"), ({"id_str": None, "id": 12}, "12"), ({"id_str": None, "id": "12"}, "12")],
)
def test_an_id_comes_from_id_str_first(path: Path, fields: dict[str, Any], tweet_id: str) -> None:
    assert tweet(path, status(0, **fields)).tweet_id == tweet_id


@pytest.mark.parametrize("number", [1.2e18, True, None, []])
def test_without_a_usable_id_one_is_made(path: Path, number: Any) -> None:
    made = tweet(path, status(0, id_str=None, id=number)).tweet_id
    assert made.startswith("x-")
    assert len(made) == 18


def test_equal_records_without_id_stay_apart_and_keep_their_ids(path: Path) -> None:
    write(path, lines([{"text": "same"}, {"text": "same"}]))
    first, second = read(path).tweets
    assert first.tweet_id != second.tweet_id
    assert [tweet.tweet_id for tweet in read(path).tweets] == [first.tweet_id, second.tweet_id]


def test_fields_of_a_wrong_type_are_left_out(path: Path) -> None:
    wrong = status(
        5,
        user="ann",
        lang=3,
        entities={"hashtags": [{"text": 4}, 5, {"text": "joy"}], "urls": None, "user_mentions": {}},
        extended_tweet=[],
        retweeted_status=False,
    )
    found = tweet(path, wrong)
    assert (found.tweet_id, found.text, found.user_id, found.lang) == ("5", "so happy today", None, None)
    assert found.hashtags == ["joy"]


def test_half_a_surrogate_is_replaced(path: Path) -> None:
    assert tweet(path, status(5, "oh \ud83d no")).text == "oh � no"


def test_without_entities_they_are_read_from_the_text(path: Path) -> None:
    found = tweet(path, {"id_str": "5", "text": "@bob see #Joy at https://example.org/a. #1"})
    assert (found.hashtags, found.mentions, found.urls) == (["Joy"], ["bob"], ["https://example.org/a"])


@pytest.mark.parametrize(
    ("record", "deletion"),
    [
        ({"delete": {"status": {"id": 3, "id_str": "3", "user_id": 7, "user_id_str": "7"}}}, Deletion("3", "7")),
        ({"delete": {"status": {"id": 3, "user_id": 7}, "timestamp_ms": "1"}}, Deletion("3", "7")),
        ({"user_delete": {"id": 7, "timestamp_ms": 1}}, Deletion(None, "7")),
        ({"user_protect": {"id": 7}}, Deletion(None, "7")),
        ({"data": {"delete": {"tweet": {"id": "3", "author_id": "7"}}}}, Deletion("3", "7")),
        ({"data": {"user_delete": {"user": {"id": "7"}}}}, Deletion(None, "7")),
        (
            {"id": "7", "action": "delete", "created_at": "2013-06-04T16:25:04+00:00", "reason": "protected"},
            Deletion(None, "7"),
        ),
        (
            {"id": "3", "action": "delete", "redacted_at": "2013-06-04T16:25:04+00:00", "reason": "deleted"},
            Deletion("3", None),
        ),
        (
            {"verb": "delete", "object": {"id": "tag:search.twitter.com,2005:3"}, "actor": {"id": "id:twitter.com:7"}},
            Deletion("3", "7"),
        ),
    ],
)
def test_delete_notices_tell_tweets_from_accounts(path: Path, record: dict[str, Any], deletion: Deletion) -> None:
    assert read(write(path, lines([record]))).deletions == [deletion]


@pytest.mark.parametrize(
    "record",
    [
        {"limit": {"track": 3}},
        {"scrub_geo": {"user_id": 7}},
        {"status_withheld": {"id": 3}},
        {"user_withheld": {"id": 3}},
        {"warning": {"code": "FALLING_BEHIND"}},
        {"disconnect": {"code": 4}},
        {"friends": [1, 2]},
        {"user_undelete": {"id": 3}},
        {"delete": {"favorite": {"tweet_id": 3}}},
        {"info": {"message": "Replay Request Completed"}},
        {"meta": {"result_count": 0}},
        {"data": {"withheld": {"tweet": {"id": "3"}}}},
        {"id": "3", "action": "geo_scrub"},
    ],
)
def test_other_notices_are_skipped_and_counted(path: Path, record: dict[str, Any]) -> None:
    part = read(write(path, lines([record])))
    assert (part.skipped, part.read) == ({"notice": 1}, 1)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({}, "not a tweet"),
        ([], "not a tweet"),
        (None, "not a tweet"),
        (42, "not a tweet"),
        ("text", "not a tweet"),
        ({"errors": [{"code": 88}]}, "not a tweet"),
        ({"delete": 3}, "not a tweet"),
        (status(5, text=None), "no text"),  # type: ignore[arg-type]
        (status(5, ""), "no text"),
        ({"tweet": {"id_str": "5"}}, "no text"),
    ],
)
def test_what_is_no_tweet_is_a_dead_letter(path: Path, record: Any, reason: str) -> None:
    raw = lines([record])
    part = read(write(path, raw))
    assert reasons(part) == [reason]
    assert part.dead_letters[0].raw == raw.rstrip()
    assert part.dead_letters[0].line == 1


def test_each_status_of_a_saved_search_is_a_record(path: Path) -> None:
    search = {
        "statuses": [status(5), {"nothing": 1}, {"statuses": [status(6)]}, status(7)],
        "search_metadata": {"count": 4},
    }
    part = read(write(path, lines([status(1), search, status(2)])))
    assert [(tweet.tweet_id, tweet.line) for tweet in part.tweets] == [("1", 1), ("5", 2), ("7", 5), ("2", 6)]
    assert (reasons(part), part.read) == (["not a tweet", "not a tweet"], 6)


def test_a_search_without_statuses_is_a_notice(path: Path) -> None:
    part = read(write(path, lines([{"statuses": [], "search_metadata": {"count": 100}}])))
    assert (part.skipped, part.read) == ({"notice": 1}, 1)


def test_a_saved_search_counts_as_it_is_read(path: Path) -> None:
    write(path, lines([{"statuses": [status(n, str(n)) for n in range(9)]}]) * 50)
    options = ReadOptions(part_bytes=4000)
    every = parts(path, options)
    assert len(every) > 5
    assert parts(path, options, lambda index: index < 4) == every[4:]


@pytest.mark.parametrize(
    "record",
    [
        {"message": "so happy", "event": {"original": "so happy"}},
        {"info": "none of ours", "limit": 7},
        {"friends": "many"},
        {"drop": True},
    ],
)
def test_a_record_that_only_has_a_key_of_a_notice_is_none(path: Path, record: dict[str, Any]) -> None:
    part = read(write(path, lines([record])))
    assert (part.skipped, [letter.reason for letter in part.dead_letters]) == ({}, ["not a tweet"])
