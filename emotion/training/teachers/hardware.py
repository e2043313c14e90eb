"""Where a teacher computes, and in which precision."""

import torch

from emotion.training.hardware import Hardware, find_device
from emotion.training.teachers.recipe import Precision


def hardware(device: str = "cpu", precision: Precision = "auto") -> Hardware:
    """What `device` (cpu, cuda, auto) and `precision` name."""
    where = find_device(device)
    if precision == "auto":
        precision = "bfloat16" if _fast_in_bfloat16(where) else "float32"
    return Hardware(where, precision)


def _fast_in_bfloat16(device: torch.device) -> bool:
    """Whether there are instructions for it; without, it would be slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
