"""Whatever a file holds, it gives vectors or a sentence: nothing crashes, hangs or takes memory it announces."""

import gzip
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from emotion.errors import EmotionError
from emotion.vectors.loading import load
from tests.vectors.made_vectors import binary, fasttext, text, write


def npy() -> bytes:
    held = io.BytesIO()
    np.save(held, ARRAY)
    return held.getvalue()


ARRAY = np.arange(6, dtype=np.float32).reshape(2, 3)
MATRIX = save({"vectors": ARRAY, "pieces": ARRAY}, {"shortest_piece": "2", "longest_piece": "3"})
HEADS = (
    b"",
    b"\x93NUMPY\x01\0",
    b"\x93NUMPY\x01\0\x50\0{'descr': '<f4', 'fortran_order': False, 'shape': (",
    struct.pack("<Q", 60) + b'{"vectors":{"dtype":"F32","shape":[2,3],"data_offsets":',
    struct.pack("<i", 793712314),
    b"3 3\n",
    b"99999999999 4096\n",
    b"\x80\x04",
    b"PK\x03\x04",
)
WHOLE = (text(), text(header=True), binary(), fasttext()[0], npy(), MATRIX)
RELAXED = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def answers(path: Path) -> None:
    try:
        table = load(path, {"cat", "cow"})
    except EmotionError:
        return
    assert table.rows.shape == (len(table.words), table.dimension)
    assert np.isfinite(table.rows).all()
    assert set(table.words) <= {"cat", "cow"}


@RELAXED
@given(head=st.sampled_from(HEADS), rest=st.binary(max_size=400), packed=st.booleans())
def test_any_bytes_have_an_answer(tmp_path: Path, head: bytes, rest: bytes, packed: bool) -> None:
    write(tmp_path / "words.txt", b"cat\ncow\n")
    answers(write(tmp_path / "v", gzip.compress(head + rest) if packed else head + rest))


@RELAXED
@given(whole=st.sampled_from(WHOLE), data=st.data())
def test_a_damaged_file_has_an_answer(tmp_path: Path, whole: bytes, data: st.DataObject) -> None:
    write(tmp_path / "words.txt", b"cat\nowl\n")
    place = data.draw(st.integers(0, len(whole) - 1))
    change = data.draw(st.binary(max_size=8))
    answers(write(tmp_path / "v", whole[:place] + change + whole[place + len(change) :]))


@RELAXED
@given(numbers=st.lists(st.integers(-(2**31), 2**31 - 1), min_size=12, max_size=12), counts=st.binary(max_size=60))
def test_a_model_that_announces_anything_has_an_answer(tmp_path: Path, numbers: list[int], counts: bytes) -> None:
    head = struct.pack("<2i12id", 793712314, 12, *numbers, 0.0)
    answers(write(tmp_path / "v", head + counts))


def test_a_line_without_end_is_let_go(tmp_path: Path) -> None:
    table = load(write(tmp_path / "v", b"cat 1.0 2.0\n" + b"1" * (3 << 20) + b"\ndog 3.0 4.0\n"))
    assert list(table.words) == ["cat", "dog"]
    assert table.faults.counts == {"width": 1}


@pytest.mark.parametrize("count", [3, 300])
def test_words_of_random_vectors_come_back(tmp_path: Path, count: int) -> None:
    random = np.random.default_rng(count)
    rows = {f"w{number}": random.normal(size=3).astype(np.float32).tolist() for number in range(count)}
    for content in (text(rows), text(rows, header=True), binary(rows)):
        table = load(write(tmp_path / "v", content))
        assert {word: row.tolist() for word, row in zip(table.words, table.rows, strict=True)} == rows
