"""What labelled sets are like, as a person reads it in the terminal."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from emotion.commands.shown.terminal import drawn, visible
from emotion.report.palette import colours
from emotion.sets.distant.collect import Accounts
from emotion.sets.facts import Facts, LabelCount, SetFacts, Shared, SplitFacts

_BAR = 8  # columns of a full bar
_WIDEST = 12  # labels of a table of pairs; with more, the pairs met most are listed
_NAME = 20  # characters of a label
_LINE = 74  # characters of an example, with its labels


def view(facts: Facts) -> RenderableType:
    """Set after set, then the texts that two splits share."""
    parts: list[RenderableType] = []
    for name, found in facts.sets.items():
        parts += [_title(name, found), Padding(_splits(found), (0, 0, 1, 2)), Padding(_labels(found), (0, 0, 1, 2))]
        if found.leaks:
            parts += [Text(f"  {_counted(found.leaks, 'row')} of train also in what is measured on.\n")]
        if found.together is not None and len(found.labels) > 1:
            parts += [Text("  labels together", "bold"), Padding(_pairs(found), (0, 0, 1, 2))]
        parts += _contradictions(found)
    return Group(*parts, *_shared(facts.shared))


def _title(name: str, found: SetFacts) -> Text:
    kind = "scores" if found.soft else "several a text" if found.multi else "one a text"
    title = Text(visible(name), "bold")
    return title.append(f"  {len(found.labels)} label{'s' * (len(found.labels) != 1)}, {kind}", "not bold dim")


_SPLIT = ("split", "rows", "labels", "none", "tokens", "median", "95 %", "longest", "cut", "copies")


def _splits(found: SetFacts) -> Table:
    """A row a split."""
    splits = found.splits.values()
    hidden = {
        "labels": not found.multi,
        "none": not any(split.unlabelled for split in splits),
        "cut": not any(split.lengths.cut >= 0.0005 for split in splits),
    }
    rows = [_split(name, split) for name, split in found.splits.items()]
    return _table(_SPLIT, rows, hidden=[name for name, hide in hidden.items() if hide])


def _split(name: str, split: SplitFacts) -> list[str]:
    lengths = split.lengths
    return [
        visible(name),
        f"{split.rows:,}",
        f"{split.labels_a_row:.2f}",
        f"{split.unlabelled:,}",
        f"{lengths.mean:.1f}",
        f"{lengths.median:.0f}",
        f"{lengths.p95:.0f}",
        f"{lengths.longest:,}",
        f"{lengths.cut:.1%}",
        f"{split.copies:,}",
    ]


def _labels(found: SetFacts) -> Table:
    """A row a label: in each split its rows, their share and a bar; the labels met most come first."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("label", no_wrap=True)
    for split in found.splits:
        table.add_column(visible(split), justify="right", no_wrap=True)
        table.add_column("", justify="right", no_wrap=True)
        table.add_column("", width=_BAR, no_wrap=True)
    most = max((label.share for split in found.splits.values() for label in split.labels.values()), default=0) or 1
    colour = colours(found.labels)
    for label in sorted(found.labels, key=lambda label: -_rows(found, label)):
        cells = [cell for split in found.splits.values() for cell in _bar(split.labels.get(label), most, colour[label])]
        table.add_row(Text(_short(label), f"bold {colour[label]}"), *cells)
    return table


def _rows(found: SetFacts, label: str) -> int:
    return sum(split.labels[label].rows for split in found.splits.values() if label in split.labels)


def _bar(count: LabelCount | None, most: float, colour: str) -> list[RenderableType]:
    if count is None:
        return ["", "", ""]
    bar = Text(drawn("█" * round(_BAR * count.share / most) or "▏" * bool(count.rows)), colour)
    return [f"{count.rows:,}", f"{count.share:.1%}", bar]


def _pairs(found: SetFacts) -> RenderableType:
    """How many of a label's rows (down) carry another too (across), in per cent."""
    together = found.together or ()
    if len(found.labels) > _WIDEST:
        return _most_met(found.labels, together)
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("of … also, %", no_wrap=True)
    for label in found.labels:
        table.add_column(visible(label)[:5], justify="right", no_wrap=True)
    for i, label in enumerate(found.labels):
        rows = together[i][i]
        cells = [_share(together[i][j] / rows if rows else 0.0, i == j) for j in range(len(found.labels))]
        table.add_row(Text(_short(label)), *cells)
    return table


def _share(share: float, own: bool) -> Text:
    if own or share < 0.005:
        return Text(drawn("·"), "dim")
    return Text(f"{100 * share:.0f}", "bold" if share >= 0.5 else "dim" if share < 0.1 else "")


def _most_met(labels: Sequence[str], together: Sequence[Sequence[int]]) -> Table:
    pairs = ((together[i][j], i, j) for i in range(len(labels)) for j in range(i) if together[i][j])
    rows = [[_short(labels[j]), _short(labels[i]), f"{rows:,}"] for rows, i, j in sorted(pairs, reverse=True)[:_WIDEST]]
    return _table(("label", "and", "rows"), rows)


def _contradictions(found: SetFacts) -> Iterator[RenderableType]:
    for name, split in found.splits.items():
        held = split.contradictions
        if held.texts:
            yield Text(f"  {_counted(held.texts, 'text')} of {visible(name)} with different labels, as")
            for text, labels in held.examples:
                named = ", ".join(map(visible, labels))
                yield Text(f"    {_cut(text, max(20, _LINE - len(named)))}  ").append(named, "bold")
            yield Text("")


def _shared(shared: Iterable[Shared]) -> list[RenderableType]:
    rows = [
        [*map(_place, (one.one, one.other)), f"{one.texts:,}", f"{one.one_rows:,}", f"{one.other_rows:,}"]
        for one in shared
    ]
    if not rows:
        return [Text("No text stands in two splits.")]
    told = Text("Training drops such rows from train, or refuses the set: see leaks in a recipe.", "dim")
    table = _table(("one split", "another", "texts", "rows of one", "of another"), rows)
    return [Text("Texts that stand in two splits", "bold"), Padding(table, (0, 0, 0, 2)), told]


def _place(place: tuple[str, str]) -> str:
    return visible(place[0]) if place[1] == "all" else f"{visible(place[0])}, {visible(place[1])}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], hidden: Iterable[str] = ()) -> Table:
    """Words to the left, numbers to the right; columns that say nothing are `hidden`."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    shown = [place for place, name in enumerate(header) if name not in set(hidden)]
    for place in shown:
        is_number = all(row[place][:1].isdigit() for row in rows)
        table.add_column(header[place], justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*(Text(row[place]) for place in shown))
    return table


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _short(label: str) -> str:
    return visible(label) if len(label) <= _NAME else f"{visible(label)[: _NAME - 1]}…"


def _cut(text: str, most: int) -> str:
    shown = visible(text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def distant_view(accounts: Accounts) -> RenderableType:
    """Where the records of an archive went, and what was found and kept of each label."""
    ways = sorted(accounts.left_out.items(), key=lambda way: -way[1])
    table = Table(title="Accounts", title_justify="left", show_header=False, box=None, padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_row("read", f"{accounts.read:,}")
    for reason, count in ways:
        table.add_row(f"  left out, {reason}", f"{count:,}", style="dim")
    table.add_row("kept", f"{accounts.kept:,}", style="bold")
    labels = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("label", "found", "kept"):
        labels.add_column(name, justify="left" if name == "label" else "right")
    labels.add_column("")
    most, colour = max(accounts.labels.values(), default=0) or 1, colours(accounts.labels)
    for label, kept in accounts.labels.items():
        bar = Text(drawn("█" * round(3 * _BAR * kept / most) or "▏" * bool(kept)), colour[label])
        labels.add_row(Text(_short(label), f"bold {colour[label]}"), f"{accounts.found[label]:,}", f"{kept:,}", bar)
    return Group(table, "", labels, "")
