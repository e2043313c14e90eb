"""A training that can go on after a kill: one file, written whole after each epoch, read only by the same training."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from emotion.errors import ConfigError
from emotion.faults import crash_point
from emotion.stores.files import sweep, whole
from emotion.training.parallel import Team

FILE = "checkpoint.safetensors"
KEY = "emotion checkpoint 1"  # in the header of the file, and its format
SHOWN = 5  # differences named in a refusal


@dataclass(frozen=True)
class Checkpoint:
    """A training after an epoch: small values, and tensors by name."""

    numbers: dict[str, Any]
    tensors: dict[str, Tensor]


class Checkpoints:
    """The checkpoint in a folder. `facts` are what must not have changed when training goes on: recipe, data, start.

    `began` is when this process began with the training, by time.monotonic(); by default now.
    """

    def __init__(self, folder: Path, facts: Mapping[str, Any], began: float | None = None) -> None:
        self.path = folder / FILE
        self._facts = json.loads(json.dumps(facts))
        self._began, self._before = time.monotonic() if began is None else began, 0.0

    @property
    def seconds(self) -> float:
        """What was worked so far, before a kill too, as far as the checkpoint knows of it."""
        return self._before + time.monotonic() - self._began

    def load(self) -> Checkpoint | None:
        """The last checkpoint, or None where there is none; a ConfigError where it is another training's or damaged."""
        if not self.path.exists():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                written = json.loads((file.metadata() or {})[KEY])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no mapping)
        except (SafetensorError, KeyError, ValueError, OSError) as error:
            raise ConfigError(f"{self.path} is no checkpoint that can be read ({error}); remove it.") from error
        self._refuse_others(written["facts"])
        self._before = written["numbers"].get("seconds", 0.0)
        return Checkpoint(written["numbers"], tensors)

    def save(self, checkpoint: Checkpoint) -> None:
        """Write it in place of the one before, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        sweep(self.path.parent)
        numbers = checkpoint.numbers | {"seconds": self.seconds}
        header = json.dumps({"facts": self._facts, "numbers": numbers})
        with whole(self.path) as fresh:
            save_file(checkpoint.tensors, fresh, metadata={KEY: header})
            crash_point("checkpoint")
        crash_point("epoch")

    def clear(self) -> None:
        """Remove it: what was trained is kept elsewhere."""
        self.path.unlink(missing_ok=True)

    def _refuse_others(self, facts: Mapping[str, Any]) -> None:
        there, here = dict(_leaves("", facts)), dict(_leaves("", self._facts))
        names = [name for name in {**here, **there} if there.get(name) != here.get(name)]
        if names:
            said = "; ".join(
                f"{name} is {there.get(name)!r} there and {here.get(name)!r} here" for name in names[:SHOWN]
            )
            more = f"; and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            raise ConfigError(
                f"{self.path} was left by another training: {said}{more}. "
                "Name another folder for checkpoints, or remove this one."
            )


def random_state(random: np.random.Generator, device: torch.device, team: Team) -> Checkpoint:
    """Where all random numbers stand: those of batches, and those of dropout, by process."""
    tensors = {"random/cpu": team.gather(torch.get_rng_state())}
    if device.type == "cuda":
        tensors["random/cuda"] = team.gather(torch.cuda.get_rng_state(device))
    return Checkpoint({"random": random.bit_generator.state}, tensors)


def restore_random(saved: Checkpoint, random: np.random.Generator, device: torch.device, team: Team) -> None:
    """Go on with the random numbers of `random_state`; a process that was not there then keeps its own."""
    random.bit_generator.state = saved.numbers["random"]
    # Clones, as torch takes the state from where a storage begins, not from where a row of it does.
    if team.rank < len(saved.tensors["random/cpu"]):
        torch.set_rng_state(saved.tensors["random/cpu"][team.rank].clone())
    if device.type == "cuda" and team.rank < len(saved.tensors.get("random/cuda", ())):
        torch.cuda.set_rng_state(saved.tensors["random/cuda"][team.rank].clone(), device)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Each value of a document with the path to it."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        yield from _leaves(name, {str(number): item for number, item in enumerate(value)})
    else:
        yield name, value
