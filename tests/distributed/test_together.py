"""Two processes train the model that one trains: whatever takes part, a step is that of the whole batch."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from emotion.training.checkpoint import FILE
from emotion.training.recipe import check
from emotion.training.trainer import train
from tests.distributed.two import trained_by_two
from tests.training.made_sets import recipe, write_sets

STAGES = [{"sets": ["single", "several"], "epochs": 2, "batch_size": 7, "optimiser": {"learning_rate": 0.02}}]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    write_sets(folder)
    return folder


def test_two_processes_make_the_weights_of_one(root: Path, tmp_path: Path) -> None:
    """Without dropout; batches of seven, so that shares differ and the last batch of one text leaves one without."""
    quiet = {"dropout": 0.0, "word_dropout": 0.0, "weight_dropout": 0.0}
    document = recipe(model=recipe()["model"] | quiet, stages=STAGES)
    (tmp_path / "two").mkdir()
    made = trained_by_two(document, root, tmp_path / "two")
    assert len({bundle.id for bundle in made}) == 1, "all processes get one model"
    train(check(document, "tiny"), root, checkpoints=tmp_path / "one")
    one, two = (load_file(tmp_path / name / FILE) for name in ("one", "two"))
    weights = [name for name in one if name.startswith(("model/", "average/"))]
    assert len(weights) > 10
    for name in weights:
        torch.testing.assert_close(two[name], one[name], rtol=0, atol=1e-4)
