"""`emotion tune` on a real cluster: what is found, what fails, and what becomes of a kill."""

import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from emotion.cluster.connect import on_this_machine
from emotion.cluster.local import bare_nodes
from emotion.cluster.settings import prepare_local
from emotion.errors import JobError
from emotion.models.bundle import Bundle
from emotion.models.registry import resolve
from emotion.report.search.found import Found, Trial
from emotion.training.loop.history import selected
from emotion.training.recipe import Recipe
from emotion.tuning.folder import Round, SearchFolder
from emotion.tuning.listener import Listener
from emotion.tuning.options import Machines, SearchPlan
from emotion.tuning.outcome import read
from emotion.tuning.ray_tune import shelf_for
from emotion.tuning.search import proposer_of, search
from emotion.tuning.shelf import Shelf
from emotion.tuning.space import read_space
from emotion.tuning.trial import Work, from_shelf
from tests.ray.commands import Begin, commands, heard
from tests.ray.drivers import wait_until, wait_until_cluster_is_gone, working
from tests.tuning.made import space as made_space
from tests.tuning.made import write

pytestmark = pytest.mark.ray
RATE = "stages.*.optimiser.learning_rate"


class Heard(Listener):
    """Keeps the notes, and how many trials ran beside each other."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.ended: list[int] = []

    def note(self, line: str) -> None:
        self.notes.append(line)

    def settled(self, trial: Trial) -> None:
        self.ended.append(trial.number)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """One cluster of two CPUs and a GPU that only Ray believes in."""
    prepare_local()
    import ray
    from ray.cluster_utils import Cluster

    with bare_nodes():
        made = Cluster(head_node_args={"num_cpus": 2, "num_gpus": 1, "include_dashboard": False}, initialize_head=True)
    ray.init(address=made.address, log_to_driver=False)
    yield made
    ray.shutdown()
    made.shutdown()  # type: ignore[no-untyped-call]  # Ray's own


def searched(
    folder: Path,
    machines: Machines | None = None,
    name: str | None = None,
    own: Sequence[str] = (),
    trackers: Sequence[str] = (),
    **changes: Any,
) -> tuple[Found, Heard]:
    """What a search in `folder` finds, with keys changed for its own run."""
    path = folder / "space.yaml"
    if not path.exists():
        write(folder, **changes)
    heard = Heard()
    plan = SearchPlan(folder / "out", folder, machines or Machines(), tuple(trackers), name=name)
    result = search(read_space(path, own), plan, heard)
    return result.found, heard


@pytest.fixture(scope="module")
def begin(tmp_path_factory: pytest.TempPathFactory, drivers: list[int]) -> Iterator[Begin]:
    with commands(tmp_path_factory.mktemp("home"), drivers) as begin:
        yield begin


@pytest.fixture
def typed(tmp_path: Path) -> list[str]:
    """The command, for a space that lies in its folder."""
    return ["tune", "--space", f"{tmp_path}/space.yaml", "--to", f"{tmp_path}/out", "--data", str(tmp_path)]


def known(folder: Path) -> list[Trial]:
    return Round(folder / "out" / "trials").trials()


def done(folder: Path) -> dict[int, Trial]:
    """Finished trials by number."""
    return {one.number: one for one in known(folder) if one.status == "finished"}


def test_a_killed_search_goes_on_with_the_same_trials_and_repeats_none(
    begin: Begin, typed: list[str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The command is killed; when it goes on, a process of a trial dies after three epochs, and Ctrl-C ends it."""
    write(tmp_path, stage={"epochs": 4, "patience": 4}, search={"trials": 6}, winner={"top": 0})
    driver = begin(typed)
    wait_until(lambda: bool(done(tmp_path)), driver)
    driver.kill()
    wait_until_cluster_is_gone(driver)
    before = done(tmp_path)
    assert 1 <= len(before) < 4
    driver = begin(typed, crash="epoch:3")
    said = heard(driver, "its process was lost; it goes on after its last whole epoch")
    assert f"going on, {len(before)} of 6 are done" in said
    driver.send_signal(signal.SIGINT)
    _, said = driver.communicate(timeout=600)
    assert driver.returncode == 130, said
    assert "emotion: stopped; what was found so far is in" in said
    assert "Traceback" not in said
    assert (tmp_path / "out" / "report.html").exists()
    wait_until_cluster_is_gone(driver)
    before = done(tmp_path)
    assert all(Bundle.load(tmp_path / f"out/trials/{one.number:04d}/bundle").id == one.model for one in before.values())
    request.getfixturevalue("cluster")
    told, _ = searched(tmp_path)
    assert [(one.status, one.epochs) for one in told.trials] == [("finished", 4)] * 6
    assert {number: told.trials[number] for number in before} == before
    given = proposer_of(read_space(tmp_path / "space.yaml"))
    assert [one.values for one in told.trials] == [given.propose(number) for number in range(6)]
    assert (tmp_path / "out" / "trials.csv").read_text().count("\n") == 7


def test_a_killed_population_ends_with_all_its_members(
    begin: Begin, typed: list[str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rates = {RATE: {"loguniform": [1e-6, 0.03]}}
    write(
        tmp_path,
        stage={"epochs": 6, "patience": 6},
        parameters=rates,
        search={"scheduler": "pbt", "trials": 4, "interval": 2},
        winner={"top": 0},
    )
    driver = begin(typed)
    wait_until(lambda: any(one.epochs >= 3 for one in known(tmp_path)), driver)
    driver.kill()
    wait_until_cluster_is_gone(driver)
    before = done(tmp_path)
    request.getfixturevalue("cluster")
    told, _ = searched(tmp_path)
    assert [(one.status, one.epochs) for one in told.trials] == [("finished", 6)] * 4
    assert {number: told.trials[number] for number in before} == before


def test_a_node_that_is_killed_costs_no_trial(cluster: Any, tmp_path: Path) -> None:
    """A third CPU is that of a second node, which dies as soon as a trial is at work there."""
    import ray

    write(tmp_path, stage={"epochs": 6, "patience": 6}, search={"trials": 4}, winner={"top": 0})
    with bare_nodes():
        node = cluster.add_node(num_cpus=1)
    raylet = node.all_processes["raylet"][0].process

    def kill() -> None:
        working(raylet, ".train", 600)
        cluster.remove_node(node, allow_graceful=False)

    killer = Thread(target=kill)
    killer.start()
    told, heard = searched(tmp_path)
    killer.join()
    end = time.monotonic() + 600
    while sum(each["Alive"] for each in ray.nodes()) > 1:  # type: ignore[no-untyped-call]
        assert time.monotonic() < end
        time.sleep(0.2)
    assert "3 trials at once" in heard.notes
    assert any("its process was lost; it goes on after its last whole epoch" in note for note in heard.notes)
    assert [(one.status, one.reason) for one in told.trials] == [("finished", "")] * 4


def test_an_actor_of_the_driver_s_stays_on_its_machine_when_another_comes(cluster: Any) -> None:
    """Half of the actors that ask for nothing at all land on the machine that has just come."""
    import ray

    class Actor:
        def where(self) -> str:
            return ray.get_runtime_context().get_node_id()

    with bare_nodes():
        node = cluster.add_node(num_cpus=1)
    made: Any = ray.remote(Actor)
    actors = [made.options(**on_this_machine()).remote() for _ in range(4)]
    found = {ray.get(actor.where.remote()) for actor in actors}
    for actor in actors:
        ray.kill(actor)
    cluster.remove_node(node)
    assert found == {ray.get_runtime_context().get_node_id()}


def test_what_keeps_the_prepared_data_begins_again_where_its_process_dies(cluster: Any, tmp_path: Path) -> None:
    import ray

    work = Work(made_space(tmp_path), tmp_path, tmp_path / "trials", tmp_path, 0.0)
    recipe = work.space.recipe({}, 0)
    with shelf_for(work) as shelf:
        before = from_shelf(shelf, recipe)
        ray.kill(shelf, no_restart=False)
        after = from_shelf(shelf, recipe)
    assert before.encoder.vocabulary == after.encoder.vocabulary


def test_what_kills_the_shelf_fails_the_trials_that_ask_for_it_alone(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dying(Shelf):
        def prepared(self, recipe: Recipe) -> Any:
            return os._exit(1) if recipe.rules.stop_words else super().prepared(recipe)

    monkeypatch.setattr("emotion.tuning.ray_tune.Shelf", Dying)
    made = made_space(tmp_path, parameters={"rules.stop_words": {"choice": [False, True]}})
    with shelf_for(Work(made, tmp_path, tmp_path / "trials", tmp_path, 0.0)) as shelf:
        with pytest.raises(JobError, match="died each time"):
            from_shelf(shelf, made.recipe({"rules.stop_words": True}, 0))
        assert from_shelf(shelf, made.recipe({"rules.stop_words": False}, 0)).encoder.vocabulary


def test_trials_that_the_minutes_interrupt_go_on_with_more(cluster: Any, tmp_path: Path) -> None:
    """They are of an earlier attempt, and so have a quality however slow the machine is; neither comes to its end."""
    epochs = {"epochs": 100_000, "patience": 100_000}
    path = write(tmp_path, stage=epochs, search={"trials": 2, "minutes": 0.2}, winner={"top": 0})
    given = proposer_of(read_space(path))
    for number in range(2):
        begun = Trial(number, dict(given.propose(number) or {}), 3, quality=0.1, history=[{"select": 0.1}])
        Round(tmp_path / "out" / "trials").of(number).write(begun)
    with SearchFolder(tmp_path / "new", read_space(path), tmp_path):
        shutil.copyfile(tmp_path / "new" / "space.json", tmp_path / "out" / "space.json")
    told, heard = searched(tmp_path)
    over = "the minutes are over; 2 trials in work go on where there are more of them"
    assert [one.status for one in told.trials] == ["interrupted"] * 2
    assert over in heard.notes
    assert (tmp_path / "out/trials.csv").read_text().count(",interrupted,") == 2
    again, heard = searched(tmp_path)
    assert again.trials == told.trials
    assert over not in heard.notes
    more = max(one.ended for one in told.trials) / 60 + 0.1
    longer, heard = searched(tmp_path, own=[f"search.minutes={more}"])
    assert [one.status for one in longer.trials] == ["interrupted"] * 2
    assert over in heard.notes


def test_a_known_best_is_found_a_failure_is_a_row_and_nothing_is_done_twice(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("ray.air._internal.usage._count_callbacks", None)  # it imports MLflow and W&B
    rates = {RATE: {"choice": [1e-6, 0.02, 1e30]}, "rules.stop_words": {"choice": [False, True]}}
    told, heard = searched(
        tmp_path,
        name="best",
        parameters=rates,
        search={"searcher": "grid"},
        changes={f"{RATE}": 1e-6},
        stage={"epochs": 6},
    )
    by_rate = {(one.values[RATE], one.values["rules.stop_words"]): one for one in told.trials}
    assert len(by_rate) == 6
    assert [by_rate[1e30, flag].status for flag in (False, True)] == ["failed", "failed"]
    assert "Training diverged" in by_rate[1e30, False].reason
    assert min(by_rate[0.02, flag].quality or 0 for flag in (False, True)) > (by_rate[1e-6, False].quality or 1)
    assert told.winner in {f"trial {one.number}" for one in told.trials if one.values[RATE] == 0.02}
    assert next(one.trial for one in told.candidates) is None
    winner = Bundle.load(tmp_path / "out" / "winner")
    assert winner.metrics["recipe"]["stages"][0]["optimiser"]["learning_rate"] == 0.02
    assert winner.metrics["sets"]["single"]["test"]["emotion"]["accuracy"] == 1.0
    assert Bundle.load(resolve("best")).id == winner.id
    assert "the final: 4 trainings, about 1 minute" in heard.notes
    assert {one.name for one in told.test} == {"winner", "the base recipe", "linear baseline"}
    assert all(
        Bundle.load(tmp_path / f"out/trials/{one.number:04d}/bundle").id == one.model
        for one in told.trials
        if one.model
    )
    with pytest.raises(JobError, match="A trial needs 1 CPU and 2 GPU"):
        searched(tmp_path, Machines(gpu=2.0), name="best")
    assert read(tmp_path / "out") == told
    monkeypatch.setattr("emotion.tuning.search.prove", None)  # the test split is measured once
    again, heard = searched(tmp_path, name="best")
    assert again == told
    assert heard.ended == []


def test_trackers_hear_of_each_trial_and_of_its_end(cluster: Any, tmp_path: Path) -> None:
    told, heard = searched(
        tmp_path,
        trackers=("tensorboard", "mlflow", "wandb"),
        parameters={RATE: {"choice": [0.02, 1e30]}},
        search={"searcher": "grid"},
        winner={"top": 0},
    )
    assert [one.status for one in told.trials] == ["finished", "failed"]
    assert not [said for said in (*heard.notes, *(one.reason for one in told.trials)) if "told nothing more" in said]
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=(tmp_path / "out/tracking/mlflow").as_uri())
    (experiment,) = [one for one in client.search_experiments() if one.name == "emotion"]
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    good, bad = (runs[f"tiny, trials {number}, seed 3"] for number in (0, 1))
    assert (good.info.status, bad.info.status) == ("FINISHED", "FAILED")
    assert good.data.params["stages.0.optimiser.learning_rate"] == "0.02"
    curve = [point.value for point in client.get_metric_history(good.info.run_id, "select")]
    assert curve == pytest.approx([epoch["select"] for epoch in told.trials[0].history])
    assert len(list((tmp_path / "out/tracking/wandb").glob("offline-run-*/run-*.wandb"))) == 2
    assert len(list((tmp_path / "out/tracking/tensorboard").iterdir())) == 2


def test_half_a_gpu_each_lets_two_trials_share_it(cluster: Any, tmp_path: Path) -> None:
    """The GPU is Ray's alone, so that the trials compute on CPUs."""
    told, heard = searched(tmp_path, Machines(gpu=0.5), search={"trials": 2}, winner={"top": 0})
    assert "2 trials at once" in heard.notes
    assert {one.place.split(", ")[1] for one in told.trials} == {"GPU 0"}
    assert [one.status for one in told.trials] == ["finished"] * 2


def test_asha_stops_what_falls_behind_and_keeps_its_bundle(cluster: Any, tmp_path: Path) -> None:
    told, _ = searched(
        tmp_path,
        Machines(at_once=1),
        parameters={RATE: {"choice": [0.02, 1e-6]}},
        search={"searcher": "grid", "scheduler": "asha", "reduction": 2},
        winner={"top": 0},
        stage={"epochs": 8, "patience": 8},
    )
    good, bad = told.trials
    assert (good.status, bad.status) == ("finished", "stopped")
    assert bad.epochs < good.epochs == 8
    assert Bundle.load(tmp_path / "out/trials/0001/bundle").id == bad.model
    assert not (tmp_path / "out/trials/0001/epochs").exists()


def test_a_population_takes_over_from_its_best(cluster: Any, tmp_path: Path) -> None:
    rates = {RATE: {"loguniform": [1e-6, 0.03]}, "model.hidden": {"choice": [6, 8]}}
    told, _ = searched(
        tmp_path,
        parameters=rates,
        search={"scheduler": "pbt", "trials": 4},
        winner={"top": 0},
        stage={"epochs": 5, "patience": 5, "optimiser": {"learning_rate": 0.02, "schedule": "constant", "ema": 0.5}},
    )
    given = proposer_of(read_space(tmp_path / "space.yaml"))
    assert [(one.status, one.epochs) for one in told.trials] == [("finished", 5)] * 4
    assert [one.values for one in told.trials] != [given.propose(number) for number in range(4)]
    bundles = [Bundle.load(tmp_path / f"out/trials/{one.number:04d}/bundle") for one in told.trials]
    assert [bundle.id for bundle in bundles] == [one.model for one in told.trials]
    assert [selected(bundle.metrics) for bundle in bundles] == [one.quality for one in told.trials]
    assert [bundle.config.hidden for bundle in bundles] == [one.values["model.hidden"] for one in told.trials]
    assert not (tmp_path / "out" / "ray").exists()
