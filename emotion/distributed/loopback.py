"""A process group that listens on loopback only, for a cluster on one machine.

Ray Train's own meets at a TCP store, which listens on all of the machine's addresses.
"""

import os
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import ray
from ray.train.torch.config import TorchConfig, _TorchBackend


@dataclass
class Loopback(TorchConfig):
    """Workers meet at a file in `folder`."""

    folder: str = ""

    @property
    def backend_cls(self) -> type[_TorchBackend]:
        return _LoopbackBackend


class _LoopbackBackend(_TorchBackend):
    def on_start(self, worker_group: Any, backend_config: Any) -> None:
        size, seconds = len(worker_group), backend_config.timeout_s
        meeting = str(Path(backend_config.folder, uuid4().hex))
        waiting = [
            worker_group.execute_single_async(rank, join, str(backend_config.backend), meeting, rank, size, seconds)
            for rank in range(size)
        ]
        ray.get(waiting)


def join(backend: str, meeting: str, rank: int, size: int, seconds: float) -> None:
    """Become one of `size` processes that meet at the file `meeting` and talk over loopback."""
    from torch import distributed

    name = next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
    os.environ |= {"GLOO_SOCKET_IFNAME": name, "NCCL_SOCKET_IFNAME": name}
    # Not by an address of the file: torch does not read what an address writes of spaces and letters beyond ASCII.
    store = distributed.FileStore(meeting, size)  # type: ignore[attr-defined]  # it is public, says its documentation
    patience = timedelta(seconds=seconds)
    store.set_timeout(patience)
    distributed.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=patience)
