"""The folder of a training that is not done yet, so that the same command goes on where it was stopped.

DIR/training.json    which training this is: its recipe and its data
DIR/lock             held while it runs
DIR/seed-3/epochs/   checkpoints of the training with seed 3
DIR/seed-3/bundle/   its bundle, once it is made
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from emotion.errors import ConfigError, UsageError
from emotion.models.bundle import Bundle
from emotion.models.description import read_description
from emotion.models.registry import resolve
from emotion.models.transformer import WEIGHTS
from emotion.stores.files import read_whole, write_json
from emotion.training.context import beside_files
from emotion.training.outcome.seeds import said_by
from emotion.training.recipe import SAID, Recipe
from emotion.training.trackers.numbers import flat
from emotion.vectors.loading import OWN

_TRAINING = "training.json"
_LOCK = "lock"


class Unfinished:
    """What is there of a training; a context manager that holds the lock.

    Entering it is a UsageError while another process trains there, and a ConfigError where the folder holds another
    training. Left without `done`, the folder stays if there is anything in it to go on from.
    """

    def __init__(self, folder: Path, recipe: Recipe, root: Path) -> None:
        self.folder, self._root = folder, root
        self._identity = _identity(recipe, root)
        self._lock = FileLock(folder / _LOCK)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise UsageError(
                f"Another process trains in {self.folder}; wait for it, or name other --checkpoints."
            ) from None
        try:
            self._check()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.begun:
            self._remove()
        self._lock.release()

    @property
    def begun(self) -> bool:
        """Whether there is anything to go on from."""
        return any(path.is_file() for path in self.folder.glob("seed-*/**/*"))

    def epochs(self, recipe: Recipe) -> Path:
        """Where the training with this recipe's seed keeps its checkpoints."""
        return self._seed(recipe) / "epochs"

    def bundle(self, recipe: Recipe) -> Bundle | None:
        """The bundle that was made with this recipe's seed, if it was, with the words of the recipe as it is now."""
        path = self._seed(recipe) / "bundle"
        return said_by(recipe, beside_files(Bundle.load(path), recipe, self._root)) if path.exists() else None

    def keep(self, recipe: Recipe, bundle: Bundle) -> None:
        """The training with this recipe's seed is done; its checkpoints are not needed any more."""
        bundle.save(self._seed(recipe) / "bundle")
        shutil.rmtree(self.epochs(recipe), ignore_errors=True)

    def done(self) -> None:
        """All is made and kept elsewhere: remove what was here."""
        for path in self.folder.glob("seed-*"):
            shutil.rmtree(path)

    def _remove(self) -> None:
        """Take away what training put there; what somebody else put there stays, and so the folder."""
        self.done()
        for name in (_TRAINING, _LOCK):
            (self.folder / name).unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()

    def _seed(self, recipe: Recipe) -> Path:
        return self.folder / f"seed-{recipe.seed}"

    def _check(self) -> None:
        """Refuse the folder of another training, naming what differs; else write down which training this is."""
        path = self.folder / _TRAINING
        known = read_whole(path, dict[str, Any], "; delete it, or name other --checkpoints")
        if known is not None and self.begun and (differs := _differences(known, self._identity)):
            raise ConfigError(
                f"{self.folder} holds an unfinished training that differs in {', '.join(differs[:3])}"
                f"{', …' * (len(differs) > 3)}; delete it, or name other --checkpoints."
            )
        if known != self._identity:
            write_json(path, self._identity)


def _identity(recipe: Recipe, root: Path) -> dict[str, Any]:
    """What must be as it was for a training to go on: the recipe, seed and words aside, and the files it reads."""
    document = recipe.model_dump(mode="json", exclude={"seed", *SAID})
    return {
        "recipe": flat(document),
        "data": files_named(document, document, root),
    }


def files_named(recipe: Mapping[str, Any], document: Mapping[str, Any], root: Path) -> dict[str, list[int] | str]:
    """The bundle that a recipe starts from, by its id, and size and time of each file that a document names.

    A file is named by itself, as what holds it, or by the folder of what is read.
    """
    start = recipe.get("start")
    found: dict[str, list[int] | str] = (
        {} if start is None else {"start": read_description(resolve(start["bundle"])).id}
    )
    for name in sorted(set(_texts(document))):
        for meant in (name, name.rpartition("!")[0], f"{name}/{OWN}", f"{name}/{WEIGHTS}"):
            if meant and _is_file(path := root / Path(meant).expanduser()):
                found[meant] = _state(path)
    return found


def _texts(value: Any) -> Iterator[str]:
    """All texts in a document, names of files among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no name that a file could have
        return False


def _state(path: Path) -> list[int]:
    state = path.stat()
    return [state.st_size, state.st_mtime_ns]


def _differences(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Names of what is not as it was, in order."""
    names = [(group, name) for group in wanted for name in sorted(set(known.get(group, {})) | set(wanted[group]))]
    return [name for group, name in names if known.get(group, {}).get(name) != wanted[group].get(name)]
