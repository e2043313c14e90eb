"""The shipped tests, and what the shipped model makes of them."""

import re
from pathlib import Path

import pytest

from emotion.evaluation.checks.kinds import Direction, Minimum
from emotion.evaluation.checks.reading import Suite, read_suite, shipped
from emotion.evaluation.checks.run import Outcome, by_capability, run
from emotion.predictor import Predictor

PAGE = (Path(__file__).parents[3] / "docs/checks.md").read_text(encoding="utf-8")
EMOTIONS = {"sadness", "joy", "love", "anger", "fear", "surprise"}


@pytest.fixture(scope="module")
def suite() -> Suite:
    return read_suite(shipped())


@pytest.fixture(scope="module")
def outcomes(suite: Suite) -> list[Outcome]:
    return run(suite, Predictor.load())


def test_they_ask_for_every_emotion_and_for_none(suite: Suite) -> None:
    tests = [test for test, _ in suite.tests]
    expected = {label for test in tests if isinstance(test, Minimum) for label in test.expect}
    assert expected >= EMOTIONS | {"felt", "none"}
    assert {test.kind for test in tests} == {"minimum", "invariance", "direction"}
    assert {test.score for test in tests if isinstance(test, Direction)} >= {"joy", "sadness", "anger", "fear"}
    assert sum(len(test.templates) for test in tests) >= 100
    assert suite.cases > 500


def test_each_test_has_cases_enough_for_its_rate(suite: Suite) -> None:
    assert [test.name for test, cases in suite.tests if len(cases) < 20] == []


def test_the_shipped_model_fails_no_more_often_than_is_known(outcomes: list[Outcome]) -> None:
    assert [(each.test.name, round(each.rate, 3)) for each in outcomes if each.status not in ("passed", "known")] == []


def test_what_is_known_is_no_excuse_for_more(outcomes: list[Outcome]) -> None:
    """A weakness that was mended is no longer known: `known` lies within ten points of what is measured."""
    stale = [each.test.name for each in outcomes if each.test.known is not None and each.test.known - each.rate > 0.1]
    assert stale == []


def test_the_page_lists_every_capability_and_perturbation(outcomes: list[Outcome]) -> None:
    from emotion.evaluation.checks.perturb import PERTURBATIONS

    listed = re.findall(r"^\| ([a-z ]+) \| (\d+) \| ([\d,]+) \|", PAGE, re.MULTILINE)
    counted = {
        name: (str(len(members)), f"{sum(each.cases for each in members):,}")
        for name, members in by_capability(outcomes).items()
    }
    assert {name: (tests, cases) for name, tests, cases in listed} == counted
    assert all(f"`{name}`" in PAGE for name in PERTURBATIONS)
