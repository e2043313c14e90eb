"""ELMo: by hand in numpy, in any batch, from official files and packed, with what is wrong in them."""

import json
import random
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from emotion.errors import BundleError
from emotion.models.context.mix import ScalarMix
from emotion.models.elmo.arrays import Arrays, cell, digest_of, shapes
from emotion.models.elmo.encoder import WORDS, Elmo, words_at_once
from emotion.models.elmo.options import ElmoOptions, read_options
from emotion.models.elmo.words import boundary, characters
from tests.models.elmo.made_elmo import OPTIONS, arrays, options, write_elmo

Floats = NDArray[np.float64]
TEXTS = [["I", "am"], ["so", "very", "happy", "today", "!"], ["😀"], ["unbelievablylongword", "é"] * 4]


# By hand, step after step


def sigmoid(x: NDArray[Any]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def word_vector(ids: NDArray[np.int64], made: ElmoOptions, weights: Arrays) -> Floats:
    letters = weights["char_embed"][ids].astype(np.float64)  # (C, D)
    found: list[float] = []
    for number, (size, filters) in enumerate(made.char_cnn.filters):
        kernel, bias = weights[f"CNN/W_cnn_{number}"][0], weights[f"CNN/b_cnn_{number}"]
        for place in range(filters):
            windows = [letters[at : at + size] for at in range(len(letters) - size + 1)]
            found.append(max(0.0, max(float((window * kernel[:, :, place]).sum() + bias[place]) for window in windows)))
    states = np.array(found)
    for number in range(made.char_cnn.n_highway):
        high = f"CNN_high_{number}"
        carry = sigmoid(states @ weights[f"{high}/W_carry"] + weights[f"{high}/b_carry"])
        change = np.maximum(states @ weights[f"{high}/W_transform"] + weights[f"{high}/b_transform"], 0)
        states = carry * change + (1 - carry) * states
    return np.asarray(states @ weights["CNN_proj/W_proj"] + weights["CNN_proj/b_proj"])


def by_hand(text: list[str], made: ElmoOptions, weights: Arrays) -> Floats:
    """Layers (T, L, 2P)."""
    longest = made.char_cnn.max_characters_per_token
    ids = [boundary(256, longest)[0], *characters(text, longest), boundary(257, longest)[0]]
    words = np.stack([word_vector(each, made, weights) for each in ids])
    sides = []
    for direction in range(2):
        states = words[::-1] if direction else words
        layers = [states]
        for layer in range(made.lstm.n_layers):
            states = run(states, cell(direction, layer), made, weights, skip=layer > 0)
            layers.append(states)
        sides.append([each[::-1] if direction else each for each in layers])
    return np.stack([np.concatenate(pair, axis=1)[1:-1] for pair in zip(*sides, strict=True)], axis=1)


def run(inputs: Floats, name: str, made: ElmoOptions, weights: Arrays, skip: bool) -> Floats:
    lstm = made.lstm
    assert lstm.cell_clip
    assert lstm.proj_clip
    hidden, memory, outputs = np.zeros(lstm.projection_dim), np.zeros(lstm.dim), []
    for step in inputs:
        gates = np.concatenate([step, hidden]) @ weights[f"{name}/W_0"] + weights[f"{name}/B"]
        take, new, forget, give = np.split(gates, 4)
        memory = sigmoid(forget + 1) * memory + sigmoid(take) * np.tanh(new)
        memory = np.clip(memory, -lstm.cell_clip, lstm.cell_clip)
        hidden = np.clip((sigmoid(give) * np.tanh(memory)) @ weights[f"{name}/W_P_0"], -lstm.proj_clip, lstm.proj_clip)
        outputs.append(hidden + step if skip else hidden)
    return np.stack(outputs)


def test_each_layer_is_as_by_hand() -> None:
    made, weights = options(), arrays()
    found = Elmo(made, weights)(TEXTS)
    assert found.shape == (4, 8, 3, 8)
    for text, layers in zip(TEXTS, found.numpy(), strict=True):
        assert layers[: len(text)] == pytest.approx(by_hand(text, made, weights), abs=1e-5)
        assert (layers[len(text) :] == 0).all()


def test_characters_are_bytes_between_signs() -> None:
    (row,) = characters(["né"], 8)
    assert row.tolist() == [258, 110, 0xC3, 0xA9, 259, 260, 260, 260]
    (row,) = characters(["abcdefghij"], 5)
    assert row.tolist() == [258, 97, 98, 99, 259]
    assert boundary(256, 5).tolist() == [[258, 256, 259, 260, 260]]


# Batches, words, layers


def test_a_text_is_the_same_in_any_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    texts = [chance.choices(["cat", "dog", "é", "x" * 30], k=chance.randint(1, 12)) for _ in range(40)]
    encoder = Elmo(options(), arrays())
    together = encoder(texts)
    for text, layers in zip(texts, together, strict=True):
        assert torch.allclose(layers[: len(text)], encoder([text])[0], atol=1e-6)
    monkeypatch.setitem(WORDS, "cpu", 20)
    assert torch.allclose(encoder(texts), together, atol=1e-6)


def test_texts_start_from_zero_unless_state_is_carried() -> None:
    made, weights = options(), arrays()
    plain, carrying = Elmo(made, weights), Elmo(made, weights, carries=True)
    first, second = plain([TEXTS[0]]), plain([TEXTS[1]])
    assert torch.equal(plain([TEXTS[0]]), first)
    assert torch.allclose(carrying([TEXTS[0]]), first, atol=1e-6)
    assert not torch.allclose(carrying([TEXTS[1]]), second, atol=1e-3)


def test_words_are_computed_once_and_not_all_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Elmo(options(), arrays())
    expected = Elmo(options(), arrays())(TEXTS)
    monkeypatch.setattr("emotion.models.elmo.words.KEPT", 3)
    for _ in range(2):
        assert torch.allclose(encoder(TEXTS), expected, atol=1e-6)
        assert len(encoder._words) == 3


def test_layers_are_chosen() -> None:
    made, weights = options(), arrays()
    every, top = Elmo(made, weights), Elmo(made, weights, layers=[2])
    assert torch.equal(top(TEXTS), every(TEXTS)[:, :, 2:])
    assert (top.config.layers, top.config.of, top.config.digest) == ((2,), 3, every.config.digest)
    with pytest.raises(ValueError, match="there is no layer 3: layers are 0 to 2"):
        Elmo(made, weights, layers=[3])


def test_another_device_has_an_encoder_of_its_own() -> None:
    encoder = Elmo(options(), arrays(), layers=[0, 2])
    expected = encoder(TEXTS)
    assert encoder.to(torch.device("cpu")) is encoder
    other = encoder.to(torch.device("meta"))
    assert other.config == encoder.config
    assert other._words.begin.device.type == "meta"
    assert {weight.device.type for weight in other._model.parameters()} == {"meta"}
    assert torch.equal(encoder(TEXTS), expected)
    assert torch.equal(other.to(torch.device("cpu"))(TEXTS), expected)


@pytest.mark.parametrize(("dim", "cpu", "cuda"), [(1024, 2048, 65_536), (2048, 2048, 32_768), (4096, 2048, 16_384)])
def test_a_larger_model_takes_fewer_words_at_once(dim: int, cpu: int, cuda: int) -> None:
    """Gates are numbers of 4 bytes, 4 a unit in each of two directions: 2 GiB at most."""
    made = options(dim=dim)
    assert [words_at_once(made, torch.device(kind)) for kind in ("cpu", "cuda")] == [cpu, cuda]


def test_the_mix_is_a_weighted_sum_times_gamma() -> None:
    mix = ScalarMix(3)
    layers = torch.randn(2, 5, 3, 4)
    assert torch.allclose(mix(layers), layers.mean(dim=2), atol=1e-6)
    with torch.no_grad():
        mix.weights.copy_(torch.tensor([0.0, 50.0, 0.0]))
        mix.gamma.fill_(2)
    assert torch.allclose(mix(layers), 2 * layers[:, :, 1], atol=1e-5)


def test_without_clips_nothing_is_clipped() -> None:
    made = options(cell_clip=None, proj_clip=0)
    free, clipped = Elmo(made, arrays())(TEXTS), Elmo(options(), arrays())(TEXTS)
    assert free[:, :, 1].abs().max() > 0.2
    assert clipped[:, :, 1].abs().max() <= 0.2


# Files

# As AllenNLP publishes them: one character CNN, and by name the LSTM's units, its projection and the highways.
OFFICIAL = {
    "small": (1024, 128, 1),
    "medium": (2048, 256, 1),
    "original": (4096, 512, 2),
    "original 5.5B": (4096, 512, 2),
}
EXPECTED = {
    "small": ((2048, 128), (256, 4096), (4096,), (1024, 128)),
    "medium": ((2048, 256), (512, 8192), (8192,), (2048, 256)),
    "original": ((2048, 512), (1024, 16_384), (16_384,), (4096, 512)),
    "original 5.5B": ((2048, 512), (1024, 16_384), (16_384,), (4096, 512)),
}


def official(name: str) -> ElmoOptions:
    dim, projection, highways = OFFICIAL[name]
    cnn = {
        "activation": "relu",
        "embedding": {"dim": 16},
        "filters": [[1, 32], [2, 32], [3, 64], [4, 128], [5, 256], [6, 512], [7, 1024]],
        "max_characters_per_token": 50,
        "n_characters": 262,
        "n_highway": highways,
    }
    lstm = {
        "cell_clip": 3,
        "dim": dim,
        "n_layers": 2,
        "proj_clip": 3,
        "projection_dim": projection,
        "use_skip_connections": True,
    }
    return ElmoOptions.model_validate({"char_cnn": cnn, "lstm": lstm})


@pytest.mark.parametrize("name", OFFICIAL)
def test_the_official_models_have_these_arrays(name: str) -> None:
    found = shapes(official(name))
    projection, matrix, bias, down = EXPECTED[name]
    assert found.pop("char_embed") == (261, 16)
    for number, filters in enumerate((32, 32, 64, 128, 256, 512, 1024)):
        assert found.pop(f"CNN/W_cnn_{number}") == (1, number + 1, 16, filters)
        assert found.pop(f"CNN/b_cnn_{number}") == (filters,)
    for number in range(OFFICIAL[name][2]):
        for gate in ("carry", "transform"):
            assert found.pop(f"CNN_high_{number}/W_{gate}") == (2048, 2048)
            assert found.pop(f"CNN_high_{number}/b_{gate}") == (2048,)
    assert found.pop("CNN_proj/W_proj") == projection
    assert found.pop("CNN_proj/b_proj") == projection[1:]
    for direction in (0, 1):
        for layer in (0, 1):
            place = f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"
            assert found.pop(f"{place}/W_0") == matrix
            assert found.pop(f"{place}/B") == bias
            assert found.pop(f"{place}/W_P_0") == down
    assert found == {}
    assert official(name).width == 2 * OFFICIAL[name][1]


def test_official_files_and_packed_ones_are_one_encoder(tmp_path: Path) -> None:
    official = Elmo.from_files(*write_elmo(tmp_path))
    official.pack(tmp_path / "packed")
    packed = Elmo.from_packed(tmp_path / "packed", layers=[0, 1, 2])
    assert packed.config == official.config
    assert torch.equal(packed(TEXTS), official(TEXTS))
    assert digest_of(options(), arrays(seed=1)) != official.config.digest
    assert digest_of(options(proj_clip=0.3), arrays()) != official.config.digest


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "is no options file of an ELMo"),
        (json.dumps({"lstm": OPTIONS["lstm"]}), "char_cnn: this key is missing"),
        (json.dumps(OPTIONS | {"lstm": OPTIONS["lstm"] | {"dim": 0}}), "lstm.dim: Input should be greater"),
        (json.dumps(OPTIONS | {"lstm": OPTIONS["lstm"] | {"dim": 1 << 40}}), "lstm.dim: Input should be less"),
        (json.dumps(OPTIONS | {"char_cnn": OPTIONS["char_cnn"] | {"filters": [[11, 2]]}}), "wider than a word"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_options_that_cannot_be_are_refused(tmp_path: Path, change: str, said: str) -> None:
    path = tmp_path / "options.json"
    path.write_text(change)
    with pytest.raises(BundleError, match=said):
        read_options(path)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    made, weights = write_elmo(tmp_path)
    with h5py.File(weights, "a") as file:
        del file["CNN_proj/b_proj"]
    with pytest.raises(BundleError, match="does not fit its options: CNN_proj/b_proj is missing"):
        Elmo.from_files(made, weights)
    with h5py.File(weights, "a") as file:
        file["CNN_proj/b_proj"] = np.full(4, np.nan, np.float32)
    with pytest.raises(BundleError, match="CNN_proj/b_proj holds numbers that are not finite"):
        Elmo.from_files(made, weights)
    with h5py.File(weights, "a") as file:
        del file["CNN_proj/b_proj"]
        file["CNN_proj/b_proj"] = np.zeros(5, np.float32)
    with pytest.raises(BundleError, match=r"CNN_proj/b_proj is \(5,\), \(4,\) is expected"):
        Elmo.from_files(made, weights)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.sampled_from([b"", b"\x89HDF\r\n\x1a\n", b"{"]), rest=st.binary(max_size=300))
def test_any_bytes_have_an_answer(tmp_path: Path, head: bytes, rest: bytes) -> None:
    made = tmp_path / "options.json"
    made.write_text(json.dumps(OPTIONS))
    (tmp_path / "junk").write_bytes(head + rest)
    with pytest.raises(BundleError):
        Elmo.from_files(made, tmp_path / "junk")
    with pytest.raises(BundleError):
        read_options(tmp_path / "junk")
