"""The two halves of the staged layout, without a cluster: the same documents, and no text computed twice."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from emotion.errors import BundleError, JobError
from emotion.labelling.manifest import Start
from emotion.labelling.tries import MOST, begin
from emotion.labelling.work import Chosen, Labeller, Plan, Task, encode_texts, read_chosen
from emotion.models.bundle import Bundle
from emotion.models.context.config import PLACES
from emotion.models.description import read_encoder
from emotion.prediction import Predictions
from emotion.predictor import Predictor
from emotion.stores.directory.store import DirectoryStore
from emotion.stores.finish import finish
from emotion.text.encoder import Encoded
from emotion.tweets.archive import find_files
from emotion.tweets.reader import ReadOptions
from emotion.tweets.selection import Selection
from emotion.tweets.splits import plan_splits
from tests.labelling.made import rows, tweet, write_lines
from tests.models.elmo.made_elmo import with_elmo, write_elmo

TEXTS = ["good day", "bad rain", " ", "😂 sooo happy #GoodNews", "never"]


@pytest.fixture(params=[False, True], ids=["words", "ELMo"])
def model(request: pytest.FixtureRequest, bundle: Path, tmp_path: Path) -> Path:
    """A bundle that reads ids alone, and one that reads the words too."""
    return with_elmo(bundle, tmp_path / "elmo") if request.param else bundle


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """Three parts, which repeat their texts and those of each other."""
    path = write_lines(tmp_path / "a.jsonl", (tweet(n, TEXTS[n * 7 // 3 % 5]) for n in range(60)))
    (file,) = find_files([str(path)]).files
    return Task(file, plan_splits(file, 0)[0], Start("job", 0))


def plan(root: Path, bundle: Path) -> Plan:
    store = DirectoryStore(root)
    store.open(*Bundle.load(bundle).settings.label_sets)
    model, read = Bundle.load(bundle).id, ReadOptions(part_bytes=4000)
    return Plan(store, str(bundle), model, "exact", Selection(), read, attempt=1)


def staged(plan: Plan, task: Task) -> list[bytes]:
    encoder, parts = read_encoder(Path(plan.bundle)), []
    for chosen in read_chosen(plan, task, look=False):
        encode_texts(encoder, chosen)
        parts.append(msgspec.msgpack.encode(chosen))
    return parts


def test_both_layouts_write_the_same_documents(task: Task, tmp_path: Path, model: Path) -> None:
    one, two = plan(tmp_path / "fused", model), plan(tmp_path / "staged", model)
    labeller = Labeller(one)
    for chosen in read_chosen(one, task):
        labeller.label(chosen)
    labeller = Labeller(two)
    for part in staged(two, task):
        labeller.label(msgspec.msgpack.decode(part, type=Chosen))
    for root in ("fused", "staged"):
        assert finish(tmp_path / root).documents == 60
    assert rows(tmp_path / "fused") == rows(tmp_path / "staged")


def test_a_text_of_an_earlier_part_is_not_computed_again(
    task: Task, tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []
    predict = Predictor.predict_encoded

    def counted(self: Predictor, encoded: Encoded) -> Predictions:
        computed.append(len(encoded.offsets) - 1)
        return predict(self, encoded)

    monkeypatch.setattr(Predictor, "predict_encoded", counted)
    made = plan(tmp_path / "staged", model)
    labeller, parts = Labeller(made), staged(made, task)
    for part in parts:
        labeller.label(msgspec.msgpack.decode(part, type=Chosen))
    assert len(parts) > 2
    assert sum(computed) == len(TEXTS)


def test_workers_look_for_elmo_where_the_driver_does(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan(tmp_path / "store", with_elmo(bundle, tmp_path / "elmo", pack=False))
    monkeypatch.setenv(PLACES, "")  # put back afterwards, whatever the labeller sets
    monkeypatch.delenv(PLACES)
    with pytest.raises(BundleError, match=f"{PLACES} names no folder"):
        Labeller(made)
    folder = write_elmo(tmp_path / "files")[0].parent
    Labeller(replace(made, places=str(folder)))


@pytest.mark.parametrize("committed", [True, False])
def test_machines_that_are_lost_count_only_where_nothing_was_committed_between(
    task: Task, tmp_path: Path, bundle: Path, committed: bool
) -> None:
    """A long file may outlive any number of spot machines; one that ends each worker at the same place may not."""
    work = plan(tmp_path / "store", bundle)
    for _ in range(MOST - 1):
        begin(work.store.tries, "read-000000-00000-00000", "a.jsonl")
    parts = read_chosen(work, task, look=committed)
    for _ in range(2):
        next(parts)
    del parts
    if committed:
        next(read_chosen(work, task))
    else:
        with pytest.raises(JobError, match="ended its worker 5 times"):
            next(read_chosen(work, task))
