"""What a training shows while it runs: lines for logs, a table and a bar for terminals."""

import pytest

from emotion.commands.shown.epochs import Epochs
from emotion.commands.shown.training import ConsoleWatcher

MEASURES = ("single.emotion.macro_f1", "several.profile.jaccard")


def record(epoch: int, select: float) -> dict[str, float]:
    measures = {"single.emotion.macro_f1": select + 0.1, "several.profile.jaccard": select - 0.1}
    return {"epoch": epoch, "loss": 1 / epoch, "select": select, "train.single.emotion.loss": 0.3} | measures


def follow(watcher: ConsoleWatcher) -> None:
    with watcher:
        watcher.note("72 texts to learn from")
        for stage in (1, 2):
            watcher.stage(stage, 2, 4)
            for epoch, select in enumerate((0.5, 0.8, 0.6), start=1):
                watcher.begin(f"epoch {epoch}", 2)
                watcher.advance()
                watcher.epoch(record(epoch, select))


def test_without_a_terminal_an_epoch_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    follow(ConsoleWatcher(MEASURES))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "72 texts to learn from"
    assert lines[5] == (
        "stage 2 of 2, epoch 2: loss 0.5000  single.emotion.macro_f1 0.9000  several.profile.jaccard 0.7000  "
        "select 0.8000  best so far"
    )
    assert [line.endswith("best so far") for line in lines[1:]] == [False, False, False, True, True, False]
    assert len(lines) == 7


def test_a_terminal_keeps_the_table_of_each_stage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    follow(ConsoleWatcher(MEASURES))
    shown = capsys.readouterr().err
    end = shown[shown.rindex("stage 2 of 2") :]
    assert "epoch 1: loss" not in shown
    assert end.count("★ best") == 1
    assert "0.8000" in end[: end.index("★ best")]
    assert "0.6000" in end[end.index("★ best") :]


def test_the_table_is_as_long_as_there_is_room_and_holds_the_best() -> None:
    epochs = Epochs(MEASURES)
    assert epochs.table() is None
    epochs.stage(1, 1, 20)
    for epoch in range(1, 11):
        epochs.add(record(epoch, 0.9 if epoch == 2 else 0.5))
    table = epochs.table(last=3)
    assert table is not None
    assert list(table.columns[0].cells) == ["2", "9", "10"]
    whole = epochs.table()
    assert whole is not None
    assert whole.row_count == 10


def test_equal_epochs_leave_the_first_as_the_best() -> None:
    epochs = Epochs(MEASURES)
    for epoch in (1, 2):
        epochs.add(record(epoch, 0.5))
    assert epochs.top == 0


def test_what_may_follow_is_told_in_epochs_and_time() -> None:
    epochs = Epochs(MEASURES)
    epochs.stage(1, 1, 3)
    assert epochs.left() == "at most 2 more epochs"
    epochs.add(record(1, 0.5))  # as told again after a kill: it took no time
    assert epochs.left() == "at most 1 more epoch"
    epochs.begin()
    epochs.add(record(2, 0.5))
    assert epochs.left() == ""


def test_without_chosen_measures_all_are_shown() -> None:
    epochs = Epochs()
    epochs.add({"epoch": 1, "loss": 0.5, "accuracy": 0.25})
    assert epochs.line() == "stage 1 of 1, epoch 1: loss 0.5000  accuracy 0.2500"


def test_a_measure_of_a_set_that_is_left_out_is_no_column() -> None:
    epochs = Epochs(("gone.b.f1", "a.b.f1"))
    epochs.add({"epoch": 1, "loss": 0.5, "a.b.f1": 0.25, "a.b.recall": 0.5})
    assert epochs.line() == "stage 1 of 1, epoch 1: loss 0.5000  a.b.f1 0.2500"


def test_measures_of_validation_go_without_saying() -> None:
    epochs = Epochs(("a.b.f1",))
    epochs.add({"epoch": 1, "loss": 0.5, "validation.a.b.f1": 0.25, "select": 0.25})
    assert epochs.line() == "stage 1 of 1, epoch 1: loss 0.5000  a.b.f1 0.2500  best so far"
