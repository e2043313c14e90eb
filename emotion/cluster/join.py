"""Which cluster a user means, and the way onto it of a process that has not imported Ray, which reads settings then."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from emotion.cluster.settings import prepare_local


def address_of(ray: str) -> str:
    """What `--ray` names: `auto` is the cluster of RAY_ADDRESS, or one of this machine alone ("local")."""
    return os.environ.get("RAY_ADDRESS", "local") if ray == "auto" else ray


@contextmanager
def cluster_at(address: str, workers: int | None, gpus: int) -> Iterator[int]:
    """See `emotion.cluster.connect.connected`."""
    if address == "local":
        prepare_local()
    from emotion.cluster.connect import connected

    with connected(address, workers, gpus) as fitting:
        yield fitting
