"""The encoder against cells stepped by hand, and against padding."""

import pytest
import torch
from torch import Tensor

from emotion.models.recurrent import Recurrent, reversal
from tests.models.made import config


def stepped(encoder: Recurrent, words: Tensor) -> tuple[Tensor, Tensor]:
    """Last states of both directions over words (T, D), by the equations of a GRU."""
    return run(encoder.forwards[0], words), run(encoder.backwards[0], words.flip(0))


def run(cell: torch.nn.Module, words: Tensor) -> Tensor:
    weight_in, weight, bias_in, bias = (
        cell.get_parameter(f"{name}_l0") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    state = torch.zeros(weight.shape[1])
    for word in words:
        r_in, z_in, n_in = (weight_in @ word + bias_in).chunk(3)
        r, z, n = (weight @ state + bias).chunk(3)
        new = torch.tanh(n_in + torch.sigmoid(r_in + r) * n)
        keep = torch.sigmoid(z_in + z)
        state = (1 - keep) * new + keep * state
    return state


def test_reversal_leaves_padding_in_place() -> None:
    assert reversal(torch.tensor([3, 1]), 3).T.tolist() == [[2, 1, 0], [0, 1, 2]]


def test_last_state_is_that_of_the_true_last_word() -> None:
    torch.manual_seed(0)
    encoder = Recurrent(config(cell="gru"))
    words = torch.randn(6, 2, 5)  # (T, B, D)
    lengths = torch.tensor([6, 3])
    last = encoder.last(encoder(words, lengths), lengths)
    for text, length in enumerate(lengths.tolist()):
        ahead, back = stepped(encoder, words[:length, text])
        torch.testing.assert_close(last[text], torch.cat((ahead, back)))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("layers", [1, 3])
def test_padding_never_reaches_a_word(cell: str, bidirectional: bool, layers: int) -> None:
    torch.manual_seed(0)
    encoder = Recurrent(config(cell=cell, bidirectional=bidirectional, layers=layers))
    words = torch.randn(9, 2, 5)
    lengths = torch.tensor([9, 4])
    states = encoder(words, lengths)
    alone = encoder(words[:4, 1:], lengths[1:])
    torch.testing.assert_close(states[:4, 1:], alone, atol=1e-6, rtol=0)
    words[4:, 1] = 1e3
    torch.testing.assert_close(encoder(words, lengths)[:4], states[:4], atol=1e-6, rtol=0)


def test_layers_have_dropout_between_them_only() -> None:
    torch.manual_seed(0)
    lengths = torch.tensor([5])
    words = torch.randn(5, 1, 5)
    single, double = (Recurrent(config(layers=layers, dropout=0.5)) for layers in (1, 2))
    assert torch.equal(single(words, lengths), single(words, lengths))
    assert not torch.equal(double(words, lengths), double(words, lengths))
