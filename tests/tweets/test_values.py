"""JSON arrays, objects one after the other, and X's archive."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emotion.tweets.reader import ReadOptions
from emotion.tweets.stretches import LONGEST, Lost
from emotion.tweets.values import cut_values
from tests.tweets.made import parts, read, reasons, status, texts, write


def archive(records: list[Any], indent: int | None = 2, kind: str = "tweets") -> str:
    return f"window.YTD.{kind}.part0 = {json.dumps(records, indent=indent)}"


def pretty(records: list[Any]) -> str:
    return "\n".join(json.dumps(record, indent=2) for record in records)


RECORDS = [status(n, f"text {n} é 🎉") for n in range(5)]
WRAPPED = [{"tweet": record} for record in RECORDS]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps(RECORDS)),
        ("a.json", json.dumps(RECORDS, indent=4, ensure_ascii=False)),
        ("a.json", pretty(RECORDS)),
        ("a.json", "\ufeff" + json.dumps(RECORDS)),
        ("a.js", archive(WRAPPED)),
        ("a.js", "\ufeff" + archive(WRAPPED)),
        ("a.js", archive(RECORDS, kind="tweet")),
        ("a.js", archive(WRAPPED, indent=None) + ";\n"),
        ("a.js", "window.YTD.tweets.part0=" + json.dumps(WRAPPED)),
    ],
)
def test_every_element_is_a_record(tmp_path: Path, name: str, content: str) -> None:
    part = read(write(tmp_path / name, content))
    assert texts(part) == [record["text"] for record in RECORDS]
    assert [tweet.line for tweet in part.tweets] == [1, 2, 3, 4, 5]
    assert part.read == 5


def test_one_object_is_one_record(tmp_path: Path) -> None:
    assert read(write(tmp_path / "a.json", json.dumps(RECORDS[0], indent=2))).read == 1


@pytest.mark.parametrize("content", ["[]", "window.YTD.tweets.part0 = [ ]", " [ \n ] "])
def test_an_empty_array_has_no_records(tmp_path: Path, content: str) -> None:
    part = read(write(tmp_path / "a.json", content))
    assert part.read == 0


@pytest.mark.parametrize("indent", [None, 2])
def test_a_broken_element_costs_itself_alone(tmp_path: Path, indent: int | None) -> None:
    content = archive(WRAPPED, indent).replace('"text": "text 2', '"text": text 2')
    part = read(write(tmp_path / "a.js", content))
    assert [tweet.tweet_id for tweet in part.tweets] == ["0", "1", "3", "4"]
    assert reasons(part) == ["not JSON: Expecting value"]
    assert part.dead_letters[0].raw.startswith(b"{")


def test_the_first_element_may_be_the_broken_one(tmp_path: Path) -> None:
    content = archive(WRAPPED).replace('"text": "text 0', '"text": text 0')
    assert [tweet.tweet_id for tweet in read(write(tmp_path / "a.js", content)).tweets] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_cut_array_loses_what_is_cut_off_and_says_so_once(tmp_path: Path, indent: int | None) -> None:
    content = archive(WRAPPED, indent)
    for end in range(len(content) - 1, content.index("text 3"), -37):
        part = read(write(tmp_path / "a.js", content[:end]))
        assert len(part.dead_letters) == 1
        assert reasons(part)[0] in ("truncated line", "truncated array")
        assert len(part.tweets) in (3, 4, 5)


def test_elements_that_are_no_tweets_are_dead_letters(tmp_path: Path) -> None:
    part = read(write(tmp_path / "a.json", "[1, null, [], {}, NaN, " + json.dumps(RECORDS[0]) + "]"))
    assert reasons(part)[:4] == ["not a tweet"] * 4
    assert reasons(part)[4].startswith("not JSON")
    assert len(part.tweets) == 1


def test_deep_nesting_is_a_dead_letter(tmp_path: Path) -> None:
    deep = '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"
    content = f"[\n{json.dumps(RECORDS[0])},\n{deep},\n{json.dumps(RECORDS[1])}\n]"
    part = read(write(tmp_path / "a.json", content))
    assert reasons(part) == ["nested too deep"]
    assert len(part.tweets) == 2


def test_bytes_that_are_not_utf8_are_kept_in_the_dead_letter(tmp_path: Path) -> None:
    content = json.dumps(RECORDS, indent=2).encode().replace(b"text 2", b"text \xff")
    part = read(write(tmp_path / "a.json", content))
    assert reasons(part) == ["not UTF-8"]
    assert b"text \xff" in part.dead_letters[0].raw
    assert len(part.tweets) == 4


@pytest.mark.parametrize("size", [1, 7, 64, 4096])
def test_the_sizes_in_which_bytes_arrive_do_not_matter(size: int) -> None:
    content = json.dumps(RECORDS, ensure_ascii=False).encode()
    pieces = (content[start : start + size] for start in range(0, len(content), size))
    assert [json.loads(raw) for raw, _ in cut_values(pieces) if not isinstance(raw, Lost)] == RECORDS


def test_parts_are_cut_at_the_same_elements_whatever_is_done(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps([status(n) for n in range(50)], indent=2))
    options = ReadOptions(part_bytes=2000)
    every = parts(path, options)
    assert len(every) > 5
    assert [tweet.tweet_id for part in every for tweet in part.tweets] == [str(n) for n in range(50)]
    assert parts(path, options, lambda index: index % 2 == 0) == every[1::2]


def test_an_array_longer_than_memory_is_read_in_passing() -> None:
    """Half a gigabyte of elements, of which never more than a few are held."""
    element = json.dumps(status(1, "x" * 2000)).encode()
    block = b",\n".join([element] * 400) + b",\n"
    given = held = 0

    def pieces() -> Iterator[bytes]:
        nonlocal given, held
        yield b"[\n"
        for _ in range(60):
            given += len(block)
            held = max(held, given - taken)
            yield block
        yield element + b"]"

    taken = count = 0
    for _, size in cut_values(pieces()):
        taken += size
        count += 1
    assert count == 60 * 400 + 1
    assert held < 4 * len(block)


def test_an_element_too_long_to_hold_is_a_dead_letter() -> None:
    good = json.dumps(status(1), indent=2).replace("\n", "\n  ").encode()

    def pieces() -> Iterator[bytes]:
        yield b"[\n  " + good + b',\n  {"text": "'
        for _ in range(LONGEST // (1 << 20) + 4):
            yield b"x" * (1 << 20)
        yield b'"},\n  ' + good + b"\n]"

    found = [raw for raw, _ in cut_values(pieces())]
    assert [isinstance(raw, Lost) for raw in found] == [False, True, False]
    assert isinstance(found[1], Lost)
    assert found[1].reason == "line longer than 16 MiB"
    assert len(found[1].raw) == 10_000
