"""Parameters of a space: what they may be, and what is drawn of them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from emotion.tuning.parameter import Parameter

INTEGERS = st.tuples(st.integers(1, 50), st.integers(0, 50)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@st.composite
def parameters(draw: st.DrawFn) -> Parameter:
    """Any valid parameter."""
    low, high = draw(INTEGERS)
    kinds: list[dict[str, Any]] = [
        {"integer": (low, high)},
        {"integer": (low, high), "log": True},
        {"integer": (low, high), "step": draw(st.integers(1, 20))},
        {"uniform": (-low, high)},
        {"uniform": (low, high), "step": draw(st.floats(0.01, 3))},
        {"loguniform": (low / 1000, high)},
        {"choice": draw(st.lists(st.one_of(st.booleans(), st.text(max_size=3)), min_size=1, unique=True))},
        {"options": {"small": {"model.hidden": 4}, "large": {"model.hidden": 8}}},
    ]
    return Parameter.model_validate(draw(st.sampled_from(kinds)))


@given(parameters(), st.floats(0, 1, exclude_max=True), st.integers(0, 99))
def test_whatever_is_drawn_changed_or_in_a_grid_is_a_value(parameter: Parameter, share: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    drawn = parameter.at(share)
    assert parameter.holds(drawn)
    assert parameter.holds(parameter.changed(drawn, random))
    assert all(map(parameter.holds, parameter.points()))
    assert all(map(parameter.holds, parameter.edges()))


def test_a_value_is_the_one_that_is_written_so() -> None:
    parameter = Parameter(choice=(1, True, 0.0, False))
    assert [repr(parameter.own(value)) for value in (True, 1, False, 0)] == ["True", "1", "False", "0.0"]


def test_an_end_of_many_digits_is_not_passed() -> None:
    parameter = Parameter(uniform=(0, 0.9999999))
    assert parameter.edges() == (0, 0.9999999)
    assert parameter.holds(parameter.at(0.99999999))


def test_every_integer_is_drawn_equally_often() -> None:
    parameter = Parameter(integer=(3, 6))
    drawn = [parameter.at(share) for share in np.linspace(0, 1, 4000, endpoint=False)]
    assert [drawn.count(value) for value in (3, 4, 5, 6)] == pytest.approx([1000] * 4, abs=1)


def test_a_logarithmic_range_is_drawn_by_its_logarithm() -> None:
    parameter = Parameter(loguniform=(1e-4, 1e-2))
    assert parameter.at(0.5) == pytest.approx(1e-3)


def test_a_step_is_kept() -> None:
    parameter = Parameter(integer=(8, 64), step=8)
    assert {parameter.at(share) for share in np.linspace(0, 1, 99, endpoint=False)} == set(range(8, 65, 8))
    assert tuple(parameter.points()) == tuple(range(8, 65, 8))


def test_a_grid_takes_as_many_values_as_it_says() -> None:
    assert tuple(Parameter(uniform=(0, 1), grid=3).points()) == (0.0, 0.5, 1.0)
    assert tuple(Parameter(loguniform=(0.001, 0.1), grid=3).points()) == (0.001, 0.01, 0.1)
    assert tuple(Parameter(integer=(1, 3)).points()) == (1, 2, 3)


def test_a_population_moves_a_number_by_a_fifth_and_a_choice_to_its_neighbour() -> None:
    random = np.random.default_rng(0)
    moved = {Parameter(uniform=(0, 10)).changed(5.0, random, again=0) for _ in range(20)}
    assert moved == {4.0, 6.0}
    choice = Parameter(choice=("a", "b", "c"))
    assert {choice.changed("b", random, again=0) for _ in range(20)} == {"a", "c"}
    assert {choice.changed("c", random, again=0) for _ in range(20)} == {"b", "c"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "name exactly one of"),
        ({"uniform": (0, 1), "choice": ("a",)}, "name exactly one of"),
        ({"uniform": (2, 1)}, "holds nothing"),
        ({"loguniform": (0, 1)}, "begins above 0"),
        ({"integer": (0, 8), "log": True}, "begins above 0"),
        ({"uniform": (1, 2), "log": True}, "write loguniform"),
        ({"integer": (0, 8), "step": 0.5}, "there a whole number"),
        ({"choice": ("a",), "step": 1}, "for ranges of numbers"),
        ({"choice": ()}, "at least 1 item"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Parameter.model_validate(given)


def test_a_grid_by_the_logarithm_takes_both_ends_and_what_lies_nearest_between() -> None:
    assert tuple(Parameter(integer=(8, 128), log=True, grid=5).points()) == (8, 16, 32, 64, 128)


def test_an_integer_drawn_by_its_logarithm_owns_the_stretch_up_to_the_next() -> None:
    parameter = Parameter(integer=(1, 3), log=True)
    drawn = [parameter.at(share) for share in np.linspace(0, 1, 4000, endpoint=False)]
    assert [drawn.count(value) for value in (1, 2, 3)] == pytest.approx([2000, 1170, 830], abs=2)
