"""Bluesky's Jetstream over a real WebSocket, against a server that speaks the protocol."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from emotion.errors import UsageError
from emotion.tweets.live.bluesky import OVERLAP, Bluesky, Moment
from emotion.tweets.live.interest import Interest, Terms
from emotion.tweets.live.source import Quiet
from tests.tweets.live.made_bluesky import START, Jetstream, account, commit, create, serving
from tests.tweets.live.reading import events, gaps, items, many, records

JOY = Interest(labels={"joy": Terms(keywords=("happy",), hashtags=("yay",))}, leave_out=("ad",))


@pytest.fixture
def jetstream() -> Iterator[Jetstream]:
    with serving() as server:
        yield server


def source(server: Jetstream, languages: frozenset[str] | None = None, interest: Interest | None = None) -> Bluesky:
    return Bluesky(languages, interest, server.address, first_wait=0.01)


def keys(found: list[object]) -> list[str]:
    return [record["commit"]["rkey"] for record in records(found)]  # type: ignore[arg-type]


def test_posts_come_with_cursors(jetstream: Jetstream) -> None:
    jetstream.connections = [[create(1), create(2)]]
    found = items(source(jetstream), until=many(2))
    assert records(found) == [create(1), create(2)]
    assert events(found)[1].cursor == Moment(START + 2_000_000).encode()
    assert jetstream.asked == [{"wantedCollections": ["app.bsky.feed.post"]}]


def test_a_cut_connection_goes_on_a_little_before_where_it_was(jetstream: Jetstream) -> None:
    jetstream.connections = [[create(7)], [create(7), create(8)]]
    found = items(source(jetstream), until=many(3))
    assert keys(found) == ["k7", "k7", "k8"]  # type: ignore[arg-type]
    assert jetstream.asked[1]["cursor"] == [str(START + 7_000_000 - OVERLAP)]
    assert gaps(found) == []


def test_a_connection_that_falls_silent_is_made_again(jetstream: Jetstream) -> None:
    jetstream.connections = [[create(7), jetstream.hold], [create(8)]]
    found = items(Bluesky(endpoint=jetstream.address, first_wait=0.01, silence=0.2), until=many(2))
    assert keys(found) == ["k7", "k8"]  # type: ignore[arg-type]


def test_a_cursor_of_an_earlier_run_is_gone_on_from(jetstream: Jetstream) -> None:
    jetstream.connections = [[create(9)]]
    items(source(jetstream), Moment(START).encode(), until=many(1))
    assert jetstream.asked[0]["cursor"] == [str(START - OVERLAP)]


@pytest.mark.parametrize("before", [[], ["{broken"]])
def test_what_the_service_has_forgotten_is_a_gap(jetstream: Jetstream, before: list[str]) -> None:
    jetstream.connections = [[*before, create(3600)]]
    found = items(source(jetstream), Moment(START).encode(), until=many(1 + len(before)))
    (gap,) = gaps(found)
    assert (gap.since, gap.until, gap.filled) == (START / 1e6, START / 1e6 + 3600, False)


def test_languages_and_terms_choose_and_deletions_pass(jetstream: Jetstream) -> None:
    jetstream.connections = [
        [
            create(1, "nothing of that kind"),
            create(2, "I am so HAPPY"),
            create(3, "happy", langs=["de"]),
            create(4, "happy", langs=["en-GB", "fr"]),
            create(5, "unhappy people"),
            create(6, "look", facets=[{"features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "Yay"}]}]),
            create(7, "happy #ad"),
            create(8, "happy without a language", langs=None),
            commit(9, "delete"),
            commit(10, "update", record={"text": "happy"}),
            account(11, "suspended"),
            account(12, "deleted"),
        ]
    ]
    found = items(source(jetstream, frozenset({"en"}), JOY), until=many(6))
    assert [record["time_us"] - START for record in records(found)] == [n * 1_000_000 for n in (2, 4, 6, 8, 9, 12)]


def test_what_is_passed_over_moves_the_cursor(jetstream: Jetstream) -> None:
    jetstream.connections = [[create(1, "nothing of that kind"), create(2)]]
    found = items(source(jetstream, interest=JOY), until=many(1))
    assert Quiet(Moment(START + 1_000_000).encode()) in found


def test_a_field_of_another_kind_lets_no_post_pass(jetstream: Jetstream) -> None:
    strange: list[dict[str, Any]] = [{"langs": "de"}, {"tags": "x"}, {"facets": [{"features": [{"tag": 7}]}]}]
    jetstream.connections = [
        [*(create(n, "nothing of that kind", **one) for n, one in enumerate(strange, 1)), create(9)]
    ]
    found = items(source(jetstream, frozenset({"en"}), JOY), until=many(1))
    assert keys(found) == ["k9"]  # type: ignore[arg-type]


def test_a_message_that_is_not_json_is_handed_on(jetstream: Jetstream) -> None:
    jetstream.connections = [["{broken", json.dumps([1, 2]), create(2)]]
    found = items(source(jetstream), until=many(3))
    assert [event.raw for event in events(found)][:2] == [b"{broken", b"[1, 2]"]


def test_a_refusal_that_will_last_is_a_sentence(jetstream: Jetstream) -> None:
    jetstream.refuse = 404
    with pytest.raises(UsageError, match="refuses the connection"):
        items(source(jetstream))


def test_an_address_must_be_one_of_a_websocket() -> None:
    with pytest.raises(UsageError, match="ws://"):
        Bluesky(endpoint="https://example.org")
    for address in ("wss://", "wss:///subscribe", "ws://[::1"):
        with pytest.raises(UsageError, match="names no host"):
            Bluesky(endpoint=address)


def test_a_country_s_own_language_may_be_asked_for(jetstream: Jetstream) -> None:
    jetstream.connections = [[create(1, langs=["pt-BR"]), create(2, langs=["pt"])]]
    assert keys(items(source(jetstream, frozenset({"pt-br"})), until=many(1))) == ["k1"]  # type: ignore[arg-type]


def test_a_post_without_text_is_passed_over_and_a_deletion_is_none_that_was_asked_for(jetstream: Jetstream) -> None:
    jetstream.connections = [[create(1, ""), create(2), commit(3, "delete"), account(4, "deleted")]]
    assert [event.posts for event in events(items(source(jetstream), until=many(3)))] == [1, 0, 0]
