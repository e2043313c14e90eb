"""Which files a question about a time reads: the answers are those of all files."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from emotion.errors import StoreError
from emotion.stores.answers import Filter
from emotion.stores.directory.queries import DirectoryQueries
from emotion.stores.queries.files import is_of_time
from tests.made_store import LABELS, Made, add_part, make_store

MARCH = datetime(2021, 3, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
EAST = timezone(timedelta(hours=9))
TIMES: Sequence[tuple[datetime | None, datetime | None]] = (
    (None, None),
    (MARCH, None),
    (MARCH - MOMENT, None),
    (None, MARCH),
    (None, MARCH + MOMENT),
    (MARCH, MARCH + timedelta(days=31)),
    (MARCH + timedelta(days=3), MARCH + timedelta(days=4)),
    (datetime(2021, 3, 1, 8, tzinfo=EAST), datetime(2021, 4, 1, 8, tzinfo=EAST)),
    (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)),
    (datetime(2050, 1, 1, tzinfo=UTC), None),
    (MARCH + timedelta(days=2), MARCH),
)
QUESTIONS: dict[str, Callable[[DirectoryQueries, Filter], Any]] = {
    "summary": lambda queries, filter: queries.summary(filter),
    "timeline": lambda queries, filter: queries.timeline("month", filter),
    "peaks": lambda queries, filter: queries.peaks(filter),
    "rhythm": lambda queries, filter: queries.rhythm(filter),
    "gaps": lambda queries, filter: queries.gaps(filter),
    "top": lambda queries, filter: queries.top("hashtags", filter),
    "top by emotion": lambda queries, filter: queries.top_by_emotion("words", filter),
    "significant": lambda queries, filter: queries.significant("words", filter),
    "search": lambda queries, filter: queries.search("", filter, 500),
    "search for what is long": lambda queries, filter: queries.search("looove", filter),
    "examples": lambda queries, filter: queries.examples(filter),
    "documents": lambda queries, filter: queries.documents(filter).read_all().sort_by("tweet_id"),
}


def tweets() -> list[Made]:
    """Of five months and of none, at the edges of months too; what is long ends otherwise in each."""
    chance = random.Random(3)
    times = [
        MARCH,
        MARCH - MOMENT,
        MARCH + MOMENT,
        MARCH + timedelta(days=31),
        MARCH + timedelta(days=31) - MOMENT,
        None,
    ]
    times += [MARCH + timedelta(minutes=chance.randrange(-80_000, 130_000)) for _ in range(150)]
    made = [
        Made(
            str(n),
            f"{chance.choice(('storm', 'lanterns', 'scared'))} {'love' if at and at < MARCH else 'loove'}",
            chance.choice(LABELS),
            felt=chance.random() < 0.7,
            at=at,
            user=chance.choice(("otter", "gull")),
            hashtags=chance.choice((["Storm"], ["storm"], [])),
        )
        for n, at in enumerate(times)
    ]
    return [
        *made,
        Made("first", "loove", at=datetime(1, 1, 1, tzinfo=UTC)),
        Made("old", "love", at=MARCH.replace(1969)),
    ]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DirectoryQueries, DirectoryQueries]]:
    """The same documents by month, and in a folder that tells none; some in a part that is not finished."""
    made = tweets()
    by_month, in_one = (tmp_path_factory.mktemp(name) / "store" for name in ("months", "one"))
    make_store(by_month, made[20:])
    make_store(in_one, [])
    (in_one / "month=all").mkdir()
    for number, path in enumerate(sorted(by_month.glob("month=*/*.parquet"))):
        (in_one / "month=all" / f"{number:06}.parquet").write_bytes(path.read_bytes())
    for store in (by_month, in_one):
        add_part(store, "000001-00000-00000", made[:20])
    with DirectoryQueries(by_month) as one, DirectoryQueries(in_one) as other:
        yield one, other


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_a_time_holds_is_the_same_whichever_files_are_read(
    question: str, both: tuple[DirectoryQueries, DirectoryQueries]
) -> None:
    ask = QUESTIONS[question]
    for since, until in TIMES:
        filter = Filter(since=since, until=until)
        one, other = (ask(queries, filter) for queries in both)
        assert one == other, (since, until)


def test_each_edge_of_a_month_is_counted_once(both: tuple[DirectoryQueries, DirectoryQueries]) -> None:
    queries, _ = both
    before, after = queries.summary(Filter(until=MARCH)), queries.summary(Filter(since=MARCH))
    assert before.last == MARCH - MOMENT
    assert after.first == MARCH
    every = queries.summary()
    assert before.tweets + after.tweets + every.undated == every.tweets == len(tweets())


def test_a_file_of_another_month_is_not_read(tmp_path: Path) -> None:
    months = [MARCH, MARCH.replace(month=4), MARCH.replace(month=5)]
    store = make_store(tmp_path, [Made(str(n), "tea", at=at) for n, at in enumerate([*months, None])])
    for folder in ("month=2021-05", "month=unknown"):
        (store / folder / "000000-00000-00000.parquet").write_bytes(b"PAR1 no")
    with DirectoryQueries(store) as queries:
        assert queries.summary(Filter(until=months[2])).tweets == 2
        assert queries.documents(Filter(since=months[1], until=months[2])).read_all()["tweet_id"].to_pylist() == ["1"]
        with pytest.raises(StoreError, match="damaged"):
            queries.summary()
        assert queries.search("", Filter(until=MARCH + timedelta(days=1))).total == 1


@pytest.mark.parametrize("is_unfinished", [False, True])
def test_the_files_of_other_months_are_not_even_opened(is_unfinished: bool, tmp_path: Path) -> None:
    made = [Made(str(n), "love", at=MARCH.replace(month=n)) for n in (2, 3, 4)]
    store = make_store(tmp_path, made)
    for other in ("02", "04"):
        (store / f"month=2021-{other}" / "000000-00000-00000.parquet").write_bytes(b"PAR1 no")
    expected = ["3"]
    if is_unfinished:
        add_part(
            store, "000001-00000-00000", [Made("late", "love", at=MARCH), Made("5", "x", at=MARCH.replace(month=5))]
        )
        expected.append("late")
    march = Filter(since=MARCH, until=MARCH.replace(month=4))
    with DirectoryQueries(store) as queries:
        assert queries.summary(march).tweets == len(expected)
        assert queries.documents(march).read_all()["tweet_id"].to_pylist() == expected
        assert queries.search("love", march).total == len(expected)
        with pytest.raises(StoreError, match="damaged"):
            queries.summary()


def test_a_time_of_no_file_holds_nothing(tmp_path: Path) -> None:
    never = Filter(since=datetime(2050, 1, 1, tzinfo=UTC))
    with DirectoryQueries(make_store(tmp_path, [Made("1", "tea", at=MARCH)])) as queries:
        assert queries.summary(never).tweets == 0
        assert queries.timeline("day", never) == []
        assert queries.documents(never).read_all().num_rows == 0
        assert queries.summary().tweets == 1


def test_an_elongation_ends_as_in_any_of_the_stores_tweets(tmp_path: Path) -> None:
    made = [Made("1", "love", at=MARCH), Made("2", "loove", at=MARCH - MOMENT)]
    with DirectoryQueries(make_store(tmp_path, made)) as queries:
        assert queries.summary(Filter(query="looove", since=MARCH)).tweets == 0
        assert queries.summary(Filter(query="looove")).tweets == 1


def test_of_the_time_before_a_gap_all_is_read(tmp_path: Path) -> None:
    made = [Made("1", "tea", at=MARCH - timedelta(minutes=2)), Made("2", "tea", at=MARCH + timedelta(minutes=3))]
    with DirectoryQueries(make_store(tmp_path, made)) as queries:
        assert [gap.median for gap in queries.gaps(Filter(since=MARCH))] == [5.0]


@pytest.mark.parametrize(
    ("folder", "since", "until", "is_read"),
    [
        ("month=2021-03", None, None, True),
        ("month=unknown", None, None, True),
        ("month=unknown", MARCH, None, False),
        ("month=unknown", None, MARCH, False),
        ("month=2021-02", MARCH, None, False),
        ("month=2021-02", MARCH - MOMENT, None, True),
        ("month=2021-03", None, MARCH, False),
        ("month=2021-03", None, MARCH + MOMENT, True),
        ("month=0001-01", None, MARCH, True),
        ("month=2021-03", datetime(2021, 4, 1, 8, tzinfo=EAST), None, True),
        ("month=2021-3", MARCH + timedelta(days=90), None, True),
        ("parts", MARCH + timedelta(days=90), None, True),
    ],
)
def test_a_month_is_read_where_the_time_touches_it(
    folder: str, since: datetime | None, until: datetime | None, is_read: bool
) -> None:
    assert is_of_time(Path("store") / folder / "1.parquet", Filter(since=since, until=until)) == is_read
