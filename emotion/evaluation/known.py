"""What to measure on, and what may help, of the sets that a recipe names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from emotion.errors import DataError
from emotion.evaluation.held import Held, Named
from emotion.sets.datasets import SetConfig, Split
from emotion.sets.labelled import LabelledSet, joined

Sets = Mapping[str, SetConfig]
Renames = Mapping[str, Mapping[str, Mapping[str, str]]]
"""By set and head, what the head calls labels of the set."""


def held_sets(sets: Sets, root: Path, renames: Renames | None = None, split: Split | None = None) -> list[Held]:
    """Each set with a split to measure on: its test split or, without one, that of validation; or the named one alone.

    Raises:
        DataError: no set has it.
    """
    wanted: tuple[Split, ...] = ("test", "validation") if split is None else (split,)
    names = [name for name, config in sets.items() if any(config.has(each) for each in wanted)]
    if not names:
        raise DataError(f"The recipe has no set with a {' or '.join(wanted)} split; name a file with --data.")
    return [_held(sets, name, root, renames or {}, split) for name in names]


def held_file(
    sets: Sets,
    root: Path,
    path: Path,
    read: Callable[[Path], Named],
    renames: Renames | None = None,
    among: Sequence[Path] = (),
) -> Held:
    """A labelled file, read as its set is where it belongs to one, and with the splits of this set.

    Another is read by `read`, and comes with the training rows nearest to it. `among` are all files measured on.
    """
    splits: tuple[Split, ...] = ("test", "validation")
    for name, config in sets.items():
        for split in splits:
            files = getattr(config, split)
            for file in files:
                if path.resolve() == (root / file).resolve():
                    alone = config.model_copy(update={split: (file,)})
                    held = _held({**sets, name: alone}, name, root, renames or {}, split)
                    named = Named(called(path, among), held.measured.rows)
                    return held if len(files) == 1 else replace(held, measured=named)
    named = read(path)
    return Held(named, train=nearest(_train(sets, root), named.rows))


def nearest(train: Mapping[str, LabelledSet], rows: LabelledSet) -> Named | None:
    """Training rows, given by set, for labelled rows of elsewhere: of the sets that share most labels, at least two."""
    shared = {name: len(set(found.labels) & set(rows.labels)) for name, found in train.items()}
    most = max(shared.values(), default=0)
    if most < 2:
        return None
    chosen = [name for name, count in shared.items() if count == most]
    return Named(" and ".join(chosen), joined([train[name] for name in chosen]))


def called(path: Path, among: Sequence[Path] = ()) -> str:
    """A file by its name and that of its folder, carer/test.txt, and by as much more as tells it from the others."""
    own, *others = (each.absolute().parts[1:] for each in (path, *among))  # without the root
    enough = (n for n in range(2, len(own)) if all(own[-n:] != other[-n:] for other in others if other != own))
    return "/".join(own[-next(enough, len(own)) :])


def _held(sets: Sets, name: str, root: Path, renames: Renames, split: Split | None = None) -> Held:
    found = sets[name].load(root)
    split = split or ("test" if "test" in found else "validation")
    chosen_on = found.get("validation") if split == "test" else None
    train = Named(name, found["train"]) if "train" in found else nearest(_train(sets, root), found[split])
    return Held(
        measured=Named(name, found[split]),
        split=split,
        validation=None if chosen_on is None else Named(f"{name}, validation", chosen_on),
        train=train,
        heads=sets[name].heads,
        names=renames.get(name, {}),
    )


def _train(sets: Sets, root: Path) -> dict[str, LabelledSet]:
    return {name: config.load(root)["train"] for name, config in sets.items() if config.has("train")}
