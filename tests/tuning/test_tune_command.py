"""`emotion tune` before anything runs, and what it shows; searches themselves are tested on a real cluster."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from emotion.cli import run
from emotion.commands.shown import found as summary
from emotion.commands.shown import search as view
from emotion.commands.shown.search import ConsoleListener
from emotion.errors import UsageError
from emotion.models.registry import Registry
from emotion.report.search.found import Candidate, Found, Measured, Trial
from emotion.tuning.options import Machines, machines
from emotion.tuning.ray_tune import reason_of
from emotion.tuning.schedulers import Earlier, Explorer, longest, scheduler_of, teach
from emotion.tuning.search import at_once
from tests.models.made import bundle
from tests.tuning.made import PARAMETERS, space, write

RATE = "stages.*.optimiser.learning_rate"


def test_faults_of_a_space_are_told_before_anything_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, search={})
    assert run(["tune", "--space", str(path), "--to", str(tmp_path / "out"), "--data", str(tmp_path)]) == 1
    assert "say how long" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--ray", "off"], "A search needs Ray"),
        (["--gpu", "1.5"], "a share of one GPU, whole ones, or auto"),
        (["--gpu", "much"], "a share of one GPU, whole ones, or auto"),
        (["--name", "shipped"], "is no name for a model"),
        (["--track", "paper"], "is none of"),
        (["--set", "search.trials"], "expected a.b=value"),
    ],
)
def test_wrong_use_is_a_sentence(
    tmp_path: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tune", "--space", str(write(tmp_path)), "--to", str(tmp_path / "out"), *options]) == 2
    assert said in capsys.readouterr().err


def test_a_space_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tune", "--space", str(tmp_path / "none.yaml"), "--to", str(tmp_path / "out")]) == 2
    assert "none.yaml cannot be read" in capsys.readouterr().err


def test_a_data_root_without_the_files_is_told_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = write(tmp_path)
    assert run(["tune", "--space", str(made), "--to", str(tmp_path / "out"), "--data", str(tmp_path / "typo")]) == 1
    assert "There is no labelled set at" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_trial_needs_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "head:6379")
    asked = machines("auto", 2, "0.25", None)
    assert (asked.address, asked.needs, asked.device) == ("head:6379", {"CPU": 2.0, "GPU": 0.25}, "auto")
    assert machines("local", 1, "0", 3).device == "cpu"
    with pytest.raises(UsageError, match="leave out --ray off"):
        machines("off", 1, "0", None)


def test_the_terminal_tells_each_trial_with_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(view, "Console", lambda **_: Console(file=said, width=200))
    with ConsoleListener() as listener:
        listener.round("trials", 3, 1, Trial(0, {"model.cell": "gru"}, 1, "finished", 0.7))
        listener.epoch(1, {"epochs": 2, "quality": 0.5})
        listener.settled(Trial(1, {"model.cell": "gru"}, 1, "finished", 0.5, history=[{"select": 0.5}]))
        listener.settled(Trial(2, {"model.cell": "lstm"}, 1, "failed", reason="Training diverged."))
        Console(file=said, width=200).print(listener._view())
    shown = said.getvalue()
    assert "trials: going on, 1 of 3 are done" in shown
    assert "trial 1: finished, 0.5000, 1 epoch, cell=gru; best so far 0.7000, trial 0" in shown
    assert "trial 2: failed, 0 epochs, cell=lstm, Training diverged.; best so far 0.7000" in shown
    assert "best: trial 0, 0.7000, cell=gru" in shown


def test_what_was_found_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(summary, "Console", lambda: Console(file=said, width=200))
    trial = Trial(3, {"model.cell": "gru"}, 1, "finished", 0.75, 12345.0, 2_000_000)
    found = Found(
        *("tiny", ("model.cell",), ("quality",), "random", "none", (trial,), ""),
        candidates=(Candidate("trial 3", 3, {}, (0.7, 0.8), 0.75, 0.05),),
        winner="trial 3",
        test=(Measured("winner", {"single.test.emotion.macro_f1": 0.5}),),
    )
    summary.print_found(found)
    for part in (
        "Best of 1 trial\n",
        "12,300",
        "2.0 MB",
        "trial 3 ★",
        "0.7000",
        "single.test.emotion.macro_f1",
        "0.5000",
    ):
        assert part in said.getvalue()


def test_what_was_found_is_whole_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(summary, "Console", lambda: Console(file=said, width=80))
    values = {"model.pooling": ["max", "attention"], "optimiser.learning_rate": 0.001234, "rate": "warm up and cosine"}
    trials = tuple(Trial(number, values, 1, "finished", 0.7) for number in range(5))
    summary.print_found(Found("tiny", tuple(values), ("quality",), "random", "none", trials, ""))
    assert "…" not in said.getvalue()
    assert all(name in said.getvalue() for name in ("pooling", "0.001234", "cosine"))


def test_a_winner_that_no_test_split_measured_says_so_in_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(summary, "Console", lambda: Console(file=said, width=200))
    summary.print_found(Found(*("tiny", (), ("quality",), "random", "none", (), ""), winner="trial 3"))
    assert "No set of the recipe has a test split" in said.getvalue()


def test_a_name_that_is_taken_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_MODELS", str(tmp_path / "models"))
    bundle().save(tmp_path / "bundle")
    Registry().add(tmp_path / "bundle", "fast")
    Registry().promote("fast", "production")
    typed = ["tune", "--space", str(write(tmp_path)), "--to", str(tmp_path / "out"), "--data", str(tmp_path)]
    for name, said in (("fast", "'fast' is model "), ("production", "'production' is an alias of fast already")):
        assert run([*typed, "--name", name]) == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    Registry().check_free("fast", tmp_path / "bundle")  # what a search that is given again has put there


def test_a_population_is_not_run_a_few_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, search={"scheduler": "pbt", "trials": 4})
    typed = ["tune", "--space", str(path), "--to", str(tmp_path / "out"), "--data", str(tmp_path), "--at-once", "1"]
    assert run(typed) == 2
    assert "--at-once is not for a population (pbt)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("nodes", "workers", "asked", "room"),
    [
        ([{"CPU": 16.0}], 8, Machines(threads=4), 4),  # 8 GiB are enough for four
        ([{"CPU": 16.0}], 2, Machines(threads=4), 2),
        ([{"CPU": 16.0, "GPU": 1.0}, {"CPU": 2.0, "GPU": 2.0}], 18, Machines(gpu=0.5), 4),
        ([{"CPU": 16.0}], 16, Machines(at_once=3), 3),
    ],
)
def test_trials_beside_each_other_are_as_many_as_cpus_and_memory_hold(
    nodes: list[dict[str, float]],
    workers: int,
    asked: Machines,
    room: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ray.nodes", lambda: [{"Alive": True, "Resources": node} for node in nodes])
    assert at_once(workers, asked) == room


# Schedulers, without a cluster


def trial(number: int, *qualities: float) -> Trial:
    return Trial(number, {}, 1, "finished", max(qualities), history=[{"select": one} for one in qualities])


@pytest.mark.parametrize("name", ["asha", "median"])
def test_a_scheduler_compares_with_the_trials_of_an_earlier_attempt(tmp_path: Path, name: str) -> None:
    found = space(tmp_path, search={"trials": 9, "scheduler": name, "reduction": 2})
    scheduler: Any = scheduler_of(found)
    scheduler.set_search_properties("quality", "max")
    teach(scheduler, [trial(number, 0.8, 0.85, 0.9) for number in range(4)])
    worse, better = Earlier(trial(8, 0.1, 0.1)), Earlier(trial(9, 0.95, 0.95))
    for live in (worse, better):
        scheduler.on_trial_add(None, live)
    assert scheduler.on_trial_result(None, worse, worse.results[0]) == "STOP"
    assert scheduler.on_trial_result(None, better, better.results[0]) == "CONTINUE"


def test_what_an_earlier_trial_reached_is_told_stage_by_stage_as_it_was_then() -> None:
    history = [{"stage": stage, "select": select} for stage, select in ((1, 0.9), (1, 0.8), (2, 0.5), (2, 0.6))]
    results = Earlier(Trial(0, {}, 0, history=history)).results
    assert [result["quality"] for result in results] == [0.9, 0.9, 0.5, 0.6]


def test_trials_that_reach_their_last_epoch_are_not_called_stopped(tmp_path: Path) -> None:
    epochs = {"stages.0.epochs": {"integer": [2, 9]}}
    assert longest(space(tmp_path, parameters=epochs)) == 9


def test_a_population_changes_only_what_may_change(tmp_path: Path) -> None:
    found = space(tmp_path, parameters=PARAMETERS, search={"trials": 4, "scheduler": "pbt"})
    given = {"number": 3, "seed": 1, "values": '{"model.cell": "gru", "model.hidden": 8, "%s": 0.01}' % RATE}  # noqa: UP031
    changed = {Explorer(found)({"given": given})["given"]["values"] for _ in range(1)}
    (text,) = changed
    assert '"model.hidden": 8' in text
    assert '"model.cell": "gru"' in text
    assert f'"{RATE}": 0.01}}' not in text


def test_why_a_process_was_lost_is_one_line() -> None:
    class Lost:
        def get_error(self) -> str:
            return "Traceback\n  File x\nray.exceptions.OutOfMemoryError: Task was killed: the node runs low on memory"

    assert reason_of(Lost()).startswith("ray.exceptions.OutOfMemoryError: Task was killed")
    assert reason_of(object()) == "Ray does not say why"
