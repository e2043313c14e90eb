import hashlib
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emotion.tweets.archive import find_files
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.sample import Counts, lines, write_lines, write_sample
from emotion.tweets.sample.lines import Size
from emotion.tweets.selection import Selection
from emotion.tweets.splits import plan_splits
from emotion.tweets.tweet import Part, Tweet


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Counts]:
    folder = tmp_path_factory.mktemp("sample")
    return folder, write_sample(folder, tweets=3000)


@pytest.fixture(scope="module")
def parts(sample: tuple[Path, Counts]) -> list[Part]:
    """Everything the reader makes of the sample."""
    return [
        part
        for index, file in enumerate(find_files([str(sample[0])]).files)
        for split in plan_splits(file, index)
        for part in read_parts(file, split, ReadOptions(), lambda part: False)
    ]


def english(parts: list[Part]) -> list[Tweet]:
    selection = Selection(languages=frozenset({"en"}))
    return [tweet for part in parts for tweet in part.tweets if selection.reason(tweet) is None]


def test_the_counts_are_what_the_reader_finds(sample: tuple[Path, Counts], parts: list[Part]) -> None:
    counts, tweets = sample[1], english(parts)
    skipped = sum((Counter(part.skipped) for part in parts), Counter[str]())
    ids = [tweet.tweet_id for tweet in tweets]
    deleted = [deletion.tweet_id for part in parts for deletion in part.deletions]
    assert counts.read == sum(part.read for part in parts)
    assert counts.labelled == len(tweets)
    assert counts.dead_letters == sum(len(part.dead_letters) for part in parts)
    assert (counts.notices, counts.blank) == (skipped["notice"], skipped["blank"])
    assert counts.deleted == len(deleted)
    assert counts.duplicates == len(ids) - len(set(ids))
    assert counts.removed == len(set(ids) & set(deleted))
    assert counts.other_languages == sum(len(part.tweets) for part in parts) - len(tweets)
    assert counts.documents == len(set(ids) - set(deleted))
    assert counts.retweets == len({t.tweet_id for part in parts for t in part.tweets if t.retweet_of})


def test_every_kind_of_trouble_is_in_it(sample: tuple[Path, Counts]) -> None:
    counts = sample[1]
    assert min(counts.retweets, counts.other_languages, counts.notices, counts.blank, counts.dead_letters) > 0
    assert min(counts.deleted, counts.duplicates, counts.removed) > 0


def test_it_holds_the_common_formats_and_compressions(sample: tuple[Path, Counts]) -> None:
    names = {path.name.partition(".")[2] for path in sample[0].rglob("*") if path.is_file()}
    assert names == {"jsonl", "jsonl.gz", "jsonl.bz2", "jsonl.zst", "js", "csv", "parquet", "txt"}
    assert find_files([str(sample[0])]).left_aside == ["README.txt"]


def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    def digest(name: str, seed: int) -> str:
        write_sample(tmp_path / name, tweets=300, seed=seed)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

    assert digest("a", 1) == digest("b", 1) != digest("c", 2)


def test_it_tells_its_story(parts: list[Part]) -> None:
    def days(word: str) -> list[int]:
        found = [tweet.created_at for tweet in english(parts) if word in tweet.text.lower() and tweet.created_at]
        return [(datetime.fromtimestamp(at / 1e6, UTC) - datetime(2021, 3, 1, tzinfo=UTC)).days for at in found]

    def usual(word: str) -> int:
        return Counter(days(word)).most_common(1)[0][0]

    assert usual("scared") <= usual("crying") <= usual("#wherewerethesirens") < usual("#strongertogether")
    assert usual("lanterns") in (32, 33, 34)
    assert max(days("bus")) - min(days("bus")) > 35  # small talk goes on all the time


def test_emoji_hashtags_and_mentions_are_in_it(parts: list[Part]) -> None:
    tweets = english(parts)
    assert sum(bool(tweet.hashtags) for tweet in tweets) > 500
    assert sum(bool(tweet.mentions) for tweet in tweets) > 100
    assert any("👩‍👧" in tweet.text for tweet in tweets)


@pytest.mark.parametrize("size", [800, 4000])
def test_many_lines_have_the_size_asked_for_and_ids_of_their_own(size: Size) -> None:
    written = b"".join(lines(5000, size)).splitlines()
    statuses = [json.loads(line) for line in written]
    assert len({status["id_str"] for status in statuses}) == len(statuses) == 5000
    assert 0.85 * size < sum(map(len, written)) / len(written) < 1.15 * size
    assert 0.35 < sum("retweeted_status" in status for status in statuses) / 5000 < 0.45
    assert len({status["text"] for status in statuses if "retweeted_status" not in status}) > 2500


def test_many_lines_are_tweets_to_the_reader(tmp_path: Path) -> None:
    write_lines(tmp_path / "grab.jsonl.gz", 300, 4000)
    (file,) = find_files([str(tmp_path / "grab.jsonl.gz")]).files
    (split,) = plan_splits(file, 0)
    (part,) = read_parts(file, split, ReadOptions(), lambda part: False)
    assert (part.read, len(part.tweets), part.dead_letters) == (300, 300, [])
    originals = {tweet.text for tweet in part.tweets if not tweet.retweet_of}
    assert all(tweet.text in originals for tweet in part.tweets)
