"""Models above ELMo, and above a transformer that is trained, on one cluster: labelling in both layouts, a search.

Its GPU is Ray's alone. Its processes began without EMOTION_CONTEXT, as those of other machines do.
"""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from emotion.cluster.local import ray_here
from emotion.cluster.settings import prepare_local
from emotion.errors import BundleError
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.models.bundle import Bundle
from emotion.models.context.config import PLACES
from emotion.models.context.contextual import FOLDER
from emotion.predictor import Predictor
from emotion.tuning.listener import Listener
from emotion.tuning.options import SearchPlan
from emotion.tuning.search import search
from emotion.tuning.space import read_space
from tests.labelling.made import assert_equal_stores, write_archive, write_bundle
from tests.models.elmo.made_elmo import with_elmo, write_elmo
from tests.training.made_sets import recipe, write_sets
from tests.training.teachers.made_teachers import write_base

pytestmark = [pytest.mark.ray, pytest.mark.filterwarnings("ignore::DeprecationWarning")]  # of Ray Data itself
LAYOUTS = [pytest.param(0, id="fused"), pytest.param(1, id="staged")]
ELMO = {"kind": "elmo", "options": "elmo/tiny_options.json", "weights": "elmo/tiny_weights.hdf5", "pack": False}
TUNED = {"kind": "transformer", "path": "base", "trained": True, "layers": "top"}


class Silent(Listener):
    """Hears nothing."""


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(PLACES, raising=False)
        patch.setenv("EMOTION_LOGICAL_GPUS", "1")
        patch.setenv("EMOTION_CACHE", str(tmp_path_factory.mktemp("cache")))
        prepare_local()
        with ray_here(2, 200 << 20, 1):
            yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive, a bundle that holds its ELMo, one that names it, ELMo's files, and a store labelled without Ray."""
    folder = tmp_path_factory.mktemp("made")
    write_archive(folder / "archive")
    plain = write_bundle(folder / "plain")
    for pack, name in ((True, "packed"), (False, "named")):
        with_elmo(plain, folder / name, pack)
    write_elmo(folder / "elmo")
    label(options(folder, "packed", folder / "alone", ray="off"))
    return folder


def options(made: Path, bundle: str, to: Path, **more: Any) -> LabelOptions:
    return LabelOptions(archives=(str(made / "archive"),), to=str(to), model=str(made / bundle), **more)


@pytest.mark.parametrize("gpus", LAYOUTS)
def test_an_archive_is_labelled_above_the_elmo_that_a_bundle_holds(gpus: int, made: Path, tmp_path: Path) -> None:
    label(options(made, "packed", tmp_path / "store", ray="local", gpus=gpus))
    assert_equal_stores(tmp_path / "store", made / "alone")


@pytest.mark.parametrize("gpus", LAYOUTS)
def test_files_that_a_machine_does_not_have_are_one_sentence_and_then_found_where_the_driver_looks(
    gpus: int, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PLACES, str(tmp_path / "elsewhere"))
    began = time.monotonic()
    with pytest.raises(BundleError) as refused:
        label(options(made, "named", tmp_path / "store", ray="local", gpus=gpus))
    said = str(refused.value)
    assert said.startswith(f"{made / 'named'} needs the elmo of sha256 ")
    assert f"looked in {tmp_path / 'elsewhere'}" in said
    assert said.endswith(f"Name the folder that holds them: {PLACES}=FOLDER.")
    assert "\n" not in said
    assert time.monotonic() - began < 120
    monkeypatch.setenv(PLACES, str(made / "elmo"))
    label(options(made, "named", tmp_path / "store", ray="local", gpus=gpus))
    assert_equal_stores(tmp_path / "store", made / "alone")


def test_a_search_chooses_between_elmo_and_a_transformer_that_it_trains(tmp_path: Path) -> None:
    """Bundles above ELMo do not hold it: it is found where the recipe names it, in trials and in the final."""
    write_sets(tmp_path)
    write_elmo(tmp_path / "elmo")
    write_base(tmp_path / "base")
    base = recipe(context=ELMO)
    base["model"] |= {"embedding_dim": 0}
    base["stages"][0] |= {"epochs": 2}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(base))
    document = {
        "name": "tiny",
        "recipe": "recipe.yaml",
        "parameters": {"context": {"choice": [ELMO, TUNED]}},
        "search": {"searcher": "grid"},
        "winner": {"top": 2, "seeds": 1},
    }
    (tmp_path / "space.yaml").write_text(yaml.safe_dump(document))
    out = tmp_path / "out"
    found = search(read_space(tmp_path / "space.yaml"), SearchPlan(out, tmp_path), Silent())
    told = found.found
    assert [(one.status, one.reason) for one in told.trials] == [("finished", "")] * 2
    elmo, tuned = (out / f"trials/{number:04d}/bundle" for number in range(2))
    assert not (elmo / FOLDER).exists()
    assert Predictor.load(str(tuned))(["so today"]).scores.shape == (1, 3)
    assert [len(one.qualities) for one in told.candidates] == [1, 1, 1]
    assert {one.name for one in told.test} >= {"winner", "linear baseline"}
    assert found.bundle is not None
    assert Bundle.load(out / "winner").id == found.bundle.id
    shutil.rmtree(tmp_path / "elmo")
    with pytest.raises(BundleError, match=f"{PLACES} names no folder"):
        Predictor.load(str(elmo))
