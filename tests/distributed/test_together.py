"""Two processes train the model that one trains: whatever takes part, a step is that of the whole batch."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from emotion.training.loop.checkpoint import FILE
from emotion.training.recipe import check
from emotion.training.trainer import train
from tests.distributed.two import killed_after, trained_by_two
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


def test_each_process_goes_on_with_its_own_random_numbers(root: Path, tmp_path: Path) -> None:
    """With dropout, which is of each process alone."""
    loud = {"embedding_dropout": 0.3, "word_dropout": 0.2, "head_dropout": 0.3}
    document = recipe(model=recipe()["model"] | loud, stages=STAGES)
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    killed_after(1, document, root, tmp_path / "killed")
    whole, gone_on = (trained_by_two(document, root, tmp_path / name)[0] for name in ("whole", "killed"))
    assert len(gone_on.metrics["history"]) == 2
    assert gone_on.id == whole.id


NOISE = """
import numpy, emotion.training.prepare as prepare
learn = prepare.starting_vectors
prepare.starting_vectors = lambda *given: (learn(*given) + numpy.float32(int(rank))).astype(numpy.float32)
"""


def test_all_begin_with_the_vectors_of_the_first(root: Path, tmp_path: Path) -> None:
    """As on machines whose libraries give them others."""
    vectors = {"skipgram": {"dimension": 8, "epochs": 1}}
    document = recipe(vectors=vectors, stages=[STAGES[0] | {"epochs": 1}])
    assert len({bundle.id for bundle in trained_by_two(document, root, tmp_path, NOISE)}) == 1
