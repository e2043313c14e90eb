"""Who proposes: chance, grid and Optuna, also when a search goes on after a kill."""

from pathlib import Path
from typing import Any

import pytest

from emotion.errors import ConfigError
from emotion.tuning.proposing.bayes import STARTUP, Bayes
from emotion.tuning.proposing.chance import Chance
from emotion.tuning.proposing.grid import Grid
from emotion.tuning.proposing.proposer import Proposer
from emotion.tuning.search import proposer_of
from emotion.tuning.space import Space, Values
from tests.tuning.made import space

NUMBERS = {"model.hidden": {"integer": [1, 20]}, "model.head_dropout": {"uniform": [0, 0.9]}}


@pytest.fixture
def made(tmp_path: Path) -> Space:
    return space(tmp_path)


def start(folder: Path, searcher: str, **more: Any) -> Space:
    return space(folder, search={"trials": 6, "searcher": searcher} | more)


def known_best(values: Values) -> float:
    """Highest, 0, where hidden is 15 and dropout 0.3."""
    return float(-abs(values["model.hidden"] - 15) / 20 - abs(values["model.head_dropout"] - 0.3))


@pytest.mark.parametrize("searcher", ["random", "grid"])
def test_values_hang_on_the_number_alone(tmp_path: Path, searcher: str) -> None:
    parameters = {"model.hidden": {"integer": [4, 6]}, "model.cell": {"choice": ["gru", "lstm"]}}
    found = space(tmp_path, search={"trials": 6, "searcher": searcher}, parameters=parameters)
    once, again = proposer_of(found), proposer_of(found)
    first = [once.propose(number) for number in range(6)]
    assert [again.propose(number) for number in (4, 2, 5)] == [first[4], first[2], first[5]]


def test_another_seed_draws_others(tmp_path: Path) -> None:
    one, other = (Chance(start(tmp_path, "random", seed=seed)) for seed in (0, 1))
    assert one.propose(0) != other.propose(0)


def test_a_grid_has_each_combination_once(made: Space, tmp_path: Path) -> None:
    parameters = {
        "model.pooling": {"choice": [["max"], ["attention"]]},
        "model.attention_dim": {"integer": [2, 4], "when": {"model.pooling": [["attention"]]}},
        "model.head_dropout": {"uniform": [0, 0.5], "grid": 2},
    }
    grid = Grid(space(tmp_path, search={"searcher": "grid"}, parameters=parameters))
    values = [grid.propose(number) for number in range(8)]
    assert grid.count(100) == (1 + 3) * 2
    assert len({str(one) for one in values}) == len(values)
    assert grid.propose(8) is None


def test_of_a_grid_without_end_no_more_is_made_than_is_asked_for(tmp_path: Path) -> None:
    parameters = {f"model.{name}": {"uniform": [0, 0.5], "grid": 500} for name in ("head_dropout", "embedding_dropout")}
    parameters |= {
        "model.hidden": {"integer": [4, 500]},
        "stages.*.optimiser.clip": {"uniform": [1, 9], "step": 1e-5},
    }
    grid = Grid(space(tmp_path, search={"searcher": "grid", "trials": 5}, parameters=parameters))
    assert grid.count(5) == 5
    assert grid.propose(5) is not None
    with pytest.raises(ConfigError, match=r"more than 100,000 combinations; name search\.trials"):
        space(tmp_path, search={"searcher": "grid"}, parameters=parameters)
    parameters["stages.*.optimiser.clip"]["step"] = 1e-9
    with pytest.raises(ConfigError, match="clip: a grid over its values has no end"):
        space(tmp_path, search={"searcher": "grid", "trials": 5}, parameters=parameters)


@pytest.mark.parametrize("searcher", ["random", "optuna"])
def test_a_start_equal_to_a_choice_is_that_choice(tmp_path: Path, searcher: str) -> None:
    parameters = {"model.head_dropout": {"choice": [0.0, 0.2]}, "model.cell": {"choice": ["gru", "lstm"]}}
    found = proposer_of(
        space(
            tmp_path,
            search={"trials": 3, "searcher": searcher, "start": [{"model.head_dropout": 0}]},
            parameters=parameters,
        )
    )
    proposed = found.propose(0)
    assert proposed is not None
    assert repr(proposed["model.head_dropout"]) == "0.0"
    found.tell(0, proposed, (0.5,), 1, True)


@pytest.mark.parametrize("searcher", ["random", "optuna"])
def test_starting_points_come_first_and_are_completed(tmp_path: Path, searcher: str) -> None:
    given: list[dict[str, Any]] = [
        {"model.cell": "lstm", "model.pooling": ["attention"], "model.attention_dim": 7},
        {"model.hidden": 5},
    ]
    found = start(tmp_path, searcher, start=given)
    proposer = proposer_of(found)
    first, second = proposer.propose(0), proposer.propose(1)
    assert first is not None
    assert second is not None
    assert given[0].items() <= first.items()
    assert given[1].items() <= second.items()
    assert found.complete(first)
    assert found.complete(second)


def test_optuna_proposes_whole_conditional_values(tmp_path: Path) -> None:
    found = start(tmp_path, "optuna")
    proposer = Bayes(found)
    for number in range(STARTUP + 6):
        values = proposer.propose(number)
        assert found.complete(values)
        assert all(found.parameters[name].holds(value) for name, value in values.items())
        proposer.tell(number, values, [number / 10], 3, True)


def test_optuna_comes_nearer_to_a_known_best_than_chance(tmp_path: Path) -> None:
    found = space(tmp_path, parameters=NUMBERS, search={"trials": 40, "searcher": "optuna"})
    means = []
    for proposer in (Bayes(found), Chance(found)):
        reached = []
        for number in range(40):
            values = proposer.propose(number)
            reached.append(known_best(values))
            proposer.tell(number, values, [reached[-1]], 1, True)
        means.append(sum(reached[STARTUP:]) / 30)
    assert means[0] > means[1] + 0.1


def test_optuna_told_again_goes_on(tmp_path: Path) -> None:
    """What is finished, stopped, failed and still running is all taken up again."""
    found = space(tmp_path, parameters=NUMBERS, search={"trials": 40, "searcher": "optuna"})
    before = Bayes(found)
    told: list[tuple[int, Values, list[float] | None, bool]] = []
    for number in range(20):
        values = before.propose(number)
        told.append((number, values, None if number == 3 else [known_best(values)], number != 5))
    after = Bayes(found)
    for number, values, scores, whole in told[:18]:
        after.tell(number, values, scores, 2, whole)
    for number, values, *_ in told[18:]:
        after.adopt(number, values)
    reached = []
    for number in range(20, 40):
        values = after.propose(number)
        reached.append(known_best(values))
        after.tell(number, values, [reached[-1]], 2, True)
    after.tell(18, told[18][1], [0.0], 3, True)
    assert sum(reached) / 20 > -0.35  # by chance it is -0.5


def test_a_search_that_goes_on_does_not_draw_its_first_values_again(tmp_path: Path) -> None:
    found = start(tmp_path, "optuna", start=[{"model.cell": "lstm"}, {"model.cell": "gru"}])
    whole = Bayes(found)
    values = [whole.propose(number) for number in range(6)]
    assert len({str(one) for one in values}) == 6
    for known in (1, 3):
        later = Bayes(found)
        for number in range(known):
            later.tell(number, values[number], [0.5], 3, True)
        assert [later.propose(number) for number in range(known, 6)] == values[known:]


def test_optuna_takes_several_objectives(tmp_path: Path) -> None:
    found = space(
        tmp_path,
        parameters=NUMBERS,
        search={"trials": 20, "searcher": "optuna", "objectives": ["quality", "speed", "size"]},
    )
    proposer = Bayes(found)
    for number in range(20):
        values = proposer.propose(number)
        proposer.tell(
            number, values, [known_best(values), 100 / values["model.hidden"], values["model.hidden"]], 1, False
        )


def test_each_searcher_has_its_name(tmp_path: Path) -> None:
    kinds: dict[str, type[Proposer]] = {"random": Chance, "grid": Grid, "optuna": Bayes}
    assert all(isinstance(proposer_of(start(tmp_path, name)), kind) for name, kind in kinds.items())
