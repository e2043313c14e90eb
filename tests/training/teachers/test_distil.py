"""Soft labels: what is in the file, and that kills and the number of processes leave no trace in it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from emotion.errors import DataError, JobError, UsageError
from emotion.sets.formats import Columns, read
from emotion.training.teachers import pool, soft
from emotion.training.teachers.distil import Distilling, distil
from emotion.training.teachers.soft import columns, read_facts
from emotion.training.teachers.taught import Taught
from emotion.training.teachers.texts import find_source
from emotion.training.teachers.workers import Teachers
from tests.training.made_sets import FEELINGS, texts

COUNT = 10


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "PIECE", 8)


@pytest.fixture
def asked(taught_at: Path, tmp_path: Path) -> Distilling:
    rows = [text for label in FEELINGS for text in texts(label, COUNT, "new")]
    (tmp_path / "new.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    source = find_source(f"lines:{tmp_path / 'new.txt'}")
    return Distilling(Teachers((str(taught_at),), precision="float32"), (source,), tmp_path / "soft.parquet")


class Killed(Exception):
    """In place of kill -9."""


def test_every_text_gets_the_scores_that_the_teacher_gives_it(asked: Distilling, taught: Taught) -> None:
    facts = distil(asked)
    table = pq.read_table(asked.to)
    said = table.column("text").to_pylist()
    assert said == [text for label in FEELINGS for text in texts(label, COUNT, "new")]
    for head in taught.heads:
        found = np.stack([table.column(name).to_numpy() for name in columns(head)], axis=1)
        np.testing.assert_allclose(found, taught.scores(said)[head.name], atol=1e-5)
    assert table.column_names[:3] == ["text", "emotion.anger", "emotion.fear"]
    assert facts["texts"] == 3 * COUNT
    assert not asked.folder.exists()


def test_a_recipes_set_reads_them(asked: Distilling, taught: Taught) -> None:
    distil(asked)
    names = columns(taught.heads[0])
    rows = read(asked.to, "parquet", Columns(labels=names))
    assert rows.labels == names
    assert rows.soft
    np.testing.assert_allclose(rows.targets, taught.scores(rows.texts)["emotion"], atol=1e-5)


def test_the_file_says_who_gave_the_labels_and_what_was_left_out(
    asked: Distilling, taught: Taught, data: Path, tmp_path: Path
) -> None:
    held = [*texts("joy", 2, "new"), "not there"]
    (tmp_path / "held.txt").write_text("\n".join(held) + "\n")
    (tmp_path / "measured.txt").write_text(f"{texts('fear', 1, 'new')[0]};fear\n")
    (tmp_path / "recipe.yaml").write_text("sets: {a: {format: carer, train: [none.txt], test: [measured.txt]}}")
    without = (find_source(f"lines:{tmp_path / 'held.txt'}"),)
    facts = distil(replace(asked, without=without, recipes=(tmp_path / "recipe.yaml",), root=tmp_path))
    assert read_facts(asked.to) == facts
    assert facts["teachers"] == [{"name": "tiny", "id": taught.id, "weight": 1.0}]
    assert facts["counts"] == {asked.sources[0].name: {"read": 30, "empty": 0, "held_back": 3, "copies": 0, "kept": 27}}
    left = set(pq.read_table(asked.to).column("text").to_pylist())
    assert left.isdisjoint({*texts("joy", 2, "new"), texts("fear", 1, "new")[0]})
    assert str(tmp_path) not in str({name: value for name, value in facts.items() if name != "counts"})


def test_row_groups_have_their_size(asked: Distilling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soft, "ROWS", 20)
    distil(asked)
    file = pq.ParquetFile(asked.to).metadata
    assert [file.row_group(number).num_rows for number in range(file.num_row_groups)] == [20, 10]


def test_a_killed_run_goes_on_to_the_same_file(asked: Distilling, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = replace(asked, to=asked.to.with_name("whole.parquet"))
    distil(whole)
    scored: list[int] = []
    own = Taught.scores

    def dies(self: Taught, texts: list[str]) -> dict[str, np.ndarray]:
        if len(scored) == 2:
            raise Killed
        scored.append(len(texts))
        return own(self, texts)

    monkeypatch.setattr(Taught, "scores", dies)
    with pytest.raises(Killed):
        distil(asked)
    assert not asked.to.exists()
    scored[:] = [0, 0, 0]  # counts on, and never dies
    distil(asked)
    assert scored[3:] == [8, 6]  # what was scored before is not scored again
    assert asked.to.read_bytes() == whole.to.read_bytes()


def test_workers_that_die_leave_what_they_did(asked: Distilling, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(asked, teachers=Teachers(("shipped",)))
    whole = replace(asked, to=asked.to.with_name("whole.parquet"))
    distil(whole)
    with monkeypatch.context() as patched:
        patched.setenv("EMOTION_CRASH", "scores-written:2")  # each of both dies after its second piece
        with pytest.raises(JobError, match="A worker process died; say the same again"):
            distil(replace(asked, workers=2))
    assert not asked.to.exists()
    assert 2 <= len(list(asked.folder.glob("scores-*.parquet"))) <= 4
    distil(asked)
    assert asked.to.read_bytes() == whole.to.read_bytes()


def test_what_is_done_is_not_done_again(asked: Distilling, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = distil(asked)
    monkeypatch.setattr(Taught, "scores", None)
    assert distil(asked) == facts


def test_another_question_is_refused(asked: Distilling) -> None:
    distil(asked)
    with pytest.raises(UsageError, match="is there already, and differs in limit"):
        distil(replace(asked, limit=3))
    asked.to.write_bytes(b"mine")
    with pytest.raises(DataError, match="no file of soft labels"):
        distil(asked)
    assert asked.to.read_bytes() == b"mine"


def test_an_unfinished_run_of_another_question_is_refused(asked: Distilling, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(self: Taught, texts: list[str]) -> None:
        raise Killed

    monkeypatch.setattr(Taught, "scores", dies)
    with pytest.raises(Killed):
        distil(asked)
    with pytest.raises(UsageError, match=r"differs in limit; delete it first"):
        distil(replace(asked, limit=3))
