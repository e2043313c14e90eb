"""Several models of one recipe as a person reads them in the terminal: other seeds, and sets left out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from emotion.commands.shown.evaluations import MEASURES, in_order, interval, number
from emotion.commands.shown.table import Cell, table
from emotion.commands.shown.terminal import visible
from emotion.evaluation.result import Evaluation
from emotion.evaluation.seeds import HeadSeeds, Seeds, Spread

if TYPE_CHECKING:
    from emotion.training.left_out import LeftOut


def seeds_view(seeds: Seeds) -> RenderableType:
    """Mean, spread and each model's own number, of every head on every set."""
    models = Text(f"{len(seeds.models)} models: {', '.join(model.id for model in seeds.models)}")
    closing = Text("std: standard deviation of these models, not an estimate for others.", style="dim")
    return Group(models, "", *(Padding(_seeds(head), (0, 0, 1, 0)) for head in seeds.heads), closing)


def left_out_view(left: "LeftOut") -> RenderableType:
    """A row a set and head: what is left of the model's worth where it has seen nothing of the set."""
    rows = [row for name in left.evaluations for row in _left_out(left, name)]
    skipped = [Text(f"{visible(name)} is not left out: {visible(reason)}") for name, reason in left.skipped.items()]
    header = ["left out", "head", "measure", "without", "95 % interval", "baseline", "with it"]
    closing = Text(
        "Without: trained without the set and measured on it; the linear baseline learnt from the nearest other sets.",
        style="dim",
    )
    return Group(table(header, rows, left=2), "", *skipped, closing)


def _seeds(head: HeadSeeds) -> RenderableType:
    split = f", {head.split}" * (head.split is not None)
    title = Text.assemble((f"{visible(head.set)}{split}", "bold"), f"  head {visible(head.head)}, {head.rows:,} texts")
    baseline = head.baseline or {}
    rows = [
        _spread(MEASURES[name], head.measures[name], baseline.get(name)) for name in in_order(head.measures, head.main)
    ]
    rows += [_spread(f"F1 of {visible(label)}", found, None) for label, found in head.f1.items()]
    return Group(title, table(["measure", "mean", "std", "baseline", "each model"], rows))


def _spread(name: str, found: Spread, baseline: float | None) -> list[Cell]:
    each = " ".join(number(value) for value in found.values)
    return [name, number(found.mean), number(found.std), "" if baseline is None else number(baseline), each]


def _left_out(left: "LeftOut", name: str) -> Iterator[list[Cell]]:
    whole = _mains(left.whole[name]) if name in left.whole else {}
    for of_set in left.evaluations[name].sets:
        for head in of_set.heads:
            mine = head.measures[head.main]
            linear = number(head.baseline.measures[head.main].value) if head.baseline else ""
            trained = number(whole[head.head]) if head.head in whole else ""
            yield [
                visible(name),
                visible(head.head),
                MEASURES[head.main],
                number(mine.value),
                interval(mine),
                linear,
                trained,
            ]


def _mains(evaluation: Evaluation) -> dict[str, float]:
    """The main measure by head."""
    return {head.head: head.measures[head.main].value for of_set in evaluation.sets for head in of_set.heads}
