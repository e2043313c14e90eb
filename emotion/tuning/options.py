"""What the user asks of the machines, checked at the edge; without Ray."""

import os
from dataclasses import dataclass
from pathlib import Path

from emotion.errors import UsageError


@dataclass(frozen=True)
class Machines:
    """Where trials run, and what each of them takes: CPU threads and a share of a GPU.

    `address` is `local`, for a cluster on this machine that ends with the search, or a Ray address. `at_once` is how
    many trials run beside each other at most; None for as many as fit.
    """

    address: str = "local"
    threads: int = 1
    gpu: float = 0.0
    at_once: int | None = None

    @property
    def needs(self) -> dict[str, float]:
        """What a trial takes of its machine, in Ray's words."""
        return {"CPU": float(self.threads)} | ({"GPU": self.gpu} if self.gpu else {})

    @property
    def device(self) -> str:
        return "auto" if self.gpu else "cpu"


@dataclass(frozen=True)
class Plan:
    """A search as the user wants it: where it goes, on what, and who is told of it."""

    to: Path
    root: Path
    machines: Machines = Machines()
    trackers: tuple[str, ...] = ()
    track_to: Path | None = None
    name: str | None = None  # under which the winner goes into the registry


def machines(ray: str, threads: int, gpu: float, at_once: int | None) -> Machines:
    """What the options say.

    Raises:
        UsageError: a share of a GPU that Ray does not give, or no cluster at all.
    """
    if ray == "off":
        raise UsageError("A search needs Ray: leave out --ray off; local starts a cluster on this machine.")
    if gpu > 1 and gpu % 1:
        raise UsageError(f"--gpu {gpu:g}: a trial takes a share of one GPU, or whole ones.")
    return Machines(os.environ.get("RAY_ADDRESS", "local") if ray == "auto" else ray, threads, gpu, at_once)
