"""A tiny ELMo in the official form, options as JSON, random weights as HDF5; and a bundle that reads it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch

from emotion.models.bundle import Bundle
from emotion.models.classifier import Classifier
from emotion.models.context.contextual import Open
from emotion.models.elmo.arrays import Arrays, shapes
from emotion.models.elmo.encoder import Elmo
from emotion.models.elmo.options import ElmoOptions

OPTIONS: dict[str, Any] = {
    "bidirectional": True,  # one of the keys that are about training
    "char_cnn": {
        "activation": "relu",
        "embedding": {"dim": 3},
        "filters": [[1, 4], [2, 5]],
        "max_characters_per_token": 10,
        "n_characters": 262,
        "n_highway": 1,
    },
    "lstm": {
        "cell_clip": 3,
        "dim": 6,
        "n_layers": 2,
        "proj_clip": 0.2,
        "projection_dim": 4,
        "use_skip_connections": True,
    },
}


def options(**lstm: Any) -> ElmoOptions:
    return ElmoOptions.model_validate(OPTIONS | {"lstm": OPTIONS["lstm"] | lstm})


def arrays(made: ElmoOptions | None = None, seed: int = 0) -> Arrays:
    """Random weights, large enough that clips are met."""
    random = np.random.default_rng(seed)
    found = shapes(made or options())
    return {name: random.normal(0, 0.6, shape).astype(np.float32) for name, shape in found.items()}


def write_elmo(folder: Path, seed: int = 0, **lstm: Any) -> tuple[Path, Path]:
    """The two files, as they are called."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "tiny_options.json", folder / "tiny_weights.hdf5"
    paths[0].write_text(json.dumps(OPTIONS | {"lstm": OPTIONS["lstm"] | lstm}))
    with h5py.File(paths[1], "w") as file:
        for name, array in arrays(options(**lstm), seed).items():
            file.create_dataset(name, data=array)
    return paths


def with_elmo(plain: Path, to: Path, pack: bool = True, seed: int = 0) -> Path:
    """The bundle at `plain` with random weights above the tiny ELMo of `seed`, which it holds where `pack` is true."""
    bundle, elmo = Bundle.load(plain), Elmo(options(), arrays(seed=seed))
    config = bundle.config.model_copy(update={"context": elmo.config})
    torch.manual_seed(seed)
    weights = Classifier(config, bundle.heads, len(bundle.vocabulary)).state_dict()
    replace(bundle, config=config, weights=weights, context=Open(elmo, pack)).save(to)
    return to
