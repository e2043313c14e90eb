import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from emotion.cli import run
from emotion.commands.query_options import UNFINISHED
from emotion.commands.shown.terminal import marked, visible
from tests.made_store import NOON, Made, add_part, make_store

RUN = {
    "read": 9, "labelled": 7, "skipped": {"language": 1}, "dead_letters": 1, "deleted": 0,
    "duplicates": 0, "removed": 0, "documents": 7, "seconds": 0.1, "model": "made-model", "engine": "exact",
}  # fmt: skip
HOSTILE = "[red]=cmd()[/red] \x1b[2J\x07 :boom: \u202e gnihtemos \n next"
MADE = (
    Made("1", "So scared of the storm", "fear", hashtags=["Storm"], at=NOON),
    Made("2", "the storm is loud, I am scared", "fear", hashtags=["storm"], at=NOON + timedelta(hours=2)),
    Made("3", "Happy about the lanterns 🏮", "joy", hashtags=["Lanterns"], at=NOON + timedelta(days=2)),
    Made("4", "The bus leaves", "joy", felt=False, at=NOON + timedelta(days=2)),
    Made("5", HOSTILE, "anger", at=NOON + timedelta(days=3), hashtags=["=1+1"], user="\x1b]0;title\x07"),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_store(tmp_path_factory.mktemp("store"), MADE, RUN))


@pytest.fixture
def emotion(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> "Emotion":
    monkeypatch.setenv("COLUMNS", "120")
    return Emotion(capsys)


class Emotion:
    """The command line: gives its standard output; `said` and `status` are of the last call."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.said = ""
        self.status = 0

    def __call__(self, *arguments: str) -> str:
        self.status = run(arguments)
        printed = self._capsys.readouterr()
        self.said = printed.err
        return printed.out


def test_summary_is_a_view_for_people(emotion: Emotion, store: str) -> None:
    shown = emotion("summary", store)
    assert shown.startswith("5 tweets by 2 authors, 13 March 2021 to 16 March 2021.")
    lines = {line.split()[0]: line.split()[1:3] for line in shown.splitlines()[2:9]}
    assert lines["fear"] == ["2", "40.0"]
    assert list(lines)[-1] == "none"
    assert "80 % counted as holding a feeling" in shown


@pytest.mark.parametrize(("last", "named"), [(4, "Sat 13 Mar "), (400, "Sat 13 Mar 2021")])
def test_a_day_that_stands_out_has_its_year_where_there_are_several(
    emotion: Emotion, tmp_path: Path, last: int, named: str
) -> None:
    made = [Made(f"{day}", "x", "fear", at=NOON + timedelta(days=day)) for day in (1, 2, 3, last)]
    made += [Made(f"storm-{n}", "x", "fear", at=NOON) for n in range(20)]
    shown = emotion("summary", str(make_store(tmp_path, made)))
    (line,) = (line for line in shown.splitlines() if "13 Mar" in line and "tweets, usually" in line)
    assert line.startswith(named)
    assert ("2021" in line) == (last == 400)


def test_summary_json_holds_tweets_and_emotions(emotion: Emotion, store: str) -> None:
    answer = json.loads(emotion("summary", store, "--json"))
    assert (answer["tweets"], answer["emotions"]["fear"], answer["emotions"]["none"]) == (5, 2, 1)
    assert answer["first"] == "2021-03-13T12:00:00Z"
    assert answer["peaks"] == []


def test_all_counts_what_is_not_felt_too(emotion: Emotion, store: str) -> None:
    answer = json.loads(emotion("summary", store, "--all", "--json"))
    assert answer["emotions"]["joy"] == 2
    assert "none" not in answer["emotions"]


def test_summary_run_json_is_the_accounts_as_they_stand(emotion: Emotion, store: str) -> None:
    assert json.loads(emotion("summary", store, "--run", "--json")) == RUN


def test_summary_run_is_a_table_for_people(emotion: Emotion, store: str) -> None:
    shown = emotion("summary", store, "--run")
    assert "skipped, language" in shown
    assert ["documents", "7"] in map(str.split, shown.splitlines())


def test_accounts_that_are_not_there_yet_are_a_sentence(emotion: Emotion, tmp_path: Path) -> None:
    make_store(tmp_path, MADE)
    assert emotion("summary", str(tmp_path), "--run") == ""
    assert (emotion.status, "has no accounts yet" in emotion.said) == (1, True)


def test_summary_run_tells_of_the_time_the_model_and_what_was_left_aside(emotion: Emotion, tmp_path: Path) -> None:
    aside = [f"notes-{n}.pdf" for n in range(5)] + ["more.doc", "evil\x1b[2J.doc"]
    store = str(make_store(tmp_path, [], RUN | {"left_aside": aside}))
    shown = emotion("summary", store, "--run")
    assert "The last job took 0.1 s, by model made-model (exact)." in shown
    assert "notes-4.pdf and 2 more." in shown
    make_store(tmp_path, [], RUN | {"left_aside": aside[-1:]})
    assert "no archive of tweets: evil␛[2J.doc." in emotion("summary", store, "--run")


@pytest.mark.parametrize(
    "given",
    [("--lang", "en"), ("--not-felt",), ("--query", "storm"), ("--zone", "Asia/Tokyo"), ("--all",)],
)
def test_accounts_of_some_tweets_alone_are_refused(emotion: Emotion, store: str, given: tuple[str, ...]) -> None:
    assert emotion("summary", store, "--run", *given) == ""
    assert (emotion.status, f"leave out {given[0]}." in emotion.said) == (2, True)


def test_summary_run_csv_has_a_row_a_number(emotion: Emotion, tmp_path: Path) -> None:
    store = str(make_store(tmp_path, [], RUN | {"left_aside": ["a.pdf", "=b.pdf"]}))
    rows = list(csv.reader(io.StringIO(emotion("summary", store, "--run", "--csv"))))
    assert rows[:5] == [
        ["name", "value"],
        ["read", "9"],
        ["labelled", "7"],
        ["skipped.language", "1"],
        ["dead_letters", "1"],
    ]
    assert rows[-2:] == [["left_aside", "a.pdf"], ["left_aside", "'=b.pdf"]]
    assert ["model", "made-model"] in rows
    emotion("summary", store, "--run", "--csv", "--json")
    assert (emotion.status, "choose one" in emotion.said) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        *(("summary",), ("summary", "--run"), ("search", "storm"), ("examples",), ("top",), ("timeline",)),
        *(("peaks",), ("rhythm",), ("gaps",), ("export",), ("report",)),
    ],
)
def test_an_unfinished_store_says_so_once_beside_the_answer(
    emotion: Emotion, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    store = str(make_store(tmp_path / "store", MADE[:1], RUN))
    written = {"export": ["--to", str(tmp_path / "out.csv")], "report": ["--to", str(tmp_path / "out.html")]}
    asked = (arguments[0], store, *arguments[1:], *written.get(arguments[0], []))
    assert (emotion(*asked) != "", emotion.said) == (True, "")
    add_part(tmp_path / "store", "000000-00000-00000", MADE[1:2])
    assert UNFINISHED not in emotion(*asked)
    assert (emotion.status, emotion.said) == (0, f"{UNFINISHED}\n")


def test_json_of_an_unfinished_store_is_still_json(emotion: Emotion, tmp_path: Path) -> None:
    make_store(tmp_path, MADE[:1])
    add_part(tmp_path, "000000-00000-00000", MADE[1:2])
    assert json.loads(emotion("summary", str(tmp_path), "--json"))["unfinished"] is True


def test_an_empty_store_has_a_summary(emotion: Emotion, tmp_path: Path) -> None:
    assert "No tweets." in emotion("summary", str(make_store(tmp_path, [])))
    assert emotion.status == 0


@pytest.mark.parametrize(
    "command", ["summary", "search", "examples", "top", "timeline", "peaks", "rhythm", "gaps", "report"]
)
def test_a_path_that_is_no_store_is_wrong_use_and_one_sentence(emotion: Emotion, tmp_path: Path, command: str) -> None:
    emotion(command, str(tmp_path / "nothing"))
    assert emotion.status == 2
    assert "is not a store" in emotion.said
    assert emotion.said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("search", "--emotion", "rage"), "knows no emotion 'rage'"),
        (("search", "--since", "soon"), "--since 'soon' is not a date"),
        (("summary", "--until", "9999-12-31T23:59:59-05:00"), "is not a date"),
        (("search", "\udcff"), "half a character"),
        (("search", "--hashtag", "\udcff"), "half a character"),
        (("summary", "--user", "\udcff"), "half a character"),
        (("search", "\u200d"), "Nothing of '\\u200d' can be searched"),
        (("report", "--query", "\u200d"), "Nothing of '\\u200d' can be searched"),
        (("timeline", "--query", "\udcff"), "half a character"),
        (("timeline", "--by", "year"), "not by 'year'"),
        (("timeline", "--zone", "Mars"), "no time zone 'Mars'"),
        (("report", "--zone", "Mars"), "no time zone 'Mars'"),
        (("top", "verbs"), "no top of 'verbs'"),
        (("top", "words", "--by", "user"), "--by 'user'"),
        (("summary", "--json", "--csv"), "choose one"),
        (("export", "--to", "x.doc"), "tells no format"),
        (("export", "--to", "x.csv", "--columns", "tweet_id,mood"), "no column 'mood'"),
    ],
)
def test_wrong_options_are_a_sentence_and_status_2(
    emotion: Emotion, store: str, arguments: tuple[str, ...], said: str
) -> None:
    emotion(arguments[0], store, *arguments[1:])
    assert emotion.status == 2
    assert said in emotion.said


def test_search_shows_the_newest_first(emotion: Emotion, store: str) -> None:
    shown = emotion("search", store, "storm scared", "--emotion", "fear")
    assert shown.index("storm is loud") < shown.index("So scared")
    assert "2 tweets found." in shown
    assert "the newest 1 shown" in emotion("search", store, "storm", "--limit", "1")


def test_search_json_holds_highlights(emotion: Emotion, store: str) -> None:
    found = json.loads(emotion("search", store, "scared", "--until", "2021-03-13T13:00", "--json"))
    assert found["total"] == 1
    assert found["hits"][0]["highlights"] == [[3, 9]]


def test_hostile_tweets_show_and_do_nothing_in_the_terminal(emotion: Emotion, store: str) -> None:
    for arguments in (
        ("search",),
        ("top", "hashtags"),
        ("top", "words", "--by", "emotion"),
        ("summary",),
        ("timeline",),
    ):
        shown = emotion(arguments[0], store, *arguments[1:])
        assert emotion.status == 0
        assert not set(shown) & {"\x1b", "\x07", "\u202e", "\r"}
    shown = emotion("search", store, "--emotion", "anger")
    assert "[red]=cmd()[/red] ␛[2J␇ :boom: <U+202E> gnihtemos ↵  next" in shown
    assert "@␛]0;title␇" in shown


@pytest.mark.parametrize("form", ["--csv", "--json"])
def test_what_is_for_programs_does_nothing_in_a_terminal_either(
    emotion: Emotion, store: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("search", store, "--emotion", "anger", form)
    assert "\u202e" in emotion(*asked), "programs get it as it is"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert not set(emotion(*asked)) & {"\x1b", "\x07", "\u202e", "\r"}


@pytest.mark.parametrize(
    ("command", "header"),
    [
        (("peaks",), "start,emotion,tweets,usual,hashtag"),
        (("gaps", "--hashtag", "nothing"), "emotion,tweets,lower,median,upper"),
        (("rhythm", "--hashtag", "nothing"), "weekday,hour,tweets,sadness,joy,love,anger,fear,surprise,none"),
        (("examples", "--hashtag", "nothing"), "tweet_id,created_at,user_name,lang,emotion,score,text,source,line"),
        (("search", "nothing-like-it"), "tweet_id,created_at,user_name,lang,emotion,score,text,source,line"),
        (("timeline", "--hashtag", "nothing"), "start,tweets,sadness,joy,love,anger,fear,surprise,none"),
        (("top", "--hashtag", "nothing"), "term,written,tweets,sadness,joy,love,anger,fear,surprise,none"),
        (("top", "--by", "emotion", "--hashtag", "nothing"), "emotion,rank,term,written,tweets,elsewhere"),
        (("top", "--significant", "--hashtag", "nothing"), "emotion,rank,term,written,tweets,elsewhere,score"),
    ],
)
def test_csv_of_nothing_has_its_header(emotion: Emotion, store: str, command: tuple[str, ...], header: str) -> None:
    assert emotion(command[0], store, *command[1:], "--csv") == f"{header}\n"


def test_csv_defuses_formulas(emotion: Emotion, store: str) -> None:
    rows = list(csv.DictReader(io.StringIO(emotion("top", store, "hashtags", "--csv"), newline="")))
    assert [row["written"] for row in rows] == ["Storm", "'=1+1", "Lanterns"]


def test_timeline_has_a_row_a_day_in_every_form(emotion: Emotion, store: str) -> None:
    first, *others = json.loads(emotion("timeline", store, "--json"))
    assert (first["start"], first["tweets"], first["emotions"]["fear"], len(others)) == (
        "2021-03-13T00:00:00Z", 2, 2, 3,
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(emotion("timeline", store, "--csv"))))
    assert [row["tweets"] for row in rows] == ["2", "0", "2", "1"]
    assert rows[0]["start"] == "2021-03-13T00:00:00Z"
    assert "2021-03-13 Sat" in emotion("timeline", store)


@pytest.fixture(scope="module")
def stormy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Six days of fear, the third far above the others."""
    made = [
        Made(f"{day}-{n}", f"storm {n}", "fear", at=NOON + timedelta(days=day, minutes=n), hashtags=["Storm"])
        for day in range(6)
        for n in range(30 if day == 2 else 2)
    ]
    return str(make_store(tmp_path_factory.mktemp("stormy"), [*made, Made("tea", "tea", felt=False, utc_offset=3600)]))


def test_days_that_stand_out_are_told_in_every_form(emotion: Emotion, stormy: str, store: str) -> None:
    assert " ".join(emotion("peaks", stormy).split()) == "Mon 15 Mar 2021 fear 30 tweets, usually 2 #Storm"
    (peak,) = json.loads(emotion("peaks", stormy, "--json"))
    assert json.loads(emotion("summary", stormy, "--json"))["peaks"] == [peak]
    assert emotion("peaks", stormy, "--csv").splitlines()[1] == "2021-03-15T00:00:00Z,fear,30,2.0,Storm"
    assert emotion("peaks", store) == "No day stands out.\n"


def test_the_week_is_told_in_every_form(emotion: Emotion, stormy: str, tmp_path: Path) -> None:
    shown = {line.split()[0]: line.split()[1:] for line in emotion("rhythm", stormy).splitlines() if line.strip()}
    assert shown["Mon"] == ["·" * 24 + "██" + "·" * 22, "30"]
    assert shown["Sat"] == ["·" * 24 + "░░" * 2 + "·" * 20, "3"]
    assert "2 % on their author's own clock" in emotion("rhythm", stormy)
    rows = list(csv.DictReader(io.StringIO(emotion("rhythm", stormy, "--csv"))))
    assert (rows[0]["weekday"], rows[0]["hour"], rows[0]["tweets"], rows[0]["fear"]) == ("0", "12", "30", "30")
    assert json.loads(emotion("rhythm", stormy, "--json"))["tweets"] == 41
    assert "No tweets with a date." in emotion("rhythm", str(make_store(tmp_path, [Made("1", "x", at=None)])))


def test_hours_and_days_go_by_the_clock_of_a_zone(emotion: Emotion, tmp_path: Path) -> None:
    late = datetime(2021, 6, 1, 23, 30, tzinfo=UTC)
    store = str(
        make_store(tmp_path / "store", [Made("1", "tea", at=late), Made("2", "tea", at=late - timedelta(hours=1))])
    )
    london = ("--zone", "Europe/London")
    days = json.loads(emotion("timeline", store, *london, "--json"))
    assert [(day["start"], day["tweets"]) for day in days] == [
        ("2021-06-01T00:00:00+01:00", 1), ("2021-06-02T00:00:00+01:00", 1),
    ]  # fmt: skip
    assert "2021-06-02 Wed" in emotion("timeline", store, *london)
    (day,) = json.loads(emotion("timeline", store, *london, "--since", "2021-06-02", "--json"))
    assert day["tweets"] == 1, "a date is one of the zone"
    assert json.loads(emotion("timeline", store, "--since", "2021-06-02", "--json")) == []
    assert [each["hour"] for each in json.loads(emotion("rhythm", store, *london, "--json"))["hours"]] == [23, 0]
    assert "On the clock of Europe/London." in emotion("rhythm", store, *london)
    assert json.loads(emotion("summary", store, *london, "--json"))["last"] == "2021-06-02T00:30:00+01:00"
    emotion("report", store, *london, "--to", str(tmp_path / "x.html"), "--since", "2021-06-02")
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "Only tweets from 2 June 2021 on." in page
    assert "by hour (Europe/London)" in page
    assert "2 Jun 2021, 00:30" in page


def test_gaps_are_told_in_every_form(emotion: Emotion, stormy: str) -> None:
    (line,) = (line for line in emotion("gaps", stormy).splitlines() if line.startswith("fear"))
    assert line.split() == ["fear", "39", "1", "min", "1", "min", "1", "min"]
    assert emotion("gaps", stormy, "--csv").splitlines()[0] == "emotion,tweets,lower,median,upper"
    assert {gap["emotion"] for gap in json.loads(emotion("gaps", stormy, "--json"))} == {"fear", "none"}


def test_examples_are_told_in_every_form(emotion: Emotion, store: str) -> None:
    shown = emotion("examples", store, "--limit", "1")
    assert "So scared of the storm" in shown
    assert "the storm is loud" not in shown
    assert "bus" not in shown
    assert [hit["tweet_id"] for hit in json.loads(emotion("examples", store, "--json"))["fear"]] == ["1", "2"]
    rows = list(csv.DictReader(io.StringIO(emotion("examples", store, "--query", "storm", "--csv"), newline="")))
    assert [row["emotion"] for row in rows] == ["fear", "fear"]
    assert emotion("examples", store, "--query", "nothing") == "No tweets.\n"


def test_top_by_emotion_and_significant(emotion: Emotion, store: str) -> None:
    shown = emotion("top", store, "hashtags", "--by", "emotion")
    assert "Storm 2" in next(line for line in shown.splitlines() if line.startswith("fear"))
    assert json.loads(emotion("top", store, "hashtags", "--by", "emotion", "--json"))["joy"][0]["term"] == "lanterns"
    assert emotion("top", store, "words", "--significant") != ""
    assert emotion.status == 0


def test_top_and_timeline_take_the_filters_of_a_search(emotion: Emotion, store: str) -> None:
    def tags(*options: str) -> list[str]:
        return [term["term"] for term in json.loads(emotion("top", store, "--json", *options))]

    assert tags("--hashtag", "#STORM") == ["storm"]
    assert tags("--user", "Otter", "--emotion", "JOY") == ["lanterns"]
    assert tags("--lang", "EN") == ["storm", "=1+1", "lanterns"]
    assert tags("--lang", "fr") == []
    assert tags("--not-felt") == []
    days = json.loads(emotion("timeline", store, "--not-felt", "--json"))
    assert [(day["start"], day["tweets"]) for day in days] == [("2021-03-15T00:00:00Z", 1)]


def test_every_command_may_be_about_words(emotion: Emotion, store: str, tmp_path: Path) -> None:
    storm = ("--query", "storm #Storm")
    assert json.loads(emotion("summary", store, *storm, "--json"))["tweets"] == 2
    assert [day["tweets"] for day in json.loads(emotion("timeline", store, *storm, "--json"))] == [2]
    assert [term["term"] for term in json.loads(emotion("top", store, *storm, "--json"))] == ["storm"]
    assert emotion("export", store, *storm, "--to", str(tmp_path / "x.csv")).startswith("2 documents")
    emotion("report", store, "-q", "storm", "--to", str(tmp_path / "page.html"))
    assert "Only tweets that hold “storm”." in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_summary_and_a_report_take_the_filters_of_a_search(emotion: Emotion, store: str, tmp_path: Path) -> None:
    few = ("--emotion", "FEAR", "--hashtag", "storm", "--user", "otter", "--lang", "en", "--felt")
    assert json.loads(emotion("summary", store, *few, "--json"))["tweets"] == 2
    emotion("report", store, *few, "--to", str(tmp_path / "page.html"), "--until", "2021-03-13T13:00")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    told = "of fear, that hold a feeling, with #storm, by @otter, in en, before 13 March 2021, 13:00 UTC"
    assert f"Only tweets {told}." in page
    assert "Emotions of 1 tweets" in page


def test_export_writes_what_is_asked_for(emotion: Emotion, store: str, tmp_path: Path) -> None:
    shown = emotion("export", store, "--to", str(tmp_path / "fear.parquet"), "--emotion", "fear")
    assert shown.startswith("2 documents written to ")
    assert pq.read_table(tmp_path / "fear.parquet")["tweet_id"].to_pylist() == ["1", "2"]


def test_an_export_tells_as_what_each_tweet_counts(emotion: Emotion, store: str, tmp_path: Path) -> None:
    def counted(*options: str) -> list[str]:
        emotion("export", store, "--to", str(tmp_path / "x.csv"), *options)
        with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
            return [row["counted"] for row in csv.DictReader(file)]

    assert sorted(counted()) == ["anger", "fear", "fear", "joy", "none"]
    assert sorted(counted("--all")) == ["anger", "fear", "fear", "joy", "joy"]
    assert counted("--columns", "tweet_id, counted", "--limit", "2") == ["fear", "fear"]
    assert (tmp_path / "x.csv").read_text().splitlines()[0] == "tweet_id,counted"


def test_a_sample_of_an_export_is_the_same_again(emotion: Emotion, store: str, tmp_path: Path) -> None:
    def written(*options: str) -> bytes:
        shown = emotion("export", store, "--to", str(tmp_path / "x.jsonl"), "--sample", "2", *options)
        assert shown.startswith("2 documents")
        return (tmp_path / "x.jsonl").read_bytes()

    assert written() == written()
    assert len({written("--seed", str(seed)) for seed in range(8)}) > 1


def test_report_writes_a_page(emotion: Emotion, store: str, tmp_path: Path) -> None:
    emotion("report", store, "--to", str(tmp_path / "page.html"), "--since", "2021-03-15")
    assert "15 March to 16 March 2021" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 👩‍👧 ❤️", "plain 👩‍👧 ❤️"),
        ("a\tb\x00c\x7f", "a␉b␀c<U+007F>"),
        ("\u2028\u2066x\u200f\x9b31m", "<U+2028><U+2066>x<U+200F><U+009B>31m"),
        ("no\u00a0break", "no break"),
    ],
)
def test_control_characters_are_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_marks_stay_in_place_where_signs_are_longer() -> None:
    text = marked("\u202eab cd", [(1, 3)], "bold")
    assert text.plain == "<U+202E>ab cd"
    assert [(span.start, span.end) for span in text.spans] == [(8, 10)]


def test_what_a_foreign_store_and_errors_say_is_no_markup_and_moves_no_cursor(emotion: Emotion, tmp_path: Path) -> None:
    hostile = "[/x] \x1b[2J"
    store = make_store(tmp_path / "store", MADE[:1], RUN | {"skipped": {hostile: 1}})
    assert "skipped, [/x] ␛[2J" in emotion("summary", str(store), "--run")
    emotion("summary", str(tmp_path / "gone\x1b[2J"))
    assert ("\x1b" in emotion.said, "gone␛[2J" in emotion.said, emotion.status > 0) == (False, True, True)


def test_a_seed_of_no_sample_is_refused(emotion: Emotion, store: str, tmp_path: Path) -> None:
    emotion("export", store, "--to", str(tmp_path / "all.csv"), "--seed", "7")
    assert (emotion.status, "--sample" in emotion.said) == (2, True)
    assert list(tmp_path.iterdir()) == []
