"""What a JSON text holds, told without decoding it."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.tweets.formats import shape as module
from emotion.tweets.formats.shape import Shape, shape_of

TEXTS = st.text() | st.sampled_from(['"', '\\"', "\\\\", "[1,2", "},{", "\\"])
VALUES = st.recursive(
    st.none() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


def held(value: Any) -> int:
    """How many values a value is, with all within it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(held, inner))


@settings(max_examples=50)
@given(st.lists(VALUES, max_size=6), st.booleans(), st.booleans())
def test_the_elements_of_a_list_are_counted_and_no_value_is_missed(
    items: list[Any], is_ascii: bool, is_named: bool
) -> None:
    value = {"tweets": items} if is_named else items
    shape = shape_of(json.dumps(value, ensure_ascii=is_ascii).encode(errors="replace"))
    assert shape.elements == max(1, len(items))
    assert held(value) <= shape.values


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_it_is_the_same_wherever_it_is_cut(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps({"texts": ['a, "b" \\', "[", "c\\\\", {"d": [1, 2]}]}).encode()
    whole = shape_of(data)
    monkeypatch.setattr(module, "_CHUNK", chunk)
    assert shape_of(data) == whole == Shape(4, 9)


def test_a_text_with_many_commas_is_one() -> None:
    assert shape_of(json.dumps([",[" * 1000, ""]).encode()).elements == 2


@pytest.mark.parametrize("unit", [b"1,", b'"",', b"[],"])
def test_it_takes_little_memory_however_much_there_is(unit: bytes) -> None:
    data = b"[" + unit * 300_000 + b"1]"
    tracemalloc.start()
    try:
        assert shape_of(data).elements == 300_001
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
