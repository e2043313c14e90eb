"""What passes and what fails, by models that say what the test wants to see."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from emotion.evaluation.checks.reading import Suite, read_suite
from emotion.evaluation.checks.run import Outcome, document, run
from tests.evaluation.checks.said import Says, model


def suite(folder: Path, *tests: dict[str, Any]) -> Suite:
    named = [{"name": f"test {n}", "capability": "made", **test} for n, test in enumerate(tests)]
    words = {"who": ["Ann", "Bo", "Cy"]}
    (folder / "tests.yaml").write_text(yaml.safe_dump({"lexicon": words, "tests": named}), encoding="utf-8")
    return read_suite([folder / "tests.yaml"])


def outcome(folder: Path, says: Says, profile: Says | None = None, **test: Any) -> Outcome:
    (found,) = run(suite(folder, test), model(says, profile))
    return found


def glad(text: str) -> tuple[dict[str, float], bool]:
    """Joy where the text says glad, else anger; nothing is felt of a question."""
    joy = 0.9 if "glad" in text else 0.2
    return {"joy": joy, "anger": 1 - joy}, "?" not in text


def test_minimum_functionality(tmp_path: Path) -> None:
    found = outcome(tmp_path, glad, kind="minimum", texts=["glad", "so glad", "mad", "glad?"], expect="joy")
    assert found.cases == 4
    assert found.rate == 0.5
    assert [failure.texts for failure in found.failures] == [("mad",), ("glad?",)]
    assert [failure.fault.found for failure in found.failures] == ["anger 0.80", "none (nearest joy 0.90)"]
    assert found.failures[0].fault.wanted == "joy"


@pytest.mark.parametrize(
    ("rule", "passes"),
    [
        ({"expect": ["anger", "joy"]}, True),
        ({"expect": "felt"}, True),
        ({"expect": "none"}, False),
        ({"avoid": "anger"}, True),
        ({"avoid": ["fear", "joy"]}, False),
        ({"expect": "joy", "avoid": "joy"}, False),
    ],
)
def test_what_may_be_expected_or_avoided(tmp_path: Path, rule: dict[str, Any], passes: bool) -> None:
    assert outcome(tmp_path, glad, kind="minimum", texts=["glad"], **rule).failures == () or not passes
    assert (outcome(tmp_path, glad, kind="minimum", texts=["glad"], **rule).rate == 0) is passes


def test_a_label_that_is_not_felt_is_not_said(tmp_path: Path) -> None:
    assert outcome(tmp_path, glad, kind="minimum", texts=["glad?"], avoid="joy").rate == 0
    assert outcome(tmp_path, glad, kind="minimum", texts=["glad?"], expect="none").rate == 0


def test_labels_of_the_profile_are_said_when_they_are_on(tmp_path: Path) -> None:
    def trusting(text: str) -> tuple[dict[str, float], bool]:
        return {"trust": 0.7 if "sure" in text else 0.3, "joy": 0.0}, True

    found = outcome(tmp_path, glad, trusting, kind="minimum", texts=["sure", "hm"], expect="trust")
    assert [failure.texts for failure in found.failures] == [("hm",)]
    up: dict[str, Any] = {"kind": "direction", "score": "trust", "moves": "up", "by": 0.3}
    assert outcome(tmp_path, glad, trusting, pairs=[{"before": "hm", "after": "sure"}], **up).rate == 0


def test_the_primary_head_is_asked_for_labels_that_both_know(tmp_path: Path) -> None:
    def gloomy(text: str) -> tuple[dict[str, float], bool]:
        return {"joy": 0.0}, True

    pairs = [{"before": "mad", "after": "glad"}]
    found = outcome(tmp_path, glad, gloomy, kind="direction", pairs=pairs, score="joy", moves="up", by=0.5)
    assert found.rate == 0


def test_invariance_to_a_perturbation(tmp_path: Path) -> None:
    rule: dict[str, Any] = {
        "kind": "invariance",
        "texts": ["I am glad", "I am mad"],
        "perturb": ["upper", "exclamation"],
    }
    found = outcome(tmp_path, glad, **rule)
    assert found.cases == 4
    assert [failure.texts for failure in found.failures] == [("I am glad", "I AM GLAD")]
    assert found.failures[0].fault.wanted == "joy 0.90"


def test_a_score_may_move_within_the_tolerance(tmp_path: Path) -> None:
    def louder(text: str) -> tuple[dict[str, float], bool]:
        return ({"joy": 0.95} if text.endswith("!!") else {"joy": 0.8}), True

    rule: dict[str, Any] = {"kind": "invariance", "texts": ["glad"], "perturb": "exclamation"}
    assert outcome(tmp_path, louder, **rule).rate == 0
    assert outcome(tmp_path, louder, tolerance=0.2, **rule).rate == 0
    assert outcome(tmp_path, louder, tolerance=0.1, **rule).rate == 1


def test_invariance_across_the_words_of_a_slot(tmp_path: Path) -> None:
    def unfair(text: str) -> tuple[dict[str, float], bool]:
        return {"anger" if "Cy" in text else "joy": 0.9}, True

    found = outcome(tmp_path, unfair, kind="invariance", texts=["{who} is here"], across="who")
    assert found.cases == 2
    assert [failure.texts for failure in found.failures] == [("Ann is here", "Cy is here")]


def test_direction(tmp_path: Path) -> None:
    pairs = [{"before": "{who} is mad", "after": "{who} is glad"}, {"before": "glad", "after": "mad"}]
    rule: dict[str, Any] = {"kind": "direction", "pairs": pairs, "score": "joy"}
    found = outcome(tmp_path, glad, moves="up", **rule)
    assert found.cases == 4
    assert [failure.texts for failure in found.failures] == [("glad", "mad")]
    assert found.failures[0].fault.found == "joy 0.20"
    assert len(outcome(tmp_path, glad, moves="down", **rule).failures) == 3
    assert len(outcome(tmp_path, glad, moves="up", by=0.75, **rule).failures) == 4
    assert len(outcome(tmp_path, glad, moves="up", by=-0.75, **rule).failures) == 0


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        ({"allowed": 0.5}, "passed"),
        ({"allowed": 0.4}, "failed"),
        ({"allowed": 0.1, "known": 0.5, "note": "why"}, "known"),
        ({"allowed": 0.1, "known": 0.4, "note": "why"}, "failed"),
    ],
)
def test_a_test_passes_up_to_the_rate_allowed(tmp_path: Path, limits: dict[str, Any], status: str) -> None:
    found = outcome(tmp_path, glad, kind="minimum", texts=["glad", "mad"], expect="joy", **limits)
    assert found.status == status


def test_a_label_that_the_model_lacks_leaves_the_test_out(tmp_path: Path) -> None:
    found = outcome(tmp_path, glad, kind="minimum", texts=["x"], expect=["joy", "awe"])
    assert (found.status, found.unknown, found.cases) == ("left out", ("awe",), 0)


def test_the_document_counts_what_there_is(tmp_path: Path) -> None:
    tests = (
        {"kind": "minimum", "texts": ["glad", "mad"], "expect": "joy", "allowed": 0.5},
        {"kind": "minimum", "texts": ["mad"], "expect": "joy"},
        {"kind": "minimum", "texts": ["mad"], "expect": "awe", "capability": "other"},
    )
    found = document(run(suite(tmp_path, *tests), model(glad)), "made")
    assert (found["cases"], found["failed"]) == (3, 2)
    assert found["statuses"] == {"passed": 1, "failed": 1, "left out": 1}
    assert [(one["capability"], one["tests"], one["failed"]) for one in found["capabilities"]] == [
        ("made", 2, 2),
        ("other", 1, 0),
    ]
    assert found["tests"][0]["failures"] == [{"texts": ["mad"], "wanted": "joy", "found": "anger 0.80"}]
    assert found["tests"][2]["unknown"] == ["awe"]


def test_each_text_is_predicted_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def counting(texts: Any) -> Any:
        asked.extend(texts)
        return model(glad)(texts)

    rule: dict[str, Any] = {"kind": "minimum", "texts": ["glad", "mad"], "expect": "joy"}
    run(suite(tmp_path, rule, rule), counting)
    assert sorted(asked) == ["glad", "mad"]
