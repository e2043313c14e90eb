"""`emotion crawl`, as it is typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emotion.cli import app, run
from emotion.errors import UsageError
from tests.tweets.live.made_x import TOKEN, Server, post, serving
from tests.tweets.made import lines, status, write

TERMS = "labels:\n  joy: {hashtags: [joy], keywords: [so glad]}\n  fear: {hashtags: [scared]}\n"


def crawl(*arguments: str) -> int:
    return run(["crawl", *arguments])


@pytest.fixture
def archive(tmp_path: Path) -> str:
    records = [status(1, "so happy"), status(2, "plain \u202eliar"), {"delete": {"status": {"id_str": "1"}}}]
    return str(write(tmp_path / "a.jsonl", lines(records) + b"{broken\n"))


@pytest.fixture
def terms(tmp_path: Path) -> str:
    return str(write(tmp_path / "terms.yaml", TERMS))


@pytest.fixture
def x(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving() as server:
        monkeypatch.setenv("X_BEARER_TOKEN", TOKEN)
        monkeypatch.setenv("EMOTION_X_URL", server.address)
        yield server


def test_a_dry_run_shows_what_would_come_and_keeps_nothing(
    archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(tmp_path.iterdir())
    assert crawl(archive, "--dry-run") == 0
    shown = capsys.readouterr()
    assert "2017-01-26T12:00:00Z en so happy" in shown.out
    assert "plain <U+202E>liar" in shown.out
    assert "deletion: 1" in shown.out
    assert "4 posts, 2 tweets, 1 deletions, 1 dead letters" in shown.err
    assert sorted(tmp_path.iterdir()) == before


def test_a_dry_run_of_x_tells_rules_counts_and_money(x: Server, terms: str, capsys: pytest.CaptureFixture[str]) -> None:
    x.rules = [{"id": "1", "value": "#old", "tag": "emotion:joy:1"}, {"id": "2", "value": "cats", "tag": "theirs"}]
    assert crawl("x", "--terms", terms, "--dry-run") == 0
    shown = capsys.readouterr().out
    assert "0 rules stay, 2 come, 1 of ours go." in shown
    assert "not ours: cats" in shown
    assert '4,321  emotion:joy:1  (#joy OR "so glad") lang:en' in shown
    assert "As many again: 8,642 posts paid for, $43.21" in shown
    assert [path for path in x.paths() if path.startswith("POST")] == []


def test_a_dry_run_of_x_without_a_network_says_so(
    terms: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("EMOTION_X_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("emotion.tweets.live.x.access._FIRST_WAIT", 0.0)
    assert crawl("x", "--terms", terms, "--dry-run") == 1
    said = capsys.readouterr().err
    assert "X does not answer at http://127.0.0.1:1: " in said
    assert "Connection refused" in said
    assert said.count("\n") == 1


def test_a_dry_run_of_bluesky_without_a_network_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMOTION_BLUESKY_URL", "ws://127.0.0.1:1")
    monkeypatch.setattr("emotion.tweets.live.bluesky._FIRST_WAIT", 0.0)
    assert crawl("bluesky", "--dry-run") == 1
    said = capsys.readouterr().err
    assert "Bluesky does not answer at ws://127.0.0.1:1: " in said
    assert "Connection refused" in said
    assert said.count("\n") == 1


def test_a_source_that_refuses_leaves_no_buffer(
    x: Server, terms: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", "nobodys")
    monkeypatch.chdir(tmp_path)
    assert crawl("x-search", "--terms", terms, "--to", "s") != 0
    assert not (tmp_path / "s.crawl").exists()


def test_a_dry_run_of_x_ends_with_ctrl_c(
    x: Server, terms: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tweepy.Client.get_recent_tweets_count", interrupted)
    assert crawl("x", "--terms", terms, "--dry-run") == 130
    assert capsys.readouterr().err == "emotion: stopped\n"


def test_posts_of_x_are_labelled_into_a_store_within_the_budget(
    x: Server, terms: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way: tweepy, buffer, the shipped model, the store; and again, where the budget is spent."""
    x.searches = [{"data": [post(1, "so happy in London"), post(2, "I am scared")], "meta": {"next_token": "b"}}]
    store = str(tmp_path / "store")
    command = ["x-search", "--terms", terms, "--to", store, "--max-posts", "2", "--keep-raw", str(tmp_path / "raw")]
    command += ["--entities", "names"]
    assert crawl(*command) == 0
    shown = capsys.readouterr()
    assert "2 sent now: 2 tweets labelled; 2 posts paid for, $0.01." in shown.out
    assert "the budget of 2 posts is spent" in shown.err
    asked = len(x.asked)
    assert crawl(*command, "--json") == 0
    assert len(x.asked) == asked
    assert run(["summary", store]) == 0
    assert "2 tweets" in capsys.readouterr().out
    assert run(["top", store, "entities"]) == 0
    assert "London" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "--to", "s"], "--terms"),
        (["x", "bluesky", "--to", "s"], "stands alone"),
        (["bluesky"], "Say where to with --to"),
        (["bluesky", "--speed", "2", "--to", "s"], "--speed belongs to archives"),
        (["-", "--follow", "--to", "s"], "--follow belongs to files"),
        (["a.jsonl", "--replace-rules", "--to", "s"], "--replace-rules belongs to x"),
        (["bluesky", "--to", "s", "--buffer-size", "much"], "--buffer-size 'much'"),
        (["bluesky", "--to", "s", "--when-full", "explode"], "--when-full 'explode'"),
        (["nothing-there.jsonl", "--to", "s"], "no file or folder"),
        (["bluesky", "--to", "s", "--engine", "warp"], "--engine 'warp'"),
        (["bluesky", "--to", "s", "--entities", "nobody"], "--entities 'nobody'"),
        (["bluesky", "--to", "http://127.0.0.1:1", "--entities", "names"], "--entities belongs to a store"),
        (["bluesky", "--to", "api+https://127.0.0.1/e", "--entities", "names"], "--entities belongs to a store"),
        (["bluesky", "--to", "http://127.0.0.1:1/Tweets"], "'Tweets' cannot be the alias of a store"),
        (["a.jsonl", "--to", "http://[::1"], "--to http://[::1 is no address"),
        (["a.jsonl", "--to", "http://127.0.0.1:80x0"], "is no address of an API"),
        (["a.jsonl", "--to", "s\udcff"], "is not UTF-8"),
        (["nothing\udcff.jsonl", "--to", "s"], "no file or folder"),
        ([".", "--follow", "--to", "s"], "is a folder"),
        (["a.jsonl", "--lang", "en", "--to", "http://127.0.0.1:1"], "--lang belongs to a network or to a store"),
    ],
)
def test_wrong_use_is_one_sentence(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.jsonl", b"")
    assert crawl(*arguments) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_x_without_a_token_is_wrong_use(terms: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X_BEARER_TOKEN", raising=False)
    with pytest.raises(UsageError, match="X_BEARER_TOKEN"):
        CliRunner().invoke(app, ["crawl", "x", "--terms", terms, "--to", "s"], catch_exceptions=False)
