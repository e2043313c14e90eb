"""What a search found, in tables."""

from collections.abc import Iterable, Sequence

from emotion.report.html import Child, Html, el, joined
from emotion.report.parts import folded, scroll, section, table
from emotion.report.search.found import Candidate, Found, SliceLine, Trial, best
from emotion.report.search.written import number, size, so_many, speed, value, values

UNTESTED = (
    "No set of the recipe has a test split: what the winner is worth is known on validation alone, which chose it."
)


def winning(found: Found) -> list[Candidate]:
    """The candidate that won, if any did."""
    return [one for one in found.candidates if one.name == found.winner]


def final(found: Found) -> Html:
    """Each candidate with its seeds on validation, then the test."""
    if not found.candidates:
        return Html("")
    count = len(found.candidates[0].qualities)
    about = (
        f"The best trials and the base recipe, trained again with {so_many(count, 'seed')} that the search did "
        "not use, on validation. One trial's quality is partly luck; the mean minus one standard deviation decides."
    )
    rows = [_candidate(found, one) for one in sorted(found.candidates, key=lambda one: -one.score)]
    names = ("", "mean − std", "mean", "std", *(f"seed {at}" for at in range(1, count + 1)), "tweets/s", "size")
    cards = [el("div", scroll(table(names, rows), "The final"), class_="card wide")]
    return section("final", "The final", about, el("div", *cards, *_tested(found), class_="cards"))


def _candidate(found: Found, one: Candidate) -> list[Child]:
    name: Child = joined(el("strong", one.name), " ★") if one.name == found.winner else one.name
    said = joined(name, el("small", f" {values(one.values)}") if one.values else "")
    numbers = (one.score, one.mean, one.std, *one.qualities)
    return [said, *map(number, numbers), speed(one.speed), size(one.size)]


def _tested(found: Found) -> Iterable[Html]:
    if not found.test:
        if found.winner is not None:
            yield el("div", el("p", UNTESTED, class_="caption"), class_="card wide")
        return
    names = list(dict.fromkeys(name for one in found.test for name in one.measures))
    rows: list[list[Child]] = [[name, *(number(one.measures.get(name)) for one in found.test)] for name in names]
    caption = el("p", "Measured once, after the choice. The winner's own page is in its bundle.", class_="caption")
    shown = table(("held out", *(one.name for one in found.test)), rows)
    yield el("div", el("h3", "On the test split"), scroll(shown, "On the test split"), caption, class_="card wide")


def slices(found: Found) -> Html:
    """Kinds of texts, a column for each candidate, and what the winner gains over the base recipe."""
    if not found.slices:
        return Html("")
    measured = {name for one in found.slices for name in one.values}
    candidates = [one for one in sorted(found.candidates, key=lambda one: -one.score) if one.name in measured]
    rows = [_slice(found, candidates, one) for one in found.slices]
    names = ("measure", "texts", "rows", *(one.name for one in candidates), "gain")
    shown = table(names, rows, (None, None, *("n",) * (2 + len(candidates))))
    about = (
        "The main measure by kind of text: of all candidates on validation, of the winner and the base recipe on the "
        "test split; the gain is the winner's over the base recipe. Few rows say little."
    )
    return section("slices", "Kinds of texts", about, el("div", scroll(shown, "Kinds of texts"), class_="card"))


def _slice(found: Found, candidates: Sequence[Candidate], one: SliceLine) -> list[Child]:
    base = next((each.name for each in candidates if each.trial is None and each.name != found.winner), "")
    values = [one.values.get(each.name) for each in candidates]
    return [
        one.place,
        one.kind,
        one.rows,
        *map(number, values),
        _gain(one.values.get(found.winner or ""), one.values.get(base)),
    ]


def _gain(winner: float | None, base: float | None) -> str:
    return "" if winner is None or base is None else f"{winner - base:+.4f}".replace("-", "−")


def front(found: Found, kept: Sequence[Trial]) -> Html:
    """For each trial that no other beats: the speed from which on it is the best choice."""
    rows: list[list[Child]] = [
        [
            f"above {speed(trial.speed)}" if best_above(found, trial) is trial else "",
            trial.number,
            number(trial.quality),
            speed(trial.speed),
            size(trial.size),
            values(trial.values),
        ]
        for trial in sorted(kept, key=lambda trial: -(trial.speed or 0))
    ]
    names = ("best if you need tweets/s", "trial", "quality", "tweets/s", "size", "values")
    shown = table(names, rows, (None, "n", "n", "n", "n", None))
    return folded("The trials on the line", shown)


def best_above(found: Found, trial: Trial) -> Trial:
    """The best of the trials at least as fast."""
    return best(found.trials, trial.speed)[0]


def trials(found: Found) -> Html:
    """A row a trial."""
    names = ("trial", "quality", "status", "epochs", "seconds", "tweets/s", "size", *found.parameters, "train it again")
    tried = best(found.trials)
    rest = [trial for trial in found.trials if trial.quality is None]
    rows = [_trial(found, trial) for trial in [*tried, *rest]]
    kinds = (None, "n", None, *("n",) * 4, *("n",) * len(found.parameters), None)
    return table(names, rows, kinds)


def _trial(found: Found, trial: Trial) -> list[Child]:
    status: Child = joined(trial.status, el("small", f" {trial.reason}")) if trial.reason else trial.status
    return [
        str(trial.number),
        number(trial.quality),
        status,
        trial.epochs,
        f"{trial.seconds:,.0f}",
        speed(trial.speed),
        size(trial.size),
        *(value(trial.values[name]) if name in trial.values else "" for name in found.parameters),
        el("code", found.again(trial)),
    ]
