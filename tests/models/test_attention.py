"""Structured self-attention against numbers worked out by hand."""

import math

import pytest
import torch

from emotion.models.attention import SelfAttention, penalty


def test_attention_is_the_formula_of_the_paper() -> None:
    attention = SelfAttention(width=2, dim=3, hops=2)
    states = torch.randn(4, 1, 2)
    inner = torch.tanh(attention.w1.weight @ states[:, 0].T)  # (d_a, T)
    expected = torch.softmax(attention.w2.weight @ inner, dim=1)
    weights = attention(states, torch.ones(4, 1, dtype=torch.bool))
    torch.testing.assert_close(weights[0], expected)


def test_attention_by_hand() -> None:
    attention = SelfAttention(width=1, dim=1, hops=1)
    torch.nn.init.ones_(attention.w1.weight)
    torch.nn.init.constant_(attention.w2.weight, 2)
    states = torch.tensor([0.0, math.atanh(0.5)]).view(2, 1, 1)
    weights = attention(states, torch.ones(2, 1, dtype=torch.bool))
    # Scores are 2 tanh(h): 0 and 1.
    assert weights.flatten().tolist() == pytest.approx([1 / (1 + math.e), math.e / (1 + math.e)])


def test_padding_gets_no_weight_and_words_share_all_of_it() -> None:
    attention = SelfAttention(width=3, dim=4, hops=2)
    mask = torch.tensor([[True, True], [True, False], [True, False]])  # (T, B): lengths 3 and 1
    weights = attention(torch.randn(3, 2, 3), mask)
    assert weights.shape == (2, 2, 3)
    assert weights[1].tolist() == [[1, 0, 0], [1, 0, 0]]
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 2))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[1, 0], [0, 1]], 0),  # hops apart, each on one word
        ([[1, 0], [1, 0]], 2),  # hops alike: A A^T is all ones
        ([[0.5, 0.5], [1, 0]], 0.25 + 0.25 + 0.25 + 0),  # A A^T = [[.5, .5], [.5, 1]]
    ],
)
def test_penalty_by_hand(rows: list[list[float]], expected: float) -> None:
    assert penalty(torch.tensor([rows], dtype=torch.float32)).item() == pytest.approx(expected)


def test_penalty_is_a_mean_over_texts() -> None:
    apart, alike = [[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]]
    assert penalty(torch.tensor([apart, alike])).item() == pytest.approx(1)
