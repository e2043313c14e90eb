"""Memory: how many trials share a GPU, and what becomes of those that found too little of it. No GPU is needed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emotion.errors import UsageError
from emotion.report.search.found import Trial
from emotion.tuning.assigner import Assigner
from emotion.tuning.folder import Round
from emotion.tuning.footprint import CONTEXT_BYTES, postpone, share
from emotion.tuning.options import Machines
from emotion.tuning.proposing.chance import Chance
from emotion.tuning.ray_tune import Engine
from emotion.tuning.rounds import Rounds
from emotion.tuning.trial import Work
from tests.tuning.made import space
from tests.tuning.test_assigner import assigner

GIB = 1 << 30


def measured(gib: float, room: float = 24.0) -> Trial:
    return Trial(0, {}, 1, "finished", 0.5, memory=int(gib * GIB), room=int(room * GIB))


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        ([], None),
        ([Trial(0, {}, 1)], None),
        ([measured(1)], 1 / 11),  # of 24 GiB, 1.5 and what CUDA takes each
        ([measured(1), measured(5), Trial(2, {}, 1)], 1 / 2),
        ([measured(20)], 1.0),
        ([measured(1), measured(1, room=8)], 1 / 3),  # the smaller GPU decides
    ],
)
def test_as_many_share_a_gpu_as_fit_with_half_as_much_again(trials: list[Trial], expected: float | None) -> None:
    found = share(trials)
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-4))
    if found is not None:
        assert found * round(1 / found) <= 1
        assert CONTEXT_BYTES < GIB


def test_what_found_too_little_memory_waits_until_the_others_are_done(tmp_path: Path) -> None:
    book = assigner(Round(tmp_path), 3)
    for _ in range(3):
        book.next()
    Round(tmp_path).of(0).change(postpone)
    assert book.settle(0) is None
    assert book.settle(1, "its process was lost 3 times: the node was running low on memory") is None
    assert (book.settle(2, "its process was lost 3 times: killed") or Trial(9, {}, 0)).status == "failed"
    assert (book.left, book.next(), book.done) == (0, None, 1)
    after_a_kill = assigner(Round(tmp_path), 3)
    assert (after_a_kill.next(), after_a_kill.release()) == (None, 2)
    assert book.release() == 2
    assert [given.number for given in iter(book.next, None)] == [0, 1]
    assert (book.settle(0, "low on memory again") or Trial(9, {}, 0)).reason == "low on memory again"
    assert book.release() == 0


class Listening:
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, line: str) -> None:
        self.notes.append(line)


def rounds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, memory: float | None, machines: Machines, population: bool = False
) -> tuple[list[tuple[float, int, list[int]]], list[str]]:
    """What a round of four trials runs, as GPU share, trials at once, and numbers; trial 2 finds a share too small."""
    ran: list[tuple[float, int, list[int]]] = []

    def run(work: Work, engine: Engine, book: Assigner, listener: Any, scheduler: Any, seconds: Any, most: Any) -> None:
        numbers: list[int] = []
        while len(numbers) < (most or 99) and (given := book.next()) is not None:
            numbers.append(given.number)
            folder = Round(tmp_path).of(given.number)
            trial = Trial(given.number, {}, 1, "finished", 0.5)
            if memory is not None:
                trial.memory, trial.room = int(memory * GIB), 24 * GIB
            if given.number == 2 and work.gpu < 1:
                trial.status = "running"
                postpone(trial)
            folder.write(trial)
            book.settle(given.number)
        ran.append((work.gpu, engine.at_once, numbers))

    monkeypatch.setattr("emotion.tuning.rounds.run_round", run)
    listener: Any = Listening()
    (tmp_path / "space").mkdir()
    made = space(tmp_path / "space")
    work = Work(made, tmp_path, tmp_path, tmp_path, 0.0, gpu=machines.gpu, population=population)
    book = Assigner(Round(tmp_path), Chance(made), ("quality",), 4, lambda number: 1)
    every = Rounds(machines, lambda asked: asked.at_once or int(1 / asked.gpu), None, listener)
    every.carry_out(work, book, Round(tmp_path).trials)
    return [one for one in ran if one[2]], listener.notes


AUTO = Machines(gpu=1.0, measured=True)


def test_one_trial_is_measured_then_many_share_and_what_did_not_fit_runs_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran, notes = rounds(monkeypatch, tmp_path, 5.0, AUTO)
    assert ran == [(1.0, 1, [0]), (1 / 2, 2, [1, 2, 3]), (1.0, 1, [2])]
    assert any("2 share one" in note for note in notes)
    assert notes[-1] == "1 found too little memory beside others, and run again, one at a time"


def test_what_cannot_be_measured_has_a_gpu_for_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran, notes = rounds(monkeypatch, tmp_path, None, AUTO)
    assert [one[0] for one in ran] == [1.0, 1.0]
    assert "could not be measured" in notes[-1]


def test_a_share_that_is_named_is_not_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran, _ = rounds(monkeypatch, tmp_path, 5.0, replace(AUTO, gpu=0.25, measured=False))
    assert ran == [(0.25, 4, [0, 1, 2, 3]), (1.0, 1, [2])]


def test_a_population_names_its_share(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name a share"):
        rounds(monkeypatch, tmp_path, 5.0, AUTO, population=True)
