"""Whatever the bytes, nothing crashes and every record is told of once."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emotion.tweets.archive import find_files
from emotion.tweets.formats.records import JsonRecords
from emotion.tweets.formats.results import Context
from emotion.tweets.reader import ReadOptions, read_parts
from emotion.tweets.splits import plan_splits
from tests.tweets.made import activity, balances, content, lines, post, status

NAMES = ["a.jsonl", "a.json", "a.js", "a.csv", "a.tsv", "a.txt", "a.parquet", "a.json.gz"]
SCALARS: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
WHOLE: list[dict[str, Any]] = [
    status(1, retweeted_status=status(2), extended_tweet={"full_text": "x"}),
    {"data": [post(1), post(2)], "includes": {"users": [{"id": "7"}], "tweets": [post(3)]}},
    {"data": post(1, referenced_tweets=[{"type": "retweeted", "id": "3"}])},
    post(4, note_tweet={"text": "x"}, author={"id": "7"}, referenced_tweets=[{"type": "retweeted", **post(5)}]),
    activity(5, verb="share", object=activity(6)),
    {"delete": {"status": {"id": 3, "user_id": 7}}},
    {"tweet": status(8)},
    {"id": "7", "action": "delete"},
]


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A good record with values replaced, keys dropped, at any depth."""
    record: Any = json.loads(json.dumps(draw(st.sampled_from(WHOLE))))
    for _ in range(draw(st.integers(1, 4))):
        place = record
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and draw(st.booleans()):
                place = place[key]
                continue
            place[key] = draw(VALUES)
            break
    return record


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Lines of records with bytes cut out or put in."""
    data = bytearray(lines(draw(st.lists(mutated(), min_size=1, max_size=4))))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 9))] = draw(
            st.binary(max_size=4) | st.sampled_from([b'"', b"\n", b"[", b"}", b"\0", b"\xff"])
        )
    return bytes(data)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=300) | damaged(), st.sampled_from(NAMES), st.integers(1, 2000), st.sampled_from(["keep", "fold"])
)
@example(b"\x01\r\x01", "a.csv", 1, "keep")
@example(b'{"data": [null, {"\x80text": 1}]}\n' + lines([status(1), status(2)]), "a.jsonl", 1, "keep")
def test_any_bytes_balance_and_parts_do_not_depend_on_what_is_done(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str, part_bytes: int, retweets: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    options = ReadOptions(part_bytes=part_bytes, retweets=retweets)
    (file, *_) = find_files([str(path)]).files
    split = plan_splits(file, 0)[0]
    every = list(read_parts(file, split, options, lambda index: False))
    assert all(balances(part) for part in every)
    assert [part.last for part in every] == [False] * (len(every) - 1) + [True]
    for some in (0, 1):
        again = list(read_parts(file, split, options, lambda index, some=some: index % 2 == some))  # type: ignore[misc]
        assert [content(part) for part in again] == [content(part) for part in every if part.index % 2 != some]


@settings(max_examples=300)
@given(mutated(), st.sampled_from([None, "v1.1", "v2", "gnip"]))
def test_a_record_counts_as_many_as_it_gives(record: Any, only: str | None) -> None:
    raw = json.dumps(record).encode()
    parser = JsonRecords(Context("a"), only)
    result = parser.parse(raw, 1)
    assert parser.count(raw) == (len(result) if isinstance(result, list) else 1)


@settings(max_examples=200)
@given(damaged(), st.integers(20, 400))
def test_splits_of_any_lines_are_the_whole_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "splits.jsonl"
    path.write_bytes(data)
    (file,) = find_files([str(path)]).files

    def kinds(splits: list[Any]) -> list[tuple[Any, ...]]:
        found = [part for split in splits for part in read_parts(file, split, ReadOptions(), lambda index: False)]
        letters = [(letter.reason, letter.raw) for part in found for letter in part.dead_letters]
        return [sum(part.read for part in found), [tweet.text for part in found for tweet in part.tweets], letters]  # type: ignore[list-item]

    assert kinds(plan_splits(file, 0, size)) == kinds(plan_splits(file, 0))
