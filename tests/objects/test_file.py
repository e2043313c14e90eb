"""An object as a file: the bytes of a file, in few requests."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.objects.file import LARGEST, SMALLEST, open_object

CONTENT = bytes(k * k % 251 for k in range(300_000))


class Requests:
    """Answers from memory, and counts."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self.content = content
        self.sizes: list[int] = []

    def __call__(self, address: str, start: int, end: int, version: str | None) -> bytes:
        assert (address, version) == ("s3://b/k", '"e"')
        assert 0 <= start < end
        self.sizes.append(end - start)
        return self.content[start:end]


@given(st.lists(st.tuples(st.integers(0, 310_000), st.integers(0, 200_000)), max_size=5))
def test_any_stretch_is_that_of_a_file(stretches: list[tuple[int, int]]) -> None:
    ours, theirs = open_object("s3://b/k", len(CONTENT), '"e"', Requests()), io.BytesIO(CONTENT)
    for start, size in stretches:
        assert ours.seek(start) == theirs.seek(start)
        assert ours.read(size) == theirs.read(size)


def test_the_end_is_where_it_is() -> None:
    ours = open_object("s3://b/k", len(CONTENT), '"e"', Requests())
    assert ours.seek(-5, io.SEEK_END) == len(CONTENT) - 5
    assert ours.read() == CONTENT[-5:]
    assert ours.read(10) == b""


def test_what_is_read_in_sequence_is_read_in_ever_larger_pieces() -> None:
    requests = Requests(bytes(64 << 20))
    handle = open_object("s3://b/k", 64 << 20, '"e"', requests)
    while handle.read(1 << 20):
        pass
    assert max(requests.sizes) == LARGEST
    assert len(requests.sizes) < 20


def test_a_look_at_a_place_asks_for_little() -> None:
    requests = Requests(bytes(64 << 20))
    handle = open_object("s3://b/k", 64 << 20, '"e"', requests)
    for place in range(0, 64 << 20, 8 << 20):
        handle.seek(place)
        handle.read(512)
    assert set(requests.sizes) == {SMALLEST}


def test_an_object_shorter_than_was_thought_ends() -> None:
    handle = open_object("s3://b/k", len(CONTENT) + 10, '"e"', Requests())
    assert handle.read() == CONTENT


@pytest.mark.parametrize("place", [0, 5])
def test_an_empty_object_asks_for_nothing(place: int) -> None:
    requests = Requests(b"")
    handle = open_object("s3://b/k", 0, '"e"', requests)
    handle.seek(place)
    assert handle.read() == b""
    assert requests.sizes == []
