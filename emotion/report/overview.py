"""The first half of the page: headline, numbers, emotions over time and over the week."""

from collections.abc import Sequence
from datetime import datetime

from emotion.report import charts
from emotion.report.facts import WEEKDAYS, Facts, chosen, minutes, when
from emotion.report.html import Html, el, joined
from emotion.report.palette import colours, in_order
from emotion.report.parts import chart, choice, folded, legend, percent, section, swatch, table
from emotion.stores.answers import NONE, Gap, Peak

_UNFINISHED = (
    "A job on this store has not come to its end: the numbers may still change, and some tweets may count twice."
)


def head(facts: Facts) -> Html:
    """Title, the whole story in a sentence, and the numbers."""
    summary = facts.summary
    return el(
        "header",
        el("p", f"Emotions of {summary.tweets:,} tweets", class_="eyebrow"),
        el("h1", "What was felt", f", {_dates(summary.first, summary.last)}" if summary.first and summary.last else ""),
        el("p", story, class_="lede") if (story := _story(facts)) else "",
        el("p", f"Only tweets {which}.", class_="about") if (which := chosen(facts)) else "",
        el("p", _UNFINISHED, class_="notice", role="status") if summary.unfinished else "",
        el("dl", _numbers(facts), class_="numbers"),
        mix(facts),
    )


def mix(facts: Facts) -> Html:
    """The share of each emotion as one strip, with its legend."""
    counts, colour = facts.summary.emotions, colours(facts.emotions)
    total = sum(counts.values())
    order = in_order(counts)
    strip = [el("span", style=f"--c:{colour[e]};flex:{counts[e]} 0 0") for e in order if counts[e]]
    legend = [
        el("li", swatch(colour[e]), f"{e} ", el("b", percent(counts[e], total)), f" {counts[e]:,}") for e in order
    ]
    return el(
        "div", el("div", *strip, class_="strip", aria_hidden="true"), el("ul", *legend, class_="legend"), class_="mix"
    )


def timeline(facts: Facts) -> Html:
    """Emotions over time with the days that stand out; nothing where no tweet has a date."""
    if not facts.timeline:
        return Html("")
    names = in_order(facts.emotions)
    rows: list[list[str | int]] = [
        [when(bucket.start, facts.by), bucket.tweets, *(bucket.emotions.get(e, 0) for e in names)]
        for bucket in facts.timeline
        if bucket.tweets
    ]
    undated = f" {facts.summary.undated:,} tweets without a date are left out." if facts.summary.undated else ""
    apart = " Those counted as none stand below them, on its own scale." if NONE in facts.emotions else ""
    return section(
        "over-time",
        "Over time",
        f"Tweets counted as holding a feeling, by {facts.by} ({facts.zone}), one colour an emotion.{apart}{undated}",
        el(
            "figure",
            choice("timeline", ("tweets", charts.SHARE)),
            chart("timeline", f"The emotions one on the other by {facts.by}. {_peaks_in_words(facts)}"),
            legend(facts.emotions),
            folded("The numbers", table((facts.by, "tweets", *names), rows)),
            class_="card",
        ),
        _days(facts),
    )


def rhythm(facts: Facts) -> Html:
    """Feelings by weekday and hour, and how soon people write again."""
    if not facts.rhythm.tweets:
        return Html("")
    views = list(charts.over_the_week(facts.rhythm, facts.emotions))
    rows: list[list[str | int]] = [
        [f"{WEEKDAYS[weekday]} {hour:02}:00", sum(cell.values()), *(cell.get(e, 0) for e in facts.emotions)]
        for (weekday, hour), cell in sorted(facts.rhythm.counts.items())
    ]
    return section(
        "through-the-week",
        "Through the week",
        f"The share of each hour's tweets{_whatever(facts)} that hold the feeling chosen; {_clock(facts)}.",
        el(
            "figure",
            choice("rhythm", views),
            chart("rhythm", "Heat map of weekdays and hours; the numbers are in the table below."),
            folded("The numbers", table(("hour", "tweets", *facts.emotions), rows)),
            class_="card",
        ),
        _gaps(facts.gaps, facts),
    )


def _whatever(facts: Facts) -> str:
    """Of one emotion's tweets alone every share would be 100 %."""
    return ", whatever their emotion," if facts.filter.emotion else ""


def _clock(facts: Facts) -> str:
    local, tweets = facts.rhythm.local, facts.rhythm.tweets
    if local == tweets:
        return "on the clocks of their authors"
    return (
        f"{percent(local, tweets)} on their author's own clock, the others in {facts.zone}"
        if local
        else f"in {facts.zone}"
    )


def _story(facts: Facts) -> Html:
    told = [] if facts.filter.emotion else [_most_felt(facts)]  # of one emotion alone there is nothing to tell
    if highest := max(facts.summary.peaks, key=lambda p: (p.tweets - p.usual) / max(p.usual, 1) ** 0.5, default=None):
        day = f"{highest.start.day} {highest.start:%B}" + _year(highest.start, facts)
        tag = f", around #{highest.hashtag}" if highest.hashtag else ""
        told.append(joined("Nothing stood out like the ", el("strong", highest.emotion), f" of {day}{tag}."))
    return Html(" ".join(told))


def _most_felt(facts: Facts) -> Html:
    counts = {e: facts.summary.emotions[e] for e in facts.felt}
    first = max(counts, key=lambda e: counts[e])
    if not counts[first]:
        return joined("None of these tweets is counted as holding a feeling.")
    if facts.everything:
        return joined("Counting every tweet, felt or not, most are of ", el("strong", first), ".")
    share = percent(facts.summary.felt, facts.summary.tweets)
    return joined(
        el("strong", share), " of the tweets are counted as holding a feeling, most often ", el("strong", first), "."
    )


def _numbers(facts: Facts) -> list[Html]:
    summary = facts.summary
    numbers = [("tweets", f"{summary.tweets:,}")]
    if not facts.everything and not facts.filter.emotion:
        numbers.append(("counted as holding a feeling", percent(summary.felt, summary.tweets)))
    if summary.authors:
        numbers.append(("authors", f"{summary.authors:,}"))
    if facts.timeline:
        busiest = max(facts.timeline, key=lambda bucket: bucket.tweets)
        start = busiest.start
        day = f"{start.day} {start:%b}" + _year(start, facts)
        name = f"{start:%B} {start.year}" if facts.by == "month" else day
        numbers.append(
            (
                f"busiest {facts.by}: {busiest.tweets:,} tweets",
                name + (f", {start:%H}:00" if facts.by == "hour" else ""),
            )
        )
    numbers.append(("retweets", percent(summary.retweets, summary.tweets)))
    numbers.append(("stand between two emotions", percent(summary.ambiguous, summary.tweets)))
    return [el("div", el("dt", what), el("dd", number)) for what, number in numbers]


def _days(facts: Facts) -> Html:
    items = [
        _day(number, day, colours(facts.emotions)) for number, day in enumerate(charts.days(facts.summary.peaks), 1)
    ]
    if not items:
        return Html("")
    return joined(el("h3", "Days that stand out", class_="after"), el("ol", *items, class_="days"))


def _day(number: int, day: Sequence[Peak], colour: dict[str, str]) -> Html:
    tags = " ".join(sorted({f"#{peak.hashtag}" for peak in day if peak.hashtag}))
    lines = [
        joined(
            swatch(colour[p.emotion]), " ", el("strong", p.emotion), f" in {p.tweets:,} tweets, usually {p.usual:.0f}"
        )
        for p in day
    ]
    told = [el("p", line) for line in (*lines, tags) if line]
    return el("li", el("span", number, class_="number"), el("h3", when(day[0].start, "day")), *told)


def _peaks_in_words(facts: Facts) -> str:
    said = [f"{p.emotion} stood out on {when(p.start, 'day')}" for p in facts.summary.peaks]
    return "; ".join(said) + "." if said else "No day stands out."


def _gaps(gaps: Sequence[Gap], facts: Facts) -> Html:
    if not gaps:
        return Html("")
    colour, by_name = colours(facts.emotions), {gap.emotion: gap for gap in gaps}
    rows = [
        [
            joined(swatch(colour[e]), " ", e),
            *(minutes(value) for value in (by_name[e].median, by_name[e].lower, by_name[e].upper)),
        ]
        for e in in_order(by_name)
    ]
    names = ("tweet", "median", "a quarter within", "three quarters within")
    return folded("How long since the author's tweet before", table(names, rows))


def _year(time: datetime, facts: Facts) -> str:
    """The year of a day, where the title's dates leave more than one to choose from."""
    first, last = facts.summary.first, facts.summary.last
    return f" {time.year}" if first and last and first.year != last.year else ""


def _dates(first: datetime, last: datetime) -> str:
    if first.date() == last.date():
        return f"{first.day} {first:%B} {first.year}"
    start = f"{first.day} {first:%B}" + (f" {first.year}" if first.year != last.year else "")
    return f"{start} to {last.day} {last:%B} {last.year}"
