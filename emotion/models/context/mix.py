"""The scalar mix of Peters et al. 2018 (equation 1): gamma times the sum of layers, weighted by a softmax."""

import torch
from torch import Tensor, nn


class ScalarMix(nn.Module):
    """Layers (..., L, W) to one vector (..., W); learnt are one number a layer and gamma, which scales them all."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(layers))
        self.gamma = nn.Parameter(torch.ones(1))

    def forward(self, layers: Tensor) -> Tensor:
        shares = self.gamma * self.weights.softmax(dim=0)
        return (layers * shares.unsqueeze(-1)).sum(dim=-2)
