"""One trial, where Ray Tune runs it: the project's own training loop, told of after each epoch, on shared data.

Whatever goes wrong within it is one row of the search, never its end.
"""

import json
import os
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion.errors import EmotionError, JobError
from emotion.models.context.config import look_in
from emotion.report.search.found import Trial
from emotion.training.recipe import Recipe
from emotion.tuning.folder import Round, TrialFolder
from emotion.tuning.footprint import postpone
from emotion.tuning.space import Space, write_recipe

if TYPE_CHECKING:
    from emotion.training.prepare import Prepared
    from emotion.tuning.keeper import Keeper

SMALLER = 3  # times that batches are halved where a GPU has no room for them


@dataclass(frozen=True)
class Work:
    """What all trials of a round share. Folders are absolute, and seen by every machine of the cluster.

    `began` is when the search began (seconds since 1970), `gpu` the share of a GPU that each trial may fill, and
    `places` the driver's EMOTION_CONTEXT.
    """

    space: Space
    root: Path
    round: Path
    home: Path
    began: float
    device: str = "cpu"
    threads: int = 1
    gpu: float = 0.0
    trackers: tuple[str, ...] = ()
    track_to: Path = Path("tracking")
    population: bool = False
    places: str = ""


def run_trial(config: Mapping[str, Any], work: Work, shelf: Any) -> None:
    """Train what `config` gives: a trial's number is its name, as its values may become those of another trial."""
    from ray import tune

    context: Any = tune.get_context()
    folder = Round(work.round).of(int(context.get_trial_name()))
    given = config["given"]
    values = json.loads(given["values"])
    known = folder.read()
    trial = known or Trial(int(context.get_trial_name()), values, given["seed"])
    if known is not None and known.status != "running":
        tune.report({"epochs": known.epochs} | ({} if known.quality is None else {"quality": known.quality}))
        return  # all but Ray knew of its end
    trial.values, trial.place = values, _place()
    try:
        settle_in(work)
        _begin(work, folder, trial)
        write_recipe(work.space, values, trial.seed, folder.recipe)
        _train(work, folder, trial, shelf)
    except Crowded:
        folder.change(postpone)
        tune.report({"failed": 1})
    except Exception as error:
        fail(folder, trial, error)
        tune.report({"failed": 1})


class Crowded(Exception):
    """The share of a GPU is too small for this trial."""


def fail(folder: TrialFolder, trial: Trial, error: BaseException | str) -> None:
    """Keep why a trial failed, in one line; the whole story, where nobody foresaw it, in its folder."""
    trial.status = "failed"
    trial.reason = error if isinstance(error, str) else one_line(error)
    folder.write(trial)
    if isinstance(error, BaseException) and not isinstance(error, EmotionError):
        (folder.path / "error.txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    folder.tidy()


def one_line(error: BaseException) -> str:
    """What an error says, in one line."""
    said = " ".join(str(error).split())
    if isinstance(error, EmotionError):
        return said
    return f"{type(error).__name__}: {said[:300]}" if said else type(error).__name__


def settle_in(work: Work) -> None:
    """Be where the user stands, and take no more threads and no more of the GPU than given.

    Raises:
        JobError: this machine does not see the folder of the search.
    """
    import torch

    if not work.round.is_dir():
        raise JobError(f"{_place()} does not see {work.round}; name --to in a folder that all machines share.")
    with suppress(OSError):
        os.chdir(work.home)
    look_in(work.places)
    torch.set_num_threads(work.threads)
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        if 0 < work.gpu < 1:
            torch.cuda.set_per_process_memory_fraction(work.gpu)


def halved(recipe: Recipe) -> Recipe:
    """The recipe with half as many texts, and words, a batch."""
    stages = [
        stage.model_copy(
            update={
                "batch_size": max(1, stage.batch_size // 2),
                "batch_tokens": stage.batch_tokens and max(1, stage.batch_tokens // 2),
            }
        )
        for stage in recipe.stages
    ]
    return recipe.model_copy(update={"stages": tuple(stages)})


def _train(work: Work, folder: TrialFolder, trial: Trial, shelf: Any) -> None:
    from emotion.training.against_data import check_data
    from emotion.training.context import with_context
    from emotion.training.hardware import find_device, hardware
    from emotion.training.start import resolved, starting_bundle

    recipe = work.space.recipe(trial.values, trial.seed)
    start = starting_bundle(recipe)
    prepared = replace(from_shelf(shelf, recipe), start=start)
    check_data(recipe, prepared.data.sets, start)  # they may have been prepared for a trial that teaches otherwise
    recipe = resolved(recipe, start)
    machine = hardware(find_device(work.device), recipe.precision, recipe.compile)
    recipe, context = with_context(recipe, work.root, start, machine.device)
    prepared = prepared.beside(context)
    keeper = _keeper(work, folder, trial, recipe, prepared)
    _fit(recipe, prepared, keeper, machine, work)


def _fit(recipe: Recipe, prepared: "Prepared", keeper: "Keeper", machine: Any, work: Work) -> None:
    """Train to the end; where a whole GPU has no room, batches are halved, and the record says so.

    Raises:
        Crowded: the trial's share of a GPU has no room.
    """
    import torch

    from emotion.models.description import CARD
    from emotion.training.loop.stages import Means, fit_stages
    from emotion.training.parallel import Alone
    from emotion.training.trackers.numbers import run_of
    from emotion.training.trackers.tracking import Tracking

    run = run_of(recipe, f"{work.space.config.name}, {work.round.name} {keeper.trial.number}, seed {recipe.seed}")
    for times in range(SMALLER + 1):
        with Tracking(work.trackers, work.track_to, run, keeper.remark) as tracking:
            try:
                _, history = fit_stages(recipe, prepared.apart(), Means(tracking, machine, Alone(), keeper))
            except torch.OutOfMemoryError:
                if 0 < work.gpu < 1:
                    raise Crowded from None
                if times == SMALLER:
                    raise
                torch.cuda.empty_cache()
                recipe = keeper.recipe = halved(recipe)
                write_recipe(work.space, keeper.trial.values, recipe.seed, keeper.folder.recipe, recipe.stages)
                keeper.trial.reason = f"batches of 1/{2 ** (times + 1)} of the size: the GPU had no room for more"
                continue
            bundle = keeper.close(history)
            if work.trackers:
                tracking.finish(bundle.metrics, {CARD: bundle.card})
            return


def _keeper(work: Work, folder: TrialFolder, trial: Trial, recipe: Recipe, prepared: "Prepared") -> "Keeper":
    from ray import tune

    from emotion.tuning.keeper import Keeper

    keeper = Keeper(folder, trial, recipe, prepared, work.began)

    def tell(result: dict[str, Any]) -> None:
        """A population hands checkpoints on; else Ray needs none, as trials go on from their own folder."""
        tune.report(result, checkpoint=tune.Checkpoint.from_directory(folder.epochs) if work.population else None)

    keeper.tell = tell
    return keeper


def _begin(work: Work, folder: TrialFolder, trial: Trial) -> None:
    """Put the trial on record, to go on from the checkpoint that Ray gives: in a population perhaps another trial's."""
    from ray import tune

    from emotion.tuning.keeper import begin, take

    checkpoint: Any = tune.get_checkpoint() if work.population else None
    if checkpoint is None:
        begin(folder, trial)
        return
    with checkpoint.as_directory() as given:
        take(Path(given), folder, trial)


def from_shelf(shelf: Any, recipe: Recipe, again: int = 2) -> "Prepared":
    """The prepared data, prepared anew where they went with the shelf's process, at most `again` times.

    Vectors are copied, as training writes into them.

    Raises:
        JobError: the process that prepares them died each time.
    """
    import ray
    from ray.exceptions import ObjectLostError, RayActorError

    try:
        found = ray.get(shelf.prepared.remote(recipe))
    except RayActorError:
        raise JobError("The process that prepares the data died each time, perhaps for want of memory.") from None
    if isinstance(found, EmotionError):
        raise found
    try:
        prepared: Prepared = ray.get(found[0])
    except ObjectLostError:
        if again == 0:
            raise
        return from_shelf(shelf, recipe, again - 1)
    return prepared if prepared.vectors is None else replace(prepared, vectors=prepared.vectors.copy())


def _place() -> str:
    """The machine, and which GPU of it."""
    import platform

    import ray

    cluster: Any = ray
    gpus = cluster.get_gpu_ids()
    return f"{platform.node()}{f', GPU {gpus[0]}' if gpus else ''}"
