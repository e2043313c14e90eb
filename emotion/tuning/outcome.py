"""What a search leaves for people and programs: `search.json`, `trials.csv` and the page."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import msgspec

from emotion import __version__
from emotion.report.search.found import Candidate, Found, Trial
from emotion.report.search.page import page
from emotion.stores.export import defused
from emotion.stores.files import write_whole
from emotion.tuning.folder import SearchFolder
from emotion.tuning.importance import importance
from emotion.tuning.space import Space
from emotion.tuning.winner import Proof

JSON, CSV, PAGE = "search.json", "trials.csv", "report.html"
_COLUMNS = ("number", "status", "quality", "speed", "size", "epochs", "seconds", "model", "seed", "reason")


def gathered(
    space: Space,
    folder: SearchFolder,
    candidates: Sequence[Candidate] | None = None,
    winner: Candidate | None = None,
    proof: Proof | None = None,
) -> Found:
    """All that is known of a search of which nothing runs now; without candidates, the last final as it was left."""
    config, trials = space.config, [_at_rest(trial) for trial in folder.trials.trials()]
    found = Found(
        name=config.name,
        parameters=tuple(space.parameters),
        objectives=config.search.objectives,
        searcher=config.search.searcher,
        scheduler=config.search.scheduler,
        trials=tuple(trials),
        command=f"emotion train {quote(str(folder.trials.path.absolute()))}/{{trial}}/recipe.yaml "
        f"--data-root {quote(str(folder.root.absolute()))} --to again",
        logarithmic=tuple(name for name, parameter in space.parameters.items() if parameter.logarithmic),
        importance=importance(space.parameters, trials),
        candidates=tuple(candidates or ()),
        winner=None if winner is None else winner.name,
        bundle=str(folder.winner) if winner is not None else None,
        test=() if proof is None else proof.tested,
        slices=() if proof is None else proof.slices,
        emotion=__version__,
    )
    known = read(folder.path) if candidates is None else None
    if known is None:
        return found
    final = {name: getattr(known, name) for name in ("candidates", "winner", "bundle", "test", "slices")}
    return msgspec.structs.replace(found, **final)


def _at_rest(trial: Trial) -> Trial:
    return msgspec.structs.replace(trial, status="interrupted") if trial.status == "running" else trial


def write(found: Found, to: Path) -> None:
    """Write all three, each whole or not at all."""
    document = msgspec.json.format(msgspec.json.encode(found), indent=1)
    write_whole(to / JSON, document)
    write_whole(to / CSV, table(found).encode())
    write_whole(to / PAGE, page(found).encode("utf-8", "replace"))


def read(folder: Path) -> Found | None:
    """What a search left, or None where there is none that came so far, or it is none of this version's."""
    path = folder / JSON
    try:
        return msgspec.json.decode(path.read_bytes(), type=Found) if path.is_file() else None
    except msgspec.MsgspecError:
        return None


def table(found: Found) -> str:
    """A row a trial, with a column for each parameter."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*_COLUMNS, *found.parameters, "command"])
    for trial in found.trials:
        own = [getattr(trial, name) for name in _COLUMNS]
        values = [_value(trial.values[name]) if name in trial.values else "" for name in found.parameters]
        rows.writerow([*map(_cell, own), *values, found.again(trial)])
    return text.getvalue()


def _value(value: object) -> object:
    return "none" if value is None else _cell(value)


def _cell(value: object) -> object:
    if isinstance(value, list | tuple | dict):
        return json.dumps(value)
    return defused(value)
