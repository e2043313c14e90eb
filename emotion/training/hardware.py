"""Where and how a model is trained: processor, precision, compiled or not; what cannot work is refused in words."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, get_args

import torch

from emotion.errors import ConfigError, UsageError
from emotion.models.classifier import Classifier, Output
from emotion.training.stage import Precision

Device = Literal["auto", "cpu", "cuda"]

CPU = torch.device("cpu")
COMPILERS = ("c++", "g++", "clang++")


@dataclass(frozen=True)
class Hardware:
    """A processor and how it computes."""

    device: torch.device = CPU
    precision: Precision = "float32"
    compiles: bool = False

    def computing(self) -> AbstractContextManager[object]:
        """A context in which products are taken in this precision; weights stay in float32."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def ready(self, model: Classifier) -> Callable[..., Output]:
        """The model's forward pass as it is run in training."""
        if not self.compiles:
            return model
        compiled: Callable[..., Output] = torch.compile(model, dynamic=True)
        return compiled


def find_device(name: str) -> torch.device:
    """`cpu`, `cuda`, or with `auto` a GPU where there is one."""
    if name not in get_args(Device):
        raise UsageError(f"--device {name!r} is none of {', '.join(get_args(Device))}.")
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise UsageError("--device cuda: PyTorch finds no GPU on this machine; use cpu, or auto to take what there is.")
    return torch.device("cuda", torch.cuda.current_device()) if there and name != "cpu" else torch.device("cpu")


def hardware(device: torch.device, precision: Precision, compiles: bool) -> Hardware:
    """Checked before anything is read; a ConfigError where the device cannot do what the recipe asks."""
    if precision == "bfloat16" and not _knows_bfloat16(device):
        raise ConfigError(f"precision: {device.type} does not compute in bfloat16 here; use float32.")
    if compiles and not any(map(shutil.which, COMPILERS)):
        raise ConfigError(f"compile: torch.compile needs a C++ compiler, and there is none of {', '.join(COMPILERS)}.")
    return Hardware(device, precision, compiles)


def _knows_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
