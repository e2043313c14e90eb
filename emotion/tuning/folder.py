"""A search on disk.

DIR/search.json      what was found so far, for the report and for programs; trials.csv the same as a table
DIR/report.html      the page
DIR/space.json       which search this is: its space and its data
DIR/lock             held while it runs
DIR/trials/0003/     a trial: trial.json, recipe.yaml, bundle/ (its best epoch), epochs/ (to go on from)
DIR/finals/          the same for the best values, trained with several seeds
DIR/winner/          the bundle chosen
"""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
from filelock import FileLock, Timeout

from emotion.errors import ConfigError, UsageError
from emotion.report.search.found import Trial
from emotion.stores.files import read_whole, write_json, write_whole
from emotion.training.recipe import Recipe
from emotion.training.trackers.numbers import flat
from emotion.training.unfinished import files_named
from emotion.tuning.space import Space

_FREE = {"trials", "minutes"}  # of the search: may differ when it goes on


class TrialFolder:
    """One trial's place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record, self.recipe, self.bundle, self.epochs = (
            path / name for name in ("trial.json", "recipe.yaml", "bundle", "epochs")
        )

    def read(self) -> Trial | None:
        """What is known of the trial, or None before it began."""
        return read_whole(self.record, Trial, "; delete its folder to train it again")

    def write(self, trial: Trial) -> None:
        """Keep what is known, whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_whole(self.record, msgspec.json.encode(trial))

    def change(self, change: Callable[[Trial], None]) -> Trial | None:
        """Change what is known."""
        trial = self.read()
        if trial is not None:
            change(trial)
            self.write(trial)
        return trial

    def tidy(self) -> None:
        """Nothing follows: what was kept to go on from is not needed any more."""
        shutil.rmtree(self.epochs, ignore_errors=True)


class Round:
    """The trials of one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def of(self, number: int) -> TrialFolder:
        return TrialFolder(self.path / f"{number:04d}")

    def trials(self) -> list[Trial]:
        """All that began, by number."""
        found = [TrialFolder(path).read() for path in sorted(self.path.glob("[0-9]*")) if path.is_dir()]
        return [trial for trial in found if trial is not None]

    def remove(self) -> None:
        """Begin anew."""
        shutil.rmtree(self.path, ignore_errors=True)


class SearchFolder:
    """The folder of a search; a context manager that holds its lock.

    Entering it is a UsageError while another process searches there, and a ConfigError where it holds another search.
    """

    def __init__(self, path: Path, space: Space, root: Path) -> None:
        self.path, self.root = path, root
        self.trials, self.finals = Round(path / "trials"), Round(path / "finals")
        self.winner = path / "winner"
        self._identity = _identity(space, root)
        self._lock = FileLock(path / "lock")

    def __enter__(self) -> Self:
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise UsageError(f"Another process searches in {self.path}; wait for it, or name another --to.") from None
        try:
            self._check()
        except BaseException:
            self._lock.release()
            raise
        self.began = time.time() - self.spent
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    @property
    def spent(self) -> float:
        """Seconds that the search has taken so far, as far as its trials tell."""
        return max((trial.ended for trial in self.trials.trials()), default=0.0)

    def _check(self) -> None:
        path = self.path / "space.json"
        known = read_whole(path, dict[str, Any], "; name another --to")
        if known is None and self.trials.path.exists():
            raise ConfigError(f"{self.path} holds trials, but no {path.name}; name another --to.")
        if known is not None and (names := _differences(known, self._identity)):
            more = ", …" * (len(names) > 3)
            raise ConfigError(
                f"{self.path} holds a search that differs in {', '.join(names[:3])}{more}; "
                "name another --to, or delete it."
            )
        if known is None:
            write_json(path, self._identity)


def _identity(space: Space, root: Path) -> dict[str, Any]:
    """What must be as it was for a search to go on: space, base recipe and data."""
    search = space.config.search.model_dump(mode="json", exclude=_FREE)
    parameters = {name: parameter.model_dump(mode="json") for name, parameter in space.parameters.items()}
    recipe = Recipe.model_validate(space.base).model_dump(mode="json")
    own = {"recipe": flat(recipe), "search": flat(search), "parameters": _texts(parameters)}
    data = files_named(recipe, {"recipe": recipe, "parameters": parameters}, root)
    found: dict[str, Any] = json.loads(json.dumps(own | {"data": data}))  # as it is read again
    return found


def _texts(parameters: dict[str, Any]) -> dict[str, str]:
    return {name: json.dumps(each, sort_keys=True) for name, each in parameters.items()}


def _differences(known: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    names = [(group, name) for group in wanted for name in sorted(set(known.get(group, {})) | set(wanted[group]))]
    return [f"{group} {name}" for group, name in names if known.get(group, {}).get(name) != wanted[group].get(name)]
