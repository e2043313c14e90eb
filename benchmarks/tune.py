"""A fixed search on two cores beside the plain training loops without Ray, and ASHA beside no scheduler.

    python -m benchmarks.tune                           # 24 trials of configs/carer.yaml, on texts made here
    python -m benchmarks.tune --data DATA               # the same on CARER itself, below DATA
    python -m benchmarks.tune --epochs 3 --trials 8 --rows 1000

"Ray" is `emotion tune` with a random search and no final. "plain" trains the same recipes by `emotion.training`, each
to a bundle measured on validation, in two processes, without checkpoints or a measurement of speed. Both are timed from
the start of their command to its end. CPU-seconds are those of the whole process tree, Ray's daemons included. The last
lines tell when each search had the best of the other: with ASHA the aim is the same quality, earlier. Run it with
nothing else at work.
"""

import argparse
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np
import yaml

from benchmarks.cost import Cost, cost
from emotion.report.search.found import Found

RECIPE = Path(__file__).resolve().parent.parent / "configs" / "carer.yaml"
LABELS = ("sadness", "joy", "love", "anger", "fear", "surprise")
WORDS, HINTS = 6000, 150  # in all; that stand more often in texts of a label, for each of them
PARAMETERS = {
    "model.cell": {"choice": ["lstm", "gru"]},
    "model.hidden": {"integer": [32, 96]},
    "model.head_dropout": {"uniform": [0.1, 0.6]},
    "stages.0.optimiser.learning_rate": {"loguniform": [2.0e-4, 8.0e-3]},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="where carer/ lies; texts are made without it")
    parser.add_argument("--rows", type=int, default=3000, help="texts to make for training")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--plain", type=Path, help=argparse.SUPPRESS)  # what this program calls itself with
    asked = parser.parse_args()
    if asked.plain is not None:
        train_plainly(asked.plain, asked.data, asked.trials)
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(asked, Path(folder))


def compare(asked: argparse.Namespace, folder: Path) -> None:
    if asked.data is None:
        asked.data = write_sets(folder / "data", asked.rows)
    space = write_space(folder / "space.yaml", asked)
    alone = [sys.executable, "-m", "benchmarks.tune", "--plain", str(space), "--data", str(asked.data)]
    plain = cost([*alone, "--trials", str(asked.trials)])
    print(f"{asked.trials} trials of {asked.epochs} epochs\nplain  {shown(plain)}")
    every, found = searched(space, asked, folder / "every")
    print(f"Ray    {shown(every)}; wall {every.wall / plain.wall:.2f} of plain, CPU {every.cpu / plain.cpu:.2f}")
    asha, stopped = searched(space, asked, folder / "asha", "--set", "search.scheduler=asha")
    ended = sum(trial.status == "stopped" for trial in stopped.trials)
    print(f"ASHA   {shown(asha)}; {ended} of {asked.trials} stopped early; wall {asha.wall / every.wall:.2f} of Ray")
    for name, one, other in (("none", found, stopped), ("ASHA", stopped, found)):
        aim = min(best(one), best(other))
        print(f"{name:<5}  best {best(one):.4f}; had {aim:.4f} after {reached(one, aim):.0f} s of search")


def write_sets(folder: Path, rows: int) -> Path:
    """Texts of 6 to 20 words, by a law like Zipf's, of which about two hint at the label and one at another."""
    random = np.random.default_rng(0)
    words = ["".join(random.choice(list("abcdefghiklmnoprstuw"), random.integers(3, 9))) for _ in range(WORDS)]
    often = 1 / np.arange(1, WORDS + 1)
    hints = random.permutation(WORDS)[: HINTS * len(LABELS)].reshape(len(LABELS), HINTS)
    (folder / "carer").mkdir(parents=True)
    for name, count in (("train", rows), ("val", rows // 4), ("test", rows // 4)):
        lines = []
        for label in random.integers(len(LABELS), size=count):
            drawn = random.choice(WORDS, random.integers(6, 20), p=often / often.sum())
            told = random.choice(hints[label], random.integers(1, 4)), random.choice(hints.ravel(), 1)
            text = random.permutation(np.concatenate((drawn, *told)))
            lines.append(" ".join(words[place] for place in text) + f";{LABELS[label]}")
        (folder / "carer" / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return folder


def write_space(path: Path, asked: argparse.Namespace) -> Path:
    search = {"trials": asked.trials, "seed": 1}
    changes = {"stages.0.epochs": asked.epochs, "stages.0.patience": asked.epochs, "curves": 0}
    document = {"name": "benchmark", "recipe": str(RECIPE), "changes": changes, "parameters": PARAMETERS}
    path.write_text(yaml.safe_dump(document | {"search": search, "winner": {"top": 0}}, sort_keys=False))
    return path


def searched(space: Path, asked: argparse.Namespace, to: Path, *more: str) -> tuple[Cost, Found]:
    command = [sys.executable, "-m", "emotion", "tune", "--space", str(space), "--to", str(to)]
    spent = cost([*command, "--data", str(asked.data), "--ray", "local", "--at-once", "2", *more])
    return spent, msgspec.json.decode((to / "search.json").read_bytes(), type=Found)


def train_plainly(space: Path, data: Path, trials: int) -> None:
    """The same recipes in two processes."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(train_one, space, data, number) for number in range(trials)]:
            done.result()


def train_one(space: Path, data: Path, number: int) -> None:
    import torch

    from emotion.training.hardware import Hardware
    from emotion.training.loop.stages import Means, fit_stages
    from emotion.training.outcome.finished import finished
    from emotion.training.parallel import Alone
    from emotion.training.prepare import prepare
    from emotion.training.trainer import observed
    from emotion.training.watcher import Silence
    from emotion.tuning.proposing.chance import Chance
    from emotion.tuning.space import read_space

    torch.set_num_threads(1)
    read = read_space(space)
    recipe = read.recipe(Chance(read).propose(number), int(read.base["seed"]))
    prepared = prepare(recipe, data, Silence())
    model, history = fit_stages(recipe, prepared, Means(Silence(), Hardware(), Alone()))
    made = finished(recipe, prepared, model, history, 0.0, ("validation",))
    observed(made, prepared).save(space.parent / f"plain-{number}")


def best(found: Found) -> float:
    return max(trial.quality or 0.0 for trial in found.trials)


def reached(found: Found, quality: float) -> float:
    """Seconds of search after which a trial of at least this quality had ended."""
    return min(trial.ended for trial in found.trials if (trial.quality or 0.0) >= quality)


def shown(spent: Cost) -> str:
    return f"{spent.wall:6.1f} s, {spent.cpu:6.1f} CPU-s"


if __name__ == "__main__":
    main()
