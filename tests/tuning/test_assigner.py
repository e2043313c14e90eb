"""The book of trials: numbers, what is left after a kill, and what becomes of each."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from emotion.errors import ConfigError, UsageError
from emotion.report.search.found import Trial
from emotion.tuning.assigner import Assigner
from emotion.tuning.folder import Round, SearchFolder
from emotion.tuning.space import Values, read_space
from tests.tuning.made import space, write


class Recorder:
    """A proposer that keeps what it is told; it has values for numbers below 9."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    def propose(self, number: int) -> Values | None:
        return {"x": number} if number < 9 else None

    def adopt(self, number: int, values: Values) -> None:
        self.heard.append(("adopt", number, values["x"]))

    def tell(self, number: int, values: Values, scores: Sequence[float] | None, epochs: int, whole: bool) -> None:
        self.heard.append(("tell", number, scores, whole))


def assigner(round: Round, count: int | None, proposer: Recorder | None = None) -> Assigner:
    return Assigner(round, proposer or Recorder(), ("quality",), count, lambda number: 100 + number)


def handed_out(book: Assigner) -> list[tuple[int, int]]:
    return [(given.number, given.seed) for given in iter(book.next, None)]


def test_each_trial_is_handed_out_once_and_is_on_record(tmp_path: Path) -> None:
    round = Round(tmp_path)
    assert handed_out(assigner(round, 3)) == [(0, 100), (1, 101), (2, 102)]
    assert [(trial.number, trial.status) for trial in round.trials()] == [
        (0, "running"),
        (1, "running"),
        (2, "running"),
    ]


def test_without_a_number_trials_end_with_the_proposals(tmp_path: Path) -> None:
    book = assigner(Round(tmp_path), None)
    assert book.left is None
    assert len(handed_out(book)) == 9


def test_after_a_kill_the_unfinished_come_first_and_the_finished_not_again(tmp_path: Path) -> None:
    round = Round(tmp_path)
    for number, status in enumerate(("finished", "running", "failed", "stopped")):
        quality = None if status == "failed" else 0.5
        round.of(number).write(Trial(number, {"x": 10 + number}, 7, status, quality))  # type: ignore[arg-type]
    proposer = Recorder()
    book = assigner(round, 6, proposer)
    assert (book.done, book.left) == (3, 3)
    assert proposer.heard == [
        ("tell", 0, [0.5], True),
        ("adopt", 1, 11),
        ("tell", 2, None, False),
        ("tell", 3, [0.5], False),
    ]
    assert handed_out(book) == [(1, 7), (4, 104), (5, 105)]


@pytest.mark.parametrize(
    ("trial", "lost", "status"),
    [
        (Trial(0, {"x": 1}, 1, "finished", 0.5), "", "finished"),
        (Trial(0, {"x": 1}, 1, "running", 0.5), "", "stopped"),
        (Trial(0, {"x": 1}, 1, "running"), "", "failed"),
        (Trial(0, {"x": 1}, 1, "running", 0.5), "its process was lost", "failed"),
    ],
)
def test_what_became_of_a_trial_goes_on_record(tmp_path: Path, trial: Trial, lost: str, status: str) -> None:
    round, proposer = Round(tmp_path), Recorder()
    book = assigner(round, 1, proposer)
    book.next()
    round.of(0).write(trial)
    settled = book.settle(0, lost)
    assert settled is not None
    assert settled.status == status
    assert round.trials()[0].status == status
    assert proposer.heard[-1] == ("tell", 0, None if status == "failed" else [0.5], status == "finished")


def test_what_the_budget_interrupts_is_unfinished_and_spends_it(tmp_path: Path) -> None:
    round = Round(tmp_path)
    book = assigner(round, 4)
    for _ in range(3):
        book.next()
    round.of(0).write(Trial(0, {"x": 0}, 1, "finished", 0.5, ended=10.0))
    round.of(1).write(Trial(1, {"x": 1}, 1, "finished", 0.5, ended=55.0))  # nobody was told of its end
    book.settle(0)
    assert book.interrupt(60.0) == 1
    assert [(trial.status, trial.ended) for trial in round.trials()] == [
        ("finished", 10.0),
        ("finished", 55.0),
        ("running", 60.0),
    ]
    assert handed_out(assigner(round, 4)) == [(2, 102), (3, 103)]


def test_a_folder_holds_one_search(tmp_path: Path) -> None:
    first = space(tmp_path)
    with (
        SearchFolder(tmp_path / "out", first, tmp_path),
        pytest.raises(UsageError, match="Another process searches in"),
        SearchFolder(tmp_path / "out", first, tmp_path),
    ):
        pass
    more, other = (read_space(tmp_path / "space.yaml", [change]) for change in ("search.trials=60", "search.seed=5"))
    with SearchFolder(tmp_path / "out", more, tmp_path):
        pass
    with pytest.raises(ConfigError, match="differs in search seed"), SearchFolder(tmp_path / "out", other, tmp_path):
        pass


def test_other_data_are_another_search(tmp_path: Path) -> None:
    path = write(tmp_path)
    with SearchFolder(tmp_path / "out", space(tmp_path), tmp_path):
        pass
    (tmp_path / "single-train.txt").write_text("happy;joy\nfurious;anger\nscared;fear\n")
    with (
        pytest.raises(ConfigError, match=r"differs in data single-train\.txt"),
        SearchFolder(tmp_path / "out", read_space(path), tmp_path),
    ):
        pass


def test_data_that_only_an_option_names_may_not_change_either(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("happy;joy\n")
    options = {"few": {"model.hidden": 4}, "more": {"sets.single.train": ["single-train.txt", "more.txt"]}}
    path = write(tmp_path, parameters={"data": {"options": options}})
    with SearchFolder(tmp_path / "out", read_space(path), tmp_path):
        pass
    (tmp_path / "more.txt").write_text("furious;anger\nhappy;joy\n")
    with (
        pytest.raises(ConfigError, match=r"differs in data more\.txt"),
        SearchFolder(tmp_path / "out", read_space(path), tmp_path),
    ):
        pass
