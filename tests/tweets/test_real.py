"""Real files of each kind, where EMOTION_DATA has them."""

import bz2
from pathlib import Path

import pytest

from tests.tweets.made import read, reasons

pytestmark = pytest.mark.data


@pytest.fixture
def tweets(data_root: Path) -> Path:
    return data_root / "tweets"


def test_every_file_balances_and_line_files_count_their_lines(tweets: Path) -> None:
    for path in sorted(tweets.rglob("*.jsonl")):
        raw = path.read_bytes()
        part = read(path)
        if "v2_twarc" not in str(path) or b'"data": [' not in raw:
            assert part.read == raw.count(b"\n") + (not raw.endswith(b"\n") and raw != b""), path


def test_a_minute_of_the_stream(tweets: Path) -> None:
    (path,) = (tweets / "ia_stream_grab").glob("*.bz2")
    part = read(path)
    assert (len(part.tweets), len(part.deletions), part.dead_letters) == (3696, 583, [])
    assert part.bytes == len(bz2.decompress(path.read_bytes()))
    assert all(tweet.created_at and tweet.lang and tweet.user_id for tweet in part.tweets)
    cut = read(path, split_bytes=4 * 600_000, whole_below=0)
    assert [tweet.text for tweet in cut.tweets] == [tweet.text for tweet in part.tweets]


def test_malformed_lines_are_all_counted(tweets: Path) -> None:
    expected = int((tweets / "malformed" / "expected.txt").read_text().split()[0])
    part = read(tweets / "malformed" / "mixed.jsonl")
    assert part.read == expected
    assert (len(part.tweets), len(part.deletions), part.skipped) == (11, 1, {"blank": 2, "notice": 5})
    assert len(part.dead_letters) == 13


def test_broken_compression(tweets: Path) -> None:
    part = read(tweets / "malformed" / "truncated.json.bz2")
    assert reasons(part) == ["decompression failed: a damaged or unfinished bz2 block"]
    assert len(read(tweets / "malformed" / "good.json.gz").tweets) == 40


@pytest.mark.parametrize(("name", "count"), [("2sets", 200), ("flat", 100), ("two_tweets", 1), ("geo_tweets", 2)])
def test_pages_and_flattened_lines(tweets: Path, name: str, count: int) -> None:
    part = read(tweets / "v2_twarc" / f"{name}.jsonl")
    assert (len(part.tweets), part.dead_letters) == (count, [])


@pytest.mark.parametrize("name", ["tweet.js", "tweets.js", "tweets_bom.js", "tweet_unwrapped_old.js"])
def test_x_s_archive(tweets: Path, name: str) -> None:
    part = read(tweets / "x_archive" / name)
    assert (len(part.tweets), part.dead_letters) == (4, [])


def test_gnip_and_its_original_format_give_the_same_tweets(tweets: Path) -> None:
    folder = tweets / "v1_1" / "tweet_parser"
    streams = {tweet.tweet_id: tweet for tweet in read(folder / "activity_streams_examples.json").tweets}
    original = {tweet.tweet_id: tweet for tweet in read(folder / "original_format_examples.json").tweets}
    assert streams.keys() == original.keys()
    for tweet_id, tweet in streams.items():
        other = original[tweet_id]
        assert (tweet.text, tweet.user_id, tweet.created_at) == (other.text, other.user_id, other.created_at)
        assert (tweet.hashtags, tweet.retweet_of, tweet.reply_to) == (other.hashtags, other.retweet_of, other.reply_to)
