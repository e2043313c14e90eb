"""A small gzip may stand for a body of millions of values: they are counted before they take memory."""

import json
import tracemalloc

import pytest

from emotion.serving.api.bodies import parse
from emotion.serving.api.problems import Problem
from emotion.serving.api.settings import Limits
from emotion.stores.live.records import read
from emotion.tweets.tweet import DeadLetter

MANY = 400_000


def filled(begin: bytes, unit: bytes, end: bytes) -> bytes:
    return begin + unit * MANY + end


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (filled(b"[", b"1,", b"1]"), 413),
        (filled(b'{"texts": [', b'"ab",', b'""]}'), 413),
        (filled(b'{"tweets": [', b"1,", b"1]}"), 413),
        (filled(b"[", b"1,", b""), 413),  # cut off
        (filled(b'["\\ud83d", [', b"[],", b"1]]"), None),
        (filled(b'{"colour": {"a": [', b"[],", b"1]}}"), 422),
    ],
)
def test_a_body_of_too_much_is_refused_before_it_takes_memory(body: bytes, status: int | None) -> None:
    found = None
    tracemalloc.start()
    try:
        parse(body, Limits())
    except Problem as problem:
        found = problem.status
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert found == status
    assert peak < 6 * len(body)


def test_texts_with_more_commas_than_a_body_has_texts_are_read() -> None:
    texts = ["1,2," * 1000, "[" * 1000] * 5
    assert parse(json.dumps(texts).encode(), Limits(texts=10)).texts == texts


def test_a_record_that_holds_too_much_is_a_dead_letter_and_takes_no_memory() -> None:
    raw = filled(b'{"text": "joy \\ud83d", "x": [', b"[],", b"1]}")
    tracemalloc.start()
    try:
        lost, tweet = read([raw, b'{"text": "joy"}'], "a/1", most=10).results
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()
    assert isinstance(lost, DeadLetter)
    assert (lost.reason, len(lost.raw)) == ("more than 262,144 values in a record", 10_000)
    assert not isinstance(tweet, DeadLetter)


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        (rb'"a \ud83d\ude00 b"', "a \U0001f600 b"),
        (rb'"a \ud83d b \uDE00"', "a \ufffd b \ufffd"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (rb'"\\ud83d \ud83d"', "\\ud83d \ufffd"),
        (rb'"\\\ud83d \n"', "\\\ufffd \n"),
    ],
)
def test_only_half_a_surrogate_is_replaced(sent: bytes, read_as: str) -> None:
    assert parse(b'{"texts": [' + sent + b"]}", Limits()).texts == [read_as]
    assert parse(b"\xef\xbb\xbf[" + sent + b"]\0\n", Limits()).texts == [read_as]
