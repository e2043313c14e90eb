"""Outcomes of behavioural tests as a person reads them in the terminal."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from emotion.commands.shown.terminal import drawn, visible
from emotion.evaluation.checks.run import Failure, Outcome, by_capability

_BAR = 20  # columns of a full bar
_STYLES = {"passed": "green", "known": "yellow", "failed": "bold red", "left out": "dim"}


def view(outcomes: Sequence[Outcome], model: str, examples: int, strict: bool) -> RenderableType:
    """A block a capability with its tests and some failures; how often each capability fails; all in a sentence."""
    grouped = by_capability(outcomes)
    blocks = [Padding(_capability(name, members, examples), (0, 0, 1, 0)) for name, members in grouped.items()]
    return Group(*blocks, Padding(_overview(grouped), (0, 0, 1, 0)), _closing(outcomes, model, strict))


def _capability(name: str, members: Sequence[Outcome], examples: int) -> RenderableType:
    return Group(Text(visible(name), "bold"), *(_test(each, examples) for each in members))


def _overview(grouped: Mapping[str, Sequence[Outcome]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("capability")
    for name in ("tests", "cases", "failed", ""):
        table.add_column(name, justify="right")
    table.add_column(no_wrap=True)
    for name, members in grouped.items():
        cases, failed = sum(each.cases for each in members), sum(len(each.failures) for each in members)
        rate = failed / cases if cases else 0.0
        full = round(_BAR * rate)
        bar = Text(drawn("█" * full), "red").append(drawn("░" * (_BAR - full)), "dim")
        counts = (f"{len(members):,}", f"{cases:,}", f"{failed:,}", f"{rate:.1%}")
        table.add_row(Text(visible(name)), *counts, bar)
    return table


def _test(outcome: Outcome, examples: int) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(width=8, no_wrap=True)
    table.add_column()
    table.add_row(Text(outcome.status, _STYLES[outcome.status]), _rate(outcome))
    for line in _lines(outcome, examples):
        table.add_row("", line)
    return table


def _rate(outcome: Outcome) -> Text:
    test = outcome.test
    if outcome.unknown:
        return Text(f"{visible(test.name)}: the model knows no {', '.join(map(visible, outcome.unknown))}")
    allowed = f"{test.allowed:.0%} allowed" + (f", {test.known:.0%} known" if test.known else "")
    rate = f"  {outcome.rate:.0%} of {outcome.cases:,}"
    return Text.assemble(visible(test.name), (rate, "bold" if outcome.failures else ""), (f"  ({allowed})", "dim"))


def _lines(outcome: Outcome, examples: int) -> Iterator[Text]:
    if outcome.test.note and outcome.status in ("known", "failed"):
        yield Text(visible(outcome.test.note), "italic dim")
    for failure in outcome.failures[:examples]:
        yield _failure(failure)


def _failure(failure: Failure) -> Text:
    texts = " → ".join(f"“{visible(text)}”" for text in failure.texts)
    return Text.assemble(texts, (f"  {visible(failure.fault.found)}; wanted {visible(failure.fault.wanted)}", "dim"))


def _closing(outcomes: Sequence[Outcome], model: str, strict: bool) -> Text:
    counts = {status: sum(each.status == status for each in outcomes) for status in _STYLES}
    cases, failed = sum(each.cases for each in outcomes), sum(len(each.failures) for each in outcomes)
    said = ", ".join(
        part
        for part in (
            f"{counts['passed']} passed",
            f"{counts['known']} weak as known" if counts["known"] else "",
            f"{counts['failed']} failed" if counts["failed"] else "",
            f"{counts['left out']} left out" if counts["left out"] else "",
        )
        if part
    )
    verdict = "failed" if counts["failed"] or (strict and counts["known"]) else "passed"
    return Text(
        f"Model {model} {verdict}: of {len(outcomes):,} tests {said}; {failed:,} of {cases:,} cases failed.",
        "bold red" if verdict == "failed" else "bold",
    )
