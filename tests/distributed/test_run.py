"""A training on a cluster, with the cluster left out: every seed is trained once, and ends as other trainings do."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emotion.distributed import cluster, run
from emotion.distributed.options import Workers
from emotion.distributed.worker import Work, check_sight
from emotion.distributed.worker import work as do_work
from emotion.errors import JobError
from emotion.models.bundle import Bundle
from emotion.models.context.config import PLACES
from emotion.training.recipe import Recipe, check
from emotion.training.run import TrainingPlan
from emotion.training.trainer import train
from emotion.training.watcher import Silence, Watcher
from tests.training.made_sets import recipe, write_sets


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    write_sets(folder)
    return folder


@pytest.fixture
def plan(root: Path, tmp_path: Path) -> TrainingPlan:
    document = recipe(stages=[{"sets": ["single", "several"], "epochs": 1}], select={"single.emotion.macro_f1": 1})
    return TrainingPlan(check(document, "tiny"), root, tmp_path / "unfinished", to=tmp_path / "bundle", seeds=2)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds that were trained, here instead of on a cluster."""
    seeds: list[int] = []

    @contextmanager
    def here(workers: Workers, watcher: Watcher) -> Iterator[None]:
        yield

    def one(_: Workers, one: Recipe, root: Path, checkpoints: Path, meeting: Path, watcher: Watcher) -> Bundle:
        seeds.append(one.seed)
        return train(one, root, watcher, checkpoints=checkpoints)

    monkeypatch.setattr(run, "joined", here)
    monkeypatch.setattr(run, "train_on", one)
    return seeds


def test_every_seed_is_trained_once_and_the_best_is_kept(
    plan: TrainingPlan, trained: list[int], tmp_path: Path
) -> None:
    bundle = run.run(plan, Silence(), Workers(2))
    assert trained == [3, 4]
    assert Bundle.load(tmp_path / "bundle").id == bundle.id
    assert [one["seed"] for one in bundle.metrics["seeds"]["runs"]] == [3, 4]
    assert not any((tmp_path / "unfinished").glob("seed-*"))


def test_a_seed_that_is_made_is_not_trained_again(
    plan: TrainingPlan, trained: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*given: Any) -> Bundle:
        if trained:
            raise KeyboardInterrupt
        return one(*given)

    one: Callable[..., Bundle] = vars(run)["train_on"]
    with monkeypatch.context() as patch:
        patch.setattr(run, "train_on", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run.run(plan, Silence(), Workers(2))
    assert trained == [3]
    run.run(plan, Silence(), Workers(2))
    assert trained == [3, 4]


def test_trackers_are_told_of_every_epoch(plan: TrainingPlan, trained: list[int], tmp_path: Path) -> None:
    tracked = replace(plan, trackers=("tensorboard",), track_to=tmp_path / "tracking")
    run.run(tracked, Silence(), Workers(2))
    assert len(list((tmp_path / "tracking" / "tensorboard").iterdir())) == 2


def test_nothing_of_ray_stays_beside_the_checkpoints(
    plan: TrainingPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure of the cluster is raised as it is, and what an earlier kill left is removed."""
    seen: list[Path] = []

    def fail(task: Work, listener: object) -> JobError:
        seen.append(task.sign)
        check_sight(task)
        return JobError("the cluster is gone")

    monkeypatch.setattr(cluster, "_conducted", fail)
    meeting = tmp_path / "ray"
    (meeting / "old").mkdir(parents=True)
    with pytest.raises(JobError, match="the cluster is gone"):
        cluster.train_on(Workers(), plan.recipe, plan.root, tmp_path / "epochs", meeting, Silence())
    assert [sign.parent for sign in seen] == [meeting]
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_does_not_see_the_checkpoints_says_so(plan: TrainingPlan, tmp_path: Path) -> None:
    work = Work(plan.recipe, plan.root, tmp_path / "epochs", tmp_path / "sign", tmp_path, Workers())
    with pytest.raises(JobError, match=r"does not see .*epochs; name --checkpoints"):
        check_sight(work)
    work.sign.mkdir()
    check_sight(work)


def test_workers_look_where_the_driver_does(
    plan: TrainingPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for the ELMo of a bundle that a recipe starts from, which that bundle does not hold."""
    monkeypatch.setenv(PLACES, "elmo")

    def conducted(task: Work, listener: object) -> JobError:
        monkeypatch.delenv(PLACES)
        do_work({"work": task, "conductor": None})
        return JobError("enough")

    class Second:
        rank = 1

        def __init__(self, device: object) -> None: ...

    looked: list[str] = []
    monkeypatch.setattr(cluster, "_conducted", conducted)
    monkeypatch.setattr("emotion.training.parallel.Together", Second)
    monkeypatch.setattr("emotion.training.trainer.train", lambda *_, **__: looked.append(os.environ[PLACES]))
    with pytest.raises(JobError, match="enough"):
        cluster.train_on(Workers(), plan.recipe, plan.root, tmp_path / "epochs", tmp_path / "ray", Silence())
    assert looked == [str(Path("elmo").absolute())]
