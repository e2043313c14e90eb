"""AdamW (Loshchilov and Hutter 2019) with warm-up, linear decay, and lower rates for lower layers."""

import re
from collections import defaultdict
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from emotion.training.loop.schedule import Rate
from emotion.training.teachers.network import Transformer
from emotion.training.teachers.recipe import TeacherRecipe

_LAYER = re.compile(r"\.(?:layers?|h|block)\.(\d+)\.")


class Optimiser:
    """One `step` a batch; its number decides the rate, so that a run goes on from any of them."""

    def __init__(self, model: Transformer, recipe: TeacherRecipe, steps: int) -> None:
        self.total = steps
        self.clip = recipe.clip
        self.rate = Rate("linear", recipe.warm_up)
        if recipe.embeddings == "frozen":
            model.encoder.get_input_embeddings().requires_grad_(False)
        self.weights = [weight for weight in model.parameters() if weight.requires_grad]
        self.adam = torch.optim.AdamW(groups(model, recipe), lr=recipe.learning_rate, fused=True)
        self.peaks = [float(group["lr"]) for group in self.adam.param_groups]

    def step(self, loss: Tensor, done: int) -> None:
        """One update against the gradient of the loss, after `done` others."""
        factor = self.rate.factor(done, self.total)
        for group, peak in zip(self.adam.param_groups, self.peaks, strict=True):
            group["lr"] = peak * factor
        self.adam.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.weights, self.clip)
        self.adam.step()

    def state(self) -> dict[str, Tensor]:
        """The moments of all weights, by number and name."""
        rows = self.adam.state_dict()["state"]
        return {f"{number}.{name}": value for number, row in rows.items() for name, value in row.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `state` gave."""
        rows: dict[int, dict[str, Tensor]] = defaultdict(dict)
        for key, value in state.items():
            number, _, name = key.partition(".")
            rows[int(number)][name] = value
        self.adam.load_state_dict({"state": dict(rows), "param_groups": self.adam.state_dict()["param_groups"]})


def groups(model: Transformer, recipe: TeacherRecipe) -> list[dict[str, object]]:
    """Weights of one rate and one decay together; vectors (biases, norms) do not decay."""
    found: dict[tuple[int, bool], list[nn.Parameter]] = defaultdict(list)
    top = max(depth_of(name, 0) for name, _ in model.named_parameters()) + 1
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            found[depth_of(name, top), weight.ndim > 1].append(weight)
    return [
        {
            "params": weights,
            "lr": recipe.learning_rate * recipe.layer_decay ** (top - depth),
            "weight_decay": recipe.weight_decay if decays else 0.0,
        }
        for (depth, decays), weights in sorted(found.items())
    ]


def depth_of(name: str, top: int) -> int:
    """0 for embeddings, n + 1 for layer n of the encoder, `top` for what is above them."""
    if found := _LAYER.search(name):
        return int(found[1]) + 1
    return 0 if "embeddings" in name else top
