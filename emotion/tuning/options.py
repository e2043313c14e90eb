"""What the user asks of the machines, checked at the edge; without Ray."""

from dataclasses import dataclass, replace
from math import ceil, inf
from pathlib import Path

from emotion.cluster.join import address_of
from emotion.errors import UsageError


@dataclass(frozen=True)
class Machines:
    """Where trials run, and what each of them takes: CPU threads and a share of a GPU.

    `address` is `local`, for a cluster on this machine that ends with the search, or a Ray address. `at_once` is how
    many trials run beside each other at most; None for as many as fit. With `measured`, the share is that which trials
    are found to need, and a whole GPU until one was measured.
    """

    address: str = "local"
    threads: int = 1
    gpu: float = 0.0
    at_once: int | None = None
    measured: bool = False

    @property
    def alone(self) -> "Machines":
        """The same for one trial at a time, on whole GPUs."""
        return replace(self, gpu=float(ceil(self.gpu)), at_once=1)

    @property
    def needs(self) -> dict[str, float]:
        """What a trial takes of its machine, in Ray's words."""
        return {"CPU": float(self.threads)} | ({"GPU": self.gpu} if self.gpu else {})

    @property
    def device(self) -> str:
        return "auto" if self.gpu else "cpu"


@dataclass(frozen=True)
class SearchPlan:
    """A search as the user wants it: where it goes, on what, and who is told of it."""

    to: Path
    root: Path
    machines: Machines = Machines()
    trackers: tuple[str, ...] = ()
    track_to: Path | None = None
    name: str | None = None  # under which the winner goes into the registry


def machines(ray: str, threads: int, gpu: str, at_once: int | None) -> Machines:
    """What the options say.

    Raises:
        UsageError: a share of a GPU that Ray does not give, or no cluster at all.
    """
    if ray == "off":
        raise UsageError("A search needs Ray: leave out --ray off; local starts a cluster on this machine.")
    measured = gpu == "auto"
    share = 1.0 if measured else _share(gpu)
    return Machines(address_of(ray), threads, share, at_once, measured)


def _share(gpu: str) -> float:
    try:
        share = float(gpu)
    except ValueError:
        share = -1.0
    if not 0 <= share < inf or (share > 1 and share % 1):
        raise UsageError(f"--gpu {gpu}: a trial takes a share of one GPU, whole ones, or auto.")
    return share
