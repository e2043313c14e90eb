"""X's filtered stream by tweepy's real client, against a server that speaks the protocol."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import pytest
import requests
from msgspec.structs import replace

from emotion.errors import ConfigError, JobError, UsageError
from emotion.tweets.live.interest import Interest, Terms
from emotion.tweets.live.source import Item, Quiet, decoded
from emotion.tweets.live.x import stream as streams
from emotion.tweets.live.x.access import Access, access, briefly
from emotion.tweets.live.x.budget import Budget
from emotion.tweets.live.x.rules import Rule, compare, rules
from emotion.tweets.live.x.search import search, search_client
from emotion.tweets.live.x.source import FilteredStream, Heard, Place, RecentSearch
from tests.tweets.live.made_x import DISCONNECT, KEEP_ALIVE, TOKEN, Cut, Json, Server, line, post, serving
from tests.tweets.live.reading import events, gaps, ids, items, many

WANTED = [Rule("(#joy OR happy) lang:en", "emotion:joy:1")]
TWO = [*WANTED, Rule("#fear", "emotion:fear:1")]
DAY = 86_400.0  # seconds
JOY = Interest(labels={"joy": Terms(hashtags=("joy", "#yay"), keywords=("happy", "so glad"))})


@pytest.fixture
def x(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server; tweepy's waits are taken note of and not waited."""
    monkeypatch.setattr("tweepy.streaming.sleep", waits.append)
    waits.clear()
    with serving() as server:
        yield server


waits: list[float] = []


def stream(x: Server, **options: object) -> FilteredStream:
    return FilteredStream(Access(TOKEN, x.address), WANTED, settled=0.0, **options)  # type: ignore[arg-type]


def filled(found: list[Item]) -> bool:
    return bool(gaps(found))


def test_posts_come_as_they_were_sent(x: Server) -> None:
    x.streams = [[line(1), KEEP_ALIVE, line(2, text="wütend 😠"), x.stop]]
    found = items(stream(x), until=many(2))
    assert ids(found) == ["1", "2"]
    assert events(found)[1].raw == line(2, text="wütend 😠").strip()
    asked = next(query for _, path, query, _ in x.asked if path.endswith("/stream"))
    assert asked["expansions"] == ["author_id,referenced_tweets.id"]
    assert "note_tweet" in asked["tweet.fields"][0]


def test_rules_are_synchronised_not_appended(x: Server) -> None:
    x.rules = [{"id": "1", "value": "#old", "tag": "emotion:joy:1"}, {"id": "2", **WANTED[0]._asdict()}]
    x.streams = [[line(1), x.stop]]
    items(stream(x), until=many(1))
    assert [(rule["id"], rule["value"]) for rule in x.rules] == [("2", WANTED[0].value)]
    assert [body for _, _, _, body in x.asked if body] == [{"delete": {"ids": ["1"]}}]


def test_new_rules_are_tried_before_old_ones_go(x: Server) -> None:
    x.rules = [{"id": "1", "value": "#old", "tag": "emotion:joy:1"}]
    x.invalid = "#joy"
    with pytest.raises(UsageError, match="X finds fault with 1 rule"):
        items(stream(x))
    assert [rule["id"] for rule in x.rules] == ["1"]


def test_rules_of_others_are_not_removed_unasked(x: Server) -> None:
    x.rules = [{"id": "9", "value": "from:someone", "tag": "theirs"}]
    with pytest.raises(UsageError, match="--replace-rules"):
        items(stream(x))
    x.streams = [[line(1), x.stop]]
    items(stream(x, replace=True), until=many(1))
    assert [rule["value"] for rule in x.rules] == [WANTED[0].value]


def test_after_a_disconnect_the_gap_is_filled_by_search(x: Server) -> None:
    x.streams = [[line(1), DISCONNECT], [line(3), x.stop]]
    x.searches = [{"data": [post(2)], "includes": {"users": [{"id": "7", "username": "ann"}]}, "meta": {}}]
    found = items(stream(x), until=lambda found: filled(found) and len(events(found)) == 3)
    assert sorted(ids(found)) == ["1", "2", "3"]
    assert [(gap.reason, gap.filled) for gap in gaps(found)] == [("operational-disconnect", True)]
    query = next(query for _, path, query, _ in x.asked if path.endswith("/recent"))
    assert query["query"] == [WANTED[0].value]
    assert waits == []  # after a stream that stood, X wants to be asked at once


def test_a_cut_connection_is_made_again(x: Server) -> None:
    x.streams = [[line(1), Cut], [line(2), x.stop]]
    found = items(stream(x, fill=False), until=lambda found: filled(found) and len(events(found)) == 2)
    assert ids(found) == ["1", "2"]
    assert [gap.filled for gap in gaps(found)] == [False]


def test_a_connection_that_falls_silent_is_made_again(x: Server) -> None:
    x.streams = [[line(1), x.stop], [line(3), x.stop]]
    x.searches = [{"data": [post(2)], "meta": {}}]
    silent = FilteredStream(Access(TOKEN, x.address, silence=0.2), WANTED, settled=0.0)
    found = items(silent, until=lambda found: filled(found) and len(events(found)) == 3)
    assert sorted(ids(found)) == ["1", "2", "3"]
    assert [gap.filled for gap in gaps(found)] == [True]


def test_signs_of_life_keep_a_connection(x: Server) -> None:
    beats: list[bytes | float] = [0.1, KEEP_ALIVE]
    x.streams = [[line(1), *beats * 8, line(2), x.stop]]
    kept = FilteredStream(Access(TOKEN, x.address, silence=0.5), WANTED, settled=0.0)
    assert ids(items(kept, until=many(2))) == ["1", "2"]
    assert len(x.opened) == 1


def test_a_search_that_is_not_answered_is_asked_again(x: Server) -> None:
    x.searches = [x.stop, {"data": [post(1)], "meta": {}}]
    assert ids(items(RecentSearch(Access(TOKEN, x.address, silence=0.2), WANTED))) == ["1"]


def test_silence_is_no_sign_of_life(x: Server) -> None:
    x.streams = [503, [line(1), x.stop]]
    found = items(stream(x), until=many(1))
    assert Quiet(alive=False) in found


def test_what_came_before_the_end_is_still_given(x: Server) -> None:
    """It was paid for."""
    x.streams = [[line(1), line(2), line(3), x.stop]]
    source = stream(x)
    found: list[Item] = []
    for item in source.read(None):
        found.append(item)
        if many(1)(found):
            assert source._stream is not None
            while source._stream.signals.qsize() < 2 and len(events(found)) < 2:
                time.sleep(0.01)
            source.close()
    assert ids(found) == ["1", "2", "3"]


def test_faults_of_the_server_are_waited_out_longer_each_time(x: Server) -> None:
    x.streams = [503, 503, 503, [line(1), x.stop]]
    assert ids(items(stream(x), until=many(1))) == ["1"]
    assert waits == [5, 10, 20]


@pytest.mark.parametrize("status", [420, 429])
def test_too_many_requests_are_waited_out_until_the_limit_is_lifted(
    x: Server, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_TWEEPYS_WAIT", 0.0)
    reset = int(time.time()) + 2
    x.streams = [(status, {"x-rate-limit-reset": str(reset)}), [line(1), x.stop]]
    assert ids(items(stream(x), until=many(1))) == ["1"]
    assert time.time() >= reset
    assert waits == [60]


def test_a_refused_token_ends_the_crawl_with_a_sentence(x: Server) -> None:
    refused = FilteredStream(Access("another", x.address), WANTED)
    with pytest.raises(UsageError, match=r"X_BEARER_TOKEN \(401\)"):
        items(refused)


def test_a_plan_without_the_stream_is_told(x: Server) -> None:
    x.streams = [403]
    with pytest.raises(UsageError, match="does not allow this"):
        items(stream(x))


def test_what_is_not_json_is_handed_on(x: Server) -> None:
    x.streams = [[b'{"data": {"id": \r\n', line(2), x.stop]]
    found = items(stream(x), until=many(2))
    assert [event.raw for event in events(found)] == [b'{"data": {"id": ', line(2).strip()]


def test_the_time_since_the_cursor_is_a_gap(x: Server) -> None:
    x.streams = [[line(1), x.stop]]
    cursor = events(items(stream(x), until=many(1)))[0].cursor
    x.stop.set()
    x.streams = [[line(3), x.stop]]
    x.searches = [{"data": [post(2)], "meta": {}}]
    found = items(stream(x), cursor, until=lambda found: filled(found) and len(events(found)) == 2)
    assert sorted(ids(found)) == ["2", "3"]


def test_a_gap_that_search_refuses_is_told_and_stays_open(x: Server) -> None:
    x.streams = [[line(1)], [line(2), x.stop]]
    x.searches = [(403, {})]
    found = items(stream(x), until=lambda found: filled(found) and len(events(found)) == 2)
    (gap,) = gaps(found)
    assert not gap.filled
    assert "does not allow" in gap.reason


def test_the_stream_goes_on_while_search_fails_and_no_page_is_asked_for_twice(x: Server) -> None:
    beats: list[bytes | float] = [0.1, KEEP_ALIVE]
    x.streams = [[line(1)], [line(4), *beats * 60, x.stop]]
    x.searches = [page(2, following="b"), (503, {}), (503, {}), page(3)]
    found = items(stream(x), until=filled)
    assert sorted(ids(found)) == ["1", "2", "3", "4"]
    assert ids(found).index("4") < ids(found).index("3")
    assert [gap.filled for gap in gaps(found)] == [True]
    tokens = [query.get("next_token") for _, path, query, _ in x.asked if path.endswith("/recent")]
    assert tokens == [None, ["b"], ["b"], ["b"]]
    alive = [place for place, item in enumerate(found) if isinstance(item, Quiet)]
    assert len(alive) > 10  # it waited three seconds for search, and went on hearing


def test_what_a_page_brings_beyond_what_the_stream_left_is_told(x: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    budget, x.searches = Budget(1), [page(*range(10))]
    pay = Budget.pay

    def late(budget: Budget, posts: int) -> int:
        pay(budget, 1)  # by the stream, while search answers
        return pay(budget, posts)

    monkeypatch.setattr(Budget, "pay", late)
    client = search_client(Access(TOKEN, x.address))
    (found,) = search(client, "joy", None, None, threading.Event(), budget)
    assert (len(found.posts), found.beyond) == (1, 9)


@pytest.mark.parametrize(("since", "until", "asked"), [(7.5, 6.5, [None]), (9.0, 8.0, []), (6.5, 6.4, ["start_time"])])
def test_a_gap_beyond_the_reach_of_search_stays_open(
    x: Server, since: float, until: float, asked: list[str | None]
) -> None:
    """Whatever its length: what counts is how many days ago it began."""
    x.streams, x.searches = [[x.stop]], [page(1)]
    x.stop.set()
    now = time.time()
    owed = [(now - since * DAY, now - until * DAY)]
    found = items(stream(x), Heard(now, owed).encode(), until=filled)
    gap = gaps(found)[0]
    assert (gap.since, gap.filled) == (owed[0][0], asked == ["start_time"])
    assert gap.reason == ("disconnected" if gap.filled else "disconnected; search reaches back 7 days")
    queries = [query for _, path, query, _ in x.asked if path.endswith("/recent")]
    assert ["start_time" if "start_time" in query else None for query in queries] == asked
    assert ids(found) == ["1"] * len(asked)


def test_recent_search_goes_through_all_pages_and_on_from_one(x: Server) -> None:
    pages: list[Json] = [
        {"data": [post(1), post(2)], "meta": {"next_token": "b"}},
        {"data": [post(3)], "meta": {}},
    ]
    x.searches = [*pages]
    source = RecentSearch(Access(TOKEN, x.address), WANTED)
    found = items(source)
    assert ids(found) == ["1", "2", "3"]
    x.asked.clear()
    x.searches = [pages[1]]
    again = items(RecentSearch(Access(TOKEN, x.address), WANTED), events(found)[1].cursor)
    assert ids(again) == ["3"]
    assert x.asked[0][2]["next_token"] == ["b"]


def page(*numbers: int, following: str | None = None) -> Json:
    return {"data": [post(number) for number in numbers], "meta": {"next_token": following} if following else {}}


def sizes(x: Server) -> list[int]:
    """How many posts each page of search was asked to hold."""
    return [int(query["max_results"][0]) for _, path, query, _ in x.asked if path.endswith("/recent")]


@pytest.mark.parametrize(("most", "asked"), [(10, [10]), (15, [15]), (104, [94, 10]), (300, [100, 100, 100])])
def test_pages_are_no_larger_than_the_budget(x: Server, most: int, asked: list[int]) -> None:
    ends = [sum(asked[:number]) for number in range(len(asked) + 1)]
    x.searches = [page(*range(*two), following="more") for two in pairwise(ends)]
    found = items(RecentSearch(Access(TOKEN, x.address), WANTED), most=most)
    assert (sizes(x), len(events(found))) == (asked, most)


def test_what_the_smallest_page_brings_beyond_the_budget_is_told_and_can_be_had_later(x: Server) -> None:
    x.searches = [page(*range(10), following="b")]
    found = events(items(RecentSearch(Access(TOKEN, x.address), WANTED), most=4))
    assert sizes(x) == [10]
    assert (ids([*found]), [event.posts for event in found]) == (["0", "1", "2", "3"], [1, 1, 1, 7])
    x.asked.clear()
    items(RecentSearch(Access(TOKEN, x.address), WANTED), found[-1].cursor, most=20)
    assert "next_token" not in x.asked[0][2]


def test_a_stream_ends_with_the_budget(x: Server) -> None:
    x.streams = [[line(1), line(2), line(3), x.stop]]
    assert ids(items(stream(x), most=2)) == ["1", "2"]


def test_a_gap_that_the_budget_does_not_cover_stays_owed(x: Server) -> None:
    x.streams = [[line(1)], [line(5), x.stop]]
    x.searches = [page(2, following="more"), page(3)]
    found = items(stream(x), most=3)
    assert gaps(found) == []
    x.streams, x.searches = [[x.stop]], [page(2, 3)]
    x.stop.set()
    rest = items(stream(x), events(found)[-1].cursor, until=filled)
    assert [gap.filled for gap in gaps(rest)] == [True]


def test_the_same_search_later_is_for_what_came_since(x: Server) -> None:
    x.searches = [page(1)]
    found = events(items(RecentSearch(Access(TOKEN, x.address), WANTED)))
    assert "start_time" not in x.asked[0][2]
    ended = x.asked[0][2]["end_time"]
    x.searches = [page(2)]
    later = events(items(RecentSearch(Access(TOKEN, x.address), WANTED), found[-1].cursor))
    assert ids([*later]) == ["2"]
    assert x.asked[1][2]["start_time"] <= ended


def interrupted(x: Server, since: float | None, until: float, rule: int = 0) -> str:
    """The cursor of a search with two rules that was ended on the second page of one, so many days ago."""
    x.searches = [page(1, following="b")]
    cursor = events(items(RecentSearch(Access(TOKEN, x.address), TWO), until=many(1)))[0].cursor
    place = decoded(cursor, Place)
    assert place is not None
    x.asked.clear()
    now = time.time()
    began = None if since is None else now - since * DAY
    return replace(place, rule=rule, token="b", until=now - until * DAY, since=began).encode()


@pytest.mark.parametrize("rule", [0, 1])
def test_a_search_whose_beginning_is_out_of_reach_begins_its_rule_again(x: Server, rule: int) -> None:
    cursor = interrupted(x, since=8, until=2, rule=rule)
    x.searches = [page(1), page(2)]
    found = items(RecentSearch(Access(TOKEN, x.address), TWO), cursor)
    assert ids(found) == ["1", "2"][: 2 - rule]
    (gap,) = gaps(found)
    assert (gap.filled, gap.reason) == (False, "search reaches back 7 days")
    assert gap.until - gap.since == pytest.approx(DAY, abs=120)
    queries = [query for _, _, query, _ in x.asked]
    assert [query["query"] for query in queries] == [[one.value] for one in TWO[rule:]]
    assert not [query for query in queries if {"start_time", "next_token"} & set(query)]
    assert datetime.fromisoformat(queries[0]["end_time"][0]).timestamp() == pytest.approx(time.time() - 2 * DAY, abs=60)


def test_what_is_out_of_reach_is_told_once(x: Server) -> None:
    cursor = interrupted(x, since=8, until=2)
    x.searches = [page(1, following="c")]
    found = items(RecentSearch(Access(TOKEN, x.address), TWO), cursor, until=many(1))
    x.asked.clear()
    assert gaps(items(RecentSearch(Access(TOKEN, x.address), TWO), events(found)[0].cursor)) == []
    assert x.asked[0][2]["next_token"] == ["c"]


@pytest.mark.parametrize("since", [10.0, None])
def test_a_search_that_is_out_of_reach_as_a_whole_gives_way_to_what_came_since(x: Server, since: float | None) -> None:
    cursor = interrupted(x, since, until=8)
    x.searches = [page(1), page(2)]
    found = items(RecentSearch(Access(TOKEN, x.address), TWO), cursor)
    assert ids(found) == ["1", "2"]
    (gap,) = gaps(found)
    assert gap.until - gap.since == pytest.approx((3 if since else 8) * DAY, abs=120)


def test_the_same_search_much_later_tells_what_it_missed(x: Server) -> None:
    cursor = interrupted(x, None, until=9, rule=len(TWO))
    x.searches = [page(2)]
    found = items(RecentSearch(Access(TOKEN, x.address), TWO), cursor)
    assert ids(found) == ["2"]
    assert [gap.until - gap.since for gap in gaps(found)] == pytest.approx([2 * DAY], abs=120)


def test_what_is_wanted_from_beyond_the_reach_is_told(x: Server) -> None:
    x.searches = [page(1)]
    found = items(RecentSearch(Access(TOKEN, x.address), WANTED, since=time.time() - 10 * DAY))
    assert (ids(found), len(gaps(found))) == (["1"], 1)


def test_another_search_begins_anew(x: Server) -> None:
    x.searches = [page(1, following="b")]
    found = events(items(RecentSearch(Access(TOKEN, x.address), WANTED), until=many(1)))
    x.searches = [page(2)]
    other = RecentSearch(Access(TOKEN, x.address), [Rule("#fear", "emotion:fear:1")])
    assert ids(items(other, found[-1].cursor)) == ["2"]
    assert "next_token" not in x.asked[-1][2]


def test_a_rate_limited_search_waits_for_the_reset(x: Server) -> None:
    reset = int(time.time()) + 1
    x.searches = [(429, {"x-rate-limit-reset": str(reset)}), {"data": [post(1)], "meta": {}}]
    assert ids(items(RecentSearch(Access(TOKEN, x.address), WANTED))) == ["1"]
    assert time.time() >= reset


@pytest.mark.parametrize(("faults", "outcome"), [(2, "7"), (3, "X does not answer at http://x: no route.")])
def test_what_somebody_waits_for_is_given_up_after_a_few_tries(
    faults: int, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion.tweets.live.x.access._FIRST_WAIT", 0.0)
    answers = iter([requests.ConnectionError("no route")] * faults)

    def call() -> int:
        for fault in answers:
            raise fault
        return 7

    try:
        found = str(briefly(Access(TOKEN, "http://x"), call))
    except JobError as error:
        found = str(error)
    assert found == outcome


def test_a_search_result_takes_along_only_what_it_names() -> None:
    from emotion.tweets.live.x.search import single_posts

    answer = post(1, author_id="8", referenced_tweets=[{"type": "retweeted", "id": "5"}])
    users = [{"id": name, "username": f"u{name}"} for name in ("7", "8", "9")]
    page = {"data": [answer], "includes": {"users": users, "tweets": [post(5, author_id="9"), post(6)]}}
    (raw,) = single_posts(page)
    import orjson

    includes = orjson.loads(raw)["includes"]
    assert [user["id"] for user in includes["users"]] == ["8", "9"]
    assert [one["id"] for one in includes["tweets"]] == ["5"]


def test_terms_become_few_rules() -> None:
    (rule,) = rules(JOY, frozenset({"en"}))
    assert rule == Rule('(#joy OR #yay OR happy OR "so glad") lang:en', "emotion:joy:1")
    short = rules(JOY, frozenset({"en", "de"}), longest=45)
    assert [len(rule.value) <= 45 for rule in short] == [True] * len(short)
    assert len(short) > 1


def test_a_term_that_fits_no_rule_is_refused() -> None:
    with pytest.raises(ConfigError, match="does not fit"):
        rules(Interest(labels={"joy": Terms(keywords=("x" * 600,))}))


def test_left_out_hashtags_are_in_every_rule() -> None:
    left = JOY.model_copy(update={"leave_out": ("ad", "#promo")})
    assert all(rule.value.endswith(" -#ad -#promo") for rule in rules(left, longest=45))


def test_the_same_rules_need_no_change() -> None:
    kept = [{"id": str(number), **rule._asdict()} for number, rule in enumerate(rules(JOY))]
    change = compare(rules(JOY), kept)
    assert (change.add, change.delete, change.foreign, change.keep) == ([], {}, {}, 1)


def test_a_crawl_without_a_token_says_where_to_put_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("X_BEARER_TOKEN", "X_BEARER_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="X_BEARER_TOKEN"):
        access()


def test_a_token_is_never_shown() -> None:
    assert TOKEN not in repr(Access(TOKEN)) + str(Access(TOKEN))
