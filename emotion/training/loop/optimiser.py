"""The optimiser of a stage: what moves at which rate, and the clipped gradient that moves it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from emotion.models.classifier import Classifier
from emotion.training.loop.schedule import Rate
from emotion.training.parallel import Alone, Team
from emotion.training.stage import CONTEXT, EMBEDDING, ENCODER, HEADS, OptimiserConfig

PEAK = "peak"  # key of a parameter group: its rate where the schedule's factor is 1


class Optimiser:
    """Adam, or AdamW, for all but the embedding, and for the embedding Adam's sparse form, behind one `step`."""

    def __init__(
        self,
        model: Classifier,
        config: OptimiserConfig,
        freeze: Collection[str] = (),
        team: Team | None = None,
        sparse: bool = True,
    ) -> None:
        model.embedding.sparse = sparse
        self.config = config
        self.rate = Rate(config.schedule, config.warmup, config.plateau)
        self._team = team or Alone()
        parts = parts_of(model)
        rates = {name: _rate(config, freeze, own) for name, own in parts.items()}
        if not model.embedding.weight.numel():
            rates["embedding.weight"] = 0.0  # contextual vectors alone
        for name, weight in model.named_parameters():
            weight.requires_grad_(rates[name] > 0)
        moving = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        self.moving = list(moving.values())
        self.dense = [weight for name, weight in moving.items() if name != "embedding.weight"]
        self.steps: list[torch.optim.Optimizer] = []
        if self.dense:
            self.steps.append(_adam(_groups(moving, parts, rates), config.weight_decay))
        if (rate := rates["embedding.weight"]) > 0:
            words = [{"params": [model.embedding.weight], "lr": rate, PEAK: rate}]
            self.steps.append(torch.optim.SparseAdam(words) if sparse else torch.optim.Adam(words))

    def step(self, loss: Tensor, done: int, total: int) -> None:
        """One update against the gradient of the loss, after `done` of `total` updates."""
        for optimiser in self.steps:
            optimiser.zero_grad(set_to_none=True)
        if loss.requires_grad:
            torch.autograd.backward(loss)
        self._team.sum_gradients(self.moving)
        nn.utils.clip_grad_norm_(self.dense, self.config.clip)
        factor = self.rate.factor(done, total)
        for optimiser in self.steps:
            for group in optimiser.param_groups:
                group["lr"] = group[PEAK] * factor
            optimiser.step()

    def state(self) -> dict[str, Tensor]:
        """Moments and counts of all weights, by number of optimiser, number of weight, and name."""
        return {
            f"{number}.{weight}.{name}": value if isinstance(value, Tensor) else torch.tensor(value)
            for number, optimiser in enumerate(self.steps)
            for weight, values in optimiser.state_dict()["state"].items()
            for name, value in values.items()
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `state` gave."""
        for number, optimiser in enumerate(self.steps):
            values: dict[int, dict[str, Tensor | int]] = {}
            for key, value in state.items():
                at, weight, name = key.split(".")
                if int(at) == number:
                    counted = not value.is_floating_point()  # sparse Adam counts in integers
                    values.setdefault(int(weight), {})[name] = int(value) if counted else value
            groups = optimiser.state_dict()["param_groups"]
            optimiser.load_state_dict({"state": values, "param_groups": groups})


def parts_of(model: Classifier) -> dict[str, tuple[str, ...]]:
    """What each weight is part of, by its name: the narrowest part first."""
    found: dict[str, tuple[str, ...]] = {}
    for name, _ in model.named_parameters():
        top, _, rest = name.partition(".")
        if top == "heads":
            found[name] = (model.names[int(rest.partition(".")[0])], HEADS)
        else:
            found[name] = {"embedding": (EMBEDDING,), "tuned": (CONTEXT, ENCODER)}.get(top, (ENCODER,))
    return found


def _rate(config: OptimiserConfig, freeze: Collection[str], parts: Sequence[str]) -> float:
    """The peak rate of a weight that belongs to these parts; 0 where it is frozen."""
    if any(part in freeze for part in parts):
        return 0.0
    given = [config.rates[part] for part in parts if part in config.rates]
    if not given and parts == (EMBEDDING,) and config.embedding_rate is not None:
        return config.embedding_rate
    return given[0] if given else config.learning_rate


def _adam(groups: list[dict[str, object]], decay: float) -> torch.optim.Optimizer:
    """Adam and AdamW keep the same state, so that a population may change the decay of a network on its way."""
    return torch.optim.AdamW(groups, weight_decay=decay) if decay else torch.optim.Adam(groups)


def _groups(
    moving: Mapping[str, nn.Parameter], parts: Mapping[str, tuple[str, ...]], rates: Mapping[str, float]
) -> list[dict[str, object]]:
    """All weights but the embedding's, those of one part together, so that each has its place whatever the rates."""
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    for name, weight in moving.items():
        if name != "embedding.weight":
            group = groups.setdefault(parts[name], {"params": [], "lr": rates[name], PEAK: rates[name]})
            group["params"].append(weight)
    return list(groups.values())
