"""API v2: pages, stream lines, twarc's flattened lines."""

from pathlib import Path
from typing import Any

import pytest

from emotion.tweets.reader import ReadOptions
from tests.tweets.made import NOON, Json, lines, one, parts, post, read, reasons, status, texts, write

USERS = [{"id": "7", "username": "ann"}, {"id": "9", "username": "bo"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.jsonl"


def page(*data: Json, **includes: Any) -> Json:
    return {"data": list(data), "includes": {"users": USERS, **includes}, "meta": {"result_count": len(data)}}


def test_each_element_of_a_page_is_a_record(path: Path) -> None:
    part = read(write(path, lines([page(post(1), post(2)), page(post(3))])))
    assert part.read == 3
    assert [(tweet.tweet_id, tweet.line, tweet.user_name) for tweet in part.tweets] == [
        ("1", 1, "ann"),
        ("2", 2, "ann"),
        ("3", 3, "ann"),
    ]
    assert part.tweets[0].created_at == NOON


def test_what_comes_along_is_no_record(path: Path) -> None:
    assert read(write(path, lines([page(post(1), tweets=[post(5), post(6)])]))).read == 1


def test_broken_elements_of_a_page_are_dead_letters(path: Path) -> None:
    part = read(write(path, lines([page(post(1), {"id": "2"}, 3, {})])))  # type: ignore[arg-type]
    assert (len(part.tweets), reasons(part)) == (1, ["no text", "not a tweet", "not a tweet"])


def test_a_retweet_takes_the_included_original_s_full_text(path: Path) -> None:
    original = post(
        3, "cut…", author_id="9", note_tweet={"text": "the whole original", "entities": {"hashtags": [{"tag": "joy"}]}}
    )
    record = page(post(5, "RT @bo: cut…", referenced_tweets=[{"type": "retweeted", "id": "3"}]), tweets=[original])
    write(path, lines([record]))
    kept = one(path)
    assert (kept.tweet_id, kept.retweet_of, kept.text, kept.hashtags) == ("5", "3", "the whole original", ["joy"])
    folded = one(path, ReadOptions(retweets="fold"))
    assert (folded.tweet_id, folded.user_name, folded.folded, folded.retweet_of) == ("3", "bo", True, None)


def test_without_its_original_a_retweet_loses_only_the_prefix(path: Path) -> None:
    record = post(5, "RT @bo: some words…", referenced_tweets=[{"type": "retweeted", "id": "3"}])
    write(path, lines([record]))
    assert (one(path).text, one(path).retweet_of, one(path).user_id) == ("some words…", "3", "7")
    folded = one(path, ReadOptions(retweets="fold"))
    assert (folded.tweet_id, folded.user_id, folded.lang, folded.folded) == ("3", None, "en", True)


def test_flattened_lines_hold_author_and_original(path: Path) -> None:
    author = {"id": "9", "username": "bo"}
    reference = {"type": "retweeted", **post(3, "the original", author=author, author_id="9")}
    write(
        path, lines([post(5, "RT @bo: the or…", author={"id": "7", "username": "ann"}, referenced_tweets=[reference])])
    )
    assert (one(path).user_name, one(path).text) == ("ann", "the original")
    assert one(path, ReadOptions(retweets="fold")).user_name == "bo"


def test_replies_and_quotes(path: Path) -> None:
    references = [{"type": "quoted", "id": "3"}, {"type": "replied_to", "id": "4"}]
    write(path, lines([post(5, "own words", referenced_tweets=references)]))
    found = one(path)
    assert (found.text, found.reply_to, found.retweet_of) == ("own words", "4", None)


def test_a_stream_line_is_one_record(path: Path) -> None:
    record = {"data": post(5), "includes": {"users": USERS}, "matching_rules": [{"id": "1"}]}
    write(path, lines([record]))
    assert (one(path).tweet_id, one(path).user_name) == ("5", "ann")


def test_default_fields_alone_are_enough(path: Path) -> None:
    part = read(write(path, lines([{"id": "5", "text": "hi", "edit_history_tweet_ids": ["5"]}])))
    assert texts(part) == ["hi"]


def test_formats_may_mix_line_by_line(path: Path) -> None:
    part = read(write(path, lines([status(1), page(post(2), post(3)), {"limit": {}}, post(4), {"data": post(5)}])))
    assert [tweet.tweet_id for tweet in part.tweets] == ["1", "2", "3", "4", "5"]
    assert [tweet.line for tweet in part.tweets] == [1, 2, 3, 5, 6]


def test_elements_of_skipped_parts_are_counted(path: Path) -> None:
    options = ReadOptions(part_bytes=300)
    write(path, lines(page(post(2 * n), post(2 * n + 1)) for n in range(20)))
    every = parts(path, options)
    assert len(every) > 3
    late = parts(path, options, lambda index: index < len(every) - 1)
    assert late == every[-1:]


def test_a_stray_byte_costs_one_element_of_a_page(path: Path) -> None:
    packed = lines([page(post(1), post(2, "so ?"), post(3)), page(post(4))]).replace(b"so ?", b"so \xff")
    part = read(write(path, packed))
    assert [tweet.tweet_id for tweet in part.tweets] == ["1", "3", "4"]
    assert (reasons(part), part.read) == (["not UTF-8"], 4)


@pytest.mark.parametrize(
    ("raw", "tweets", "letters"),
    [
        (b'{"status\\u0065s": [{"id_str": "1", "text": "a"}, {"id_str": "2", "text": "b"}]}', 0, 1),
        (b'{"data": 5, "statuses": [{"id_str": "1", "text": "a"}, {"id_str": "2", "text": "b"}], "x": 5}', 2, 0),
        (b'{"x": "\xff", "data": [{"id": "1", "text": "a"}, {"id": "2", "text": "b"}], "includes": 5}', 0, 1),
        (b'{"data": {"id": "1", "text": "a"}, "statuses": [{}, {}, {}]}', 1, 0),
        (b'{"statuses": [1, 2, 3], "dat\\u0061": [{}, {}]}', 0, 3),
    ],
)
def test_a_strange_line_is_counted_as_it_is_read(path: Path, raw: bytes, tweets: int, letters: int) -> None:
    write(path, raw + b"\n" + lines([post(8), post(9)]))
    part = read(path)
    assert (len(part.tweets), len(part.dead_letters), part.read) == (tweets + 2, letters, tweets + letters + 2)
    small = ReadOptions(part_bytes=1)
    assert [part.tweets for part in parts(path, small, lambda index: index < 1)] == [
        part.tweets for part in parts(path, small)[1:]
    ]


def test_a_pretty_printed_page_is_one_page(tmp_path: Path) -> None:
    import json

    path = write(tmp_path / "page.json", json.dumps(page(post(1), post(2)), indent=2))
    assert [tweet.line for tweet in read(path).tweets] == [1, 2]


@pytest.mark.parametrize("form", ["v1.1", "v2", "gnip"])
def test_a_named_format_still_knows_notices(path: Path, form: str) -> None:
    part = read(write(path, lines([{"limit": {"track": 3}}])), ReadOptions(format=form))
    assert part.skipped == {"notice": 1}
