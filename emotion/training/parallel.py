"""Several processes that train one model: what the loop asks of them, whoever started them.

Each holds the whole model and takes its share of every batch. Gradients are summed, so that a step is that of the whole
batch: the same recipe gives the same model, dropout and rounding aside, however many take part.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from emotion.training.loop.examples import Rows

Answer = TypeVar("Answer")

CPU = torch.device("cpu")


class Team(Protocol):
    """This process among those that train together."""

    rank: int  # 0 is the one that measures, writes and speaks
    size: int

    def share(self, rows: Rows) -> Rows:
        """This process's rows of a batch; may be none."""

    def agree(self, weights: Sequence[nn.Parameter]) -> None:
        """Give each weight the value that it has in the first process."""

    def sum_gradients(self, weights: Sequence[nn.Parameter]) -> None:
        """Give each weight the sum of its gradients everywhere; one without a gradient counts as zero."""

    def total(self, number: float) -> float:
        """Sum of a number everywhere."""

    def first(self, call: Callable[[], Answer]) -> Answer:
        """What the call gives to the first process, told to all."""

    def gather(self, values: Tensor) -> Tensor:
        """Values of equal shape (...) from everywhere as (size, ...), by rank."""


class Alone:
    """One process, which shares with nobody."""

    rank = 0
    size = 1

    def share(self, rows: Rows) -> Rows:
        return rows

    def agree(self, weights: Sequence[nn.Parameter]) -> None:
        return

    def sum_gradients(self, weights: Sequence[nn.Parameter]) -> None:
        return

    def total(self, number: float) -> float:
        return number

    def first(self, call: Callable[[], Answer]) -> Answer:
        return call()

    def gather(self, values: Tensor) -> Tensor:
        return values.unsqueeze(0)


class Together:
    """The default process group of `torch.distributed`, as Ray Train's TorchTrainer or torchrun set it up.

    `device` is where the model of this process is.
    """

    def __init__(self, device: torch.device = CPU) -> None:
        from torch import distributed

        self._group = distributed
        self._device = device
        self.rank = distributed.get_rank()
        self.size = distributed.get_world_size()

    def share(self, rows: Rows) -> Rows:
        return rows[self.rank :: self.size]

    def agree(self, weights: Sequence[nn.Parameter]) -> None:
        for weight in weights:
            self._group.broadcast(weight.data, src=0)

    def sum_gradients(self, weights: Sequence[nn.Parameter]) -> None:
        """Sum all at once; a sparse gradient comes back sparse, with the rows that any process touched."""
        there, sparse = self._anywhere(weights)
        moved = [weight for weight, has in zip(weights, there, strict=True) if has]
        if not moved:
            return
        flat = torch.cat([_dense(weight).flatten() for weight in moved])
        self._group.all_reduce(flat)
        wholes = dict(zip(moved, torch.split(flat, [weight.numel() for weight in moved]), strict=True))
        for weight, has, was_sparse in zip(weights, there, sparse, strict=True):
            if has:
                whole = wholes[weight].view_as(weight)
                weight.grad = _rows(whole) if was_sparse else whole

    def total(self, number: float) -> float:
        summed = torch.tensor(number, dtype=torch.float64, device=self._device)
        self._group.all_reduce(summed)
        return float(summed)

    def first(self, call: Callable[[], Answer]) -> Answer:
        told: list[Any] = [call() if self.rank == 0 else None]
        self._group.broadcast_object_list(told, src=0)
        answer: Answer = told[0]
        return answer

    def gather(self, values: Tensor) -> Tensor:
        found: list[Any] = [None] * self.size
        self._group.all_gather_object(found, values.cpu())
        return torch.stack(found)

    def _anywhere(self, weights: Sequence[nn.Parameter]) -> tuple[list[int], list[int]]:
        """For each weight, whether it has a gradient, and a sparse one, in any process."""
        own = [[weight.grad is not None for weight in weights]]
        own += [[weight.grad is not None and weight.grad.is_sparse for weight in weights]]
        flags = torch.tensor(own, dtype=torch.int32, device=self._device)
        self._group.all_reduce(flags, self._group.ReduceOp.MAX)
        there, sparse = flags.tolist()
        return there, sparse


def _dense(weight: nn.Parameter) -> Tensor:
    """The gradient of a weight; zeros where it has none."""
    if weight.grad is None:
        return torch.zeros_like(weight)
    return weight.grad.to_dense() if weight.grad.is_sparse else weight.grad


def _rows(gradient: Tensor) -> Tensor:
    """A gradient (V, D) as a sparse one of the rows that are not zero."""
    rows = gradient.count_nonzero(dim=1).nonzero().squeeze(1)
    return torch.sparse_coo_tensor(rows.unsqueeze(0), gradient[rows], gradient.shape).coalesce()
