"""Made records of every format, and short ways to read them."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from emotion.tweets.archive import find_files
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.splits import SPLIT_BYTES, WHOLE_BELOW, plan_splits
from emotion.tweets.tweet import DeadLetter, Deletion, Part, Tweet

Json = dict[str, Any]
PLAINLY = ReadOptions()
NOON = 1_485_432_000_000_000  # 2017-01-26 12:00 UTC in microseconds


def status(n: int, text: str = "so happy today", **more: Any) -> Json:
    """A status of API v1.1."""
    return {
        "created_at": "Thu Jan 26 12:00:00 +0000 2017",
        "id": n,
        "id_str": str(n),
        "text": text,
        "source": "web",
        "user": {"id": 7, "id_str": "7", "screen_name": "ann", "utc_offset": -18000, "description": "x" * 50},
        "entities": {"hashtags": [], "urls": [], "user_mentions": []},
        "lang": "en",
        **more,
    }


def post(n: int, text: str = "so happy today", **more: Any) -> Json:
    """A tweet of API v2."""
    return {
        "id": str(n),
        "text": text,
        "author_id": "7",
        "created_at": "2017-01-26T12:00:00.000Z",
        "lang": "en",
        "edit_history_tweet_ids": [str(n)],
        **more,
    }


def activity(n: int, text: str = "so happy today", **more: Any) -> Json:
    """An activity of Gnip."""
    return {
        "id": f"tag:search.twitter.com,2005:{n}",
        "objectType": "activity",
        "verb": "post",
        "body": text,
        "postedTime": "2017-01-26T12:00:00.000Z",
        "twitter_lang": "en",
        "actor": {"id": "id:twitter.com:7", "preferredUsername": "ann", "utcOffset": "-18000"},
        "object": {"objectType": "note", "id": f"object:search.twitter.com,2005:{n}"},
        "twitter_entities": {"hashtags": [{"text": "joy"}], "urls": [], "user_mentions": []},
        **more,
    }


def lines(records: Iterable[Any]) -> bytes:
    """Records as JSON, each on a line."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def parts(
    path: Path | str, options: ReadOptions = PLAINLY, done: Callable[[int], bool] = lambda index: False
) -> list[Part]:
    """Parts of the one split of the one file at a path."""
    (file,) = find_files([str(path)]).files
    (split,) = plan_splits(file, 0, format=options.format)
    return list(read_parts(file, split, options, done))


def read(
    path: Path | str,
    options: ReadOptions = PLAINLY,
    split_bytes: int = SPLIT_BYTES,
    whole_below: int = WHOLE_BELOW,
) -> Part:
    """All records at a path as one part, accounts checked for each of its parts."""
    whole = Part(0, "")
    for index, file in enumerate(find_files([str(path)]).files):
        for split in plan_splits(file, index, split_bytes, options.format, whole_below):
            read_before = 0
            for part in read_parts(file, split, options, lambda index: False):
                assert balances(part)
                read_before += part.read
                merge(whole, part)
            assert part.last
    return whole


def balances(part: Part) -> bool:
    """Whether every record read is told of once."""
    return part.read == len(part.tweets) + len(part.deletions) + len(part.dead_letters) + sum(part.skipped.values())


def merge(whole: Part, part: Part) -> None:
    whole.tweets += part.tweets
    whole.deletions += part.deletions
    whole.dead_letters += part.dead_letters
    whole.read += part.read
    whole.bytes += part.bytes
    for reason, count in part.skipped.items():
        whole.skipped[reason] = whole.skipped.get(reason, 0) + count


def write(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def one(path: Path | str, options: ReadOptions = PLAINLY) -> Tweet:
    """The only tweet at a path."""
    part = read(path, options)
    assert part.dead_letters == []
    (tweet,) = part.tweets
    return tweet


def texts(part: Part) -> list[str]:
    return [tweet.text for tweet in part.tweets]


def reasons(part: Part) -> list[str]:
    return [letter.reason for letter in part.dead_letters]


def content(part: Part) -> tuple[list[Tweet], list[Deletion], list[DeadLetter], dict[str, int], int]:
    return part.tweets, part.deletions, part.dead_letters, part.skipped, part.read
