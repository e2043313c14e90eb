"""What each of the processes does that train together: the same training, and the first of them leaves its bundle."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray

from emotion.cluster.gpu import check_gpu
from emotion.distributed.options import Workers
from emotion.distributed.relay import Teller, Word
from emotion.errors import JobError
from emotion.models.context.config import look_in
from emotion.training.recipe import Recipe

if TYPE_CHECKING:
    import torch

BUNDLE = "bundle"  # in the folder of checkpoints


@dataclass(frozen=True)
class Work:
    """One training: its recipe and data, where its checkpoints and its bundle go, and where it is at home.

    `sign` is a folder of a name that is used once: whoever sees it sees the checkpoints too. `places` is the driver's
    EMOTION_CONTEXT.
    """

    recipe: Recipe
    root: Path
    checkpoints: Path
    sign: Path
    home: Path
    workers: Workers
    places: str = ""


def work(config: Mapping[str, Any]) -> None:
    """Train as one of a team; `config` holds the `work`, and the `conductor` that is told of it."""
    import torch

    from emotion.training.parallel import Together
    from emotion.training.trainer import train

    task: Work = config["work"]
    check_sight(task)
    with suppress(OSError):
        os.chdir(task.home)
    look_in(task.places)
    torch.set_num_threads(task.workers.threads)
    device = find_device(task.workers.gpus)
    team = Together(device)
    teller = Teller(lambda words: _send(config["conductor"], words)) if team.rank == 0 else None
    bundle = train(task.recipe, task.root, teller, checkpoints=task.checkpoints, device=device.type, team=team)
    if team.rank == 0:
        bundle.save(task.checkpoints / BUNDLE)


def check_sight(task: Work) -> None:
    """Refuse to train where the checkpoints of the others cannot be seen."""
    if not task.sign.is_dir():
        node = ray.util.get_node_ip_address()  # type: ignore[no-untyped-call]
        raise JobError(
            f"The worker on {node} does not see {task.checkpoints}; name --checkpoints in a folder that all machines "
            "of the cluster share."
        )


def find_device(gpu: bool) -> "torch.device":
    """The GPU that Ray gave, or the CPU."""
    import torch

    if not gpu:
        return torch.device("cpu")
    check_gpu()
    return torch.device("cuda", torch.cuda.current_device())


def _send(conductor: Any, words: list[Word]) -> None:
    """Wait until it is there: so words stay in order."""
    ray.get(conductor.tell.remote(words))
