"""Answers of a store as a person reads them in the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from emotion.commands.shown.terminal import drawn, marked, visible
from emotion.report.palette import colours, in_order
from emotion.stores.answers import NONE, Bucket, Found, Hit, Peak, Period, SignificantTerm, Summary, Term

if TYPE_CHECKING:
    from emotion.stores.protocol import Queries

_BAR = 32  # columns of a full bar
_TIMES: dict[Period, str] = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d %a", "week": "%Y-%m-%d", "month": "%Y-%m"}


def summary_view(queries: "Queries", summary: Summary) -> RenderableType:
    """Headline, bars of the emotions, and the days that stand out."""
    lines: list[RenderableType] = [Text(headline(summary), style="bold"), ""]
    if summary.tweets:
        lines += [_emotion_bars(summary.emotions), Padding(_details(summary), (1, 0, 0, 0))]
    if summary.peaks:
        one_year = summary.first and summary.last and summary.first.year == summary.last.year
        lines += [
            Padding(Text("Days that stand out", style="bold"), (1, 0, 0, 0)),
            peak_lines(summary.peaks, queries.emotions, with_year=not one_year),
        ]
    return Group(*lines)


def headline(summary: Summary) -> str:
    """The whole store in a sentence."""
    if not summary.tweets:
        return "No tweets."
    who = f" by {summary.authors:,} author{'s' * (summary.authors != 1)}" if summary.authors else ""
    when = ""
    if summary.first and summary.last:
        first, last = (f"{time.day} {time:%B %Y}" for time in (summary.first, summary.last))
        when = f", {first}" if first == last else f", {first} to {last}"
    return f"{summary.tweets:,} tweet{'s' * (summary.tweets != 1)}{who}{when}."


def timeline_table(buckets: Sequence[Bucket], by: Period, emotions: Sequence[str]) -> RenderableType:
    """A row a period: its tweets, a bar cut by emotion, and the emotion felt most."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(by)
    table.add_column("tweets", justify="right")
    table.add_column(no_wrap=True)
    table.add_column("most felt")
    most = max((bucket.tweets for bucket in buckets), default=1) or 1
    for bucket in buckets:
        bar = _stacked(bucket.emotions, most, emotions)
        felt = _most_felt(bucket.emotions, emotions)
        table.add_row(bucket.start.strftime(_TIMES[by]), f"{bucket.tweets:,}", bar, felt)
    return Group(_legend(emotions), "", table)


def terms_table(terms: Sequence[Term], emotions: Sequence[str]) -> RenderableType:
    """A row a term: its tweets and a bar cut by emotion."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("term")
    table.add_column("tweets", justify="right")
    table.add_column(no_wrap=True)
    table.add_column("most felt")
    most = max((term.tweets for term in terms), default=1)
    for term in terms:
        bar = _stacked(term.emotions, most, emotions)
        table.add_row(Text(visible(term.written)), f"{term.tweets:,}", bar, _most_felt(term.emotions, emotions))
    return Group(_legend(emotions), "", table)


def by_emotion_table(terms: Mapping[str, Sequence[Term | SignificantTerm]], emotions: Sequence[str]) -> Table:
    """A row an emotion with its terms; behind each its tweets of that emotion."""
    table = Table(box=None, padding=(0, 2, 1, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for emotion, held in terms.items():
        line = Text()
        for term in held:
            count = term.tweets if isinstance(term, SignificantTerm) else term.emotions[emotion]
            line.append(visible(term.written)).append(f" {count:,}   ", "dim")
        table.add_row(named(emotion, emotions), line)
    return table


def found_view(found: Found, emotions: Sequence[str], first: str = "newest") -> RenderableType:
    """The tweets found, the words asked for marked in them; `first` says which of them stand first."""
    lines = hit_lines(found.hits, emotions)
    shown = "" if found.total == len(found.hits) else f", the {first} {len(found.hits):,} shown"
    return Group(*lines, Text(f"{found.total:,} tweet{'s' * (found.total != 1)} found{shown}.", style="dim"))


def hit_lines(hits: Iterable[Hit], emotions: Sequence[str]) -> list[RenderableType]:
    """Each tweet under what is felt in it, the words asked for marked."""
    return [
        line
        for hit in hits
        for line in (
            _hit_head(hit, emotions),
            Padding(marked(hit.text, hit.highlights, "bold underline"), (0, 0, 1, 2)),
        )
    ]


def examples_view(examples: Mapping[str, Sequence[Hit]], emotions: Sequence[str]) -> RenderableType:
    """The strongest tweets of each emotion, emotion after emotion."""
    lines = [line for emotion in in_order(examples) for line in hit_lines(examples[emotion], emotions)]
    return Group(*lines) if lines else Text("No tweets.")


def show(view: RenderableType) -> None:
    """Print to standard output, as wide as the terminal is."""
    Console(highlight=False, emoji=False, markup=False).print(view)


def _emotion_bars(counts: Mapping[str, int]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(justify="right")
    table.add_column(no_wrap=True)
    total, most, colour = sum(counts.values()), max(counts.values()) or 1, colours(counts)
    for emotion in sorted(counts, key=lambda emotion: (emotion == NONE, -counts[emotion])):
        count = counts[emotion]
        bar = Text(drawn("█" * round(_BAR * count / most) or "▏"), style=colour[emotion])
        table.add_row(named(emotion, counts), f"{count:,}", f"{100 * count / total:.1f} %", bar)
    return table


def _details(summary: Summary) -> Text:
    parts = [
        f"{100 * summary.felt / summary.tweets:.0f} % counted as holding a feeling",
        f"{summary.retweets:,} retweets",
    ]
    parts += [f"{summary.ambiguous:,} between two emotions"]
    parts += [f"{summary.undated:,} without a date"] if summary.undated else []
    languages = [f"{visible(lang)} {count:,}" for lang, count in list(summary.languages.items())[:4]]
    return Text("; ".join([*parts, "languages: " + ", ".join(languages)]) + ".", style="dim")


def peak_lines(peaks: Sequence[Peak], emotions: Sequence[str], *, with_year: bool) -> Table:
    """A row a day; its year is told where there may be several."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for peak in peaks:
        usual = f"usually {peak.usual:.0f}"
        tag = visible(f"#{peak.hashtag}") if peak.hashtag else ""
        table.add_row(
            f"{peak.start:%a} {peak.start.day} {peak.start:%b}" + (f" {peak.start.year}" if with_year else ""),
            named(peak.emotion, emotions),
            f"{peak.tweets:,} tweets, {usual}",
            Text(tag),
        )
    return table


def _hit_head(hit: Hit, emotions: Sequence[str]) -> Text:
    when = hit.created_at.strftime("%Y-%m-%d %H:%M") if hit.created_at else "no date"
    head = named(hit.emotion, emotions).append(f" {hit.score:.2f}  {when}  ", "dim")
    return head.append(visible(f"@{hit.user_name}  ") if hit.user_name else "").append(visible(hit.tweet_id), "dim")


def _stacked(counts: Mapping[str, int], most: int, emotions: Sequence[str]) -> Text:
    """A bar as long as its sum against `most`, cut by emotion; cuts are rounded so that the length is right."""
    bar, done, length, colour = Text(), 0, 0, colours(emotions)
    for emotion in in_order(counts):
        done += counts[emotion]
        cells = round(_BAR * done / most) - length
        bar.append(drawn("█" * cells), colour.get(emotion, ""))
        length += cells
    return bar


def _most_felt(counts: Mapping[str, int], emotions: Sequence[str]) -> Text:
    felt = {emotion: count for emotion, count in counts.items() if emotion != NONE and count}
    return named(max(felt, key=lambda emotion: felt[emotion]), emotions) if felt else Text("")


def _legend(emotions: Sequence[str]) -> Text:
    legend, colour = Text(), colours(emotions)
    for emotion in in_order(emotions):
        legend.append(drawn("█ "), colour[emotion]).append(f"{visible(emotion)}   ")
    return legend


def named(emotion: str, emotions: Sequence[str] | Mapping[str, int]) -> Text:
    """The emotion in its colour."""
    return Text(visible(emotion), style=f"bold {colours(emotions).get(emotion, '')}".strip())
