"""Labelling everything anew: a new store grows beside the old one and takes its place when it is complete."""

import shutil
from pathlib import Path


def beside(root: Path) -> Path:
    """Where the new store grows."""
    return root.parent / f".{root.name}.restart"


def recover(root: Path) -> None:
    """Go on with an exchange of stores that was cut short."""
    old, new = _old(root), beside(root)
    if old.exists() and not root.exists():
        (new if new.exists() else old).rename(root)
    shutil.rmtree(old, ignore_errors=True)


def exchange(root: Path) -> None:
    """Put the complete new store in the place of the old one."""
    if root.exists():
        root.rename(_old(root))
    beside(root).rename(root)
    shutil.rmtree(_old(root), ignore_errors=True)


def _old(root: Path) -> Path:
    return root.parent / f".{root.name}.old"
