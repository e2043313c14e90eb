"""ELMo against what TensorFlow made of the same weights."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from emotion.models.elmo.arrays import read_hdf5
from emotion.models.elmo.encoder import Elmo
from emotion.models.elmo.options import read_options
from emotion.models.elmo.words import Words

pytestmark = pytest.mark.data


@pytest.mark.parametrize("number", range(3))
def test_the_top_layer_is_that_of_the_reference(data_root: Path, number: int) -> None:
    """The reference carries its state from sentence to sentence within a list."""
    folder = data_root / "elmo"
    options = read_options(folder / "options.json")
    encoder = Elmo(options, read_hdf5(folder / "lm_weights.hdf5", options), carries=True)
    sentences = json.loads((folder / "sentences.json").read_text())[number]
    with h5py.File(folder / f"lm_embeddings_{number}.hdf5") as expected:
        for place, sentence in enumerate(sentences):
            found = encoder([sentence.split()])[0, :, -1].numpy()
            assert np.abs(found - np.concatenate(list(expected[str(place)]), axis=-1)).max() < 1e-5


def test_a_first_sentence_needs_nothing_carried(data_root: Path) -> None:
    folder = data_root / "elmo"
    encoder = Elmo.from_files(folder / "options.json", folder / "lm_weights.hdf5")
    lists = json.loads((folder / "sentences.json").read_text())
    layers = encoder([sentences[0].split() for sentences in lists])
    for number, sentences in enumerate(lists):
        with h5py.File(folder / f"lm_embeddings_{number}.hdf5") as expected:
            reference = np.concatenate(list(expected["0"]), axis=-1)
        found = layers[number, : len(sentences[0].split()), -1].numpy()
        assert np.abs(found - reference).max() < 1e-5


def test_words_are_those_of_the_reference(data_root: Path) -> None:
    folder = data_root / "elmo"
    options = read_options(folder / "options.json")
    words = Words(options, read_hdf5(folder / "lm_weights.hdf5", options), torch.device("cpu"))
    listed = (folder / "vocab_test.txt").read_text().splitlines()
    with h5py.File(folder / "elmo_token_embeddings.hdf5") as file:
        (expected,) = (dataset[...] for dataset in file.values())
    found = words(listed).numpy()
    found[listed.index("<S>")], found[listed.index("</S>")] = words.begin.numpy(), words.end.numpy()
    assert np.abs(found - expected).max() < 1e-5
