"""Gnip's Activity Streams."""

from pathlib import Path

from emotion.tweets.reader import ReadOptions
from tests.tweets.made import NOON, activity, lines, one, read, reasons, write


def test_an_activity_gives_all_its_fields(tmp_path: Path) -> None:
    record = activity(5, inReplyTo={"link": "http://twitter.com/bo/statuses/4"})
    found = one(write(tmp_path / "a.json", lines([record])))
    assert (found.tweet_id, found.text, found.created_at, found.lang) == ("5", "so happy today", NOON, "en")
    assert (found.user_id, found.user_name, found.utc_offset, found.reply_to) == ("7", "ann", -18000, "4")
    assert found.hashtags == ["joy"]


def test_a_long_text_is_whole(tmp_path: Path) -> None:
    record = activity(5, "cut…", long_object={"body": "the whole text", "twitter_entities": {"hashtags": []}})
    found = one(write(tmp_path / "a.json", lines([record])))
    assert (found.text, found.hashtags) == ("the whole text", [])


def test_an_activity_without_entities_has_those_of_its_text(tmp_path: Path) -> None:
    found = one(write(tmp_path / "a.json", lines([activity(5, "hi #tag @bob", twitter_entities=None)])))
    assert (found.hashtags, found.mentions) == (["tag"], ["bob"])


def test_a_share_is_a_retweet(tmp_path: Path) -> None:
    original = activity(3, "the original", actor={"id": "id:twitter.com:9", "preferredUsername": "bo"})
    path = write(tmp_path / "a.json", lines([activity(5, "RT @bo: the…", verb="share", object=original)]))
    assert (one(path).tweet_id, one(path).retweet_of, one(path).text) == ("5", "3", "the original")
    folded = one(path, ReadOptions(retweets="fold"))
    assert (folded.tweet_id, folded.user_name, folded.folded) == ("3", "bo", True)


def test_an_activity_without_text_is_a_dead_letter(tmp_path: Path) -> None:
    part = read(write(tmp_path / "a.json", lines([activity(5, ""), activity(6, verb=3)])))
    assert reasons(part) == ["no text", "no text"]
