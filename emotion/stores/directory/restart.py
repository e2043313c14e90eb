"""Labelling everything anew: a new store grows beside the old one and takes its place when it is complete."""

import shutil
from contextlib import suppress
from pathlib import Path

from emotion.faults import crash_point

_REPLACED = ".replaced"  # in the new store, which alone says that what lies there may go


def beside(root: Path) -> Path:
    """Where the new store grows."""
    return root.parent / f".{root.name}.restart"


def exchange(root: Path) -> None:
    """Put the complete new store in the place of the old one."""
    new = beside(root)
    if not root.exists():
        new.rename(root)
        return
    shutil.rmtree(_replaced(new), ignore_errors=True)
    root.rename(_replaced(new))
    crash_point("before-exchange")
    recover(root)


def recover(root: Path) -> None:
    """Go on with an exchange of stores that was cut short; several processes may do so at once."""
    new = beside(root)
    if not root.exists() and _replaced(new).exists():
        with suppress(FileNotFoundError):
            new.rename(root)
        crash_point("after-exchange")
    shutil.rmtree(_replaced(root), ignore_errors=True)


def _replaced(store: Path) -> Path:
    """The store that a new one replaces, for as long as the two are exchanged."""
    return store / _REPLACED
