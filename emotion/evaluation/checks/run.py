"""Run tests on a model: how often each fails, and with which texts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from emotion.evaluation.checks.kinds import Case, Fault, Reading, Test
from emotion.evaluation.checks.reading import Suite
from emotion.prediction import Predictions

Status = Literal["passed", "known", "failed", "left out"]
Predict = Callable[[Sequence[str]], Predictions]


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that failed: its text, or the texts before and after the change; what was wanted and what was found."""

    texts: Case
    fault: Fault


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test on one model; `unknown` holds labels that the model lacks, and the test is then left out."""

    test: Test
    cases: int
    failures: tuple[Failure, ...]
    unknown: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """Share of the cases that failed, 0 without cases."""
        return len(self.failures) / self.cases if self.cases else 0.0

    @property
    def status(self) -> Status:
        """Passed: no more cases failed than is allowed. Known: no more than is known. Left out: nothing was asked."""
        if self.unknown:
            return "left out"
        if self.rate <= self.test.allowed:
            return "passed"
        return "known" if self.rate <= (self.test.known or 0) else "failed"

    def document(self, examples: int | None = None) -> dict[str, Any]:
        """The outcome for programs, with at most so many failures."""
        test = self.test
        named = {"name": test.name, "capability": test.capability, "kind": test.kind, "note": test.note}
        return named | {
            "cases": self.cases,
            "failed": len(self.failures),
            "rate": self.rate,
            "allowed": test.allowed,
            "known": test.known,
            "status": self.status,
            "unknown": list(self.unknown),
            "failures": [
                {"texts": list(failure.texts), "wanted": failure.fault.wanted, "found": failure.fault.found}
                for failure in self.failures[:examples]
            ],
        }


def run(suite: Suite, predict: Predict) -> list[Outcome]:
    """Every test of the suite; each text is predicted once."""
    texts = list(dict.fromkeys(text for _, cases in suite.tests for case in cases for text in case))
    predictions = predict(texts)
    known = {*predictions.labels, *predictions.profile_labels}
    readings = dict(zip(texts, _readings(predictions), strict=True))
    return [_outcome(test, cases, readings, known) for test, cases in suite.tests]


def by_capability(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Outcomes of each capability, in order of appearance."""
    grouped: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        grouped.setdefault(outcome.test.capability, []).append(outcome)
    return grouped


def document(outcomes: Sequence[Outcome], model: str, examples: int | None = None) -> dict[str, Any]:
    """All outcomes for programs."""
    return {
        "model": model,
        "statuses": Counter(outcome.status for outcome in outcomes),
        "cases": sum(outcome.cases for outcome in outcomes),
        "failed": sum(len(outcome.failures) for outcome in outcomes),
        "capabilities": [_capability(name, members) for name, members in by_capability(outcomes).items()],
        "tests": [outcome.document(examples) for outcome in outcomes],
    }


def _capability(name: str, members: Sequence[Outcome]) -> dict[str, Any]:
    cases, failed = sum(each.cases for each in members), sum(len(each.failures) for each in members)
    return {
        "capability": name,
        "tests": len(members),
        "cases": cases,
        "failed": failed,
        "rate": failed / cases if cases else 0.0,
    }


def _outcome(test: Test, cases: Sequence[Case], readings: Mapping[str, Reading], known: set[str]) -> Outcome:
    if unknown := tuple(label for label in dict.fromkeys(test.labels) if label not in known):
        return Outcome(test, 0, (), unknown)
    judged = [(case, test.fault([readings[text] for text in case])) for case in cases]
    return Outcome(test, len(cases), tuple(Failure(case, fault) for case, fault in judged if fault is not None))


def _readings(predictions: Predictions) -> Iterator[Reading]:
    """An emotion that both heads know is asked of the primary one."""
    primary = set(predictions.labels)
    for row in predictions.rows():
        profile = frozenset(label for label in row["emotions"] if label not in primary)
        yield Reading(row["emotion"], row["felt"], profile, row["profile"] | row["scores"])
