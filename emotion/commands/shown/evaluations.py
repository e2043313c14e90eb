"""Evaluations as a person reads them in the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from emotion.commands.shown.table import Cell, table
from emotion.commands.shown.terminal import marked, visible
from emotion.evaluation.result import (
    Baseline,
    Calibration,
    Estimate,
    Evaluation,
    HeadEvaluation,
    Model,
    SetEvaluation,
    WorstError,
    in_words,
)

MEASURES = {
    "accuracy": "accuracy",
    "hit": "hit",
    "jaccard": "Jaccard",
    "exact": "exact match",
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "weighted_f1": "weighted F1",
    "macro_precision": "macro-precision",
    "macro_recall": "macro-recall",
    "roc_auc": "ROC area",
    "average_precision": "PR area",
}
_TASKS = {
    "single": "one label a text",
    "multi": "several labels a text, each by its threshold",
    "hit": "the best label, right where it is one of the text's",
}
_COUNTED = {
    "single": "the best emotion, or none where nothing is felt, as charts show it",
    "hit": "the best emotion, or none where nothing is felt; right where it is one of the text's",
}
_MATRIX = 8  # labels; of more, only the most frequent confusions are shown
_CONFUSIONS = 10
_ERRORS = 5


def evaluation_view(evaluation: Evaluation) -> RenderableType:
    """Each set with each head: measures, labels, confusions, calibration, kinds of texts, worst errors."""
    model = evaluation.model
    size = "" if model.parameters is None else f", {model.parameters:,} parameters"
    title = Text.assemble(titled(model), (f", {model.engine}{size}", "dim"))
    parts = [part for of_set in evaluation.sets for part in _set(of_set)]
    closing = Text(_closing(evaluation), style="dim")
    return Group(title, "", *parts, closing)


def titled(model: Model) -> Text:
    """A model by its name, where it has one, and its id."""
    if model.name == model.id:
        return Text(model.id, "bold")
    return Text.assemble((visible(model.name), "bold"), (f"  {model.id}", "dim"))


def interval(estimate: Estimate | None, signed: bool = False) -> str:
    """The bounds of a number, in three digits."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{number(estimate.low, signed)} to {number(estimate.high, signed)}"


def number(value: float, signed: bool = False) -> str:
    """Three digits; with a sign where differences are meant."""
    return f"{value:+.3f}" if signed else f"{value:.3f}"


def in_order(measures: Mapping[str, object], main: str) -> list[str]:
    """The measures that people are shown, the main one first."""
    same = {"micro_f1"} if "accuracy" in measures else set()  # with one label a text both are one number
    return [main, *(name for name in MEASURES if name in measures and name != main and name not in same)]


def _set(of_set: SetEvaluation) -> Iterator[RenderableType]:
    split = f", {of_set.split}" * (of_set.split is not None)
    name = f"{visible(of_set.name)}{split}"
    yield Text.assemble((name, "bold"), f"  {of_set.rows:,} texts, {len(of_set.labels)} labels")
    if not of_set.heads:
        yield Text("No head of the model shares two labels with it.")
    yield ""
    for head in of_set.heads:
        yield from _head(head, of_set.validation)


def _head(head: HeadEvaluation, validation: str | None) -> Iterator[RenderableType]:
    rows = f", on {head.rows:,} texts" if head.task == "hit" or head.skipped else ""
    if head.kind == "counted":
        yield Text.assemble("Counted, ", (visible(head.head), "bold"), f": {_COUNTED[head.task]}{rows}")
    else:
        yield Text.assemble("Head ", (visible(head.head), "bold"), f", {head.kind}: {_TASKS[head.task]}{rows}")
    if head.skipped:
        yield Text(visible(in_words(head.skipped)))
    yield Padding(_measures(head), (1, 0, 1, 0))
    if head.per_label:
        yield Padding(_labels(head), (0, 0, 1, 0))
    if head.confusion is not None:
        yield Padding(_confusions(head.labels, head.confusion), (0, 0, 1, 0))
    if head.calibration:
        yield Padding(_calibration(head.calibration, validation), (0, 0, 1, 0))
    if head.slices:
        yield Padding(_slices(head), (0, 0, 1, 0))
    if head.errors:
        yield Padding(Group(Text("Sure and wrong", style="dim"), *map(_error, head.errors[:_ERRORS])), (0, 0, 1, 0))


def _measures(head: HeadEvaluation) -> Table:
    baseline = head.baseline
    rows: list[list[Cell]] = []
    for name in in_order(head.measures, head.main):
        mine = head.measures[name]
        style = "bold" if name == head.main else ""
        rows.append(
            [Text(MEASURES[name], style), Text(number(mine.value), style), interval(mine), *_beside(baseline, name)]
        )
    return table(["measure", "model", "95 % interval", "baseline", "difference", "95 % interval"], rows)


def _beside(baseline: Baseline | None, name: str) -> list[Cell]:
    """The baseline's number, and the difference to it: green or red where the interval leaves out zero."""
    if baseline is None or name not in baseline.measures:
        return ["", "", ""]
    difference = baseline.differences[name]
    return [
        number(baseline.measures[name].value),
        Text(number(difference.value, signed=True), signed_style(difference)),
        interval(difference, signed=True),
    ]


def signed_style(difference: Estimate) -> str:
    """Green or red where the interval leaves out zero."""
    if difference.low is None or difference.high is None or difference.low <= 0 <= difference.high:
        return ""
    return "green" if difference.value > 0 else "red"


def _labels(head: HeadEvaluation) -> Table:
    linear = {one.label: number(one.f1.value) for one in head.baseline.per_label} if head.baseline else {}
    rows: list[list[Cell]] = [
        [
            visible(one.label),
            number(one.precision),
            number(one.recall),
            number(one.f1.value),
            interval(one.f1),
            linear.get(one.label, ""),
            f"{one.support:,}",
        ]
        for one in head.per_label
    ]
    return table(["label", "precision", "recall", "F1", "95 % interval", "baseline", "texts"], rows)


def _confusions(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> RenderableType:
    if len(labels) <= _MATRIX:
        return matrix("label, by guess", labels, labels, counts)
    pairs = [
        (counts[i][j], label, guess)
        for i, label in enumerate(labels)
        for j, guess in enumerate(labels)
        if i != j and counts[i][j]
    ]
    most = sorted(pairs, key=lambda pair: -pair[0])[:_CONFUSIONS]
    rows = [[visible(label), visible(guess), f"{count:,}"] for count, label, guess in most]
    return table(["label", "taken for", "texts"], rows, left=2)


def matrix(corner: str, down: Sequence[str], across: Sequence[str], counts: Sequence[Sequence[int]]) -> Table:
    """Counts by two labels, the same label twice in bold."""
    rows: list[list[Cell]] = [
        [visible(label), *(_count(count, label == other) for count, other in zip(row, across, strict=True))]
        for label, row in zip(down, counts, strict=True)
    ]
    return table([corner, *(visible(label)[:9] for label in across)], rows)


def _count(count: int, same: bool) -> Text:
    return Text(f"{count:,}", "bold" if same else "" if count else "dim")


def _calibration(found: Sequence[Calibration], validation: str | None) -> Text:
    """Expected calibration error and Brier score, of several labels their means."""
    before = [one.before for one in found]
    error, brier = (
        sum(values) / len(found) for values in zip(*((one.error, one.brier) for one in before), strict=True)
    )
    worst = max(found, key=lambda one: one.before.error)
    highest = "" if worst.label is None else f" (of {visible(worst.label)} {worst.before.error:.3f})"
    said = f"Calibration: expected error {error:.3f}{highest}, Brier score {brier:.3f}"
    after = [one.after for one in found if one.after is not None]
    if len(after) < len(found):
        return Text(f"{said}.")
    softer = sum(one.error for one in after) / len(after)
    temperature = f" {found[0].temperature:.2f}" if len(found) == 1 and found[0].temperature else "s"
    return Text(f"{said}; error {softer:.3f} at the temperature{temperature} chosen on {visible(validation or '')}.")


def _slices(head: HeadEvaluation) -> Table:
    rows: list[list[Cell]] = []
    for one in head.slices:
        mine = one.measures[head.main]
        linear = number(one.baseline[head.main].value) if one.baseline else ""
        rows.append([one.meaning, f"{one.rows:,}", number(mine.value), interval(mine), linear])
    return table(["kind of text", "texts", MEASURES[head.main], "95 % interval", "baseline"], rows)


def _error(error: WorstError) -> RenderableType:
    truth = ", ".join(map(visible, error.truth)) or "nothing"
    what = f"{'not ' * error.missed}{visible(error.label)}"
    head = Text.assemble(f"{error.confidence:.2f} ", (what, "bold"), f", labelled {truth}")
    return Group(head, Padding(_looked_at(error), (0, 0, 0, 5)))


def _looked_at(error: WorstError) -> Text:
    """The text, the words that the model looked at most underlined."""
    places = groupby(error.words or (), key=lambda word: (word.start, word.end))
    weights = [(place, sum(word.weight for word in words)) for place, words in places]
    most = max((weight for _, weight in weights), default=0)
    return marked(error.text, [place for place, weight in weights if weight > most / 3], "underline")


def _may_mean_none(of_set: SetEvaluation) -> bool:
    """Whether texts with labels of their own are left out, and nothing is known to be counted as none."""
    return any(head.skipped for head in of_set.heads) and all(head.kind != "counted" for head in of_set.heads)


def _closing(evaluation: Evaluation) -> str:
    parts = []
    if evaluation.resamples:
        parts.append(f"Intervals hold {evaluation.level:.0%} of {evaluation.resamples:,} bootstrap resamples.")
    baselines = [head.baseline for of_set in evaluation.sets for head in of_set.heads if head.baseline]
    for one in {(one.train, one.train_rows): one for one in baselines}.values():
        without = f", without {one.dropped:,} that are measured on" * bool(one.dropped)
        parts.append(f"The linear baseline learnt from {one.train_rows:,} texts of {visible(one.train)}{without}.")
    if any(_may_mean_none(of_set) for of_set in evaluation.sets):
        parts.append("Where one of these labels says that nothing is felt, name it with --none-label.")
    if not baselines:
        parts.append("No baseline stands beside the model: name what it can learn from with --train or --recipe.")
    return " ".join(parts)
