"""The weights of an ELMo under the names of its HDF5 file, which are those of TensorFlow; checked, hashed, packed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from emotion.errors import BundleError, UsageError
from emotion.models.description import canonical, digest
from emotion.models.elmo.options import ElmoOptions

Arrays = Mapping[str, NDArray[np.float32]]

CHARACTERS = 261  # 256 bytes, then begin and end of sentence, begin and end of word, padding
OPTIONS, WEIGHTS = "options.json", "weights.safetensors"  # as packed in a bundle


def shapes(options: ElmoOptions) -> dict[str, tuple[int, ...]]:
    """Every array that a file of these options holds."""
    cnn, lstm = options.char_cnn, options.lstm
    width, characters = cnn.width, cnn.embedding.dim
    found: dict[str, tuple[int, ...]] = {"char_embed": (CHARACTERS, characters)}
    for number, (size, filters) in enumerate(cnn.filters):
        found |= {f"CNN/W_cnn_{number}": (1, size, characters, filters), f"CNN/b_cnn_{number}": (filters,)}
    for number in range(cnn.n_highway):
        for gate in ("carry", "transform"):
            found |= {f"CNN_high_{number}/W_{gate}": (width, width), f"CNN_high_{number}/b_{gate}": (width,)}
    found |= {"CNN_proj/W_proj": (width, lstm.projection_dim), "CNN_proj/b_proj": (lstm.projection_dim,)}
    for direction in range(2):
        for layer in range(lstm.n_layers):
            name = cell(direction, layer)
            found |= {f"{name}/W_0": (2 * lstm.projection_dim, 4 * lstm.dim), f"{name}/B": (4 * lstm.dim,)}
            found[f"{name}/W_P_0"] = (lstm.dim, lstm.projection_dim)
    return found


def cell(direction: int, layer: int) -> str:
    """Name of a cell: direction 0 reads ahead, 1 back."""
    return f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"


def read_hdf5(path: Path, options: ElmoOptions) -> Arrays:
    """The weights in an official file.

    Raises:
        UsageError: h5py is not installed.
        BundleError: the file cannot be read, or is of other options.
    """
    try:
        import h5py
    except ImportError:
        raise UsageError("ELMo's weights are HDF5, which needs h5py: pip install 'emotion[elmo]'") from None
    try:
        with h5py.File(path, "r") as file:
            return {name: _array(file, name, shape, path) for name, shape in shapes(options).items()}
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        raise BundleError(f"{path} cannot be read as ELMo's weights: {str(error)[:200]}.") from None


def read_packed(path: Path, options: ElmoOptions) -> Arrays:
    """The weights as a bundle holds them."""
    expected = shapes(options)
    largest = 4 * sum(int(np.prod(shape)) for shape in expected.values()) + (1 << 20)
    try:
        if path.stat().st_size > largest:
            raise BundleError(f"{path} is larger than the weights of these options, {largest:,} bytes.")
        found = load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise BundleError(f"{path} cannot be read as ELMo's weights: {str(error)[:200]}.") from None
    return {name: _checked(found.get(name), name, shape, path) for name, shape in expected.items()}


def write_packed(path: Path, arrays: Arrays) -> None:
    """Write what `read_packed` reads."""
    content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    path.write_bytes(content)  # save_file would leave it to its owner alone


def digest_of(options: ElmoOptions, arrays: Arrays) -> str:
    """sha256 over options and weights, the same from an official file and as packed."""
    parts = {"options": canonical(options.model_dump(mode="json"))}
    parts |= {f"{name} {arrays[name].shape}": arrays[name].tobytes() for name in sorted(arrays)}
    return digest(parts)


def _array(file: Any, name: str, shape: tuple[int, ...], path: Path) -> NDArray[np.float32]:
    stored = file.get(name)
    there = getattr(stored, "shape", None)
    if there != shape:
        raise BundleError(f"{path} does not fit its options: {name} is {there or 'missing'}, {shape} is expected.")
    return _checked(np.asarray(stored[...], np.float32), name, shape, path)


def _checked(array: Any, name: str, shape: tuple[int, ...], path: Path) -> NDArray[np.float32]:
    if array is None or array.shape != shape or array.dtype != np.float32:
        there = "missing" if array is None else f"{array.shape} of {array.dtype}"
        raise BundleError(f"{path} does not fit its options: {name} is {there}, {shape} is expected.")
    if not np.isfinite(array).all():
        raise BundleError(f"{path}: {name} holds numbers that are not finite.")
    found: NDArray[np.float32] = np.ascontiguousarray(array)
    return found
