"""Two replicas write a crawler's frames into one index, and are harmed while they do: each tweet is there once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.stores.opening import open_queries
from tests.labelling.made import assert_equal_rows, delete, rows, rows_answered, tweet
from tests.live.chain import SECONDS
from tests.live.harming import ALIAS, FRAME, SETTLE, Crawl, Late, Stop, crawling
from tests.live.made_index import ids
from tests.live.nodes import Node, NoNode
from tests.live.proxy import cut_after
from tests.serving.cluster.server import until

pytestmark = pytest.mark.live
COUNT = 4600  # tweets
A_MONTH = 31 * 86_400_000 << 22  # in the numbers of tweets, whose ids hold their times
MONTH = f"{ALIAS}-live-2017.01"
BULK = f"/{MONTH}/_bulk"  # two in three tweets are of this month
LIMIT, STILL = 5.0, 12.0  # seconds that the API gives the store, and that the store stands still


def number(place: int) -> int:
    """Every third tweet is of the month after."""
    return place if place % 3 else place + A_MONTH


def archive() -> tuple[list[str], list[str]]:
    """Lines, and the ids of the tweets that stay.

    Some tweets come again in other words, some are deleted by a notice that comes two frames later, and some of those
    come again after it; five lines are broken.
    """
    lines: list[str] = []
    for place in range(COUNT):
        lines.append(json.dumps(tweet(number(place))))
        if place >= 300 and place % 12 == 5:
            lines.append(json.dumps(tweet(number(place - 300), "never again")))
        if place >= 190 and place % 40 == 39:
            lines.append(json.dumps(delete(number(place - 190))))
        if place % 900 == 450:
            lines.append(f'{{"broken": {place}')
    deleted = {place - 190 for place in range(190, COUNT) if place % 40 == 39}
    kept = [tweet(number(place))["id_str"] for place in range(COUNT) if place not in deleted]
    return lines, sorted(kept)


LINES, KEPT = archive()
BROKEN = [line for line in LINES if line.startswith('{"broken"')]
DELETED = [json.loads(line)["delete"]["status"]["id_str"] for line in LINES if line.startswith('{"delete"')]


@dataclass
class Harmed:
    """A crawl that was harmed, what was done to it, and what it came to."""

    crawl: Crawl
    client: Elasticsearch
    late: Late
    orphan: Late  # whose sender was killed
    again: list[Any]  # what was answered when a frame came again and again meanwhile
    stop: Stop
    counts: dict[str, int]

    def documents(self, kind: str) -> list[dict[str, Any]]:
        """What the companion of live writers holds."""
        index = f"{ALIAS}-job-live"
        self.client.indices.refresh(index=index)
        found = self.client.search(index=index, size=10_000, query={"term": {"kind": kind}})
        return [hit["_source"] for hit in found["hits"]["hits"]]

    def versions(self) -> dict[tuple[str, str], int]:
        """Every document of the store, and when it was written."""
        self.client.indices.refresh(index=f"{ALIAS}-*")
        found = self.client.search(index=f"{ALIAS}-*", size=10_000, source=False, seq_no_primary_term=True)
        return {(hit["_index"], hit["_id"]): hit["_seq_no"] for hit in found["hits"]["hits"]}


@pytest.fixture(scope="module")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harmed]:
    folder = tmp_path_factory.mktemp("replicas")
    node = Node(folder / "node")
    try:
        node.start()
    except NoNode as why:
        pytest.skip(str(why))
    try:
        with Elasticsearch(node.url, request_timeout=60) as client, crawling(folder, node, LIMIT) as crawl:
            yield harm(crawl, client, node)
    finally:
        node.stop()


def harm(crawl: Crawl, client: Elasticsearch, node: Node) -> Harmed:
    """One harm after the other, each to the next records."""
    late, orphan, stop, rest = Late(), Late(), Stop(node, STILL), iter(LINES)

    def some(count: int) -> list[str]:
        return list(islice(rest, count))

    crawl.feed(some(FRAME))
    until(lambda: crawl.sent() == FRAME, SECONDS)
    with late, orphan:
        crawl.meet_death(BULK, some(600))  # some documents are there, and their frame is not known
        crawl.meet_death(SETTLE, some(600))  # the frame is known, and nobody was answered
        crawl.meet(cut_after, SETTLE, some(600))
        know_what_was_deleted(client, 3600)
        crawl.meet_death(BULK, some(1200), late=orphan)
        come_after_its_sender(crawl, orphan)
        know_what_was_deleted(client, 0)
        crawl.meet(late, BULK, some(1200))
        again = come_after_others(crawl, late)
    crawl.meet(stop, BULK, some(600))
    until(lambda: stop.lasted > 0, SECONDS)
    crawl.meet_death(BULK, some(600), of_both=True)  # whoever was late is dead, too
    crawl.feed(list(rest))
    return Harmed(crawl, client, late, orphan, again, stop, crawl.end())


def know_what_was_deleted(client: Elasticsearch, seconds: int) -> None:
    """Let the server know so long, not for its minute, that a document was deleted: then what is late makes it anew."""
    client.indices.put_settings(index=f"{ALIAS}-live-*", settings={"index.gc_deletes": f"{seconds}s"})


def fall_behind(crawl: Crawl) -> None:
    """The other replica takes the frame of the request and many after it, with notices that delete tweets of it."""
    before = crawl.sent()
    until(lambda: crawl.sent() >= before + 5 * FRAME, SECONDS)


def come_after_its_sender(crawl: Crawl, orphan: Late) -> None:
    """Let a request come that has fallen behind, and whose sender is dead."""
    fall_behind(crawl)
    orphan.may_come.set()
    until(orphan.has_come.is_set, SECONDS)


def come_after_others(crawl: Crawl, late: Late) -> list[Any]:
    """Let a request come that has fallen behind; what others are answered to a frame that they send meanwhile.

    They keep the replica that is held busier than the other.
    """
    with crawl.sent_all_along(1) as answers:
        fall_behind(crawl)
    frame = crawl.number_of(late.ids)
    settled = crawl.times_settled(frame)
    assert settled
    late.may_come.set()
    until(lambda: crawl.times_settled(frame) > settled, SECONDS)  # by who was late
    return answers


def test_each_harm_was_done(harmed: Harmed) -> None:
    assert harmed.crawl.killed == [1, 1, 1, 2]
    assert harmed.crawl.proxy.met == 7
    assert set(harmed.orphan.ids) & set(DELETED)
    assert harmed.orphan.created == []  # the server knows what was deleted
    assert set(harmed.late.created) <= set(DELETED)
    assert harmed.late.created
    assert harmed.stop.lasted >= STILL
    assert harmed.counts["retries"] > 0


def test_the_crawler_brings_all_and_its_accounts_balance(harmed: Harmed) -> None:
    counts = harmed.counts
    assert counts["received"] == counts["sent"] == len(LINES)
    assert [counts[name] for name in ("waiting", "dropped", "refused", "duplicates", "skipped")] == [0] * 5
    assert counts["dead_letters"] == len(BROKEN) == 5
    assert counts["deleted"] == len(DELETED)
    assert counts["labelled"] == len(LINES) - len(BROKEN) - len(DELETED)


def test_each_tweet_is_there_once_as_an_undisturbed_labelling_leaves_it(harmed: Harmed, tmp_path: Path) -> None:
    assert ids(harmed.client, ALIAS) == KEPT
    assert len(harmed.client.indices.get_alias(name=ALIAS)) == 2
    with open_queries(harmed.crawl.store) as queries:
        assert queries.summary().tweets == len(KEPT)
    (tmp_path / "tweets.jsonl").write_text("".join(f"{line}\n" for line in LINES))
    undisturbed, model = tmp_path / "store", harmed.crawl.model
    label(LabelOptions((str(tmp_path / "tweets.jsonl"),), str(undisturbed), model=model, ray="off"))
    found, wanted = rows_answered(harmed.crawl.store), rows(undisturbed)
    assert_equal_rows(*([row | {"source": "", "line": 0} for row in each] for each in (found, wanted)))


def test_each_frame_is_known_once_with_what_became_of_it(harmed: Harmed) -> None:
    known = harmed.documents("live")
    names, numbers = zip(*(each["key"].split("/") for each in known), strict=True)
    assert set(names) == {harmed.crawl.name}
    frames = range(1, -(-len(LINES) // FRAME) + 1)
    assert sorted(map(int, numbers)) == [harmed.crawl.sequence(number) for number in frames]
    assert sum(each["read"] for each in known) == len(LINES)
    assert all(each["read"] == each["documents"] + each["dead_letters"] + each["deleted"] for each in known)
    assert sum(each["documents"] for each in known) == harmed.counts["labelled"]
    assert sum(each["dead_letters"] for each in known) == harmed.counts["dead_letters"]
    assert sorted(each["raw"] for each in harmed.documents("live-letter")) == sorted(BROKEN)
    assert sorted(each["tweet_id"] for each in harmed.documents("gone")) == sorted(DELETED)


def test_a_frame_that_is_sent_again_is_answered_alike_and_changes_nothing(harmed: Harmed) -> None:
    before = harmed.versions()
    number = LINES.index(BROKEN[0]) // FRAME + 1
    frame = LINES[(number - 1) * FRAME : number * FRAME]
    deleted = sum(line.startswith('{"delete"') for line in frame)
    sequence = harmed.crawl.sequence(number)
    wanted = {"source": harmed.crawl.name, "sequence": sequence, "read": FRAME, "documents": FRAME - 1 - deleted}
    wanted |= {"dead_letters": 1, "deleted": deleted, "skipped": {}}
    assert harmed.crawl.send_again(number, 8) == [wanted] * 8
    assert harmed.again
    assert all(answer == harmed.again[0] for answer in harmed.again)
    assert harmed.versions() == before
