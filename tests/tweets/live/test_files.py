"""Files that grow, standard input, and archives replayed."""

import io
import os
import tarfile
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from emotion.errors import ConfigError, UsageError
from emotion.tweets.archive import find_files
from emotion.tweets.live.interest import read_interest
from emotion.tweets.live.replay import Replay
from emotion.tweets.live.source import Event, Item, Quiet
from emotion.tweets.live.standard_input import StandardInput
from emotion.tweets.live.tail import Tail
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.splits import plan_splits
from tests.tweets.live.reading import events, gaps, ids, items, many
from tests.tweets.made import lines, read, status, write


def statuses(*numbers: int) -> bytes:
    return lines([status(number) for number in numbers])


class Following:
    """A tail that is read step by step."""

    def __init__(self, path: Path, cursor: str | None = None, rest: float = 0.0) -> None:
        self.tail = Tail([str(path)], poll=0.001, rest=rest)
        self._items: Iterator[Item] = self.tail.read(cursor)
        self.cursor = cursor

    def news(self) -> list[Item]:
        """What came until a poll found nothing."""
        found: list[Item] = []
        while (item := next(self._items)) != Quiet():
            if isinstance(item, Event | Quiet):
                self.cursor = item.cursor
            if not isinstance(item, Quiet):
                found.append(item)
        return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def test_lines_come_once_they_are_ended(path: Path) -> None:
    tail = Following(path)
    assert tail.news() == []
    append(path, statuses(1) + statuses(2)[:20])
    assert ids(tail.news()) == ["1"]
    append(path, statuses(2)[20:] + b"\n\n")
    assert ids(tail.news()) == ["2"]


def test_a_tail_goes_on_where_it_was(path: Path) -> None:
    append(path, statuses(1, 2) + statuses(3)[:9])
    first = Following(path)
    assert ids(first.news()) == ["1", "2"]
    append(path, statuses(3)[9:])
    assert ids(Following(path, first.cursor).news()) == ["3"]


def test_rotation_loses_nothing_and_repeats_nothing(path: Path) -> None:
    append(path, statuses(1))
    tail = Following(path)
    tail.news()
    append(path, statuses(2))
    path.rename(path.with_name("events.jsonl.1"))
    append(path, statuses(3))
    assert ids(tail.news()) == ["2", "3"]
    assert ids(Following(path, tail.cursor).news()) == []


def test_what_was_rotated_away_while_nobody_read_is_found(path: Path) -> None:
    append(path, statuses(1))
    first = Following(path)
    first.news()
    append(path, statuses(2))
    path.rename(path.with_name("events.jsonl.1"))
    append(path, statuses(3))
    found = Following(path, first.cursor).news()
    assert (ids(found), gaps(found)) == (["2", "3"], [])


def rotate(path: Path, *names: str) -> None:
    """The file becomes the first of these, that one the second, and so on."""
    chain = [path, *(path.with_name(name) for name in names)]
    for old, new in reversed(list(pairwise(chain))):
        if old.exists():
            old.rename(new)


NUMBERED = [("events.jsonl.1",), ("events.jsonl.1", "events.jsonl.2"), ("events.jsonl.1", "events.jsonl.2")]
DATED = [("events.jsonl-20261127",), ("events.jsonl-20261128",), ("events.jsonl-20261129",)]


@pytest.mark.parametrize("rotations", [NUMBERED, DATED])
@pytest.mark.parametrize("live", [False, True])
def test_all_that_was_rotated_away_meanwhile_is_read_in_order(
    path: Path, rotations: list[tuple[str, ...]], live: bool
) -> None:
    """A file that had the name before is left alone, as is another one with a name of the same beginning."""
    rotate(path, *rotations[0])
    append(path.with_name(rotations[0][0]), statuses(90))
    append(path.with_name("events-errors.jsonl"), statuses(91))
    append(path, statuses(1))
    tail = Following(path)
    tail.news()
    append(path, statuses(2) + statuses(3)[:-1])  # its last line is not ended
    rotate(path, *rotations[1], "events.jsonl.3")
    append(path, statuses(4, 5))
    rotate(path, *rotations[2], "events.jsonl.3", "events.jsonl.4")
    append(path, statuses(6))
    found = (tail if live else Following(path, tail.cursor)).news()
    assert (ids(found), gaps(found)) == (["2", "3", "4", "5", "6"], [])
    for place, event in enumerate(events(found), 1):
        assert ids(Following(path, event.cursor).news()) == ["2", "3", "4", "5", "6"][place:]


@pytest.mark.parametrize(
    ("rotations", "lost", "left"),
    [
        (NUMBERED, "events.jsonl.1", None),
        (NUMBERED, "events.jsonl.1", "events.jsonl.1.gz"),
        (DATED, "events.jsonl-20261129", "events.jsonl-20261129.gz"),
    ],
)
def test_a_rotated_file_that_is_missing_is_a_gap(
    path: Path, rotations: list[tuple[str, ...]], lost: str, left: str | None
) -> None:
    append(path, statuses(1))
    first = Following(path)
    first.news()
    append(path, statuses(2))
    for number, names in enumerate(rotations[1:], 3):
        rotate(path, *names)
        append(path, statuses(number))
    if left is None:
        path.with_name(lost).unlink()
    else:
        path.with_name(lost).rename(path.with_name(left))
    found = Following(path, first.cursor).news()
    assert ids(found) == ["2", "4"]
    assert ["is gone or compressed" in gap.reason for gap in gaps(found)] == [True]


def test_a_file_that_lost_its_name_is_read_until_it_rests(path: Path) -> None:
    append(path, statuses(1))
    tail = Following(path, rest=0.2)
    with path.open("ab") as writer:
        tail.news()
        path.rename(path.with_name("events.jsonl.1"))
        append(path, statuses(3))
        assert tail.news() == []
        writer.write(statuses(2))
    found: list[Item] = []
    while len(events(found)) < 2:
        found += tail.news()
    assert ids(found) == ["2", "3"]


def test_a_line_that_comes_in_pieces_after_its_file_lost_its_name_is_whole(path: Path) -> None:
    append(path, statuses(1))
    tail = Following(path, rest=0.3)
    line, found = statuses(2), []
    with path.open("ab", buffering=0) as writer:
        tail.news()
        path.rename(path.with_name("events.jsonl.1"))
        append(path, statuses(3))
        for start in range(0, len(line), len(line) // 5):
            writer.write(line[start : start + len(line) // 5])
            until = time.monotonic() + 0.15
            while time.monotonic() < until:
                found += tail.news()
    while len(events(found)) < 2:
        found += tail.news()
    assert ids(found) == ["2", "3"]


def test_a_gap_of_a_file_is_told_once(path: Path) -> None:
    append(path, statuses(1, 2))
    tail = Following(path)
    tail.news()
    path.write_bytes(b"")
    assert len(gaps(tail.news())) == 1
    assert Following(path, tail.cursor).news() == []


def test_what_was_removed_while_nobody_read_is_a_gap(path: Path) -> None:
    append(path, statuses(1))
    first = Following(path)
    first.news()
    path.unlink()
    append(path, b"\n" + statuses(2))
    found = Following(path, first.cursor).news()
    assert ids(found) == ["2"]
    assert "replaced while nobody read it" in gaps(found)[0].reason


def test_a_truncated_file_is_read_anew(path: Path) -> None:
    append(path, statuses(1, 2))
    tail = Following(path)
    tail.news()
    path.write_bytes(statuses(3))
    found = tail.news()
    assert ids(found) == ["3"]
    assert "cut short" in gaps(found)[0].reason


def test_a_file_that_was_written_anew_is_read_anew(path: Path) -> None:
    """Although it is no shorter than what was read of it."""
    append(path, statuses(1))
    tail = Following(path)
    tail.news()
    path.write_bytes(statuses(2, 3))
    found = tail.news()
    assert (ids(found), len(gaps(found))) == (["2", "3"], 1)


def test_a_tail_that_is_closed_does_not_read_to_the_end(path: Path) -> None:
    append(path, statuses(1, 2, 3))
    assert ids(items(Tail([str(path)]), until=many(1))) == ["1"]


def test_several_files_are_followed_at_once(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.jsonl", "b.jsonl")]
    for number, path in enumerate(paths, 1):
        append(path, statuses(number))
    found = items(Tail([str(path) for path in paths], poll=0.001), until=many(2))
    assert ids(found) == ["1", "2"]


def test_standard_input_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    os.write(writing, statuses(1) + statuses(2).rstrip() + b"\r\n\n" + statuses(3).rstrip())
    os.close(writing)
    assert ids(items(StandardInput(reading))) == ["1", "2", "3"]
    os.close(reading)


def test_an_archive_is_replayed_as_it_stands(tmp_path: Path) -> None:
    write(tmp_path / "a/1.jsonl", statuses(1, 2) + b"{broken\n\n")
    write(tmp_path / "a/2.jsonl", statuses(3))
    found = items(Replay([str(tmp_path / "a")]))
    assert [event.raw + b"\n" for event in events(found)] == [statuses(1), statuses(2), b"{broken\n", statuses(3)]


def test_rows_without_ids_in_a_packed_container_get_those_of_a_labelling(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "days.tar.gz", "w:gz") as container:
        for name in ("1.csv", "2.csv"):
            content = b"text\nso happy today\nso sad today\n"
            info = tarfile.TarInfo(name)
            info.size = len(content)
            container.addfile(info, io.BytesIO(content))
    (file,) = find_files([str(tmp_path / "days.tar.gz")]).files
    parts = read_parts(file, plan_splits(file, 0)[0], ReadOptions(), lambda part: False)
    labelled = [tweet.tweet_id for part in parts for tweet in part.tweets]
    assert ids(items(Replay([str(tmp_path / "days.tar.gz")]))) == labelled
    assert len(set(labelled)) == 4


def test_a_replay_goes_on_after_its_cursor(tmp_path: Path) -> None:
    write(tmp_path / "a/1.jsonl", statuses(1, 2))
    write(tmp_path / "a/2.jsonl", statuses(3))
    found = events(items(Replay([str(tmp_path / "a")])))
    rest = [ids(items(Replay([str(tmp_path / "a")]), event.cursor)) for event in found]
    assert rest == [["2", "3"], ["3"], []]


def test_another_archive_is_not_gone_on_with(tmp_path: Path) -> None:
    write(tmp_path / "1.jsonl", statuses(1, 2))
    cursor = events(items(Replay([str(tmp_path / "1.jsonl")])))[0].cursor
    write(tmp_path / "2.jsonl", statuses(3))
    with pytest.raises(UsageError, match="not the one whose replay was begun"):
        items(Replay([str(tmp_path / "2.jsonl")]), cursor)


def test_a_table_is_replayed_as_records_of_the_same_tweets(tmp_path: Path) -> None:
    rows = ["id,text,created_at,lang,username", "1,so #happy @bo https://a.example,2017-01-26 12:00:00.25,en,ann"]
    path = write(tmp_path / "a.csv", "\n".join([*rows, ",none,,,", ""]))
    found = items(Replay([str(path)]))
    again = read(write(tmp_path / "again.jsonl", b"\n".join(event.raw for event in events(found))))
    assert [msgspec.structs.replace(tweet, line=0) for tweet in again.tweets] == [
        msgspec.structs.replace(tweet, line=0) for tweet in read(path).tweets
    ]


def test_a_replay_keeps_the_pace_of_the_times(tmp_path: Path) -> None:
    """Ten hours at 144,000 times the speed are a quarter of a second."""
    made = [status(number, created_at=f"Thu Jan 26 {hour}:00:00 +0000 2017") for number, hour in ((1, "02"), (2, "12"))]
    path = write(tmp_path / "a.jsonl", lines(made))
    began = time.monotonic()
    assert ids(items(Replay([str(path)], speed=144_000))) == ["1", "2"]
    assert time.monotonic() - began >= 0.25


def test_a_replay_that_waits_can_be_closed(tmp_path: Path) -> None:
    made = [status(number, created_at=f"Thu Jan 26 {hour}:00:00 +0000 2017") for number, hour in ((1, "02"), (2, "12"))]
    replay = Replay([str(write(tmp_path / "a.jsonl", lines(made)))], speed=1)
    timer = threading.Timer(0.1, replay.close)
    timer.start()
    assert ids(items(replay)) == ["1"]
    timer.join()


def test_a_replay_without_pace_is_refused() -> None:
    with pytest.raises(UsageError, match="speed 0"):
        Replay(["a"], speed=0)


def test_a_replay_of_nothing_is_refused_before_it_is_begun(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file or folder"):
        Replay([str(tmp_path / "typo.jsonl")])


def test_all_faults_of_terms_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "terms.yaml", "labels:\n  joy: {hashtags: ['two words'], words: [a]}\n")
    with pytest.raises(ConfigError, match=r"no hashtag.*words"):
        read_interest(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("labels: [", "not YAML"),
        ("labels: {joy: {}}", "names no keyword"),
        ("labels: {}\nlabels: {}", "the key 'labels' stands in line 1 and again in line 2"),
    ],
)
def test_terms_that_are_none_are_refused(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_interest(write(tmp_path / "terms.yaml", content))


def test_the_shipped_hashtags_are_terms() -> None:
    from emotion.sets.distant.keywords import SHIPPED

    interest = read_interest(SHIPPED)
    assert interest.matches("what a day", ["Overjoyed"])
    assert interest.matches("at last 🥳")
    assert not interest.matches("great 🥳", ["sarcasm"])
