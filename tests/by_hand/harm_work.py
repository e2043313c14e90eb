"""What is harmed in `harm.py`: a labelling, a search and the API, as commands, and what must come of them."""

import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path

import psutil

from benchmarks.label import write_archive
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.serving.keys import add_key
from emotion.tuning.outcome import read
from tests.by_hand.machines import Machines
from tests.labelling.made import assert_equal_rows, assert_equal_stores, leftovers, rows
from tests.tuning.made import write

FILES = 30
TRIALS = 6
EPOCHS = 40


class Work(ABC):
    """A command, how far it is, and what must come of it."""

    patient = False  # whether the command waits for a cluster that is away, where others end with a sentence

    @abstractmethod
    def command(self, to: Path, machines: Machines) -> list[str]:
        """What is typed after `emotion`."""

    def prepare(self, machines: Machines, to: Path) -> None:  # noqa: B027 # most need nothing
        """Have the cluster ready for the command."""

    def end(self, machines: Machines) -> None:  # noqa: B027
        """Let go of what was prepared."""

    @abstractmethod
    def is_underway(self, to: Path, victim: list[int]) -> bool:
        """Whether it is time for harm; `victim` are the processes of the machine that is harmed."""

    @abstractmethod
    def assert_equals(self, to: Path, undisturbed: Path) -> None:
        """It holds the same, and nothing of the work is left."""


class Labelling(Work):
    """An archive into a directory."""

    def __init__(self, folder: Path, tweets: int) -> None:
        self._archive = write_archive(folder / "archive", tweets, 800, "plain", FILES)
        label(LabelOptions(archives=(str(self._archive),), to=str(folder / "undisturbed"), ray="off"))

    def command(self, to: Path, machines: Machines) -> list[str]:
        """Label it."""
        return ["label", str(self._archive), "--to", str(to), "--ray", machines.address]

    def is_underway(self, to: Path, victim: list[int]) -> bool:
        """A third of the parts are committed."""
        return len(list((to / "_job" / "commits").glob("[0-9]*.json"))) >= FILES // 3

    def assert_equals(self, to: Path, undisturbed: Path) -> None:
        """The documents, dead letters and accounts of a run without Ray."""
        assert_equal_stores(to, undisturbed)
        assert leftovers(to) == []


class Search(Work):
    """A tiny space over made-up sets."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._data.mkdir()
        stage = {"epochs": EPOCHS, "patience": EPOCHS}
        self._space = write(self._data, stage=stage, search={"trials": TRIALS}, winner={"top": 0})

    def command(self, to: Path, machines: Machines) -> list[str]:
        """Search it."""
        places = ["--space", str(self._space), "--data", str(self._data), "--to", str(to)]
        return ["tune", *places, "--ray", machines.address]

    def is_underway(self, to: Path, victim: list[int]) -> bool:
        """A trial has ended, and another is at work on the victim."""
        return any(to.glob("trials/*/bundle")) and any(map(_is_trial, victim))

    def assert_equals(self, to: Path, undisturbed: Path) -> None:
        """The trials of an undisturbed search; the first one is that."""
        if not undisturbed.exists():
            shutil.copytree(to, undisturbed)
        assert _trials(to) == _trials(undisturbed)
        assert len(_trials(to)) == TRIALS


class Serving(Work):
    """An archive that a crawler on the head sends to the API, whose one replica writes into a directory."""

    patient = True

    def __init__(self, folder: Path, tweets: int) -> None:
        self._archive = write_archive(folder / "archive", tweets, 800, "plain", 1)
        self._keys = folder / "keys.json"
        self._key = add_key(self._keys, "crawler")
        label(LabelOptions(archives=(str(self._archive),), to=str(folder / "undisturbed"), ray="off"))

    def command(self, to: Path, machines: Machines) -> list[str]:
        """Send it."""
        machines.environment["EMOTION_API_KEY"] = self._key
        address = f"http://{machines.head.address}:8000"
        return ["crawl", str(self._archive), "--to", address, "--buffer", str(to.with_name("buffer"))]

    def prepare(self, machines: Machines, to: Path) -> None:
        """Deploy the API; the machine that holds its replica is the one to be harmed."""
        _served(machines, "begin", machines.address, str(to), str(self._keys))
        machines.workers.sort(key=lambda machine: any(map(_is_replica, machine.processes())))

    def end(self, machines: Machines) -> None:
        """End it as it should be, so that its last batches go into the months."""
        _served(machines, "end", machines.address)

    def is_underway(self, to: Path, victim: list[int]) -> bool:
        """Some batches are written, by the victim."""
        return len(list(to.rglob("*.parquet"))) > 2 and any(map(_is_replica, victim))

    def assert_equals(self, to: Path, undisturbed: Path) -> None:
        """The documents of a labelling without Ray, each once; where they came from is another place."""
        found, wanted = ([row | {"source": "", "line": 0} for row in rows(store)] for store in (to, undisturbed))
        assert len(found) == len(wanted), f"{len(found)} documents, not {len(wanted)}"
        assert_equal_rows(found, wanted)
        assert leftovers(to) == []


def _served(machines: Machines, *arguments: str) -> None:
    command = [*machines.head.inside, sys.executable, "-m", "tests.served", *arguments]
    done = subprocess.run(command, env=machines.environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"the API does not {arguments[0]}: {done.stderr[-2000:]}"


def _is_replica(pid: int) -> bool:
    try:
        return "ServeReplica" in " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def _is_trial(pid: int) -> bool:
    try:
        return psutil.Process(pid).name().endswith(".train")
    except psutil.Error:
        return False


def _trials(to: Path) -> list[tuple[int, str, str | None]]:
    """Number, state and model of each: the same model is the same to the last bit."""
    found = read(to)
    return [(one.number, one.status, one.model) for one in found.trials] if found else []
