"""An answer that takes several searches is about one moment, whatever happens to the store meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from emotion.stores.described import describe
from emotion.stores.opening import open_live, open_queries
from emotion.stores.queries.counts import filled
from tests.live.made_index import fill, relabel, tweets
from tests.made_store import LABELS, PROFILE_LABELS, made_batch, make_documents

pytestmark = pytest.mark.live


@contextmanager
def after_the_first_search(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> Iterator[None]:
    """In the middle of a summary something happens, once."""
    happened = list[bool]()

    def interrupted(*arguments: Any) -> dict[str, int]:
        if not happened:
            happened.append(True)
            happens()
        return filled(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("emotion.stores.elasticsearch.queries.counts.filled", interrupted)
        yield
    assert happened


def test_tweets_that_come_meanwhile_are_in_the_next_answer(
    elasticsearch_url: str, client: Elasticsearch, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = f"{elasticsearch_url}/{alias}"
    fill(elasticsearch_url, alias, [tweets(0, 3)])

    def more() -> None:
        live = open_live(target, describe(LABELS, PROFILE_LABELS))
        live.write("crawler", 1, made_batch(make_documents(tweets(10, 2))))
        client.indices.refresh(index=alias)

    with open_queries(target) as queries:
        with after_the_first_search(monkeypatch, more):
            summary = queries.summary()
        assert (summary.tweets, summary.emotions["joy"], sum(summary.languages.values())) == (3, 3, 3)
        assert queries.summary().tweets == 5


@pytest.mark.parametrize("live", [False, True], ids=["archive alone", "beside live tweets"])
def test_a_new_labelling_meanwhile_is_never_mixed_with_the_old_one(
    elasticsearch_url: str, client: Elasticsearch, alias: str, monkeypatch: pytest.MonkeyPatch, live: bool
) -> None:
    """The index that was asked first is gone, so all is asked again of the new one."""
    target = f"{elasticsearch_url}/{alias}"
    fill(elasticsearch_url, alias, [tweets(0, 3)])
    if live:
        writer = open_live(target, describe(LABELS, PROFILE_LABELS))
        writer.write("crawler", 1, made_batch(make_documents(tweets(10, 2))))
        client.indices.refresh(index=alias)
    with (
        open_queries(target) as queries,
        after_the_first_search(monkeypatch, lambda: relabel(elasticsearch_url, alias, [tweets(0, 7)])),
    ):
        summary = queries.summary()
    wanted = 9 if live else 7
    assert (summary.tweets, summary.emotions["joy"], sum(summary.languages.values())) == (wanted,) * 3
