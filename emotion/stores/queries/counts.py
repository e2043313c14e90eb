"""Counts of tweets: the summary, over time, over the week, and between an author's tweets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from statistics import median

from emotion.errors import UsageError
from emotion.stores.answers import Bucket, Filter, Gap, Hour, Peak, Period, Rhythm, Summary, Term
from emotion.stores.queries.documents import Documents
from emotion.stores.queries.filters import conditions
from emotion.stores.queries.zones import in_zone, is_shown

_SUMMARY = """
    SELECT count(*), count(*) FILTER (felt), count(*) FILTER (ambiguous), count(retweet_of),
           count(DISTINCT coalesce(lower(user_name), user_id)), count(*) FILTER (moment IS NULL),
           min(moment), max(moment)
    FROM documents WHERE {condition}
"""
_BY = "SELECT {what} AS value, count(*) AS n FROM documents WHERE {condition} GROUP BY 1 ORDER BY n DESC, value"
_PROFILE = """
    SELECT label, count(*) FROM (SELECT unnest(emotions) AS label FROM documents WHERE {condition}) GROUP BY label
"""
_TIMELINE = """
    SELECT date_trunc($by, clock)::TIMESTAMP AS start, counted, count(*) FROM documents
    WHERE moment IS NOT NULL AND {condition} GROUP BY ALL ORDER BY start
"""
# The author's offset from UTC in whole hours is what lies between the two hours of the day: from -10 to 13, as more
# people live where summer is 13 hours ahead than where it is 11 behind.
_RHYTHM = """
    WITH times AS (
        SELECT counted, local_hour, coalesce(
            moment + to_hours((local_hour::INTEGER - hour(moment)::INTEGER + 34) % 24 - 10), clock
        ) AS local
        FROM documents WHERE moment IS NOT NULL AND {condition}
    )
    SELECT isodow(local) - 1 AS weekday, hour(local) AS hour, counted, count(*), count(local_hour)
    FROM times GROUP BY ALL ORDER BY weekday, hour
"""
_GAPS = """
    WITH times AS (
        SELECT *, (epoch_us(created_at) - lag(epoch_us(created_at)) OVER (
            PARTITION BY coalesce(lower(user_name), user_id) ORDER BY created_at, tweet_id)) / 60e6 AS minutes
        FROM documents WHERE created_at IS NOT NULL AND coalesce(user_id, user_name) IS NOT NULL
    )
    SELECT counted, count(minutes), quantile_cont(minutes, [0.25, 0.5, 0.75])
    FROM times WHERE minutes IS NOT NULL AND {condition} GROUP BY counted ORDER BY counted
"""
_MOST_PERIODS = 100_000
_DAYS_FOR_PEAKS = 5  # fewer tell nothing of what is usual
_STANDS_OUT = 4.0  # standard deviations of a Poisson count above the median


def summary(
    documents: Documents,
    filter: Filter,
    emotions: Sequence[str],
    profile: Sequence[str],
    peaks: list[Peak],
    unfinished: bool,
) -> Summary:
    """Counts of everything that the filter lets through."""
    condition, parameters = conditions(documents, filter)

    def counts(sql: str, what: str = "") -> dict[str, int]:
        return dict(documents.rows(sql.format(what=what, condition=condition), parameters))

    row = documents.rows(_SUMMARY.format(condition=condition), parameters)[0]
    tweets, felt, ambiguous, retweets, authors, undated, first, last = row
    return Summary(
        tweets, felt, ambiguous, retweets, authors, undated, _at(first, documents.zone), _at(last, documents.zone),
        emotions=filled(counts(_BY, "counted"), emotions),
        profile=filled(counts(_PROFILE), profile),
        languages=counts(_BY, "coalesce(lang, 'unknown')"),
        peaks=peaks,
        unfinished=unfinished,
    )  # fmt: skip


def timeline(documents: Documents, filter: Filter, by: Period, emotions: Sequence[str]) -> list[Bucket]:
    """Every period from the first tweet to the last in order, those without tweets too; undated tweets are left out.

    Raises:
        UsageError: there are too many periods to list.
    """
    return without_holes(periods(documents, filter, by), by, emotions, documents.zone)


def without_holes(
    counts: Mapping[datetime, dict[str, int]], by: Period, emotions: Sequence[str], zone: tzinfo
) -> list[Bucket]:
    """Every period that the zone's clock shows from the first to the last, with the counts of `periods`.

    Raises:
        UsageError: there are too many to list.
    """
    starts = _every(min(counts), max(counts), by) if counts else []
    if by == "hour":
        starts = [start for start in starts if start in counts or is_shown(start, zone)]
    return [
        Bucket(start.replace(tzinfo=zone), sum(tweets.values()), filled(tweets, emotions))
        for start, tweets in ((start, counts.get(start, {})) for start in starts)
    ]


def periods(documents: Documents, filter: Filter, by: Period) -> dict[datetime, dict[str, int]]:
    """Tweets of each emotion in the periods that have any, by what the zone's clock shows."""
    condition, parameters = conditions(documents, filter)
    counts: dict[datetime, dict[str, int]] = {}
    rows = documents.rows(_TIMELINE.format(condition=condition), parameters | {"by": by})
    for start, emotion, tweets in rows:
        counts.setdefault(start, {})[emotion] = tweets
    return counts


def peaks(days: Mapping[datetime, Mapping[str, int]], emotions: Sequence[str], zone: tzinfo) -> list[Peak]:
    """Each emotion's strongest day, where it stands well above the median of all days, in order of time."""
    found = []
    length = (max(days) - min(days)).days + 1 if days else 0
    if len(days) < _DAYS_FOR_PEAKS:
        return []
    for emotion in emotions:
        counts = {start: held[emotion] for start, held in sorted(days.items()) if held.get(emotion)}
        if not counts:
            continue
        usual = _median(sorted(counts.values()), length)
        start = max(counts, key=lambda start, counts=counts: counts[start])  # type: ignore[misc]
        if counts[start] - usual > _STANDS_OUT * max(usual, 1) ** 0.5:
            found.append(Peak(start.replace(tzinfo=zone), emotion, counts[start], usual))
    return sorted(found, key=lambda peak: (peak.start, peak.emotion))


def _median(counts: Sequence[int], length: int) -> float:
    """Median of sorted counts, filled up with zeros to `length`."""
    zeros = length - len(counts)
    return 0.0 if zeros > len(counts) else float(median([0] * zeros + list(counts)))


def with_hashtags(found: Sequence[Peak], filter: Filter, most_used: Callable[[Filter], Sequence[Term]]) -> list[Peak]:
    """The peaks with the hashtag most used in their emotion on their day, as far as the filter takes the day in."""

    def hashtag(peak: Peak) -> str | None:
        start, end = day(peak.start)
        since = start if filter.since is None else max(start, filter.since)
        until = end if filter.until is None else min(end, filter.until)
        terms = most_used(replace(filter, emotion=peak.emotion, since=since, until=until))
        return terms[0].written if terms else None

    return [replace(peak, hashtag=hashtag(peak)) for peak in found]


def rhythm(documents: Documents, filter: Filter) -> Rhythm:
    """Tweets by weekday, hour and emotion."""
    condition, parameters = conditions(documents, filter)
    counts: dict[tuple[int, int], dict[str, int]] = {}
    local = total = 0
    rows = documents.rows(_RHYTHM.format(condition=condition), parameters)
    for weekday, hour, emotion, tweets, known in rows:
        counts.setdefault((weekday, hour), {})[emotion] = tweets
        local, total = local + known, total + tweets
    return rhythm_of(counts, local, total)


def rhythm_of(counts: Mapping[tuple[int, int], dict[str, int]], local: int, tweets: int) -> Rhythm:
    """The answer from tweets of each emotion by weekday and hour."""
    return Rhythm(local, tweets, [Hour(*when, emotions) for when, emotions in sorted(counts.items())])


def gaps(documents: Documents, filter: Filter) -> list[Gap]:
    """Minutes since the author's previous tweet, whatever its emotion; the filter chooses the later of the two."""
    condition, parameters = conditions(documents, filter)
    rows = documents.rows(_GAPS.format(condition=condition), parameters)
    return [Gap(emotion, tweets, *quartiles) for emotion, tweets, quartiles in rows]


def day(time: datetime) -> tuple[datetime, datetime]:
    """Start and end of the day in which `time` lies."""
    start = time.replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1)


def filled(counts: dict[str, int], labels: Sequence[str]) -> dict[str, int]:
    """Counts of every label in order, 0 where there is none, then of labels unknown to the store."""
    return {label: counts.get(label, 0) for label in labels} | {k: v for k, v in counts.items() if k not in labels}


def _every(first: datetime, last: datetime, by: Period) -> list[datetime]:
    hours = {"hour": 1, "day": 24, "week": 168, "month": 672}[by]
    if (last - first) / timedelta(hours=hours) > _MOST_PERIODS:
        raise UsageError(
            f"From {first:%Y-%m-%d} to {last:%Y-%m-%d} there are too many {by}s to list; "
            "go by a longer period, or ask for a time with --since and --until."
        )
    starts = [first]
    while starts[-1] < last:
        starts.append(_next(starts[-1], by))
    return starts


def _next(start: datetime, by: Period) -> datetime:
    if by == "month":
        return (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    return start + {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}[by]


def _at(time: datetime | None, zone: tzinfo) -> datetime | None:
    return None if time is None else in_zone(time.replace(tzinfo=UTC), zone)
