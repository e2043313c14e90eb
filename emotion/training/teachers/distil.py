"""Soft labels for many texts: gathered, scored piece by piece, joined; a killed run goes on where it was."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emotion import __version__
from emotion.errors import UsageError
from emotion.sets.sources import read_sources
from emotion.stores.files import sweep, write_json
from emotion.training.teachers.ensemble import Ensemble
from emotion.training.teachers.hardware import hardware
from emotion.training.teachers.pace import Pace
from emotion.training.teachers.pool import Pool, mark, marks_of_sets
from emotion.training.teachers.soft import merge, read_facts
from emotion.training.teachers.texts import Source
from emotion.training.teachers.workers import Teachers, score_pieces, scores_file
from emotion.training.watcher import Silence, Watcher

PLAN = "plan.json"


@dataclass(frozen=True)
class Distilling:
    """What is asked: which teachers score which texts, and which texts are left out.

    Left out are the texts of `without`, and those that the sets of `recipes`, below `root`, measure on.
    """

    teachers: Teachers
    sources: tuple[Source, ...]
    to: Path
    without: tuple[Source, ...] = ()
    recipes: tuple[Path, ...] = ()
    root: Path = Path()
    limit: int | None = None
    workers: int = 1

    @property
    def folder(self) -> Path:
        """What is there of it until it is done."""
        return self.to.with_name(f"{self.to.name}.unfinished")

    def held_back(self) -> Iterator[int]:
        """Marks of the texts that must not be learnt from."""
        for source in self.without:
            yield from map(mark, source.texts())
        for recipe in self.recipes:
            yield from marks_of_sets(read_sources(recipe).sets, self.root)


def distil(asked: Distilling, watcher: Watcher | None = None) -> dict[str, Any]:
    """Write soft labels to `asked.to`, whole or not at all, and give the facts that stand in its metadata.

    Asked again, it does nothing where the file is there, and goes on where it was killed.

    Raises:
        UsageError: something else is there, or an unfinished run of other teachers or texts.
        DataError: texts cannot be read, or none are left.
    """
    watcher = watcher or Silence()
    ensemble = asked.teachers.load()
    held_back = frozenset(asked.held_back())
    wanted = _wanted(asked, ensemble, held_back)
    if asked.to.exists():
        return _there(asked.to, wanted)
    plan = _plan(asked, wanted, held_back, watcher)
    _score(asked, ensemble, plan["pieces"], watcher)
    facts = wanted | {"counts": plan["counts"], "texts": sum(plan["pieces"]), "emotion": __version__}
    merge(
        (asked.folder / scores_file(number) for number in range(len(plan["pieces"]))), asked.to, ensemble.heads, facts
    )
    shutil.rmtree(asked.folder)
    return facts


def _wanted(asked: Distilling, ensemble: Ensemble, held_back: frozenset[int]) -> dict[str, Any]:
    """What decides the result, as JSON values."""
    members = zip(asked.teachers.names, ensemble.members, ensemble.shares, strict=True)
    facts = {
        "teachers": [{"name": Path(name).name, "id": member.id, "weight": share} for name, member, share in members],
        "precision": hardware(asked.teachers.device, asked.teachers.precision).precision,
        "heads": [head.model_dump(mode="json", include={"name", "kind", "labels"}) for head in ensemble.heads],
        "sources": _digest([source.facts() for source in asked.sources]),
        "held_back": {"texts": len(held_back), "digest": _digest(sorted(held_back))},
        "limit": asked.limit,
    }
    return dict(json.loads(json.dumps(facts)))


def _digest(value: Any) -> str:
    """What tells JSON values from others, without holding them: they name places on one machine."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def _there(path: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    facts = read_facts(path)
    if differs := _differences(facts, wanted):
        raise UsageError(f"{path} is there already, and differs in {', '.join(differs)}; name another --to.")
    return facts


def _differences(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    return [name for name in wanted if there.get(name) != wanted[name]]


def _plan(asked: Distilling, wanted: dict[str, Any], held_back: frozenset[int], watcher: Watcher) -> dict[str, Any]:
    """The plan that a killed run left, or a new one, with its texts on disk."""
    path = asked.folder / PLAN
    if path.exists():
        plan: dict[str, Any] = json.loads(path.read_bytes())
        if differs := _differences(plan["wanted"], wanted):
            raise UsageError(f"{asked.folder} holds a run that differs in {', '.join(differs)}; delete it first.")
        sweep(asked.folder)
        return plan
    shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True)
    watcher.note("reading texts")
    pool = Pool(held_back)
    pieces = pool.gather(asked.sources, asked.folder, asked.limit)
    plan = {"wanted": wanted, "pieces": pieces, "counts": {name: asdict(found) for name, found in pool.counts.items()}}
    write_json(path, plan)
    return plan


def _score(asked: Distilling, ensemble: Ensemble, pieces: list[int], watcher: Watcher) -> None:
    left = [number for number in range(len(pieces)) if not (asked.folder / scores_file(number)).exists()]
    pace = Pace(watcher, "scoring", sum(pieces), done=sum(pieces) - sum(pieces[number] for number in left))
    watcher.note(pace.line())
    watcher.begin("scoring", len(left))
    for number in score_pieces(asked.teachers, ensemble, asked.folder, left, asked.workers):
        watcher.advance()
        pace.advance(pieces[number])
    watcher.note(pace.line())
