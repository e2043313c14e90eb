import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotion.errors import StoreError, UsageError
from emotion.stores.answers import Filter, Kind, Period
from emotion.stores.directory.queries import DirectoryQueries
from emotion.stores.document import schema
from emotion.stores.files import finished_files
from emotion.stores.finish import finish
from emotion.stores.queries.documents import Documents
from tests.made_store import LABELS, NOON, PROFILE_LABELS, Made, add_part, make_store
from tests.stores.parts import Parts, Row

STORM = (
    Made("1", "So scared of the storm", "fear", score=0.8, at=NOON, hashtags=["Storm", "storm"], profile=["fear"]),
    Made("2", "The storm took our house, crying", "sadness", at=NOON + timedelta(hours=1), hashtags=["Storm"]),
    Made("3", "The bus leaves at 7:15", "joy", felt=False, score=0.4, at=NOON + timedelta(days=3), user="gull"),
    Made("4", "Happy about the lanterns", "joy", at=NOON + timedelta(days=3), user="gull", hashtags=["Lanterns"]),
    Made("5", "Happy about the lanterns", at=None, user="lamp", retweet_of="4", lang=None, profile=["joy", "trust"]),
)


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store"), STORM, run={"read": 5, "documents": 5})


def ask(store: Path, everything: bool = False) -> DirectoryQueries:
    return DirectoryQueries(store, everything)


def store_of(folder: Path, made: Sequence[Made]) -> DirectoryQueries:
    return ask(make_store(folder / "store", made))


def ids(queries: DirectoryQueries, query: str = "", **filter: object) -> list[str]:
    return [hit.tweet_id for hit in queries.search(query, Filter(**filter)).hits]  # type: ignore[arg-type]


def test_summary_counts_what_is_not_felt_as_none(storm: Path) -> None:
    summary = ask(storm).summary()
    assert summary.tweets == 5
    assert summary.emotions == {"sadness": 1, "joy": 2, "love": 0, "anger": 0, "fear": 1, "surprise": 0, "none": 1}
    assert (summary.felt, summary.ambiguous, summary.retweets, summary.authors, summary.undated) == (4, 1, 1, 3, 1)
    assert (summary.first, summary.last) == (NOON, NOON + timedelta(days=3))
    assert summary.languages == {"en": 4, "unknown": 1}
    assert {label: n for label, n in summary.profile.items() if n} == {"fear": 1, "joy": 1, "trust": 1}
    assert tuple(summary.profile) == PROFILE_LABELS
    assert summary.peaks == []


def test_with_everything_there_is_no_none(storm: Path) -> None:
    queries = ask(storm, everything=True)
    assert queries.summary().emotions == dict.fromkeys(LABELS, 0) | {"sadness": 1, "joy": 3, "fear": 1}
    with pytest.raises(UsageError, match="knows no emotion 'none'"):
        queries.summary(Filter(emotion="none"))


@pytest.mark.parametrize("content", [None, "a file"])
def test_what_is_not_a_store_is_refused_in_a_sentence(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "thing"
    if content:
        path.write_text(content)
    with pytest.raises(UsageError, match=r"thing is not a store: .* Make one with `emotion label"):
        ask(path)


@pytest.mark.parametrize(
    ("text", "said"), [("{", "damaged"), ('{"version": 2, "labels": [], "profile_labels": []}', "version 2")]
)
def test_a_damaged_or_later_store_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "store.json").write_text(text)
    with pytest.raises(StoreError, match=said):
        ask(tmp_path)


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    make_store(tmp_path, STORM[:1])
    next(tmp_path.glob("month=*/*.parquet")).write_bytes(b"PAR1 no")
    with ask(tmp_path) as queries, pytest.raises(StoreError, match="could not be read"):
        queries.summary()


def test_an_empty_store_answers_everything(tmp_path: Path) -> None:
    queries = store_of(tmp_path, [])
    assert queries.summary().tweets == 0
    assert queries.timeline() == []
    assert queries.peaks() == []
    assert queries.rhythm().counts == {}
    assert queries.gaps() == []
    assert queries.top("words") == []
    assert queries.top_by_emotion("hashtags") == {emotion: [] for emotion in queries.emotions}
    assert queries.significant("words") == {emotion: [] for emotion in queries.emotions}
    assert queries.search("storm").total == 0
    assert queries.examples() == {emotion: [] for emotion in LABELS}
    assert queries.documents().read_all().num_rows == 0
    assert queries.run is None


def test_committed_parts_are_counted_and_the_store_says_that_it_is_unfinished(tmp_path: Path) -> None:
    make_store(tmp_path, STORM[:1])
    add_part(tmp_path, "000000-00000-00000", STORM[1:2])
    add_part(tmp_path, "000000-00000-00001", STORM[2:], committed=False)
    queries = ask(tmp_path)
    summary = queries.summary()
    assert (summary.tweets, summary.unfinished) == (2, True)
    assert queries.search("storm").unfinished
    assert queries.documents().read_all().schema == schema(LABELS, PROFILE_LABELS)


def test_a_finished_store_is_not_unfinished(storm: Path) -> None:
    assert not ask(storm).summary().unfinished


def test_a_part_that_is_committed_again_once_it_is_finished_counts_once(tmp_path: Path) -> None:
    parts = Parts(make_store(tmp_path, []))
    key = parts.add(0, [Row("1"), Row("2")])
    late = [parts.ledger.parts / f"{key}.parquet", parts.ledger.commits / f"{key}.json"]
    kept = {path: path.read_bytes() for path in late}
    finish(tmp_path)
    for path, content in kept.items():
        path.write_bytes(content)
    summary = ask(tmp_path).summary()
    assert (summary.tweets, summary.unfinished) == (2, False)


def test_questions_go_on_while_batches_are_put_in_order_beneath_them(tmp_path: Path) -> None:
    parts = Parts(make_store(tmp_path, []))
    parts.add(0, [Row("1"), Row("2")])
    queries = ask(tmp_path)
    assert queries.summary().tweets == 2
    finish(tmp_path)
    parts.add(1, [Row("3")])
    assert queries.search("").total == 3, "the part that was read is gone"
    finish(tmp_path)
    assert queries.summary().tweets == 3
    assert len(queries.timeline()) == 1


def test_no_tweet_counts_twice_where_a_finish_falls_into_a_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that was read already, and the month that took it in before it was read."""
    parts = Parts(make_store(tmp_path, []))
    parts.add(0, [Row("1")])
    finish(tmp_path)
    parts.add(1, [Row("2")])
    queries = ask(tmp_path)
    rows, times = Documents.rows, [0]

    def slow(documents: Documents, sql: str, parameters: dict[str, object]) -> list[tuple[object, ...]]:
        times[0] += 1
        if times[0] == 2:  # of the several that a summary asks
            finish(tmp_path)
        return rows(documents, sql, parameters)

    monkeypatch.setattr(Documents, "rows", slow)
    summary = queries.summary()
    assert (summary.tweets, sum(summary.emotions.values())) == (2, 2)


def test_a_file_that_goes_while_it_is_listed_is_looked_for_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, there, times = make_store(tmp_path / "store", STORM), finished_files, [0]

    def late(root: Path) -> list[Path]:
        times[0] += 1
        return [*there(root), *([root / "month=2021-03" / "gone.parquet"] if times[0] == 1 else [])]

    monkeypatch.setattr("emotion.stores.queries.documents.finished_files", late)
    assert ask(store).summary().tweets == len(STORM)


def test_a_store_that_never_stands_still_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queries, rows = store_of(tmp_path, STORM), Documents.rows

    def slow(documents: Documents, sql: str, parameters: dict[str, object]) -> list[tuple[object, ...]]:
        answer = rows(documents, sql, parameters)
        for file in (tmp_path / "store").glob("month=*/*.parquet"):
            file.touch()
        return answer

    monkeypatch.setattr(Documents, "rows", slow)
    with pytest.raises(StoreError, match="changed again and again"):
        queries.rhythm()


@pytest.mark.parametrize("name", ["a[bc]", "a[b", "a*", "a?", "a[*?]", "a]", "a\\b", "{a,b}", "a%20b"])
def test_a_path_is_no_pattern(tmp_path: Path, name: str) -> None:
    make_store(tmp_path / "ab", STORM)
    make_store(tmp_path / name, STORM[:1])
    add_part(tmp_path / name, "000000-00000-00000", STORM[1:2])
    assert sorted(ids(ask(tmp_path / name))) == ["1", "2"]


def test_a_timeline_has_no_holes_and_leaves_out_what_has_no_date(storm: Path) -> None:
    days = ask(storm).timeline("day")
    assert [bucket.start for bucket in days] == [datetime(2021, 3, day, tzinfo=UTC) for day in (13, 14, 15, 16)]
    assert [bucket.tweets for bucket in days] == [2, 0, 0, 2]
    assert days[3].emotions["none"] == 1


@pytest.mark.parametrize(
    ("by", "starts"),
    [
        ("hour", ["2021-12-31T23", "2022-01-01T00", "2022-01-01T01"]),
        ("week", ["2021-12-27T00"]),
        ("month", ["2021-12-01T00", "2022-01-01T00"]),
    ],
)
def test_periods_begin_where_the_calendar_says(tmp_path: Path, by: Period, starts: list[str]) -> None:
    new_year = datetime(2022, 1, 1, 1, 30, tzinfo=UTC)
    queries = store_of(tmp_path, [Made("1", "a", at=new_year), Made("2", "b", at=new_year - timedelta(hours=2))])
    assert [f"{bucket.start:%Y-%m-%dT%H}" for bucket in queries.timeline(by)] == starts


def test_a_timeline_of_too_many_periods_is_refused(tmp_path: Path) -> None:
    queries = store_of(tmp_path, [Made("1", "a", at=datetime(1970, 1, 1, tzinfo=UTC)), Made("2", "b")])
    with pytest.raises(UsageError, match=r"too many hours to list.*--since"):
        queries.timeline("hour")
    assert len(queries.timeline("month")) == 615
    with pytest.raises(UsageError, match="not by 'year'"):
        queries.timeline("year")  # type: ignore[arg-type]


def test_a_peak_is_the_day_far_above_the_median(tmp_path: Path) -> None:
    made = [Made(f"{day}-{n}", "x", "fear", at=NOON + timedelta(days=day)) for day in range(5) for n in range(2)]
    made += [Made(f"storm-{n}", "x", "fear", at=NOON + timedelta(days=2), hashtags=["Storm"]) for n in range(20)]
    (peak,) = store_of(tmp_path, made).peaks()
    assert (peak.start, peak.emotion, peak.tweets, peak.usual, peak.hashtag) == (
        datetime(2021, 3, 15, tzinfo=UTC), "fear", 22, 2.0, "Storm",
    )  # fmt: skip
    assert ask(tmp_path / "store").summary().peaks == [peak]
    assert store_of(tmp_path / "even", made[:10]).peaks() == []
    assert store_of(tmp_path / "short", made[4:]).peaks() == [], "three days tell nothing of what is usual"


def test_a_peaks_hashtag_is_of_the_time_that_is_asked_for(tmp_path: Path) -> None:
    made = [Made(f"{day}-{n}", "x", "fear", at=NOON + timedelta(days=day)) for day in range(5) for n in range(2)]
    late = NOON + timedelta(days=4, hours=8)
    made += [Made(f"noon-{n}", "x", "fear", at=NOON + timedelta(days=4), hashtags=["Noon"]) for n in range(40)]
    made += [Made(f"late-{n}", "x", "fear", at=late, hashtags=["Late"]) for n in range(60)]
    queries = store_of(tmp_path, made)
    assert [peak.hashtag for peak in queries.peaks()] == ["Late"]
    assert [(peak.hashtag, peak.tweets) for peak in queries.peaks(Filter(until=late))] == [("Noon", 42)]


def test_a_rhythm_goes_by_the_authors_clock_where_it_is_known(tmp_path: Path) -> None:
    late = datetime(2021, 3, 14, 23, 30, tzinfo=UTC)  # a Sunday
    made = [Made(str(offset), "x", at=late, utc_offset=offset) for offset in (3600, -5 * 3600, None)]
    rhythm = store_of(tmp_path, made).rhythm()
    assert set(rhythm.counts) == {(0, 0), (6, 18), (6, 23)}
    assert (rhythm.local, rhythm.tweets) == (2, 3)


def test_a_clock_thirteen_hours_ahead_is_not_eleven_behind(tmp_path: Path) -> None:
    noon = datetime(2021, 3, 14, 12, 30, tzinfo=UTC)  # a Sunday, and in New Zealand Monday
    made = [Made(str(hours), "x", at=noon, utc_offset=hours * 3600) for hours in (12, 13, -10)]
    assert set(store_of(tmp_path, made).rhythm().counts) == {(0, 0), (0, 1), (6, 2)}


def test_gaps_are_minutes_since_the_same_authors_tweet_before(tmp_path: Path) -> None:
    said = ((0, "joy", "otter"), (10, "fear", "otter"), (40, "fear", "otter"), (41, "fear", "gull"), (42, "joy", None))
    made = [Made(str(at), "x", emotion, at=NOON + timedelta(minutes=at), user=user) for at, emotion, user in said]
    queries = store_of(tmp_path, made)
    (gap,) = queries.gaps()
    assert (gap.emotion, gap.tweets, gap.lower, gap.median, gap.upper) == ("fear", 2, 15.0, 20.0, 25.0)
    (later,) = queries.gaps(Filter(since=NOON + timedelta(minutes=20)))
    assert (later.tweets, later.median) == (1, 30.0)


def test_top_counts_a_tweet_once_and_shows_the_usual_spelling(storm: Path) -> None:
    first, second = ask(storm).top("hashtags")
    assert (first.term, first.written, first.tweets, first.emotions["fear"]) == ("storm", "Storm", 2, 1)
    assert (second.written, second.tweets) == ("Lanterns", 1)


def test_top_words_hold_no_stop_words_markers_or_signs(tmp_path: Path) -> None:
    queries = store_of(tmp_path, [Made("1", "@otter The storm!!! and 7 more of the storm https://example.org #Storm")])
    assert [term.term for term in queries.top("words")] == ["storm"]


@pytest.mark.parametrize(("kind", "terms"), [("emoji", ["😱", "🏮"]), ("mentions", ["otter"]), ("entities", [])])
def test_top_of_other_kinds(tmp_path: Path, kind: Kind, terms: list[str]) -> None:
    made = [Made("1", "😱 🏮"), Made("2", "😱", mentions=["Otter"]), Made("3", "x", mentions=["otter"])]
    queries = store_of(tmp_path, made)
    assert [term.term for term in queries.top(kind)] == terms


def test_entities_are_counted_with_and_without_their_kind(tmp_path: Path) -> None:
    made = [
        Made("1", "x", "fear", entities=[("place", "Paris"), ("person", "Paris")]),
        Made("2", "x", entities=[("place", "PARIS"), ("place", "Paris"), (None, "Otto")]),
        Made("3", "x"),
    ]
    queries = store_of(tmp_path, made)
    assert [(term.written, term.tweets) for term in queries.top("entities")] == [("Paris", 2), ("Otto", 1)]
    assert [(term.written, term.emotions["fear"]) for term in queries.top("places")] == [("Paris", 1)]
    assert [term.tweets for term in queries.top("people")] == [1]
    assert queries.top("products") == []
    assert [term.term for term in queries.top_by_emotion("entities")["joy"]] == ["otto", "paris"]


def test_top_by_emotion_ranks_within_each(storm: Path) -> None:
    top = ask(storm).top_by_emotion("hashtags", limit=1)
    assert {emotion: [term.term for term in held] for emotion, held in top.items() if held} == {
        "sadness": ["storm"], "joy": ["lanterns"], "fear": ["storm"],
    }  # fmt: skip


def test_ties_go_by_the_alphabet_and_the_limit_holds(tmp_path: Path) -> None:
    queries = store_of(tmp_path, [Made("1", "x", hashtags=["b", "c", "a"])])
    assert [term.term for term in queries.top("hashtags", limit=2)] == ["a", "b"]


def test_significant_words_mark_an_emotion_and_are_not_merely_frequent(tmp_path: Path) -> None:
    made = [Made(f"f{n}", "town storm scared", "fear") for n in range(8)]
    made += [Made(f"j{n}", "town lanterns smiling", "joy") for n in range(30)]
    made += [Made("r", "rare", "fear")]
    marking = store_of(tmp_path, made).significant("words")
    assert [term.term for term in marking["fear"]] == ["scared", "storm"]
    assert [term.term for term in marking["joy"]][:2] == ["lanterns", "smiling"]
    assert (marking["fear"][0].tweets, marking["fear"][0].elsewhere) == (8, 0)


def test_what_marks_one_emotion_is_found_against_all_others(tmp_path: Path) -> None:
    made = [Made(f"f{n}", "town storm scared", "fear") for n in range(8)]
    made += [Made(f"j{n}", "town lanterns smiling", "joy") for n in range(30)]
    queries = store_of(tmp_path, made)
    assert queries.significant("words", Filter(emotion="Fear")) == {"fear": queries.significant("words")["fear"]}


def test_an_unknown_kind_is_refused(storm: Path) -> None:
    with pytest.raises(UsageError, match="no top of 'verbs'"):
        ask(storm).top("verbs")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("storm", ["2", "1"]),
        ("STORM scared", ["1"]),
        ("stormmmm house", ["2"]),
        ("#STORM", ["2", "1"]),
        ("#storm crying", ["2"]),
        ("happy", ["4", "5"]),
        ("", ["3", "4", "2", "1", "5"]),
        ("'; DROP TABLE documents --", []),
    ],
)
def test_search_wants_every_word_newest_first(storm: Path, query: str, found: list[str]) -> None:
    assert ids(ask(storm), query) == found


def test_search_finds_mentions(tmp_path: Path) -> None:
    queries = store_of(tmp_path, [Made("1", "hello @Otter", mentions=["Otter"]), Made("2", "hello otter")])
    assert ids(queries, "@otter") == ["1"]


def test_filters_narrow_a_search(storm: Path) -> None:
    queries = ask(storm)
    assert ids(queries, emotion="none") == ["3"]
    assert ids(queries, emotion="NONE") == ["3"]
    assert ids(queries, emotion="Fear", lang="EN") == ["1"]
    assert ids(queries, user="@Gull") == ["3", "4"]
    assert ids(queries, user="id-lamp") == ["5"]
    assert ids(queries, lang="en", felt=True, since=NOON + timedelta(hours=1)) == ["4", "2"]
    assert ids(queries, until=NOON + timedelta(hours=1)) == ["1"]
    assert ids(queries, hashtag="#sToRm") == ["2", "1"]
    assert ids(queries, hashtag="x') OR true --") == []
    assert ids(queries, since=(NOON + timedelta(minutes=30)).astimezone(), until=NOON + timedelta(days=1)) == ["2"]


def test_an_unknown_emotion_is_refused_with_those_there_are(storm: Path) -> None:
    with pytest.raises(UsageError, match=r"knows no emotion 'rage'; it has sadness, .*none"):
        ask(storm).search(filter=Filter(emotion="rage"))


def test_search_counts_all_and_shows_few(storm: Path) -> None:
    found = ask(storm).search("storm", limit=1)
    assert (found.total, [hit.tweet_id for hit in found.hits]) == (2, ["2"])


def test_highlights_are_the_words_asked_for(tmp_path: Path) -> None:
    text = "So so SCAREDDD &amp; scared #StormBriar @Otter"
    queries = store_of(tmp_path, [Made("1", text, hashtags=["StormBriar"], mentions=["Otter"])])
    (hit,) = queries.search("scared #stormbriar @otter").hits
    assert [text[start:end] for start, end in hit.highlights] == ["scared", "#StormBriar", "@Otter"]
    (hit,) = queries.search("so").hits
    assert [text[start:end] for start, end in hit.highlights] == ["So", "so"]


def cleaned_store(folder: Path, rules: dict[str, object], words: list[str], made: Made) -> DirectoryQueries:
    """A store of one tweet with the words and rules of a model that is not the usual one."""
    root = make_store(folder / "store", [made])
    described = json.loads((root / "store.json").read_text())
    (root / "store.json").write_text(json.dumps(described | {"rules": rules}))
    (path,) = root.glob("month=*/*.parquet")
    table = pq.read_table(path, partitioning=None)
    at = table.schema.get_field_index("words")
    pq.write_table(table.set_column(at, table.schema.field(at), pa.array([words], table.schema.field(at).type)), path)
    return ask(root)


def test_a_search_goes_by_the_rules_of_the_store(tmp_path: Path) -> None:
    queries = cleaned_store(tmp_path, {"lower": False, "emoji": "keep"}, ["Storm", "🌊"], Made("1", "Storm 🌊"))
    assert [ids(queries, query) for query in ("Storm", "storm", "🌊")] == [["1"], [], ["1"]]
    assert queries.search("🌊").hits[0].highlights == [(6, 7)]


def test_an_elongation_is_searched_in_the_form_that_the_model_gave_it(tmp_path: Path) -> None:
    queries = cleaned_store(tmp_path, {}, ["love", "soo", "cool"], Made("1", "looove sooo coooool"))
    for query in ("looove", "LOOOOVE", "love", "sooo", "cooool", "looooove soooo coool"):
        assert ids(queries, query) == ["1"], query
    assert [ids(queries, query) for query in ("loove", "so", "col", "looove rain")] == [[]] * 4
    assert queries.search("loooooove").hits[0].highlights == [(0, 6)]


@pytest.mark.parametrize("query", ["#İSTANBUL", "#istanbul", "#İstanbul"])
def test_a_hashtag_is_found_in_capitals_of_any_language(tmp_path: Path, query: str) -> None:
    queries = store_of(tmp_path, [Made("1", "so #İstanbul", hashtags=["İstanbul"])])
    assert [hit.highlights for hit in queries.search(query).hits] == [[(3, 12)]]


def test_rules_of_a_later_program_are_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"rules in .*store.json .* Update emotion"):
        cleaned_store(tmp_path, {"spelling": True}, ["storm"], Made("1", "storm")).search("storm")


def test_words_are_found_where_the_model_cut_a_hashtag_or_an_elongation(tmp_path: Path) -> None:
    text = "no power #powercut scareddd #orpower"
    words = ["no", "power", "<hashtag>", "power", "cut", "scared", "<hashtag>", "orpower"]
    queries = cleaned_store(tmp_path, {}, words, Made("1", text))

    def marked(query: str) -> list[str]:
        return [text[start:end] for start, end in queries.search(query).hits[0].highlights]

    assert marked("power") == ["power", "#powercut"]
    assert marked("scared cut") == ["#powercut", "scareddd"]


def test_attention_is_placed_in_the_text_in_order_and_apart(tmp_path: Path) -> None:
    text = "Scared &amp; so scared 😱"
    (hit,) = store_of(tmp_path, [Made("1", text, "fear")]).search().hits
    weights = dict(hit.attention)
    assert list(weights) == ["scared", "&", "so"]
    assert [(text[start:end], weight) for start, end, weight in hit.shades] == [
        ("Scared", weights["scared"]), ("&amp;", weights["&"]), ("so", weights["so"]), ("scared", weights["scared"]),
    ]  # fmt: skip


def test_examples_are_the_surest_of_each_emotion_and_equal_texts_stand_once(tmp_path: Path) -> None:
    made = [Made(str(n), f"text {n // 2}", "joy", score=round(0.5 + n / 20, 2)) for n in range(8)]
    made += [Made("n", "bus", "joy", felt=False, score=0.99)]
    examples = store_of(tmp_path, made).examples(limit=3)
    assert [hit.tweet_id for hit in examples["joy"]] == ["7", "5", "3"]
    assert examples["fear"] == []
    assert "none" not in examples


def test_documents_are_given_whole(storm: Path) -> None:
    table = ask(storm).documents(Filter(emotion="joy")).read_all()
    assert table.schema == schema(LABELS, PROFILE_LABELS)
    assert sorted(table["tweet_id"].to_pylist()) == ["4", "5"]
    assert table["created_at"].to_pylist().count(None) == 1


def test_the_accounts_of_the_run_are_read(storm: Path, tmp_path: Path) -> None:
    assert ask(storm).run == {"read": 5, "documents": 5}


@pytest.mark.parametrize(
    "content",
    ["{", "[]", "7", '{"read": "x"}', '{"read": -1}', '{"skipped": [1]}', '{"left_aside": [1]}', '{"seconds": null}'],
)
def test_damaged_accounts_of_the_run_are_a_sentence(tmp_path: Path, content: str) -> None:
    make_store(tmp_path, [])
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(StoreError, match=r"run\.json is damaged .* writes it anew"):
        _ = ask(tmp_path).run


def test_a_store_without_a_profile_has_none(tmp_path: Path) -> None:
    make_store(tmp_path, STORM)
    (tmp_path / "store.json").write_text(json.dumps({"version": 1, "labels": LABELS, "profile_labels": []}))
    for path in tmp_path.glob("month=*/*.parquet"):
        table = pq.read_table(path, partitioning=None)
        at = table.schema.get_field_index("profile")
        pq.write_table(table.set_column(at, "profile", pa.nulls(len(table))), path)
    queries = ask(tmp_path)
    assert queries.summary().profile == {"fear": 1, "joy": 1, "trust": 1}
    assert queries.documents().read_all().num_rows == 5


def test_a_question_that_is_given_up_ends_and_no_other_is_answered(storm: Path) -> None:
    endless = "SELECT count(*) FROM range(10_000_000_000_000) AS one(n) WHERE n % 7 = sqrt(n) + $none"
    ended: list[str] = []

    def ask(queries: DirectoryQueries) -> None:
        try:
            queries._documents.answer(lambda documents: documents.rows(endless, {"none": 0.5}))
        except StoreError as error:
            ended.append(str(error))

    with DirectoryQueries(storm) as queries:
        asking = threading.Thread(target=ask, args=[queries], daemon=True)
        asking.start()
        while asking.is_alive():
            queries.give_up()
            asking.join(0.05)
        assert len(ended) == 1
        with pytest.raises(StoreError, match="too long"):
            queries.summary()
    queries.give_up()  # closed already


def test_reading_needs_no_right_to_write(storm: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in storm.rglob("*")}
    with ask(storm) as queries:
        queries.summary()
        queries.peaks()
    assert {path: path.stat().st_mtime_ns for path in storm.rglob("*")} == before
