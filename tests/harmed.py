"""What is harmed in `tests/harm.py`: a labelling and a search, as commands, and what must come of them."""

import shutil
from pathlib import Path
from typing import Protocol

import psutil

from benchmarks.label import write_archive
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.tuning.outcome import read
from tests.labelling.made import assert_equal_stores, leftovers
from tests.tuning.made import write

FILES = 30
TRIALS = 6
EPOCHS = 40


class Work(Protocol):
    """A command, how far it is, and what must come of it."""

    def command(self, to: Path) -> list[str]:
        """What is typed after `emotion`, but for the cluster."""

    def is_underway(self, to: Path, victim: list[int]) -> bool:
        """Whether it is time for harm; `victim` are the processes of the machine that is harmed."""

    def assert_equals(self, to: Path, undisturbed: Path) -> None:
        """It holds the same, and nothing of the work is left."""


class Labelling:
    """An archive into a directory."""

    def __init__(self, folder: Path, tweets: int) -> None:
        self._archive = write_archive(folder / "archive", tweets, 800, "plain", FILES)
        label(LabelOptions(archives=(str(self._archive),), to=str(folder / "undisturbed"), ray="off"))

    def command(self, to: Path) -> list[str]:
        """Label it."""
        return ["label", str(self._archive), "--to", str(to)]

    def is_underway(self, to: Path, victim: list[int]) -> bool:
        """A third of the parts are committed."""
        return len(list((to / "_job" / "commits").glob("[0-9]*.json"))) >= FILES // 3

    def assert_equals(self, to: Path, undisturbed: Path) -> None:
        """The documents, dead letters and accounts of a run without Ray."""
        assert_equal_stores(to, undisturbed)
        assert leftovers(to) == []


class Search:
    """A tiny space over made-up sets."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._data.mkdir()
        stage = {"epochs": EPOCHS, "patience": EPOCHS}
        self._space = write(self._data, stage=stage, search={"trials": TRIALS}, winner={"top": 0})

    def command(self, to: Path) -> list[str]:
        """Search it."""
        return ["tune", "--space", str(self._space), "--data", str(self._data), "--to", str(to)]

    def is_underway(self, to: Path, victim: list[int]) -> bool:
        """A trial has ended, and another is at work on the victim."""
        return any(to.glob("trials/*/bundle")) and any(map(_is_trial, victim))

    def assert_equals(self, to: Path, undisturbed: Path) -> None:
        """The trials of an undisturbed search; the first one is that."""
        if not undisturbed.exists():
            shutil.copytree(to, undisturbed)
        assert _trials(to) == _trials(undisturbed)
        assert len(_trials(to)) == TRIALS


def _is_trial(pid: int) -> bool:
    try:
        return psutil.Process(pid).name().endswith(".train")
    except psutil.Error:
        return False


def _trials(to: Path) -> list[tuple[int, str, str | None]]:
    """Number, state and model of each: the same model is the same to the last bit."""
    found = read(to)
    return [(one.number, one.status, one.model) for one in found.trials] if found else []
