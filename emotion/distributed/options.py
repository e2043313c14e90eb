"""What the user asks of a training by several processes, checked at the edge; without Ray."""

from dataclasses import dataclass

from emotion.cluster.join import address_of
from emotion.errors import UsageError


@dataclass(frozen=True)
class Workers:
    """How many processes train together, each with so many CPU threads and perhaps a GPU, and on which cluster.

    `address` is `local`, for a cluster on this machine that ends with the training, or a Ray address.
    """

    count: int = 1
    gpus: bool = False
    threads: int = 1
    address: str = "local"

    @property
    def needs(self) -> dict[str, float]:
        """What one of them takes of its machine, in Ray's words."""
        return {"CPU": float(self.threads)} | ({"GPU": 1.0} if self.gpus else {})

    def __str__(self) -> str:
        where = "on this machine" if self.address == "local" else f"on the cluster at {self.address}"
        return f"{self.count} worker{'s' * (self.count > 1)}{' with a GPU each' * self.gpus} {where}"


def asked(workers: int | None, gpus: int, ray: str | None, threads: int = 1, device: str = "cpu") -> Workers | None:
    """What `--workers`, `--gpus` and `--ray` say; None where this process shall train alone.

    Raises:
        UsageError: two of the options contradict each other.
    """
    if workers is None and not gpus and ray in (None, "off"):
        return None
    if ray == "off":
        raise UsageError("--workers and --gpus need a Ray cluster: leave out --ray off.")
    if gpus and workers not in (None, gpus):
        raise UsageError(
            f"--workers {workers} and --gpus {gpus} differ; each worker has one GPU, so --gpus alone does."
        )
    if device != "cpu":
        raise UsageError(f"--device {device} is for one process; several have a GPU each with --gpus N.")
    return Workers(gpus or workers or 1, gpus > 0, threads, address_of(ray or "auto"))
