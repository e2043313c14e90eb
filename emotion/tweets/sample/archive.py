"""Writes the sample archive: every common format and compression, with the faults that real archives have."""

import csv
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import orjson

from emotion.tweets.sample import files, phrases, records, story
from emotion.tweets.sample.records import Post, User

_BROKEN = (
    b'{"created_at": "Sat Mar 13 02:11:09 +0000 2021", "id_str": "1370560',
    b"<html><body>502 Bad Gateway</body></html>",
    b'{"id_str": "1370560000000000001", "text": "the caf\xe9 is open", "lang": "en"}',
    b'{"id_str": "1370560000000000002", "text": "tea", "lang": "en"',
)
_NOTICES = (
    {"limit": {"track": 42, "timestamp_ms": "1615600000000"}},
    {"scrub_geo": {"user_id": 11, "user_id_str": "11", "up_to_status_id": 12, "up_to_status_id_str": "12"}},
)
_ABOUT = """A sample archive: made tweets of a made town, for trying things out.

Nobody in it exists. It holds six weeks in several formats, with broken lines, a cut-off file,
second copies, retweets, delete notices and other languages, as real archives have them.
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was written, in the terms of the accounts when English is labelled and retweets are kept."""

    files: int
    read: int
    tweets: int  # distinct ids in all languages
    retweets: int
    other_languages: int  # records, copies included
    notices: int
    blank: int
    dead_letters: int
    deleted: int  # delete notices
    duplicates: int  # second copies of English tweets
    removed: int  # English tweets that a notice takes out

    @property
    def labelled(self) -> int:
        """Records that get an emotion."""
        return self.read - self.other_languages - self.notices - self.blank - self.dead_letters - self.deleted

    @property
    def documents(self) -> int:
        """Tweets in the finished store."""
        return self.labelled - self.duplicates - self.removed


def write_sample(folder: Path, tweets: int = 6000, seed: int = 7) -> Counts:
    """Write an archive of so many distinct tweets below `folder`; the same numbers give the same bytes."""
    rng = Random(seed)
    posts = make_posts(tweets, rng)
    copies = [post for post in posts if rng.random() < 0.015]
    deleted = [post for post in posts if post.original is None and rng.random() < 0.006]
    own, cut, *shelves = _shelve(posts, rng)
    shelves[0] += copies[::2]
    shelves[3] += copies[1::2]
    _write_lines(folder / "stream" / "2021-03-01.jsonl.gz", shelves[0], rng, deleted[::2])
    _write_lines(folder / "stream" / "2021-03-16.jsonl.bz2", shelves[1], rng, deleted[1::2], notices=_NOTICES)
    _write_pages(folder / "collected" / "search-v2.jsonl.zst", shelves[2])
    blank, broken = [b""] * 2, list(_BROKEN)
    _write_lines(folder / "collected" / "timeline.jsonl", shelves[3], rng, extended=True, other=broken + blank)
    files.write(folder / "downloads" / "tweets.js", records.tweets_js(own))
    _write_csv(folder / "tables" / "week-5.csv", shelves[4])
    _write_parquet(folder / "tables" / "week-6.parquet", shelves[5])
    lost = _write_cut(folder / "damaged" / "cut-off.jsonl.gz", cut)
    files.write(folder / "README.txt", _ABOUT.encode())
    return _count(posts, copies, deleted, lost, broken=len(broken) + 1, blank=len(blank))


def make_posts(count: int, rng: Random) -> list[Post]:
    """`count` tweets in order of time, each id once; about one in eight is a retweet of one of the hours before."""
    users = make_users(max(20, count // 12), rng)
    names = [user.name for user in users]
    posts: list[Post] = []
    for sequence, moment in enumerate(story.moments(count, rng)):
        user = users[int(len(users) * rng.random() ** 2.2)]  # few write much
        original = rng.choice(posts[-60:]) if posts and rng.random() < 0.13 else None
        original = original.original or original if original is not None else None
        lang = rng.choice(list(phrases.OTHER_LANGUAGES)) if original is None and rng.random() < 0.08 else "en"
        if original is not None:
            text, lang = original.text, original.lang
        elif lang != "en":
            text = story.fill(rng.choice(phrases.OTHER_LANGUAGES[lang]), rng)
        else:
            text = story.text(moment, rng, names)
        posts.append(Post(records.snowflake(moment.time, sequence % 4096), moment.time, user, text, lang, original))
    return posts


def make_users(count: int, rng: Random) -> list[User]:
    """Accounts with made names, each once."""
    first, last = phrases.NAMES
    return [
        User(
            str(7_000_000 + number),
            f"{rng.choice(first)}_{rng.choice(last)}{number}",
            rng.choice((0, 0, 0, 3600, -18_000)),
        )
        for number in range(count)
    ]


def _shelve(posts: Sequence[Post], rng: Random) -> list[list[Post]]:
    """Deal the tweets to the files: the user's own, the cut-off file, and six by time and kind."""
    shelves: list[list[Post]] = [[] for _ in range(8)]
    owner = posts[0].user
    for post in posts:
        day = (post.time - story.START.timestamp()) / 86400
        if post.user == owner and post.original is None and post.lang == "en":
            shelves[0].append(post)
        elif 12 <= day < 13 and rng.random() < 0.3:
            shelves[1].append(post)
        elif day >= 28 and post.original is None and post.lang == "en" and rng.random() < 0.4:
            shelves[6 if day < 35 else 7].append(post)
        elif rng.random() < 0.12:
            shelves[5].append(post)
        else:
            shelves[2 if day < 15 else 3 if day < 28 else 4].append(post)
    return shelves


def _write_lines(
    path: Path,
    posts: Sequence[Post],
    rng: Random,
    deleted: Sequence[Post] = (),
    notices: Sequence[dict[str, Any]] = (),
    extended: bool = False,
    other: Sequence[bytes] = (),
) -> None:
    lines = [orjson.dumps(_status(post, extended)) for post in posts]
    for extra in (*(orjson.dumps(notice) for notice in (*map(records.delete_notice, deleted), *notices)), *other):
        lines.insert(rng.randrange(len(lines) + 1), extra)
    files.write(path, b"".join(line + b"\n" for line in lines))


def _status(post: Post, extended: bool) -> dict[str, Any]:
    if len(post.text) > 100 and post.original is None and not extended:
        return records.v1_extended_tweet(post)
    return records.v1(post, extended)


def _write_pages(path: Path, posts: Sequence[Post], size: int = 100) -> None:
    pages = [records.v2_page(posts[at : at + size], f"page{at // size + 1}") for at in range(0, len(posts), size)]
    files.write(path, b"".join(orjson.dumps(page) + b"\n" for page in pages))


def _write_csv(path: Path, posts: Sequence[Post]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "created_at", "username", "lang", "text"))
        rows.writerows((post.id, records.iso(post.time), post.user.name, post.lang, post.text) for post in posts)


def _write_parquet(path: Path, posts: Sequence[Post]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "id": pa.array([post.id for post in posts], pa.string()),
        "created_at": pa.array([int(post.time * 1_000_000) for post in posts], pa.timestamp("us", tz="UTC")),
        "text": pa.array([post.text for post in posts], pa.string()),
        "lang": pa.array([post.lang for post in posts], pa.string()),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, compression="zstd")


def _write_cut(path: Path, posts: Sequence[Post]) -> list[Post]:
    """Write a gzip file cut off in its middle, just behind a whole line, and give back the tweets lost with it."""
    kept = len(posts) * 2 // 3
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    lines = [orjson.dumps(records.v1(post)) + b"\n" for post in posts]
    packed = packer.compress(b"".join(lines[:kept])) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(b"".join(lines[kept:])) + packer.flush()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed + rest[:3])
    return list(posts[kept:])


def _count(
    posts: Sequence[Post],
    copies: Sequence[Post],
    deleted: Sequence[Post],
    lost: Iterable[Post],
    broken: int,
    blank: int,
) -> Counts:
    lost_ids = {post.id for post in lost}
    kept = [post for post in posts if post.id not in lost_ids]
    written = kept + list(copies)
    english = [post.id for post in written if post.lang == "en"]
    other = len(written) - len(english)
    return Counts(
        files=8,
        read=len(written) + len(deleted) + len(_NOTICES) + blank + broken,
        tweets=len({post.id for post in written}),
        retweets=len({post.id for post in written if post.original is not None}),
        other_languages=other,
        notices=len(_NOTICES),
        blank=blank,
        dead_letters=broken,
        deleted=len(deleted),
        duplicates=len(english) - len(set(english)),
        removed=len({post.id for post in deleted} & set(english)),
    )
