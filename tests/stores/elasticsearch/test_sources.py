import json
from datetime import UTC, datetime, timedelta
from typing import Any

from emotion.stores.document import schema
from emotion.stores.elasticsearch.sources import lines, table
from tests.made_store import LABELS, NOON, PROFILE_LABELS, Made, make_documents

MADE = (
    Made("1", "hello", entities=[("place", "Paris"), (None, "Otto")], hashtags=["A"], profile=["joy"]),
    Made("2", "bus", felt=False, at=None, user=None, lang=None),
    Made("3", "", at=datetime(1, 1, 1, tzinfo=UTC), utc_offset=3600),
    Made("4", "half \ud83d", at=NOON + timedelta(microseconds=1), score=1 / 3),
)


def sources(*made: Made) -> list[dict[str, Any]]:
    return [json.loads(source) for _, source in lines(make_documents(made))]


def counted(made: Made) -> dict[str, Any]:
    (source,) = sources(made)
    held: dict[str, Any] = source["counted"]
    return held


def test_documents_are_equal_after_the_way_there_and_back() -> None:
    documents = make_documents(MADE).drop(["folded"])
    assert table(sources(*MADE), schema(LABELS, PROFILE_LABELS)).equals(documents)


def test_a_slice_of_a_table_gives_its_own_documents() -> None:
    documents = make_documents(MADE)
    assert list(lines(documents.slice(1, 2))) == list(lines(documents))[1:3]


def test_what_has_no_value_is_left_out() -> None:
    (source,) = sources(MADE[1])
    assert {"created_at", "user_id", "user_name", "lang", "reply_to", "local_hour"} & source.keys() == set()
    assert source["hashtags"] == []


def test_numbers_are_no_longer_than_float32_needs() -> None:
    assert sources(Made("1", "x", score=0.9))[0]["score"] == 0.9


def test_what_is_not_felt_counts_as_none() -> None:
    assert counted(Made("1", "x", "fear"))["emotion"] == "fear"
    assert counted(Made("1", "x", "fear", felt=False))["emotion"] == "none"


def test_weekday_and_hour_are_the_authors_where_they_are_known() -> None:
    sunday = datetime(2021, 3, 14, 23, 30, tzinfo=UTC)
    assert [tuple(counted(Made("1", "x", at=sunday, utc_offset=ahead))[name] for name in ("weekday", "hour"))
            for ahead in (None, 3600, -5 * 3600)] == [(6, 23), (0, 0), (6, 18)]  # fmt: skip


def test_equal_texts_have_equal_hashes_and_moments_are_exact() -> None:
    assert counted(Made("1", "x"))["text"] == counted(Made("2", "x", "fear"))["text"] != counted(Made("3", "y"))["text"]
    assert counted(MADE[3])["moment"] % 1000 == 1


def test_entities_are_counted_by_their_kind() -> None:
    held = counted(MADE[0])
    assert held["place"] == ["Paris"]
    assert {"person", "organisation", "product"} & held.keys() == set()
