"""Arrow arrays as JSON text: Python's own JSON of their values, without fields that have none."""

import json
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.stores.elasticsearch.json_text import objects, texts

STRINGS = st.none() | st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\\n\t\x00'))
THINGS = pa.struct([("n", pa.string()), ("w", pa.float32()), ("deep", pa.list_(pa.struct([("k", pa.string())])))])
CASES = [
    (pa.string(), STRINGS),
    (pa.int64(), st.none() | st.integers(-(2**63), 2**63 - 1)),
    (pa.bool_(), st.none() | st.booleans()),
    (pa.float32(), st.none() | st.floats(width=32, allow_nan=False, allow_infinity=False)),
    (pa.list_(pa.string()), st.none() | st.lists(STRINGS, max_size=4)),
    (pa.null(), st.none()),
    (
        THINGS,
        st.none()
        | st.fixed_dictionaries(
            {
                "n": STRINGS,
                "w": st.none() | st.floats(0, 1, width=32),
                "deep": st.none() | st.lists(st.none() | st.fixed_dictionaries({"k": STRINGS}), max_size=3),
            }
        ),
    ),
]


def plain(value: Any) -> Any:
    """Without fields that have no value."""
    if isinstance(value, dict):
        return {name: plain(held) for name, held in value.items() if held is not None}
    return [plain(each) for each in value] if isinstance(value, list) else value


def read(text: str | None, kind: pa.DataType) -> Any:
    """The value; digits are those of a float32, which may do without a point."""
    if text is None:
        return None
    whole = _float32 if pa.types.is_floating(kind) else int
    return json.loads(text, parse_float=_float32, parse_int=whole)


def _float32(digits: str) -> float:
    return float(np.float32(digits))


@pytest.mark.parametrize(("kind", "values"), CASES, ids=lambda case: str(case)[:30])
@given(data=st.data())
def test_each_value_is_its_json(kind: pa.DataType, values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    given = data.draw(st.lists(values, max_size=6))
    start = data.draw(st.integers(0, len(given)))
    array = pa.array(given, kind).slice(start)
    assert [read(text, kind) for text in texts(array).to_pylist()] == list(map(plain, array.to_pylist()))


@given(st.lists(STRINGS, min_size=1, max_size=5))
def test_an_object_a_row_of_the_fields_that_have_a_value(names: list[str | None]) -> None:
    rows = objects(['a "b"', "c"], [pa.array(names, pa.string()), pa.array(range(len(names)))]).to_pylist()
    wanted = [({} if name is None else {'a "b"': name}) | {"c": row} for row, name in enumerate(names)]
    assert [json.loads(row) for row in rows] == wanted
    nothing = objects(["a"], [pa.nulls(len(names), pa.string())]).to_pylist()
    assert nothing == ["{}"] * len(names)


def test_json_has_no_infinity_and_floats_are_short() -> None:
    assert texts(pa.array([0.9, math.inf, math.nan, 1e-7], pa.float32())).to_pylist() == ["0.9", None, None, "1e-7"]
